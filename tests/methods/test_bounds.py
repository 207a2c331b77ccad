"""Bounds are the furthest that a figure can go when the uncounted rows are counted, tried out one by one."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.methods.bounds import BoundsError, proportion_bounds, quantile_bounds, rate_bounds


def test_sixty_two_percent_with_31_missing_dates() -> None:
    # 310 of 500 = 62 %; 31 left out: 310/531 = 58.4 % to 341/531 = 64.2 %.
    found = proportion_bounds([310], [500], [31])
    assert (round(found.lowest[0], 4), round(found.highest[0], 4)) == (0.5838, 0.6422)


def test_undecided_rows_in_the_denominator_can_only_raise_the_share() -> None:
    found = proportion_bounds([310], [500], undecided=[31])
    assert (found.lowest[0], found.highest[0]) == (0.62, 341 / 500)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 6), st.integers(0, 6), st.integers(0, 3), st.integers(0, 3))
def test_no_way_to_count_the_rows_goes_beyond_the_bounds(yes: int, no: int, left_out: int, undecided: int) -> None:
    numerator, denominator = yes, yes + no + undecided
    # A row left out may be in neither, in the denominator, or in both; an undecided one in the numerator or not.
    possible = [
        (numerator + sum(n for n, _ in out) + sum(inside)) / (denominator + sum(d for _, d in out))
        for out in product([(0, 0), (0, 1), (1, 1)], repeat=left_out)
        for inside in product([0, 1], repeat=undecided)
        if denominator + sum(d for _, d in out)
    ]
    found = proportion_bounds([numerator], [denominator], [left_out], [undecided])
    if possible:
        assert (found.lowest[0], found.highest[0]) == pytest.approx((min(possible), max(possible)))
    else:
        assert np.isnan([found.lowest[0], found.highest[0]]).all()


def test_only_left_out_rows_say_nothing() -> None:
    found = proportion_bounds([0], [0], [4])
    assert (found.lowest[0], found.highest[0]) == (0, 1)


def test_many_rows_at_once_and_missing_counts() -> None:
    found = proportion_bounds([1, 2, np.nan], [2, 4, 4], [2, 0, 1])
    np.testing.assert_allclose(found.lowest, [0.25, 0.5, np.nan])
    np.testing.assert_allclose(found.highest, [0.75, 0.5, np.nan])


def test_a_rate_can_only_rise() -> None:
    found = rate_bounds([10], [200], [5], multiplier=100)
    assert (found.lowest[0], found.highest[0]) == (5, 7.5)
    assert np.isnan(rate_bounds([0], [0], [1]).highest[0])


def test_a_median_by_hand() -> None:
    # 10 20 30 40 50 and two unknown: 0 0 10 20 30 40 50 has the median 20; 10 20 30 40 50 100 100 has 40.
    found = quantile_bounds([10, 20, np.nan, 30, 40, 50], 2, 0.5, floor=0, ceiling=100)
    assert (found.lowest[0], found.highest[0]) == (20, 40)
    assert np.isnan(quantile_bounds([], 0, 0.5, 0, 1).lowest[0])


@pytest.mark.parametrize(
    ("numerator", "denominator", "left_out", "undecided", "message"),
    [
        (-1, 2, 0, 0, "negative"),
        (1, 2, -1, 0, "negative"),
        (1, 2, 0, -1, "negative"),
        (3, 2, 0, 0, "greater than its denominator"),
        (1, 2, 0, 2, "undecided"),
    ],
)
def test_counts_that_cannot_be_are_refused(
    numerator: int, denominator: int, left_out: int, undecided: int, message: str
) -> None:
    with pytest.raises(BoundsError, match=message):
        proportion_bounds([numerator], [denominator], [left_out], [undecided])


def test_values_beyond_floor_and_ceiling_are_refused() -> None:
    with pytest.raises(BoundsError, match="outside floor and ceiling"):
        quantile_bounds([5], 1, 0.5, floor=6, ceiling=9)
    with pytest.raises(BoundsError, match="negative"):
        quantile_bounds([5], -1, 0.5, floor=0, ceiling=9)
    with pytest.raises(BoundsError, match="negative"):
        rate_bounds([-1], [1], [0])
