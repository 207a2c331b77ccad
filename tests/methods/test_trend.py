"""Five-point trend markers equal those of Fingertips, and one point alone makes no trend."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.methods.trend import CHI_SQUARED, Marker, Polarity, trend_of_intervals, trend_of_proportions

YEARS = [2019, 2020, 2021, 2022, 2023]


def test_markers_and_chi_squared_equal_the_reference(shared_dir: Path) -> None:
    path = shared_dir / "reference_cases" / "trend" / "cases.json"
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    assert len(cases) == 4
    for case in cases:
        year, count, denominator, value, lower, upper = np.array(case["data"]).T
        if case["method"] == "ci":
            found = trend_of_intervals(year, value, lower, upper)
        else:
            found = trend_of_proportions(year, count, denominator)
        expected = case["expected"]
        if "chi2_2dp" in expected:
            assert (round(found.chi_squared, 2), found.marker) == (expected["chi2_2dp"], expected["marker"])
        else:
            assert found.label(Polarity(case["polarity"])) == expected["trend"]


def of_values(values: list[float], half: float = 1.0) -> Marker:
    return trend_of_intervals(YEARS, values, [v - half for v in values], [v + half for v in values]).marker


def test_chi_squared_by_hand() -> None:
    # Equal errors of 2/3.92: slope 1, chi-squared = 1² · 10 / (2/3.92)² = 38.416.
    found = trend_of_intervals(YEARS, [1, 2, 3, 4, 5], [0, 1, 2, 3, 4], [2, 3, 4, 5, 6])
    assert (found.slope, found.chi_squared) == pytest.approx((1, 10 * 1.96**2))


def test_the_order_of_the_rows_and_older_years_do_not_matter() -> None:
    assert of_values([1, 2, 3, 4, 5]) is Marker.INCREASING
    shuffled = trend_of_proportions([2023, 2018, 2021, 2019, 2020, 2022], [90, 99, 50, 10, 30, 70], [100.0] * 6)
    assert shuffled == trend_of_proportions(YEARS, [10, 30, 50, 70, 90], [100.0] * 5)
    assert shuffled.marker is Marker.INCREASING


def test_a_significant_slope_that_one_point_makes_is_no_trend() -> None:
    found = trend_of_intervals(YEARS, [10, 10, 10, 10, 20], [9, 9, 9, 9, 19], [11, 11, 11, 11, 21])
    assert found.chi_squared > CHI_SQUARED
    assert found.marker is Marker.NO_CHANGE
    assert of_values([0.1, 0.1, 0.1, 0.1, -9]) is Marker.NO_CHANGE
    assert of_values([10, 11, 12, 13, -20]) is Marker.NO_CHANGE


def test_proportions_that_one_point_moves_are_no_trend() -> None:
    found = trend_of_proportions(YEARS, [200, 200, 200, 200, 400], [1000] * 5)
    assert found.chi_squared > CHI_SQUARED
    assert found.marker is Marker.NO_CHANGE


@pytest.mark.parametrize(("half", "marker"), [(2.004, Marker.INCREASING), (2.007, Marker.NO_CHANGE)])
def test_the_limit_is_the_upper_0_2_percent_point_of_chi_squared(half: float, marker: Marker) -> None:
    # chi-squared = 10 · (1.96 / half)²: 9.566 and 9.537 beside 9.5495.
    assert of_values([1, 2, 3, 4, 5], half) is marker


def test_no_movement_is_no_change() -> None:
    assert of_values([7.3] * 5) is Marker.NO_CHANGE
    assert trend_of_proportions(YEARS, [30] * 5, [90] * 5).marker is Marker.NO_CHANGE


@pytest.mark.parametrize(
    "years", [[2018, 2020, 2021, 2022, 2023], [2019, 2020, 2021, 2022], [2019, 2020, 2021, 2022, 2022]]
)
def test_five_years_without_a_break_are_needed(years: list[int]) -> None:
    counts = [10.0, 30.0, 50.0, 70.0, 90.0][: len(years)]
    found = trend_of_proportions(years, counts, [100.0] * len(years))
    assert (found.marker, found.reason) == (Marker.CANNOT_BE_CALCULATED, "there are not 5 years without a break")
    assert np.isnan(found.chi_squared)


def test_a_missing_value_breaks_the_series() -> None:
    found = trend_of_intervals([2018, *YEARS], [1, 2, 3, np.nan, 5, 6], [0] * 6, [9] * 6)
    assert found.marker is Marker.CANNOT_BE_CALCULATED


@pytest.mark.parametrize("count", [0, 100])
def test_none_or_all_cannot_be_calculated(count: int) -> None:
    assert trend_of_proportions(YEARS, [20, 30, count, 50, 60], [100] * 5).marker is Marker.CANNOT_BE_CALCULATED


def test_an_interval_without_width_and_other_value_types_cannot_be_calculated() -> None:
    assert of_values([1, 2, 3, 4, 5], 0.0) is Marker.CANNOT_BE_CALCULATED
    found = trend_of_intervals(YEARS, [1, 2, 3, 4, 5], [0] * 5, [9] * 5, value_type="Count")
    assert found.marker is Marker.CANNOT_BE_CALCULATED
    assert trend_of_intervals(YEARS, [1, 2, 3, 4, 5], [0] * 5, [9] * 5, "Crude rate").marker is Marker.NO_CHANGE


@pytest.mark.parametrize(
    ("values", "polarity", "label"),
    [
        ([1, 2, 3, 4, 5], Polarity.HIGH_IS_GOOD, "IncreasingAndGettingBetter"),
        ([1, 2, 3, 4, 5], Polarity.LOW_IS_GOOD, "IncreasingAndGettingWorse"),
        ([5, 4, 3, 2, 1], Polarity.HIGH_IS_GOOD, "DecreasingAndGettingWorse"),
        ([5, 4, 3, 2, 1], Polarity.LOW_IS_GOOD, "DecreasingAndGettingBetter"),
        ([5, 4, 3, 2, 1], Polarity.NO_JUDGEMENT, "Decreasing"),
        ([5, 5, 5, 5, 5], Polarity.LOW_IS_GOOD, "NoChange"),
        ([5, 5, 5, 5, np.nan], Polarity.LOW_IS_GOOD, "CannotBeCalculated"),
    ],
)
def test_the_label_says_whether_it_got_better(values: list[float], polarity: Polarity, label: str) -> None:
    found = trend_of_intervals(YEARS, values, [v - 1 for v in values], [v + 1 for v in values])
    assert found.label(polarity) == label


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(1, 99), min_size=5, max_size=5))
def test_chi_squared_for_trend_equals_the_regression_form_and_turns_with_time(counts: list[int]) -> None:
    assume(len(set(counts)) > 1)
    found = trend_of_proportions(YEARS, counts, [100] * 5)
    backwards = trend_of_proportions(YEARS, counts[::-1], [100] * 5)
    # n times the squared correlation of the single answers with the year.
    years = np.repeat(YEARS, 100)
    answers = np.concatenate([np.arange(100) < count for count in counts]).astype(float)
    assert found.chi_squared == pytest.approx(500 * np.corrcoef(years, answers)[0, 1] ** 2, rel=1e-6, abs=1e-9)
    turned = {Marker.INCREASING: Marker.DECREASING, Marker.DECREASING: Marker.INCREASING}
    assert backwards.marker is turned.get(found.marker, found.marker)
