"""The counts of shared.lived_experience: valid answers of each question, and the most positive of them.

A question that a measure counts in the same wave is the same count, under the measure's key.
"""

from collections.abc import Mapping, Sequence

from pipelines.disclosure.measure_rules import QUESTION, TOTAL, MeasureRule
from pipelines.disclosure.observation_cells import Place, Row, RowCounts, add_observation, counts_of, place_of
from pipelines.disclosure.system import SystemBuilder, whole_number

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
    for row, shape, counts in zip(rows, shaped, found, strict=True):
        if row["breakdown"] == TOTAL:
            _tie_to_respondents(builder, row, shape, counts, measures, rules)
        for measure in str(row["measure_ids"] or "").split("|"):
            twin = measures.get((measure, place_of(shape)))
            if twin is not None and _same(twin, shape):
                for own, other in zip(counts.keys, counts_of(twin, rules[measure]).keys, strict=True):
                    builder.add_up(own, [other], own)
    return found


def _tie_to_respondents(
    builder: SystemBuilder,
    row: Row,
    shape: Row,
    counts: RowCounts,
    measures: Mapping[tuple[object, Place], Row],
    rules: Mapping[str, MeasureRule],
) -> None:
    """A question has no more answers than its wave has respondents of that kind, whom EV2 counts."""
    of_role = {**shape, "breakdown": "respondent_role", "breakdown_value": row["respondent_role"]}
    respondents = measures.get(("EV2", place_of(of_role)))
    if respondents is not None and (key := counts_of(respondents, rules["EV2"]).numerator):
        builder.at_most(counts.denominator, key)


def _same(measure: Row, question: Row) -> bool:
    return all(whole_number(measure[name]) == whole_number(question[name]) for name in ("numerator", "denominator"))
