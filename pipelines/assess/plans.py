"""`measures.plans_needed`: how many plans a week would reach the target for plans in time (EH1) by its date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from pipelines.assess.requests import YEAR, Requests, day, number_of, read_open, read_requests
from pipelines.assess.rows import Row, percent
from pipelines.assess.waiting import LAST_YEAR, estimate, windows
from pipelines.methods.intervals import Floats
from pipelines.methods.plans_needed import weekly_plans_needed
from pipelines.methods.waiting_times import PLAN, TWENTY_WEEKS
from pipelines.reference import load_register
from pipelines.register import check_register

MEASURE = "EH1"
PACE_WEEKS = 12
# The horizons of the register's milestones, for an aim that has no date of its own.
MONTHS_AHEAD = (12, 18)
NO_AIM = "The register has no target for EH1 and no published figure of England is there to stand in for it."
NO_ARRIVALS = "No request of the last 12 months had ended or was open: what share ends in a plan is not known."
_ENGLAND = """
select period_label, value
from core.published_figure
where measure_id = 'EH1' and area_code = 'E92000001' and is_latest and breakdown_topic = 'Total' and value > 0
order by period_label desc limit 1
"""


@dataclass(frozen=True)
class Aim:
    """A share of plans in time (percent) to reach by a day, and whose aim it is."""

    words: str
    share_pct: float
    by: date


def plans_rows(connection: duckdb.DuckDBPyConnection) -> Sequence[Row]:
    """One row per aim; without an aim one that says so."""
    requests = read_requests(connection)
    received = read_open(connection)["total", "All"]
    ages = requests.as_at - received
    known: dict[str, object] = {
        "as_at": day(requests.as_at),
        "measure_id": MEASURE,
        "plans_per_week_now": _per_week(requests.ended[requests.outcome == PLAN], requests.as_at, 7 * PACE_WEEKS),
        "requests_per_week": _per_week(requests.received, requests.as_at, YEAR),
        "plan_share_pct": percent(share := plan_share(requests)),
        "open_cases": int(ages.size),
        "late": int(np.count_nonzero(ages > TWENTY_WEEKS)),
    }
    rows: list[Row] = []
    for aim in read_aims(connection, day(requests.as_at)):
        asked = {"aim": aim.words, "aim_pct": aim.share_pct, "by": aim.by}
        days = number_of(aim.by) - requests.as_at
        if days < 1:
            rows.append(known | asked | {"reason": "The day of the target is over."})
        elif np.isnan(share):
            rows.append(known | asked | {"reason": NO_ARRIVALS})
        else:
            arrivals = _per_week(requests.received, requests.as_at, YEAR)
            found = weekly_plans_needed(ages, arrivals, share, aim.share_pct / 100, days)
            reason = None if found.plans_per_week is not None else "No number of plans a week reaches it by that day."
            rows.append(
                known
                | asked
                | {
                    "plans_per_week": found.plans_per_week,
                    "share_at_date_pct": percent(found.share_at_date),
                    "assumption": found.assumption,
                    "reason": reason,
                }
            )
    return rows or [known | {"reason": NO_AIM}]


def read_aims(connection: duckdb.DuckDBPyConnection, as_at: date) -> list[Aim]:
    """The target of the register; while there is none, the newest published figure of England, 12 and 18 months on."""
    (measure,) = (entry for entry in check_register(load_register()) if entry.id == MEASURE)
    if measure.target.value is not None and measure.target.by is not None:
        return [Aim("target of the register", measure.target.value, measure.target.by)]
    return [
        Aim(f"no target is set: England {label}, {months} months on", float(value), _months_on(as_at, months))
        for label, value in connection.execute(_ENGLAND).fetchall()
        for months in MONTHS_AHEAD
    ]


def plan_share(requests: Requests) -> float:
    """Share (0 to 1) of requests that end in a plan, at the pace of the last 12 months; NaN if none ended."""
    for window in windows(requests):
        if window.kind == LAST_YEAR:
            curves = estimate(requests, window).incidence
            ended = float(curves.incidence[:, -1].sum()) if curves.time.size else 0.0
            return float(curves.incidence[PLAN - 1, -1]) / ended if ended else np.nan
    return np.nan


def _per_week(days: Floats, as_at: int, within: int) -> float:
    return float(np.count_nonzero((days > as_at - within) & (days <= as_at))) * 7 / within


def _months_on(start: date, months: int) -> date:
    """The first day of the month so many months on: it is there in every month."""
    place = start.year * 12 + start.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)
