"""Waiting times by hand, and the nowcast against a process whose true answer is known."""

import numpy as np
import pytest

from pipelines.methods.intervals import normal_quantile
from pipelines.methods.waiting_times import (
    NO_PLAN,
    OPEN,
    PLAN,
    WaitingTimeError,
    issued_in_period,
    open_caseload,
    plan_in_time,
)

NONE = np.nan


def test_plans_issued_in_a_period_by_hand() -> None:
    # Waits: 140 (in), 141 (over), 365 (over, under a year), 366 (over a year), 100 with an exception, 150 with an exception.
    waits = np.array([140.0, 141, 365, 366, 100, 150])
    received = 1000 - waits
    issued = np.array([1000.0] * 6)
    exception = np.array([False, False, False, False, True, True])
    found = issued_in_period(received, issued, exception, 1000, 1000)
    everything, without = found.including_exceptions, found.excluding_exceptions
    assert (everything.issued, everything.within_20_weeks) == (6, 2)
    assert (everything.over_20_weeks_to_1_year, everything.over_1_year) == (3, 1)
    assert everything.share_within_20_weeks == pytest.approx(2 / 6)
    assert everything.average_weeks == pytest.approx(waits.mean() / 7)
    assert (without.issued, without.within_20_weeks, without.over_20_weeks_to_1_year, without.over_1_year) == (
        4,
        1,
        2,
        1,
    )
    assert found.unknown_wait == 0


def test_only_plans_of_the_period_count_and_unknown_waits_are_told() -> None:
    received = [0, 0, 0, 0, NONE, 60]
    issued = [49, 50, 59, 60, 55, 55]
    found = issued_in_period(received, issued, np.zeros(6, dtype=np.bool_), 50, 59)
    assert (found.including_exceptions.issued, found.unknown_wait) == (2, 2)


def test_a_period_without_a_plan_has_no_share() -> None:
    found = issued_in_period([0, 5], [NONE, NONE], np.array([False, True]), 0, 99).including_exceptions
    assert found.issued == 0
    assert np.isnan([found.share_within_20_weeks, found.average_weeks]).all()


def test_the_open_caseload_by_hand() -> None:
    as_at = 1000.0
    ages = np.array([0, 42, 43, 112, 113, 126, 127, 140, 141, 182, 183, 365, 366])
    received = np.append(as_at - ages, [as_at + 1, as_at - 10, as_at - 10, NONE])
    # One not yet received; one that ended that day; one that ends the day after and so is open; one without a day.
    ended = np.append(np.full(ages.size, NONE), [NONE, as_at, as_at + 1, NONE])
    found = open_caseload(received, ended, as_at)
    assert found.open_cases == 14
    assert [(band.from_day, band.to_day, band.cases) for band in found.bands] == [
        (0, 42, 3),
        (43, 112, 2),
        (113, 140, 4),
        (141, 182, 2),
        (183, 365, 2),
        (366, None, 1),
    ]
    assert (found.late, found.longest_days) == (5, 366)
    # In 14 days a case of 127 days is 141 old; one of 126 is 140 and still in time. In 28: from 113 on; in 56: from 85 on.
    assert found.crossing == ((14, 2), (28, 4), (56, 5))


def test_no_open_case_has_no_longest_wait() -> None:
    found = open_caseload([1.0], [5.0], 5.0)
    assert (found.open_cases, found.late, found.longest_days) == (0, 0, None)
    assert sum(band.cases for band in found.bands) == 0


def test_the_nowcast_of_a_finished_cohort_is_the_plain_share_with_binomial_error() -> None:
    ended = np.array([30.0] * 5 + [100.0] * 12 + [140.0] * 4 + [141.0] * 3 + [200.0] * 1)
    outcome = np.array([NO_PLAN] * 5 + [PLAN] * 12 + [PLAN] * 4 + [PLAN] * 3 + [PLAN] * 1)
    found = plan_in_time(np.zeros(25), ended, outcome, as_at=400, window_days=500)
    assert found.probability == pytest.approx(16 / 20)
    assert (found.plans, found.ended_without_plan, found.reason) == (20, 5, "")
    error = np.sqrt(0.8 * 0.2 / 20) / (0.8 * 0.2)
    middle, z = np.log(4), normal_quantile(0.95)
    expected = 1 / (1 + np.exp(-np.array([middle - z * error, middle + z * error])))
    assert (found.lower, found.upper) == pytest.approx(tuple(expected))
    assert found.unresolved == pytest.approx(0, abs=1e-12)


def test_cases_enter_the_window_at_the_age_that_they_have() -> None:
    # Window: days 911 to 1000. One case was 100 days old when it began, and one plan came before it.
    received = [810.0, 700.0, 900.0, 950.0]
    ended = [960.0, 905.0, 1000.0, NONE]
    found = plan_in_time(received, ended, [PLAN, PLAN, PLAN, OPEN], as_at=1000, window_days=90)
    assert found.plans == 2
    assert sorted(found.incidence.entry.tolist()) == [-1, 10, 100]
    assert sorted(found.incidence.leave.tolist()) == [50, 100, 150]


def test_what_happens_later_is_not_known_yet() -> None:
    received, ended = np.arange(800.0, 1000.0, 4), np.arange(900.0, 1100.0, 4)
    outcome = np.full(50, PLAN)
    as_known = np.where(ended <= 1000, outcome, OPEN)
    later = plan_in_time(received, ended, outcome, as_at=1000)
    assert later.probability == plan_in_time(received, np.where(ended <= 1000, ended, NONE), as_known, 1000).probability
    assert later.plans == int(np.count_nonzero((ended > 910) & (ended <= 1000)))


def test_an_end_on_the_day_of_receipt_counts() -> None:
    received = np.array([995.0] * 4 + [800.0] * 4)
    ended = np.array([995.0] * 4 + [990.0] * 4)
    found = plan_in_time(received, ended, [NO_PLAN] * 4 + [PLAN] * 4, as_at=1000)
    assert (found.incidence.at(0, cause=NO_PLAN), found.ended_without_plan) == (1, 4)


def test_ages_at_which_nobody_was_seen_are_no_basis() -> None:
    # Everyone is older than 200 days: nothing is known of the first 140.
    found = plan_in_time(np.zeros(30), np.linspace(250, 300, 30), np.full(30, PLAN), as_at=300, window_days=90)
    assert np.isnan([found.probability, found.lower, found.upper]).all()
    assert "no case was observed" in found.reason
    empty = plan_in_time([], [], [], as_at=300)
    assert np.isnan(empty.probability) and empty.smallest_at_risk == 0


def test_one_young_case_does_not_decide_for_all() -> None:
    # The only case younger than 50 days was refused at 5: the estimate would end there, although 40 older cases go on.
    received = np.array([950.0] + [850.0] * 40)
    ended = np.array([955.0] + [980.0] * 20 + [NONE] * 20)
    found = plan_in_time(received, ended, [NO_PLAN] + [PLAN] * 20 + [OPEN] * 20, as_at=1000, window_days=150)
    assert np.isfinite(found.probability)
    alone = plan_in_time(
        np.append(received[0], received[1:] - 60),
        ended,
        [NO_PLAN] + [PLAN] * 20 + [OPEN] * 20,
        as_at=1000,
        window_days=90,
    )
    assert np.isnan(alone.probability)
    assert alone.reason


def test_a_fast_service_leaves_nobody_at_risk_and_still_has_a_share() -> None:
    received = np.arange(0.0, 300.0)
    found = plan_in_time(received, received + 90 + received % 3, np.full(300, PLAN), as_at=300, window_days=150)
    # Open cases are younger than 92 days; every one that reached 92 had its plan.
    assert (found.probability, found.unresolved, found.reason) == (1, 0, "")


def test_no_plan_in_the_window_has_no_share() -> None:
    found = plan_in_time(np.arange(0.0, 400.0), np.full(400, NONE), np.full(400, OPEN), as_at=400)
    assert np.isnan(found.probability)
    assert (found.reason, found.unresolved) == ("no plan was issued in the window", 1)


def test_all_plans_in_time_have_a_share_of_1_and_no_limits() -> None:
    received = np.arange(0.0, 200.0)
    found = plan_in_time(received, received + 100, np.full(200, PLAN), as_at=250)
    assert found.probability == 1
    assert np.isnan([found.lower, found.upper]).all()


@pytest.mark.parametrize(
    ("received", "ended", "outcome", "message"),
    [
        (NONE, 5, PLAN, "no day of receipt"),
        (1, NONE, PLAN, "no day of its end"),
        (5, 1, PLAN, "before it was received"),
        (1, 5, 3, "not 0"),
    ],
)
def test_impossible_cases_are_refused(received: float, ended: float, outcome: int, message: str) -> None:
    with pytest.raises(WaitingTimeError, match=message):
        plan_in_time([received], [ended], [outcome], as_at=10)


def simulated(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """3,000 requests over 1,000 days: refusals about week 6, plans log-normal; faster for requests from day 547 on."""
    random = np.random.default_rng(seed)
    received = np.sort(random.uniform(0, 1000, 3000).round())
    median = np.where(received < 547, 170.0, 125.0)
    refused = random.random(3000) < 0.3
    wait = np.where(refused, random.normal(42, 5, 3000), median * np.exp(random.normal(0, 0.25, 3000))).round()
    return received, received + wait, np.where(refused, NO_PLAN, PLAN)


def test_the_nowcast_finds_the_new_pace_before_the_issued_figure_does() -> None:
    received, ended, outcome = simulated(1)
    # True share in time after the change: P(125 exp(0.25 Z) < 140.5) = 0.68.
    found = plan_in_time(received, ended, outcome, as_at=760)
    issued = issued_in_period(
        received, np.where(outcome == PLAN, ended, NONE), np.zeros(3000, dtype=np.bool_), 671, 760
    ).including_exceptions
    assert abs(found.probability - 0.68) < 0.08
    assert abs(issued.share_within_20_weeks - 0.68) > abs(found.probability - 0.68)
    assert found.smallest_at_risk == min(found.incidence.number_at_risk(age) for age in range(141)) > 50


def test_the_limits_hold_the_truth_about_as_often_as_they_say() -> None:
    hits = 0
    for seed in range(40):
        received, ended, outcome = simulated(seed)
        found = plan_in_time(received, ended, outcome, as_at=1000)
        hits += found.lower < 0.68 < found.upper
    # 95 % of 40 is 38; fewer than 34 has a probability below 0.5 %.
    assert hits >= 34
