"""Confidence intervals as the Office for Health Improvement and Disparities computes them.

Wilson, Byar and exact Poisson, Student's t of a mean: equal to PHEindicatormethods 2.1.0 `phe_proportion`, `phe_rate` and
`phe_mean`. Differences: Newcombe (1998, method 10) and the same construction for rates (Donner and Zou 2012). Everything
but the mean is vectorised; NaN stays NaN. Grouped data: add up numerators and denominators first, then ask for one interval.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Numbers = Floats | Sequence[float]

# Below this many events Byar's approximation is not used: the limits are exact Poisson.
EXACT_BELOW = 10


class IntervalError(ValueError):
    """An interval was asked for something that is not a proportion or a rate."""


@dataclass(frozen=True)
class Interval:
    """Lower and upper limits, element by element, in the unit of what was asked (NaN where there is none)."""

    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Mean:
    """A mean with its limits, in the unit of the values; the limits are NaN for fewer than two values."""

    count: int
    value: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Difference:
    """First less second, element by element, with its limits, in the unit of what was asked."""

    value: Floats
    lower: Floats
    upper: Floats


def wilson(numerator: Numbers, denominator: Numbers, confidence: float = 0.95) -> Interval:
    """Wilson score limits of a proportion, from 0 to 1.

    `confidence` is from 0.9 to 1, or from 90 to 100 percent; 1 gives 0 and 1. Raises IntervalError where the numerator is
    negative or above the denominator, or the denominator is not positive.
    """
    x, n = _floats(numerator, denominator)
    _refuse((x < 0).any(), "a numerator is negative")
    _refuse((n <= 0).any(), "a denominator is not positive")
    _refuse((x > n).any(), "a numerator is greater than its denominator")
    level = confidence_level(confidence)
    if level == 1:
        missing = np.isnan(x) | np.isnan(n)
        return Interval(np.where(missing, np.nan, 0.0), np.where(missing, np.nan, 1.0))
    z = normal_quantile(level)
    middle = 2 * x + z**2
    spread = z * np.sqrt(z**2 + 4 * x * (1 - x / n))
    # No and all cases must give exactly 0 and 1: rounding may put the limits a hair beside them.
    lower = np.where(x == 0, 0.0, (middle - spread) / 2 / (n + z**2))
    upper = np.where(x == n, 1.0, (middle + spread) / 2 / (n + z**2))
    missing = np.isnan(x) | np.isnan(n)
    return Interval(np.where(missing, np.nan, lower), np.where(missing, np.nan, upper))


def poisson_rate(events: Numbers, exposure: Numbers, confidence: float = 0.95, multiplier: float = 1.0) -> Interval:
    """Limits of a rate per `multiplier`: exact Poisson below 10 events, Byar's approximation from there on.

    `exposure` is what the events are divided by (pupils, person-years). A negative Byar limit is NaN. Raises IntervalError where
    events are negative or the exposure is not positive.
    """
    x, n = _floats(events, exposure)
    _refuse((x < 0).any(), "a number of events is negative")
    _refuse((n <= 0).any(), "an exposure is not positive")
    level = confidence_level(confidence)
    alpha = 1 - level
    # Inverse of the chi-squared distribution with 2x degrees of freedom, halved, is the inverse of the gamma with shape x.
    exact_lower = np.where(x > 0, special.gammaincinv(np.maximum(x, 1e-300), alpha / 2), 0.0)
    exact_upper = special.gammainccinv(x + 1, alpha / 2)
    z = normal_quantile(level)
    exact = x < EXACT_BELOW
    lower = np.where(exact, exact_lower, _byar(np.maximum(x, 1.0), -z))
    upper = np.where(exact, exact_upper, _byar(x + 1, z))
    missing = np.isnan(x) | np.isnan(n)
    return Interval(
        np.where(missing, np.nan, lower / n * multiplier),
        np.where(missing, np.nan, upper / n * multiplier),
    )


def rate_method(events: Numbers) -> NDArray[np.str_]:
    """How `poisson_rate` finds the limits of each rate: Exact or Byars, empty where the number of events is missing."""
    x = np.asarray(events, dtype=np.float64)
    return np.select([x < EXACT_BELOW, x >= EXACT_BELOW], ["Exact", "Byars"], "")


def byar(count: Numbers, confidence: float = 0.95) -> Interval:
    """Byar's approximate limits of a count of events (its upper limit is that of count + 1); a negative limit is NaN.

    Raises IntervalError where a count is negative.
    """
    x = np.asarray(count, dtype=np.float64)
    _refuse((x < 0).any(), "a number of events is negative")
    z = normal_quantile(confidence_level(confidence))
    with np.errstate(divide="ignore", invalid="ignore"):
        return Interval(_byar(x, -z), _byar(x + 1, z))


def mean(values: Numbers, confidence: float = 0.95) -> Mean:
    """Mean of the values that are there (NaN is left out), with Student's t limits on n - 1 degrees of freedom."""
    x = np.asarray(values, dtype=np.float64)
    x = x[~np.isnan(x)]
    level = confidence_level(confidence)
    if not x.size:
        return Mean(0, np.nan, np.nan, np.nan)
    centre = float(x.mean())
    if x.size == 1:
        return Mean(1, centre, np.nan, np.nan)
    half = float(special.stdtrit(x.size - 1, 0.5 + level / 2)) * float(x.std(ddof=1)) / np.sqrt(x.size)
    return Mean(int(x.size), centre, float(centre - half), float(centre + half))


def difference_of_proportions(
    first_numerator: Numbers,
    first_denominator: Numbers,
    second_numerator: Numbers,
    second_denominator: Numbers,
    confidence: float = 0.95,
) -> Difference:
    """First proportion less second, from -1 to 1, with Newcombe's hybrid score limits (1998, method 10).

    The two groups must be independent: not a part against its whole. Raises IntervalError as `wilson`.
    """
    first = wilson(first_numerator, first_denominator, confidence)
    second = wilson(second_numerator, second_denominator, confidence)
    return _difference(
        _ratio(first_numerator, first_denominator), first, _ratio(second_numerator, second_denominator), second
    )


def difference_of_rates(
    first_events: Numbers,
    first_exposure: Numbers,
    second_events: Numbers,
    second_exposure: Numbers,
    confidence: float = 0.95,
    multiplier: float = 1.0,
) -> Difference:
    """First rate less second, per `multiplier`, from the Byar or exact limits of each (Donner and Zou 2012).

    The two groups must be independent. Raises IntervalError as `poisson_rate`.
    """
    first = poisson_rate(first_events, first_exposure, confidence, multiplier)
    second = poisson_rate(second_events, second_exposure, confidence, multiplier)
    first_rate = _ratio(first_events, first_exposure) * multiplier
    second_rate = _ratio(second_events, second_exposure) * multiplier
    return _difference(first_rate, first, second_rate, second)


def _difference(first: Floats, of_first: Interval, second: Floats, of_second: Interval) -> Difference:
    value = first - second
    return Difference(
        value,
        value - np.hypot(first - of_first.lower, of_second.upper - second),
        value + np.hypot(of_first.upper - first, second - of_second.lower),
    )


def _ratio(numerator: Numbers, denominator: Numbers) -> Floats:
    x, n = _floats(numerator, denominator)
    return x / n


def _byar(count: Floats, z: float) -> Floats:
    root = 1 - 1 / (9 * count) + z / (3 * np.sqrt(count))
    return np.where(root < 0, np.nan, count * root**3)


def normal_quantile(level: float) -> float:
    """Standard errors on each side of the middle that hold `level` (a fraction) of a normal distribution."""
    return float(special.ndtri(0.5 + level / 2))


def _floats(first: Numbers, second: Numbers) -> tuple[Floats, Floats]:
    x, n = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    return x, n


def confidence_level(confidence: float) -> float:
    """`confidence` as a fraction; it may be from 0.9 to 1, or from 90 to 100 percent, else IntervalError."""
    if 90 <= confidence <= 100:
        return confidence / 100
    _refuse(not 0.9 <= confidence <= 1, "confidence must be from 0.9 to 1, or from 90 to 100 percent")
    return confidence


def _refuse(wrong: bool | np.bool_, why: str) -> None:
    if wrong:
        raise IntervalError(f"No interval: {why}.")
