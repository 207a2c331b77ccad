"""Confidence intervals as the Office for Health Improvement and Disparities computes them: Wilson, Byar and exact Poisson.

Equal to PHEindicatormethods 2.1.0 `phe_proportion` and `phe_rate`. Everything is vectorised; NaN stays NaN.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

Floats = NDArray[np.float64]
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


def wilson(numerator: Numbers, denominator: Numbers, confidence: float = 0.95) -> Interval:
    """Wilson score limits of a proportion, from 0 to 1.

    `confidence` is from 0.9 to 1, or from 90 to 100 percent; 1 gives 0 and 1. Raises IntervalError where the numerator is
    negative or above the denominator, or the denominator is not positive.
    """
    x, n = _floats(numerator, denominator)
    _refuse((x < 0).any(), "a numerator is negative")
    _refuse((n <= 0).any(), "a denominator is not positive")
    _refuse((x > n).any(), "a numerator is greater than its denominator")
    level = _level(confidence)
    if level == 1:
        missing = np.isnan(x) | np.isnan(n)
        return Interval(np.where(missing, np.nan, 0.0), np.where(missing, np.nan, 1.0))
    z = float(stats.norm.ppf(0.5 + level / 2))
    middle = 2 * x + z**2
    spread = z * np.sqrt(z**2 + 4 * x * (1 - x / n))
    return Interval((middle - spread) / 2 / (n + z**2), (middle + spread) / 2 / (n + z**2))


def poisson_rate(events: Numbers, exposure: Numbers, confidence: float = 0.95, multiplier: float = 1.0) -> Interval:
    """Limits of a rate per `multiplier`: exact Poisson below 10 events, Byar's approximation from there on.

    `exposure` is what the events are divided by (pupils, person-years). A negative Byar limit is NaN. Raises IntervalError where
    events are negative or the exposure is not positive.
    """
    x, n = _floats(events, exposure)
    _refuse((x < 0).any(), "a number of events is negative")
    _refuse((n <= 0).any(), "an exposure is not positive")
    level = _level(confidence)
    alpha = 1 - level
    # Inverse of the chi-squared distribution with 2x degrees of freedom, halved, is the inverse of the gamma with shape x.
    exact_lower = np.where(x > 0, special.gammaincinv(np.maximum(x, 1e-300), alpha / 2), 0.0)
    exact_upper = special.gammainccinv(x + 1, alpha / 2)
    z = float(stats.norm.ppf(0.5 + level / 2))
    exact = x < EXACT_BELOW
    lower = np.where(exact, exact_lower, _byar(np.maximum(x, 1.0), -z))
    upper = np.where(exact, exact_upper, _byar(x + 1, z))
    missing = np.isnan(x) | np.isnan(n)
    return Interval(
        np.where(missing, np.nan, lower / n * multiplier),
        np.where(missing, np.nan, upper / n * multiplier),
    )


def rate_method(events: Numbers) -> NDArray[np.str_]:
    """How `poisson_rate` finds the limits of each rate: Exact or Byars."""
    return np.where(np.asarray(events, dtype=np.float64) < EXACT_BELOW, "Exact", "Byars")


def _byar(count: Floats, z: float) -> Floats:
    root = 1 - 1 / (9 * count) + z / (3 * np.sqrt(count))
    return np.where(root < 0, np.nan, count * root**3)


def _floats(first: Numbers, second: Numbers) -> tuple[Floats, Floats]:
    x, n = np.broadcast_arrays(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))
    return x, n


def _level(confidence: float) -> float:
    if 90 <= confidence <= 100:
        return confidence / 100
    _refuse(not 0.9 <= confidence <= 1, "confidence must be from 0.9 to 1, or from 90 to 100 percent")
    return confidence


def _refuse(wrong: bool | np.bool_, why: str) -> None:
    if wrong:
        raise IntervalError(f"No interval: {why}.")
