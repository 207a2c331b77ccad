"""Waiting for an education, health and care plan: what was issued, who waits, and how likely the next plan is in time.

Dates are day numbers (days since any one day), NaN where there is none; an outcome after `as_at` counts as not yet happened.
The 20 weeks are 140 days from the day of receipt: regulation 13(2) of SI 2014/1530. The figures of plans issued are those of
DfE's release "Education, health and care plans"; the nowcast is a period Aalen-Johansen estimate (`incidence`).
"""

from dataclasses import dataclass

import numpy as np

from pipelines.methods.incidence import Incidence, aalen_johansen
from pipelines.methods.intervals import Flags, Floats, Numbers, confidence_level, normal_quantile

TWENTY_WEEKS = 140
ONE_YEAR = 365
# First ages in days of the bands: the steps of the law (6, 16, 20 weeks), then half a year and a year.
BAND_STARTS = (0, 43, 113, 141, 183, 366)
CROSSING_WITHIN = (14, 28, 56)
WINDOW_DAYS = 90
OPEN, PLAN, NO_PLAN = 0, 1, 2


class WaitingTimeError(ValueError):
    """Dates, outcomes or options that no figure can be made from."""


@dataclass(frozen=True)
class Issued:
    """Plans issued in a period, as the columns of DfE's file; the share is from 0 to 1, NaN without a plan.

    issued = within_20_weeks + over_20_weeks_to_1_year + over_1_year. average_weeks: mean wait in weeks.
    """

    issued: int
    within_20_weeks: int
    over_20_weeks_to_1_year: int
    over_1_year: int
    share_within_20_weeks: float
    average_weeks: float


@dataclass(frozen=True)
class Timeliness:
    """The statutory figures with and without the plans that an exception of regulation 10(4) applies to.

    unknown_wait: plans issued in the period that are in neither, because their day of receipt is missing or later.
    """

    including_exceptions: Issued
    excluding_exceptions: Issued
    unknown_wait: int


@dataclass(frozen=True)
class AgeBand:
    """Open cases whose age in days is from_day to to_day (None: or more)."""

    from_day: int
    to_day: int | None
    cases: int


@dataclass(frozen=True)
class Caseload:
    """Cases open at the end of a day.

    late: older than 140 days. crossing: (days, cases) pairs, the cases in time now that will be late within so many days if
    they stay open. longest_days: age of the oldest, None without an open case.
    """

    open_cases: int
    bands: tuple[AgeBand, ...]
    late: int
    crossing: tuple[tuple[int, int], ...]
    longest_days: int | None


@dataclass(frozen=True)
class PlanInTime:
    """Probability that a plan, if there is one, comes within 140 days, at the pace of the last `window_days` days.

    probability, lower, upper: 0 to 1, NaN when `reason` says why not; the limits are NaN as well where all or none are in
    time. smallest_at_risk: fewest cases under observation at any age from 0 to 140 days (or to that at which all had ended).
    unresolved: share of cases that is still open at the greatest age seen; a large share makes the probability too high.
    incidence: the curves behind it.
    """

    probability: float
    lower: float
    upper: float
    plans: int
    ended_without_plan: int
    smallest_at_risk: int
    unresolved: float
    window_days: int
    incidence: Incidence
    reason: str = ""


def issued_in_period(
    received: Numbers, issued: Numbers, has_exception: Flags, first_day: float, last_day: float
) -> Timeliness:
    """Figures of the plans issued from first_day to last_day, both included. A wait of 140 days is within 20 weeks.

    Issued in the period, whenever received: the share falls while a backlog is cleared, and lags by months.
    """
    start, end = _dates(received), _dates(issued)
    in_period = (end >= first_day) & (end <= last_day)
    wait = end - start
    known = in_period & (wait >= 0)
    exception = np.asarray(has_exception, dtype=np.bool_)
    return Timeliness(
        _issued(wait[known]),
        _issued(wait[known & ~exception]),
        int(np.count_nonzero(in_period & ~known)),
    )


def open_caseload(received: Numbers, ended: Numbers, as_at: float) -> Caseload:
    """Open cases at the end of day `as_at` by age. `ended`: plan, refusal, withdrawal or move, whichever came."""
    start, end = _dates(received), _dates(ended)
    ages = as_at - start[(start <= as_at) & ~(end <= as_at)]
    starts = np.array(BAND_STARTS)
    counts = np.bincount(np.searchsorted(starts, ages, side="right") - 1, minlength=starts.size)
    last_days: list[int | None] = [*(starts[1:] - 1).tolist(), None]
    in_time = ages <= TWENTY_WEEKS
    return Caseload(
        open_cases=int(ages.size),
        bands=tuple(AgeBand(int(a), b, int(n)) for a, b, n in zip(starts, last_days, counts, strict=True)),
        late=int(np.count_nonzero(~in_time)),
        crossing=tuple(
            (days, int(np.count_nonzero(in_time & (ages + days > TWENTY_WEEKS)))) for days in CROSSING_WITHIN
        ),
        longest_days=int(ages.max()) if ages.size else None,
    )


def plan_in_time(
    received: Numbers,
    ended: Numbers,
    outcome: Numbers,
    as_at: float,
    window_days: int = WINDOW_DAYS,
    confidence: float = 0.95,
) -> PlanInTime:
    """Period Aalen-Johansen estimate from what happened on the last `window_days` days up to and including `as_at`.

    outcome: 1 plan issued, 2 ended without a plan (refused, not issued, withdrawn, moved), 0 open. A case that was open when
    the window began enters at the age that it had then. Both outcomes compete: an ended case cannot get a plan. Raises
    WaitingTimeError where a day of receipt is missing, an ended case has no day, or one ends before it was received.
    """
    start, end = _dates(received), _dates(ended)
    kind = np.asarray(outcome, dtype=np.float64)
    _check(start, end, kind)
    opened = as_at - window_days
    kind = np.where(end > as_at, OPEN, kind)
    end = np.where((kind == OPEN) | (end > as_at), as_at, end)
    seen = (start <= as_at) & (end > opened)
    start, end, kind = start[seen], end[seen], kind[seen]
    # Received inside the window: at risk from the first day on, also of an end on the day of receipt.
    entry = np.where(start > opened, -1.0, opened - start)
    curves = aalen_johansen(end - start, kind, entry)
    fewest = _smallest_at_risk(curves)
    probability, error, reason = _share_in_time(curves, fewest)
    lower, upper = logit_limits(probability, error, confidence)
    return PlanInTime(
        probability,
        lower,
        upper,
        int(np.count_nonzero(kind == PLAN)),
        int(np.count_nonzero(kind == NO_PLAN)),
        fewest,
        float(curves.survival[-1]) if curves.time.size else 1.0,
        window_days,
        curves,
        reason,
    )


def _check(start: Floats, end: Floats, kind: Floats) -> None:
    if np.isnan(start).any():
        raise WaitingTimeError("A case has no day of receipt: leave it out and count it in the bounds.")
    if not np.isin(kind, (OPEN, PLAN, NO_PLAN)).all():
        raise WaitingTimeError("An outcome is not 0 (open), 1 (plan) or 2 (ended without a plan).")
    if (np.isnan(end) & (kind != OPEN)).any():
        raise WaitingTimeError("A case that ended has no day of its end.")
    if (end < start).any():
        raise WaitingTimeError("A case ended before it was received.")


def _share_in_time(curves: Incidence, fewest: int) -> tuple[float, float, str]:
    """Plans by 140 days as a share of all plans, its standard error, and why there is none."""
    if not fewest:
        return np.nan, np.nan, "there are ages below 140 days at which no case was observed in the window"
    emptied = curves.time[(curves.survival == 0) & (curves.time <= TWENTY_WEEKS)]
    if emptied.size and (curves.leave > emptied[0]).any():
        return (
            np.nan,
            np.nan,
            "so few cases were observed at some age that all of them ended, while older ones were open",
        )
    last = int(np.searchsorted(curves.time, TWENTY_WEEKS, side="right")) - 1
    plans = float(curves.incidence[PLAN - 1, -1]) if curves.time.size else 0.0
    if plans == 0:
        return np.nan, np.nan, "no plan was issued in the window"
    in_time = curves.at(TWENTY_WEEKS)
    share = in_time / plans
    before = curves.covariance[last, PLAN, PLAN] if last >= 0 else 0.0
    # Later plans come out of those still open at 140 days: their covariance with the plans in time runs through survival.
    still_open = float(curves.survival[last]) if last >= 0 else 1.0
    later = (plans - in_time) / still_open if still_open > 0 else 0.0
    together = before + later * (curves.covariance[last, 0, PLAN] if last >= 0 else 0.0)
    variance = (before - 2 * share * together + share**2 * curves.covariance[-1, PLAN, PLAN]) / plans**2
    return share, float(np.sqrt(max(variance, 0.0))), ""


def logit_limits(share: float, error: float, confidence: float = 0.95) -> tuple[float, float]:
    """Limits of a share (0 to 1) from its standard error, on the scale of the log odds; NaN for 0, 1 or no error."""
    if not (0 < share < 1 and error > 0):
        return np.nan, np.nan
    middle = np.log(share / (1 - share))
    half = normal_quantile(confidence_level(confidence)) * error / (share * (1 - share))
    return float(1 / (1 + np.exp(half - middle))), float(1 / (1 + np.exp(-half - middle)))


def _smallest_at_risk(curves: Incidence) -> int:
    all_ended = curves.time.size > 0 and curves.survival[-1] == 0
    ages = np.arange(min(TWENTY_WEEKS, curves.time[-1] if all_ended else TWENTY_WEEKS) + 1.0)
    entered = np.searchsorted(np.sort(curves.entry), ages, side="left")
    left = np.searchsorted(np.sort(curves.leave), ages, side="left")
    return int((entered - left).min())


def _issued(wait: Floats) -> Issued:
    within = int(np.count_nonzero(wait <= TWENTY_WEEKS))
    over_year = int(np.count_nonzero(wait > ONE_YEAR))
    count = int(wait.size)
    return Issued(
        count,
        within,
        count - within - over_year,
        over_year,
        within / count if count else np.nan,
        float(wait.mean()) / 7 if count else np.nan,
    )


def _dates(days: Numbers) -> Floats:
    return np.asarray(days, dtype=np.float64)
