"""The counts of shared.lived_experience: valid answers of each question, and the most positive of them.

A question that a measure counts in the same wave is the same count, under the measure's key.
"""

from collections.abc import Mapping, Sequence

from pipelines.disclosure.measure_rules import QUESTION, MeasureRule
from pipelines.disclosure.observation_cells import Place, Row, RowCounts, add_observation, counts_of, place_of
from pipelines.disclosure.system import SystemBuilder, key_of, whole_number

_RULE = MeasureRule("proportion", survey=True)


def as_observation(answers: Row) -> dict[str, object]:
    """A row of lived_experience in the shape of an observation: each question of each wave is a measure of its own."""
    return {
        "measure_id": f"{QUESTION}{answers['question_id']}@{answers['wave_id']}",
        "area_code": answers["area_code"],
        "period_type": "wave",
        "period_start": answers["wave_start_date"],
        "period_end": answers["wave_end_date"],
        "breakdown": answers["breakdown"],
        "breakdown_value": answers["breakdown_value"],
        "numerator": answers["numerator"],
        "denominator": answers["denominator"],
    }


def add_lived_experience(
    builder: SystemBuilder, rows: Sequence[Row], observation: Sequence[Row], rules: Mapping[str, MeasureRule]
) -> list[RowCounts]:
    """Put every count of `rows` into the system, tied to the measures of `observation` that count the same answers.

    rows: as shared.lived_experience, with measure_ids. Returns the keys of each row, in the same order.
    """
    shaped = [as_observation(row) for row in rows]
    found = add_observation(builder, shaped, {str(row["measure_id"]): _RULE for row in shaped})
    measures = {(row["measure_id"], place_of(row)): row for row in observation}
    _tie_to_respondents(builder, rows, found, measures, rules)
    for row, shape, counts in zip(rows, shaped, found, strict=True):
        for measure in str(row["measure_ids"] or "").split("|"):
            twin = measures.get((measure, place_of(shape)))
            if twin is not None and _same(twin, shape):
                for own, other in zip(counts.keys, counts_of(twin, rules[measure]).keys, strict=True):
                    builder.add_up(own, [other], own)
    return found


def _tie_to_respondents(
    builder: SystemBuilder,
    rows: Sequence[Row],
    found: Sequence[RowCounts],
    measures: Mapping[tuple[object, Place], Row],
    rules: Mapping[str, MeasureRule],
) -> None:
    """A group of respondents has no more answers to any question than it has respondents, and all groups together are
    no more than the respondents of their kind, whom EV2 counts.

    How many respondents a group has, nobody prints and no reader knows: any number that fits will do here.
    """
    answers: dict[Place, dict[str, dict[object, list[str]]]] = {}
    for row, counts in zip(rows, found, strict=True):
        wave = (row["area_code"], "wave", row["wave_start_date"], row["wave_end_date"], row["respondent_role"])
        groups = answers.setdefault(wave, {}).setdefault(str(row["breakdown"]), {})
        groups.setdefault(row["breakdown_value"], []).append(counts.denominator)
    for wave, by_breakdown in answers.items():
        respondents = measures.get(("EV2", (*wave[:4], "respondent_role", wave[4])))
        key = counts_of(respondents, rules["EV2"]).numerator if respondents is not None else ""
        if not key:
            continue
        for breakdown, groups in by_breakdown.items():
            people: list[str] = []
            for value, keys in groups.items():
                most = max(builder.value(answered) for answered in keys)
                people.append(builder.unprinted(key_of("respondents", (*wave, breakdown, value)), most))
                for answered in keys:
                    builder.at_most(answered, people[-1])
            builder.together_at_most(people, key)


def _same(measure: Row, question: Row) -> bool:
    return all(whole_number(measure[name]) == whole_number(question[name]) for name in ("numerator", "denominator"))
