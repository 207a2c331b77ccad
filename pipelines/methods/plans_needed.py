"""How many plans a week would reach a timeliness target by its date: arithmetic of a queue, not a forecast."""

from dataclasses import dataclass

import numpy as np

from pipelines.methods.intervals import Floats, Numbers
from pipelines.methods.waiting_times import TWENTY_WEEKS, WaitingTimeError

ASSUMPTION = (
    "The case that has waited longest is finished first, the same number of plans is issued every week from now on, requests "
    "go on arriving as they did lately, and of open and new cases the given share ends in a plan."
)


@dataclass(frozen=True)
class PlansNeeded:
    """Smallest whole number of plans a week that reaches the target by its date; None when no number can.

    share_at_date: share (0 to 1) of plans issued in the last days before the date that would then be within 20 weeks.
    assumption: what the number rests on; print it beside the number.
    """

    plans_per_week: int | None
    share_at_date: float
    assumption: str = ASSUMPTION


def weekly_plans_needed(
    ages: Numbers,
    requests_per_week: float,
    plan_share: float,
    target_share: float,
    days_to_target: int,
    measured_over_days: int = 28,
) -> PlansNeeded:
    """Plans a week so that of those issued in the `measured_over_days` days up to the date target_share is within 20 weeks.

    ages: age in days of every open case today; requests_per_week: how many arrive; plan_share and target_share: 0 to 1.
    While there is a backlog every plan issued is late, so the share stays at 0 until the late cases are done. Raises
    WaitingTimeError where a number is out of its range or the date is not ahead.
    """
    waiting = np.asarray(ages, dtype=np.float64)
    if days_to_target < 1 or measured_over_days < 1:
        raise WaitingTimeError("The target's date must be after today, and be measured over a day or more.")
    if not (0 <= plan_share <= 1 and 0 < target_share <= 1 and requests_per_week >= 0):
        raise WaitingTimeError("Shares must be from 0 to 1, and arrivals must not be negative.")
    if np.isnan(waiting).any() or (waiting < 0).any():
        raise WaitingTimeError("The age of an open case is missing or negative.")
    arrivals = requests_per_week / 7 * plan_share
    queue = _Queue(np.sort(waiting), arrivals, plan_share, days_to_target, measured_over_days)
    most = int(np.ceil(queue.all_by_the_date * 7)) + 1
    if not queue.share(most) >= target_share:
        return PlansNeeded(None, queue.share(most))
    too_few = 0  # No plan a week reaches nothing.
    while most - too_few > 1:
        middle = (most + too_few) // 2
        most, too_few = (middle, too_few) if queue.share(middle) >= target_share else (most, middle)
    return PlansNeeded(most, queue.share(most))


class _Queue:
    """Cumulative counts of expected plans by day: who has arrived, and who would be late if not yet done."""

    def __init__(self, ages: Floats, arrivals: float, plan_share: float, days: int, measured: int) -> None:
        day = np.arange(1.0, days + 1)
        # Cases are ranked oldest first: the open ones, then those that arrive later.
        older = ages.size - np.searchsorted(ages, TWENTY_WEEKS - day, side="right")
        self._overdue = plan_share * older + arrivals * np.maximum(day - TWENTY_WEEKS - 1, 0)
        self._arrived = plan_share * ages.size + arrivals * day
        self._measured = measured

    @property
    def all_by_the_date(self) -> float:
        return float(self._arrived[-1])

    def share(self, plans_per_week: int) -> float:
        """Share of the plans issued in the measured days that is within 20 weeks, 1 when none is left to issue."""
        done = np.empty(self._arrived.size + 1)
        done[0] = 0.0
        for day, arrived in enumerate(self._arrived, start=1):
            done[day] = min(done[day - 1] + plans_per_week / 7, arrived)
        late = np.maximum(np.minimum(done[1:], self._overdue) - done[:-1], 0.0)
        issued = float(done[-1] - done[max(0, done.size - 1 - self._measured)])
        return 1 - float(late[-self._measured :].sum()) / issued if issued > 0 else 1.0
