"""The "recent trend" marker of Fingertips: five annual points, chi-squared test, and no single point that decides it.

Source: Fingertips `TrendMarkerCalculator` (fingertips-open @67808972, FingertipsNext @d1600f4a). Only for annual figures that
do not overlap; monthly and quarterly figures belong on a control chart (`spc`). Two choices are ours, where the source's
code divides by zero: a count of 0, or an interval without width, cannot be calculated; and a slope of exactly zero is no
slope of the same sign.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pipelines.methods.intervals import Floats, Numbers

POINTS = 5
# Upper 0.2 % point of chi-squared on one degree of freedom, as the source writes it.
CHI_SQUARED = 9.54953570608324
# Width of a 95 % interval in standard errors.
WIDTH_IN_ERRORS = 3.92
VALUE_TYPES = frozenset({"Proportion", "Crude rate", "Directly standardised rate"})


class Marker(StrEnum):
    """What the five points did; the values are Fingertips' own names."""

    CANNOT_BE_CALCULATED = "CannotBeCalculated"
    NO_CHANGE = "NoChange"
    INCREASING = "Increasing"
    DECREASING = "Decreasing"


class Polarity(StrEnum):
    """Which way is good; the values are Fingertips' own names."""

    HIGH_IS_GOOD = "High is good"
    LOW_IS_GOOD = "Low is good"
    NO_JUDGEMENT = "No judgement"


@dataclass(frozen=True)
class Trend:
    """The marker, with the test behind it; chi_squared is NaN and reason says why when it cannot be calculated."""

    marker: Marker
    chi_squared: float = np.nan
    slope: float = np.nan
    reason: str = ""

    def label(self, polarity: Polarity) -> str:
        """Fingertips' name of the trend for a reader: IncreasingAndGettingWorse, Increasing, NoChange ..."""
        if polarity is Polarity.NO_JUDGEMENT or self.marker not in (Marker.INCREASING, Marker.DECREASING):
            return str(self.marker)
        better = (self.marker is Marker.INCREASING) == (polarity is Polarity.HIGH_IS_GOOD)
        return f"{self.marker}AndGetting{'Better' if better else 'Worse'}"


def trend_of_intervals(
    year: Numbers, value: Numbers, lower_95: Numbers, upper_95: Numbers, value_type: str = "Proportion"
) -> Trend:
    """Trend of a proportion, crude rate or directly standardised rate from its 95 % limits (weights 1 / standard error²).

    One row per year in any order. The five newest years must follow one another with no value missing; other value types
    (counts, means, ratios) cannot be calculated.
    """
    if value_type not in VALUE_TYPES:
        return _cannot(f"no trend is defined for the value type {value_type}")
    newest = _newest(year, value, lower_95, upper_95)
    if newest is None:
        return _cannot(f"there are not {POINTS} years without a break")
    values, lower, upper = newest
    errors = (upper - lower) / WIDTH_IN_ERRORS
    if not (errors > 0).all():
        return _cannot("an interval has no width")
    weights = 1 / errors**2
    slope, spread = _slope(values, weights, np.ones(POINTS, dtype=np.bool_))
    return _marker(slope**2 * spread, slope, _slopes_without_one(values, weights))


def trend_of_proportions(year: Numbers, count: Numbers, denominator: Numbers) -> Trend:
    """Trend of a proportion from its counts: chi-squared for trend, with logit slopes for the check of single points.

    One row per year in any order. A count of 0, or one that equals its denominator, cannot be calculated.
    """
    newest = _newest(year, count, denominator)
    if newest is None:
        return _cannot(f"there are not {POINTS} years without a break")
    x, n = newest
    if (x <= 0).any() or (x >= n).any():
        return _cannot("a count is 0 or not below its denominator")
    time = np.arange(1.0, POINTS + 1)
    centre = float(n @ time / n.sum())
    share = float(x.sum() / n.sum())
    chi_squared = float((time - centre) @ x) ** 2 / (share * (1 - share) * float(n @ (time - centre) ** 2))
    logits = np.log(x / (n - x))
    weights = np.ones(POINTS)
    slope, _ = _slope(logits, weights, np.ones(POINTS, dtype=np.bool_))
    return _marker(chi_squared, slope, _slopes_without_one(logits, weights))


def _newest(year: Numbers, *columns: Numbers) -> list[Floats] | None:
    years = np.asarray(year, dtype=np.float64)
    order = np.argsort(years, kind="stable")[-POINTS:]
    chosen = [np.asarray(column, dtype=np.float64)[order] for column in columns]
    unbroken = order.size == POINTS and (np.diff(years[order]) == 1).all()
    return chosen if unbroken and all(np.isfinite(column).all() for column in chosen) else None


def _slope(values: Floats, weights: Floats, kept: NDArray[np.bool_]) -> tuple[float, float]:
    """Weighted least-squares slope over the points kept, and the weighted spread of time about its mean."""
    w, y, time = weights[kept], values[kept], np.arange(1.0, POINTS + 1)[kept]
    centred = time - float(w @ time / w.sum())
    spread = float(w @ centred**2)
    # The values are centred first, so that equal values give a slope of exactly 0.
    slope = float((w * centred) @ (y - y[0])) / spread
    return slope, spread


def _slopes_without_one(values: Floats, weights: Floats) -> Floats:
    kept = ~np.eye(POINTS, dtype=np.bool_)
    return np.array([_slope(values, weights, row)[0] for row in kept])


def _marker(chi_squared: float, slope: float, slopes_without_one: Floats) -> Trend:
    one_sign = slope != 0 and (np.sign(slopes_without_one) == np.sign(slope)).all()
    if not (one_sign and chi_squared > CHI_SQUARED):
        return Trend(Marker.NO_CHANGE, chi_squared, slope)
    return Trend(Marker.INCREASING if slope > 0 else Marker.DECREASING, chi_squared, slope)


def _cannot(reason: str) -> Trend:
    return Trend(Marker.CANNOT_BE_CALCULATED, reason=reason)
