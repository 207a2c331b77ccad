"""`measures.waiting_time`: the share of requests that have a plan, or ended without one, by week, at a period's own pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from pipelines.assess.requests import YEAR, Requests, day, number_of, read_requests
from pipelines.assess.rows import Row, number, percent
from pipelines.methods.incidence import Incidence
from pipelines.methods.waiting_times import NO_PLAN, PLAN, WINDOW_DAYS, PlanInTime, logit_limits, plan_in_time

WEEKS = 52
# Plans began on 1 September 2014: a request that is said to be older has a wrong day.
FIRST_YEAR = 2015
HALF = 0.5
CALENDAR_YEAR, LAST_YEAR, LAST_90_DAYS = "calendar_year", "last_12_months", "last_90_days"


@dataclass(frozen=True)
class Window:
    """The days whose pace is measured, both included, as numbers of days since 1 January 1970."""

    kind: str
    first_day: int
    last_day: int

    @property
    def days(self) -> int:
        """How many days it has."""
        return self.last_day - self.first_day + 1


def waiting_rows(connection: duckdb.DuckDBPyConnection) -> Sequence[Row]:
    """53 rows per window: weeks 0 to 52."""
    requests = read_requests(connection)
    return [row for window in windows(requests) for row in window_rows(requests, window)]


def windows(requests: Requests) -> list[Window]:
    """The calendar years, the last up to the day of the refresh; the last 365 and the last 90 days.

    The year of the oldest request is left out: of those who waited when it began only some are in the data.
    """
    if not requests.usable.any():
        return []
    as_at = requests.as_at
    oldest = day(int(requests.received[requests.usable].min()))
    years = [
        Window(CALENDAR_YEAR, number_of(date(year, 1, 1)), min(number_of(date(year, 12, 31)), as_at))
        for year in range(max(oldest.year + 1, FIRST_YEAR), day(as_at).year + 1)
    ]
    return [
        *years,
        Window(LAST_YEAR, as_at - YEAR + 1, as_at),
        Window(LAST_90_DAYS, as_at - WINDOW_DAYS + 1, as_at),
    ]


def estimate(requests: Requests, window: Window) -> PlanInTime:
    """The period estimate from the requests whose days are usable."""
    use = requests.usable
    return plan_in_time(
        requests.received[use], requests.ended[use], requests.outcome[use], window.last_day, window.days
    )


def window_rows(requests: Requests, window: Window) -> list[Row]:
    """The curves of one window; shares are NULL from the first age on at which nobody was observed."""
    found = estimate(requests, window)
    curves = found.incidence
    shared: dict[str, object] = {
        "period_type": window.kind,
        "period_start": day(window.first_day),
        "period_end": day(window.last_day),
        "plans": found.plans,
        "ended_without_plan": found.ended_without_plan,
        "left_out": int(np.count_nonzero(~requests.usable)),
        "plan_in_time_pct": percent(found.probability),
        "plan_in_time_lower_95": percent(found.lower),
        "plan_in_time_upper_95": percent(found.upper),
        "median_weeks_to_plan": _median_weeks(curves, until := sound_until(curves)),
        "reason": found.reason or None,
    }
    return [shared | _week(curves, week, until) for week in range(WEEKS + 1)]


def sound_until(curves: Incidence) -> float:
    """Greatest age in days up to which somebody was observed at every age, so that the curves are known.

    Where everybody observed had ended, older cases say nothing of how it would have gone on: the curves end there, and stay
    as they are if there are no older cases.
    """
    if not curves.leave.size:
        return -1.0
    oldest = float(curves.leave.max())
    ages = np.arange(oldest + 1)
    entered = np.searchsorted(np.sort(curves.entry), ages, side="left")
    left = np.searchsorted(np.sort(curves.leave), ages, side="left")
    unseen = ages[entered - left == 0]
    if unseen.size:
        oldest = min(oldest, float(unseen[0]) - 1)
    emptied = curves.time[curves.survival == 0]
    if emptied.size and emptied[0] <= oldest:
        return float(emptied[0]) if (curves.leave > emptied[0]).any() else np.inf
    return oldest


def _week(curves: Incidence, week: int, until: float) -> dict[str, object]:
    age = week * 7
    row: dict[str, object] = {"week": week, "at_risk": curves.number_at_risk(age)}
    if age > until:
        return row
    place = int(np.searchsorted(curves.time, age, side="right")) - 1
    shares = curves.incidence[:, place] if place >= 0 else np.zeros(2)
    errors = curves.incidence_error[:, place] if place >= 0 else np.zeros(2)
    for name, cause in (("plan", PLAN), ("no_plan", NO_PLAN)):
        lower, upper = logit_limits(float(shares[cause - 1]), float(errors[cause - 1]))
        row |= {
            f"{name}_pct": percent(float(shares[cause - 1])),
            f"{name}_lower_95": percent(lower),
            f"{name}_upper_95": percent(upper),
        }
    row["open_pct"] = percent(float(curves.survival[place])) if place >= 0 else 100.0
    return row


def _median_weeks(curves: Incidence, until: float) -> float | None:
    """Weeks by which half of all requests have a plan; None if that never comes to pass."""
    reached = curves.time[(curves.incidence[PLAN - 1] >= HALF) & (curves.time <= until)]
    return number(float(reached[0]) / 7) if reached.size else None
