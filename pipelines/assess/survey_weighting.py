"""`measures.survey_estimate`: the answers to each question, weighted to the roll, beside the unweighted ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from pipelines.assess.rows import Row, number, percent, read_rows
from pipelines.assess.survey_roll import WaveRespondents, on_roll_only, read_waves
from pipelines.methods.intervals import Floats, wilson
from pipelines.methods.survey_estimates import WITHHELD, Design, base_status, line_segments, weighted_share
from pipelines.methods.survey_weights import Respondents, SurveyError, Weights, collapse_all, rake

NO_CENSUS = "There is no census before the end of the wave to weight to."
NO_MARGIN = "Too few answered for any margin: every variable has one category of 30 or more at most."
NOT_SETTLED = "No weights meet any of the margins."
NOTE = "Weighted to the roll; those who answered chose to: no probability sample, the interval rests on a model."
_ANSWERS = """
select question_id, response_id, positive from core.valid_answer
"""
# What must be the same for two waves to be points of one line. A break in the register keeps every wave apart.
_QUESTIONS = """
with answer as (
    select distinct wave_id, respondent_role, question_id from core.valid_answer
)

select
    answer.wave_id,
    answer.respondent_role,
    answer.question_id,
    question.wording,
    question.scale_id,
    wave.instrument,
    wave.population,
    wave.mode,
    coalesce(max(case when measure.break_in_series is not null then answer.wave_id end), '') as break_in_series
from answer
inner join reference.question as question on answer.question_id = question.question_id
inner join reference.survey_wave as wave on answer.wave_id = wave.wave_id
left join reference.measure as measure
    on concat('|', question.measure_id, '|') like concat('%|', measure.id, '|%')
group by all
"""


@dataclass(frozen=True)
class Weighting:
    """The weights of one wave (NaN for those who did not agree to share), or why there are none."""

    weights: Weights | None
    categories: Respondents
    reason: str


def estimate_rows(connection: duckdb.DuckDBPyConnection) -> Sequence[Row]:
    """One row per wave, kind of respondent and question that somebody answered."""
    answers: dict[str, dict[str, float]] = {}
    for question, response, positive in connection.execute(_ANSWERS).fetchall():
        answers.setdefault(str(question), {})[str(response)] = float(positive)
    waves = read_waves(connection)
    lines = _lines(connection, waves)
    return [row for wave in waves for row in wave_estimates(wave, answers, lines)]


def wave_estimates(
    wave: WaveRespondents, answers: Mapping[str, Mapping[str, float]], lines: Mapping[tuple[str, str, str], int]
) -> list[Row]:
    """The questions of one wave. answers: question → response → 1 for a positive answer, 0 for another."""
    shared = [place for place, may in enumerate(wave.may_be_shared) if may]
    weighting = weigh(wave, shared)
    rows: list[Row] = []
    for question in sorted(answers):
        given = answers[question]
        values = np.array([given.get(wave.response_ids[place], np.nan) for place in shared])
        if np.isnan(values).all():
            continue
        rows.append(
            {
                "wave_id": wave.wave_id,
                "wave_start_date": wave.start,
                "wave_end_date": wave.end,
                "respondent_role": wave.role,
                "question_id": question,
                "line_segment": lines.get((wave.role, question, wave.wave_id)),
                **_figures(values, weighting),
                **_weights(wave, weighting),
            }
        )
    return rows


def weigh(wave: WaveRespondents, shared: Sequence[int]) -> Weighting:
    """Weights of the respondents at the places `shared` (those who agreed to share), raked to as many margins as settle."""
    if wave.roll is None:
        return Weighting(None, {}, NO_CENSUS)
    known = {variable: [codes[place] for place in shared] for variable, codes in on_roll_only(wave).items()}
    categories, margins = collapse_all(known, wave.roll)
    if not margins:
        return Weighting(None, {}, NO_MARGIN)
    names = list(margins)
    while names:
        kept = {name: categories[name] for name in names}
        try:
            return Weighting(rake(kept, {name: margins[name] for name in names}), kept, "")
        except SurveyError:
            # Two margins that contradict each other among these respondents: the least important one gives way.
            names.pop()
    return Weighting(None, {}, NOT_SETTLED)


def _figures(values: Floats, weighting: Weighting) -> dict[str, object]:
    respondents = int(np.count_nonzero(~np.isnan(values)))
    status = base_status(respondents)
    figures: dict[str, object] = {
        "respondents": respondents,
        "status": status or None,
        "reason": weighting.reason or None,
    }
    if status == WITHHELD:
        return figures
    positive = float(np.nansum(values))
    plain = wilson([positive], [respondents])
    figures |= _share("unweighted", positive / respondents, float(plain.lower[0]), float(plain.upper[0]))
    if weighting.weights is None:
        return figures
    design = Design(margins=weighting.categories, base_weights=np.ones(values.size))
    found = weighted_share(values, weighting.weights.weights, design)
    return figures | {
        **_share("weighted", found.value, found.lower, found.upper),
        "standard_error_points": percent(found.standard_error),
        "effective_size": number(found.effective_size),
        "is_unreliable": found.is_unreliable,
        "note": NOTE,
    }


def _share(name: str, value: float, lower: float, upper: float) -> dict[str, object]:
    return {
        f"{name}_pct": percent(value),
        f"{name}_lower_95": percent(lower),
        f"{name}_upper_95": percent(upper),
    }


def _weights(wave: WaveRespondents, weighting: Weighting) -> dict[str, object]:
    found = weighting.weights
    if found is None:
        return {}
    return {
        "census_date": wave.census_date,
        "margins": ", ".join(
            f"{name} ({len({row.category for row in found.margins if row.variable == name})})"
            for name in weighting.categories
        ),
        "capped": found.capped,
        "smallest_weight": found.smallest,
        "largest_weight": found.largest,
        "design_effect": found.design_effect,
    }


def _lines(connection: duckdb.DuckDBPyConnection, waves: Sequence[WaveRespondents]) -> dict[tuple[str, str, str], int]:
    """(role, question, wave) → number of the line that the point belongs to."""
    asked: dict[tuple[str, str], list[tuple[date, str, dict[str, str]]]] = {}
    starts = {(wave.role, wave.wave_id): wave.start for wave in waves}
    for row in read_rows(connection, _QUESTIONS):
        wave, role, question = (str(row.pop(name)) for name in ("wave_id", "respondent_role", "question_id"))
        if (role, wave) in starts:
            same = {name: str(value) for name, value in row.items()}
            asked.setdefault((role, question), []).append((starts[role, wave], wave, same))
    lines: dict[tuple[str, str, str], int] = {}
    for (role, question), points in asked.items():
        points.sort(key=lambda point: point[:2])
        segments = line_segments([point[2] for point in points])
        lines |= {(role, question, point[1]): segment for point, segment in zip(points, segments, strict=True)}
    return lines
