"""Requests for an EHC needs assessment and what became of each: days that obey the statutory process.

One element per request, in the order received. Days count from 1 January 1970. The process is drawn in full, for every
request up to the end of the year of the export; who writes it cuts it at `as_at`, so what had not happened by then is open.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from pipelines.synthetic import calibration
from pipelines.synthetic.calibration import SIX_WEEKS_DAYS, TWENTY_WEEKS_DAYS, of_year, plan_year
from pipelines.synthetic.extract_columns import MISSING_DAY, day_number, year_end
from pipelines.synthetic.randomness import Flags, Ints, any_weekdays

PLAN, NOT_ISSUED, REFUSED, WITHDRAWN, STILL_OPEN = range(5)
FIRST_OPEN_YEAR = 2025
LAST_HISTORICAL_DAY = day_number(date(calibration.FIRST_YEAR, 1, 1)) - 1


@dataclass(frozen=True)
class Process:
    """Requests and all that ever comes of them: outcome kind, day received, decision, assessment outcome, plan."""

    kind: Ints
    received: Ints
    decided: Ints
    assessed: Ints
    issued: Ints
    exception: Flags

    def take(self, where: Ints | Flags) -> "Process":
        """The requests at the given places."""
        return Process(*(array[where] for array in vars(self).values()))


def draw_process(rng: np.random.Generator, factor: float, as_at: date) -> Process:
    """Every request up to the end of the year of `as_at`, for a place `factor` times the size of the local area."""
    received, issued, exception = _plans(rng, factor, as_at.year + 1)
    kind = np.full(len(received), PLAN)
    rest_kind, rest_received = _without_plan(rng, factor, received, as_at.year)
    none = np.zeros(len(rest_kind), dtype=np.int64)
    kind = np.concatenate([kind, rest_kind])
    received = np.concatenate([received, rest_received])
    process = Process(
        kind=kind,
        received=received,
        decided=np.zeros_like(received),
        assessed=np.zeros_like(received),
        issued=np.concatenate([issued, none]),
        exception=np.concatenate([exception, none.astype(np.bool_)]),
    )
    process = process.take(process.received <= year_end(as_at))
    process = process.take(np.lexsort((process.issued, process.kind, process.received)))
    return _with_decisions(rng, process)


def _plans(rng: np.random.Generator, factor: float, last_year: int) -> tuple[Ints, Ints, Flags]:
    received: list[Ints] = []
    issued: list[Ints] = []
    exception: list[Flags] = []
    for year in range(calibration.FIRST_YEAR, last_year + 1):
        counts = plan_year(year).scaled(factor)
        late = counts.issued - counts.within_20_weeks
        over_a_year = min(counts.over_one_year, late)
        within_days = np.rint(rng.triangular(72, 132, TWENTY_WEEKS_DAYS, counts.within_20_weeks)).astype(np.int64)
        late_days = rng.integers(TWENTY_WEEKS_DAYS + 1, counts.longest_usual_days + 1, late)
        late_days[:over_a_year] = rng.integers(367, 520, over_a_year)
        within_days[-1:], late_days[-1:] = TWENTY_WEEKS_DAYS, TWENTY_WEEKS_DAYS + 1
        days = any_weekdays(rng, day_number(date(year, 1, 2)), day_number(date(year, 12, 31)), counts.issued)
        within_exceptions = counts.within_20_weeks - counts.within_20_weeks_without_exception
        late_exceptions = counts.exceptions - within_exceptions
        received.append(days - np.concatenate([within_days, late_days]))
        issued.append(days)
        exception.append(
            np.concatenate([np.arange(counts.within_20_weeks) < within_exceptions, np.arange(late) < late_exceptions])
        )
    return np.concatenate(received), np.concatenate(issued), np.concatenate(exception)


def _without_plan(rng: np.random.Generator, factor: float, plan_received: Ints, last_year: int) -> tuple[Ints, Ints]:
    """The requests of each year that end without a plan, so that the year's requests add up."""
    kinds: list[Ints] = []
    received: list[Ints] = []
    for year in range(calibration.FIRST_YEAR, last_year + 1):
        first, last = day_number(date(year, 1, 1)), day_number(date(year, 12, 31))
        with_plan = int(((plan_received >= first) & (plan_received <= last)).sum())
        count = max(0, round(of_year(calibration.REQUESTS_BY_YEAR, year) * factor) - with_plan)
        refused = of_year(calibration.REFUSED_TO_ASSESS_BY_YEAR, year)
        not_issued = of_year(calibration.NOT_ISSUED_BY_YEAR, year)
        weights = np.array(
            [not_issued, refused, 0.03 * refused, 0.2 * (refused + not_issued) if year >= FIRST_OPEN_YEAR else 0.0]
        )
        kinds.append(rng.choice([NOT_ISSUED, REFUSED, WITHDRAWN, STILL_OPEN], count, p=weights / weights.sum()))
        received.append(any_weekdays(rng, first, last, count))
    return np.concatenate(kinds), np.concatenate(received)


def _with_decisions(rng: np.random.Generator, process: Process) -> Process:
    count = len(process.kind)
    length = np.where(process.kind == PLAN, process.issued - process.received, 200)
    in_time = process.received + 14 + (29 * np.sqrt(rng.random(count))).astype(np.int64)
    late_by = rng.random(count) * np.clip(length - 58, 1, 55)
    late = process.received + SIX_WEEKS_DAYS + 1 + late_by.astype(np.int64)
    is_late = _late_decisions(rng, process, in_time, late)
    decided = np.where(is_late, late, in_time)
    share = 0.55 + 0.4 * rng.random(count)
    assessed = decided + ((process.issued - decided) * share).astype(np.int64)
    not_issued = decided + 5 + (rng.random(count) * 95).astype(np.int64)
    assessed = np.where(process.kind == NOT_ISSUED, not_issued, assessed)
    has_assessment = np.isin(process.kind, (PLAN, NOT_ISSUED))
    return replace(process, decided=decided, assessed=np.where(has_assessment, assessed, MISSING_DAY))


def _late_decisions(rng: np.random.Generator, process: Process, in_time: Ints, late: Ints) -> Flags:
    """Which decisions miss six weeks, so that the share among the decisions of each calendar year is as published."""
    counted = np.isin(process.kind, (PLAN, NOT_ISSUED, REFUSED))
    is_late = np.zeros(len(late), dtype=np.bool_)
    years = np.unique(in_time.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970)
    for year in years.tolist():
        first, last = day_number(date(year, 1, 1)), day_number(date(year, 12, 31))
        late_falls_here = counted & (late >= first) & (late <= last)
        in_time_falls_here = counted & ~is_late & (in_time >= first) & (in_time <= last)
        already = int((late_falls_here & is_late).sum())
        share = 1 - of_year(calibration.DECIDED_IN_SIX_WEEKS_PERCENT, year) / 100
        wanted = round(share * (int(in_time_falls_here.sum()) + already)) - already
        candidates = np.flatnonzero(late_falls_here & in_time_falls_here)
        chosen = rng.permutation(candidates)[: max(0, wanted)]
        is_late[chosen] = True
    return is_late
