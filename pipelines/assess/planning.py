"""`measures.forecast`: where a monthly figure is heading if nothing changes, for planning only."""

from collections.abc import Mapping, Sequence
from datetime import date

import duckdb
import numpy as np

from pipelines.assess.rows import Row
from pipelines.methods.forecast import Forecast, damped_forecast
from pipelines.phases import load_phases
from pipelines.reference import load_register
from pipelines.register import Measure, check_register

MONTHS_AHEAD = 6
METHOD = "Exponential smoothing with a damped trend, ETS(A,Ad,N), on the months since the last break or gap"
NO_MONTHS = "The measure has no figures by month."
_CAN_BE: Mapping[str, tuple[float, float]] = {"%": (0.0, 100.0), "percentage points": (-100.0, 100.0)}
_SERIES = """
select assessed.measure_id, assessed.period_start, assessed.value
from measures.assessed as assessed
cross join reference.refresh as refresh
where assessed.period_type = 'month' and assessed.breakdown = 'total' and assessed.period_end <= refresh.as_at
order by assessed.measure_id, assessed.period_start
"""


def forecast_rows(connection: duckdb.DuckDBPyConnection) -> Sequence[Row]:
    """Six rows for each measure with a forecast, one row with the reason for every other measure of the register."""
    series: dict[str, dict[date, float]] = {}
    for measure_id, start, value in connection.execute(_SERIES).fetchall():
        series.setdefault(measure_id, {})[start] = np.nan if value is None else float(value)
    breaks: dict[str, date] = {}
    for phase in load_phases():
        breaks[phase.measure_id] = max(phase.start, breaks.get(phase.measure_id, date.min))
    rows: list[Row] = []
    for measure in check_register(load_register()):
        since = breaks.get(measure.id, date.min)
        months = {start: value for start, value in series.get(measure.id, {}).items() if start >= since}
        rows += measure_rows(measure, unbroken(months))
    return rows


def measure_rows(measure: Measure, months: Mapping[date, float]) -> list[Row]:
    """The forecast of one measure from first day of a month → value in order, without a gap."""
    shared: dict[str, object] = {"measure_id": measure.id, "unit": measure.unit, "points": len(months)}
    if not months:
        return [shared | {"reason": NO_MONTHS}]
    first, newest = min(months), max(months)
    shared |= {"first_month": first, "newest_month": newest}
    lowest, highest = _CAN_BE.get(measure.unit, (0.0, np.inf))
    found = damped_forecast([*months.values()], MONTHS_AHEAD, lowest, highest)
    if not isinstance(found, Forecast):
        return [shared | {"reason": found.reason}]
    shared |= {
        "method": METHOD,
        "mean_error": found.error,
        "naive_mean_error": found.naive_error,
        "back_tests": found.back_tests,
    }
    return [
        shared
        | {
            "months_ahead": step + 1,
            "period_start": _months_on(newest, step + 1),
            "value": float(found.value[step]),
            "lower_80": float(found.lower_80[step]),
            "upper_80": float(found.upper_80[step]),
            "lower_95": float(found.lower_95[step]),
            "upper_95": float(found.upper_95[step]),
        }
        for step in range(MONTHS_AHEAD)
    ]


def unbroken(months: Mapping[date, float]) -> dict[date, float]:
    """The months up to the newest of which none is missing or without a value."""
    kept: dict[date, float] = {}
    month = max(months, default=date.max)
    while not np.isnan(months.get(month, np.nan)):
        kept[month] = months[month]
        month = _months_on(month, -1)
    return dict(sorted(kept.items()))


def _months_on(start: date, months: int) -> date:
    place = start.year * 12 + start.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)
