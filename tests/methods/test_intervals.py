"""Intervals equal those of PHEindicatormethods, and refuse what is no proportion or rate."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from pipelines.methods.intervals import (
    IntervalError,
    byar,
    difference_of_proportions,
    difference_of_rates,
    mean,
    poisson_rate,
    rate_method,
    wilson,
)

LIMITS = {0.95: ("lower95_0cl", "upper95_0cl"), 0.998: ("lower99_8cl", "upper99_8cl")}


def column(rows: list[dict[str, str]], name: str) -> list[float]:
    return [float(row[name]) for row in rows]


def cases(shared_dir: Path, name: str) -> list[dict[str, str]]:
    with (shared_dir / "reference_cases" / "intervals" / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("confidence", LIMITS)
def test_wilson_limits_equal_the_reference(shared_dir: Path, confidence: float) -> None:
    rows = cases(shared_dir, "proportion_wilson.csv")
    found = wilson(column(rows, "Numerator"), column(rows, "Denominator"), confidence)
    lower, upper = LIMITS[confidence]
    np.testing.assert_allclose(found.lower, column(rows, lower), rtol=1e-12)
    np.testing.assert_allclose(found.upper, column(rows, upper), rtol=1e-12)


@pytest.mark.parametrize("confidence", LIMITS)
def test_rate_limits_and_their_method_equal_the_reference(shared_dir: Path, confidence: float) -> None:
    rows = cases(shared_dir, "rate_byar_exact.csv")
    found = poisson_rate(column(rows, "Numerator"), column(rows, "Denominator"), confidence, multiplier=100)
    lower, upper = LIMITS[confidence]
    np.testing.assert_allclose(found.lower, column(rows, lower), rtol=1e-12)
    np.testing.assert_allclose(found.upper, column(rows, upper), rtol=1e-12)
    assert rate_method(column(rows, "Numerator")).tolist() == [row["method"] for row in rows]


def test_no_event_gives_a_lower_limit_of_zero_and_an_upper_limit_above_it() -> None:
    found = poisson_rate([0], [1])
    assert found.lower[0] == 0
    assert found.upper[0] == pytest.approx(3.688879454113936)


def test_percent_and_fraction_mean_the_same_confidence() -> None:
    np.testing.assert_array_equal(wilson([1], [3], 95).lower, wilson([1], [3], 0.95).lower)


def test_full_confidence_reaches_from_0_to_1() -> None:
    found = wilson([1, np.nan], [3, 3], 1)
    np.testing.assert_array_equal(found.lower, [0, np.nan])
    np.testing.assert_array_equal(found.upper, [1, np.nan])


def test_a_missing_count_has_missing_limits() -> None:
    assert np.isnan(wilson([np.nan, 1], [3, np.nan]).lower).all()
    assert np.isnan(poisson_rate([np.nan, 1], [3, np.nan]).upper).all()


@pytest.mark.parametrize(
    ("numerator", "denominator", "confidence", "message"),
    [
        (4, 3, 0.95, "greater than its denominator"),
        (-1, 3, 0.95, "numerator is negative"),
        (0, 0, 0.95, "not positive"),
        (1, 3, 0.5, "confidence"),
        (1, 3, 2, "confidence"),
        (1, 3, 101, "confidence"),
    ],
)
def test_wilson_refuses_what_is_no_proportion(
    numerator: float, denominator: float, confidence: float, message: str
) -> None:
    with pytest.raises(IntervalError, match=message):
        wilson([numerator], [denominator], confidence)


@pytest.mark.parametrize(("events", "exposure", "message"), [(-1, 3, "negative"), (1, 0, "not positive")])
def test_a_rate_refuses_negative_events_and_no_exposure(events: float, exposure: float, message: str) -> None:
    with pytest.raises(IntervalError, match=message):
        poisson_rate([events], [exposure])


@st.composite
def proportions(draw: st.DrawFn) -> tuple[int, int]:
    denominator = draw(st.integers(1, 2000))
    return draw(st.integers(0, denominator)), denominator


LEVELS = st.sampled_from([0.9, 0.95, 0.998])


@settings(deadline=None, max_examples=60)
@given(proportions(), LEVELS)
def test_wilson_limits_hold_the_proportion_and_lie_between_0_and_1(counts: tuple[int, int], level: float) -> None:
    found = wilson([counts[0]], [counts[1]], level)
    assert 0 <= found.lower[0] <= counts[0] / counts[1] <= found.upper[0] <= 1


@settings(deadline=None, max_examples=60)
@given(proportions(), LEVELS, st.integers(2, 9))
def test_wilson_limits_come_closer_with_more_cases(counts: tuple[int, int], level: float, times: int) -> None:
    few = wilson([counts[0]], [counts[1]], level)
    many = wilson([counts[0] * times], [counts[1] * times], level)
    assert many.upper[0] - many.lower[0] < few.upper[0] - few.lower[0]


@settings(deadline=None, max_examples=60)
@given(proportions())
def test_wilson_limits_of_the_rest_are_the_mirror_image(counts: tuple[int, int]) -> None:
    yes, no = wilson([counts[0]], [counts[1]]), wilson([counts[1] - counts[0]], [counts[1]])
    np.testing.assert_allclose(no.lower, 1 - yes.upper, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 5000), st.integers(1, 10_000), LEVELS)
def test_rate_limits_hold_the_rate(events: int, exposure: int, level: float) -> None:
    found = poisson_rate([events], [exposure], level)
    assert found.lower[0] <= events / exposure <= found.upper[0]


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 500), st.integers(1, 1000), st.integers(2, 9))
def test_rate_limits_come_closer_with_more_events(events: int, exposure: int, times: int) -> None:
    few, many = poisson_rate([events], [exposure]), poisson_rate([events * times], [exposure * times])
    assert many.upper[0] - many.lower[0] < few.upper[0] - few.lower[0]


@pytest.mark.parametrize("events", [1, 4, 9])
def test_exact_limits_put_the_tail_probability_on_each_side(events: int) -> None:
    found = poisson_rate([events], [1])
    assert stats.poisson.sf(events - 1, found.lower[0]) == pytest.approx(0.025)
    assert stats.poisson.cdf(events, found.upper[0]) == pytest.approx(0.025)


def test_byar_takes_over_at_ten_events() -> None:
    assert rate_method([9, 10, np.nan]).tolist() == ["Exact", "Byars", ""]
    at_ten, byars = poisson_rate([10], [1]), byar([10])
    assert (at_ten.lower[0], at_ten.upper[0]) == (byars.lower[0], byars.upper[0])
    assert poisson_rate([9], [1]).lower[0] != byar([9]).lower[0]


def test_a_negative_byar_limit_is_missing() -> None:
    assert np.isnan(byar([0, 1], 0.998).lower).all()
    assert byar([0]).upper[0] > 0


def test_byar_refuses_a_negative_count() -> None:
    with pytest.raises(IntervalError, match="negative"):
        byar([-1])


def test_no_and_all_cases_have_limits_of_exactly_0_and_1() -> None:
    found = wilson([0, 7, 0, 1], [7, 7, 1, 1])
    assert (found.lower[0], found.upper[1], found.lower[2], found.upper[3]) == (0, 1, 0, 1)


def test_a_mean_has_students_limits_on_one_degree_of_freedom_less() -> None:
    # 4 values, mean 5, standard deviation sqrt(20/3); t of 3 degrees of freedom at 97.5 % is 3.182446.
    found = mean([2, 4, 6, 8, np.nan])
    half = 3.182446305 * np.sqrt(20 / 3) / 2
    assert (found.count, found.value) == (4, 5)
    assert (found.lower, found.upper) == pytest.approx((5 - half, 5 + half))
    assert mean([2, 4, 6, 8], 99.8).upper > found.upper


def test_a_mean_of_one_value_or_none_has_no_limits() -> None:
    assert (mean([3]).count, mean([3]).value) == (1, 3)
    assert np.isnan([mean([3]).lower, mean([3]).upper, mean([]).value, mean([np.nan]).lower]).all()


@pytest.mark.parametrize(
    ("counts", "limits"),
    [
        # Newcombe, Statistics in Medicine 1998;17:873-890, table II, method 10.
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((6, 7, 2, 7), (0.0582, 0.8062)),
        ((5, 56, 0, 29), (-0.0381, 0.1926)),
        ((0, 10, 0, 20), (-0.1611, 0.2775)),
        ((10, 10, 0, 20), (0.6791, 1.0000)),
    ],
)
def test_differences_equal_newcombes_table(counts: tuple[int, int, int, int], limits: tuple[float, float]) -> None:
    found = difference_of_proportions(*([count] for count in counts))
    assert (round(found.lower[0], 4), round(found.upper[0], 4)) == limits
    assert found.value[0] == counts[0] / counts[1] - counts[2] / counts[3]


@settings(deadline=None, max_examples=50)
@given(proportions(), proportions())
def test_differences_equal_statsmodels(first: tuple[int, int], second: tuple[int, int]) -> None:
    found = difference_of_proportions([first[0]], [first[1]], [second[0]], [second[1]])
    oracle = confint_proportions_2indep(*first, *second, method="newcomb", compare="diff")
    np.testing.assert_allclose((found.lower[0], found.upper[0]), oracle, atol=1e-9)
    assert found.lower[0] <= found.value[0] <= found.upper[0]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 300), st.integers(1, 900), st.integers(0, 300), st.integers(1, 900))
def test_a_difference_of_rates_holds_itself_and_turns_over(a: int, m: int, b: int, n: int) -> None:
    found = difference_of_rates([a], [m], [b], [n], multiplier=100)
    other_way = difference_of_rates([b], [n], [a], [m], multiplier=100)
    assert found.value[0] == pytest.approx(100 * (a / m - b / n), abs=1e-9)
    assert found.lower[0] <= found.value[0] <= found.upper[0]
    np.testing.assert_allclose(other_way.lower, -found.upper, atol=1e-9)


def test_a_difference_of_rates_by_hand() -> None:
    # 20 and 30 in 100: Byar limits 12.2114 to 30.8899, and 20.2370 to 42.8292, per 100.
    low, high = poisson_rate([20], [100], multiplier=100), poisson_rate([30], [100], multiplier=100)
    found = difference_of_rates([30], [100], [20], [100], multiplier=100)
    assert found.lower[0] == pytest.approx(10 - np.hypot(30 - high.lower[0], low.upper[0] - 20))
    assert found.upper[0] == pytest.approx(10 + np.hypot(high.upper[0] - 30, 20 - low.lower[0]))
    assert (round(found.lower[0], 3), round(found.upper[0], 3)) == (-4.626, 25.008)


def test_a_missing_count_has_a_missing_difference() -> None:
    assert np.isnan(difference_of_proportions([np.nan], [3], [1], [3]).upper[0])
