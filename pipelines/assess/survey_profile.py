"""`measures.response_profile`: who answered the family survey, against who is on the roll."""

from collections.abc import Sequence

import duckdb
import numpy as np

from pipelines.assess.rows import Row, number
from pipelines.assess.survey_roll import WaveRespondents, read_waves
from pipelines.methods.intervals import wilson
from pipelines.methods.survey_estimates import base_status
from pipelines.methods.survey_weights import UNKNOWN, ProfileRow, response_profile


def profile_rows(connection: duckdb.DuckDBPyConnection) -> Sequence[Row]:
    """The profile of every wave for which there was a census."""
    return [row for wave in read_waves(connection) for row in wave_rows(wave)]


def wave_rows(wave: WaveRespondents) -> list[Row]:
    """One row per variable and category of the roll, then of the categories that only respondents have."""
    if wave.roll is None:
        return []
    found = response_profile(wave.categories, wave.roll)
    known = {
        variable: sum(row.respondents for row in found if row.variable == variable and row.category != UNKNOWN)
        for variable in wave.roll
    }
    return [_row(wave, row, known[row.variable]) for row in found]


def _row(wave: WaveRespondents, row: ProfileRow, known: int) -> Row:
    lower, upper = np.nan, np.nan
    if known and not np.isnan(row.respondent_pct):
        limits = wilson([row.respondents], [known])
        lower, upper = 100 * float(limits.lower[0]), 100 * float(limits.upper[0])
    least, most = lower - row.roll_pct, upper - row.roll_pct
    return {
        "wave_id": wave.wave_id,
        "wave_start_date": wave.start,
        "wave_end_date": wave.end,
        "respondent_role": wave.role,
        "census_date": wave.census_date,
        "variable": row.variable,
        "category": row.category,
        "respondents": row.respondents,
        "respondent_pct": number(row.respondent_pct),
        "respondent_lower_95": number(lower),
        "respondent_upper_95": number(upper),
        "roll": number(row.roll),
        "roll_pct": number(row.roll_pct),
        "difference_points": number(row.difference_points),
        "difference_lower_95": number(least),
        "difference_upper_95": number(most),
        "is_beyond_noise": None if np.isnan(least) else bool(least > 0 or most < 0),
        "respondents_per_100_pupils": number(row.response_rate_pct),
        "status": base_status(known) or None,
    }
