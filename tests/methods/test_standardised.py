"""Directly standardised rates: Dobson by hand, refused when there are too few events."""

import numpy as np
import pytest

from pipelines.methods.intervals import IntervalError
from pipelines.methods.standardised import directly_standardised_rate, directly_standardised_rate_of_repeated_events

COUNTS, PEOPLE, STANDARD = [10.0, 20.0, 70.0], [1000.0, 1000.0, 2000.0], [5000.0, 3000.0, 2000.0]


def test_a_rate_by_hand() -> None:
    # (5000·10/1000 + 3000·20/1000 + 2000·70/2000) / 10000 = 180/10000 = 1.8 %.
    # Variance: (25·10 + 9·20 + 1·70) / 10000² = 500 / 10^8. Byar of 100: 81.3621 to 121.6279.
    found = directly_standardised_rate(COUNTS, PEOPLE, STANDARD)
    scale = np.sqrt(500 / 1e8 / 100) * 100_000
    assert (found.total_count, found.total_population) == (100, 4000)
    assert found.value == pytest.approx(1800)
    assert found.lower == pytest.approx(1800 + scale * (81.36211 - 100), abs=1e-3)
    assert found.upper == pytest.approx(1800 + scale * (121.62794 - 100), abs=1e-3)
    assert (found.statistic, found.method) == ("dsr per 100000", "Dobson")


def test_998_limits_are_wider() -> None:
    narrow, wide = (directly_standardised_rate(COUNTS, PEOPLE, STANDARD, level) for level in (0.95, 0.998))
    assert wide.lower < narrow.lower < narrow.value < narrow.upper < wide.upper


@pytest.mark.parametrize(("total", "known"), [(9, False), (10, True)])
def test_fewer_than_ten_events_have_no_rate(total: int, known: bool) -> None:
    found = directly_standardised_rate([total - 3, 3], [100, 100], [1, 1])
    assert np.isfinite([found.value, found.lower, found.upper]).all() == known
    assert found.statistic == ("dsr per 100000" if known else "dsr NA for total count < 10")
    assert found.total_count == total


def test_the_structure_of_the_area_drops_out_when_the_standard_has_it() -> None:
    found = directly_standardised_rate([4, 16], [100, 300], [100, 300], multiplier=100)
    assert found.value == pytest.approx(100 * 20 / 400)


def test_a_missing_count_has_no_rate() -> None:
    found = directly_standardised_rate([np.nan, 30], [100, 100], [1, 1])
    assert np.isnan([found.value, found.lower]).all()
    assert found.statistic == "dsr NA for missing count"


def test_one_event_each_is_the_independent_case() -> None:
    alone = directly_standardised_rate(COUNTS, PEOPLE, STANDARD)
    once = directly_standardised_rate_of_repeated_events(np.array([COUNTS]).T, [1], PEOPLE, STANDARD)
    assert once == alone


def test_repeated_events_have_the_same_rate_and_wider_limits() -> None:
    # 10 events in the first band: 2 people with one, 4 with two. Variance adds 2·1² + 4·2² = 18 in the place of 10.
    people = np.array([[2.0, 4.0], [20.0, 0.0], [70.0, 0.0]])
    alone = directly_standardised_rate(COUNTS, PEOPLE, STANDARD)
    found = directly_standardised_rate_of_repeated_events(people, [1, 2], PEOPLE, STANDARD)
    assert (found.value, found.total_count) == (alone.value, 100)
    widened = np.sqrt((25 * 18 + 9 * 20 + 70) / (25 * 10 + 9 * 20 + 70))
    assert found.upper - found.value == pytest.approx((alone.upper - alone.value) * widened)


@pytest.mark.parametrize(
    ("counts", "people", "standard", "message"),
    [
        ([-1, 20], [10, 10], [1, 1], "negative"),
        ([1, 20], [0, 10], [1, 1], "not positive"),
        ([1, 20], [np.nan, 10], [1, 1], "not positive"),
        ([1, 20], [10, 10], [0, 0], "not positive"),
        ([1, 20], [10, 10], [1], "one row per age band"),
        ([], [], [], "one row per age band"),
    ],
)
def test_what_is_no_rate_is_refused(
    counts: list[float], people: list[float], standard: list[float], message: str
) -> None:
    with pytest.raises(IntervalError, match=message):
        directly_standardised_rate(counts, people, standard)


def test_people_need_a_column_per_frequency() -> None:
    with pytest.raises(IntervalError, match="column per frequency"):
        directly_standardised_rate_of_repeated_events(np.ones((2, 2)), [1], [10, 10], [1, 1])
    with pytest.raises(IntervalError, match="not positive"):
        directly_standardised_rate_of_repeated_events(np.ones((2, 1)), [0], [10, 10], [1, 1])
