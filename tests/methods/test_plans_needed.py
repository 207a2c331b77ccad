"""The weekly number of plans is the smallest that reaches the target, by hand and against a case-by-case queue."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.methods.plans_needed import ASSUMPTION, weekly_plans_needed
from pipelines.methods.waiting_times import WaitingTimeError


def queue_share(ages: list[int], a_week: int, plans_a_week: int, days: int, measured: int) -> float:
    """Case by case: oldest first, a seventh of the week's plans each day, `a_week` (a multiple of 7) arrivals a week."""
    waiting = sorted(ages, reverse=True)
    allowed, in_time, issued = 0, 0, 0
    for day in range(1, days + 1):
        waiting = [age + 1 for age in waiting] + [0] * (a_week // 7)
        allowed += plans_a_week // 7
        done, waiting = waiting[:allowed], waiting[allowed:]
        allowed = 0
        if day > days - measured:
            issued += len(done)
            in_time += sum(age <= 140 for age in done)
    return in_time / issued if issued else 1.0


def test_a_backlog_by_hand() -> None:
    # 280 late cases, nothing else for 100 days (all others are new): 280 plans must be gone before the last 28 of 84 days:
    # 280 / 8 weeks = 35 a week; with 7 new requests a week the 56th new one is not due by then.
    found = weekly_plans_needed([200] * 280, 7, 1.0, 1.0, 84)
    assert (found.plans_per_week, found.share_at_date) == (35, 1)
    assert found.assumption == ASSUMPTION


def test_fewer_are_needed_when_some_cases_end_without_a_plan() -> None:
    assert weekly_plans_needed([200] * 280, 7, 0.5, 1.0, 84).plans_per_week == 18


def test_cases_in_time_must_be_done_on_their_last_day() -> None:
    # 160 cases of 100 days reach 140 in 40 days: 160 · 7 / 40 = 28 a week, of which the last comes on that day.
    assert weekly_plans_needed([100] * 160, 0, 1.0, 1.0, 60).plans_per_week == 28
    # 161 need one more.
    assert weekly_plans_needed([100] * 161, 0, 1.0, 1.0, 60).plans_per_week == 29


def test_new_requests_come_due_in_turn() -> None:
    # 10 a day. On day 200 those of the first 59 days are older than 140 days: 590 must be done in 199 days, 20.8 a week.
    assert weekly_plans_needed([], 70, 1.0, 1.0, 200).plans_per_week == 21
    # Half of them end in a plan: 10.4 a week.
    assert weekly_plans_needed([], 70, 0.5, 1.0, 200).plans_per_week == 11


def test_a_lower_target_needs_fewer_plans() -> None:
    low, high = (weekly_plans_needed([150] * 1000, 10, 0.8, share, 120).plans_per_week for share in (0.5, 0.95))
    assert low is not None and high is not None
    assert low < high


def test_a_target_that_no_number_reaches_has_none() -> None:
    # A target for tomorrow that is measured over the last four weeks: the late cases must still be issued in them.
    found = weekly_plans_needed([300] * 50, 7, 1.0, 1.0, 1)
    assert found.plans_per_week is None
    assert found.share_at_date < 1


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(0, 250), max_size=60),
    st.sampled_from([0, 7, 14]),
    st.sampled_from([0.5, 0.8, 1.0]),
    st.integers(20, 200),
)
def test_the_number_is_the_smallest_that_a_queue_of_cases_confirms(
    ages: list[int], a_week: int, target: float, days: int
) -> None:
    found = weekly_plans_needed(ages, a_week, 1.0, target, days)
    if found.plans_per_week is None:
        return
    assert found.share_at_date >= target
    # The queue of whole cases works in whole plans a day: the next multiple of 7 is enough, the one below the number is not.
    enough = -(-found.plans_per_week // 7) * 7
    assert queue_share(ages, a_week, enough, days, 28) >= target - 0.02
    too_few = (found.plans_per_week - 1) // 7 * 7
    if too_few:
        assert queue_share(ages, a_week, too_few, days, 28) <= target + 0.02


@pytest.mark.parametrize(
    ("ages", "share", "target", "days"),
    [([-1], 1.0, 0.5, 10), ([np.nan], 1.0, 0.5, 10), ([1], 1.5, 0.5, 10), ([1], 1.0, 0.0, 10), ([1], 1.0, 0.5, 0)],
)
def test_impossible_numbers_are_refused(ages: list[float], share: float, target: float, days: int) -> None:
    with pytest.raises(WaitingTimeError):
        weekly_plans_needed(ages, 7, share, target, days)
