"""Intervals equal those of PHEindicatormethods, and refuse what is no proportion or rate."""

import csv
from pathlib import Path

import numpy as np
import pytest

from pipelines.methods.intervals import IntervalError, poisson_rate, rate_method, wilson

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
