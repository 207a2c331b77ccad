"""Exponential smoothing with additive errors and a damped additive trend, fitted by least squares: ETS(A,Ad,N).

Source: Gardner and McKenzie 1985; Hyndman et al., Forecasting with Exponential Smoothing (2008), tables 2.2 and 6.1. Parameters
within the bounds of statsmodels' ETSModel. For given smoothing the errors are linear in the first level and trend, so those are
solved for, and a grid over the three smoothing parameters is narrowed step by step: all starts of a series at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipelines.methods.intervals import Floats, Integers

# Square root of the smoothing of the level (it is dense where little is smoothed), smoothing of the trend as a share of that,
# and damping: the first grid.
_GRID = (np.linspace(0.01, 0.99995, 14), np.array([1e-4, 0.1, 0.25, 0.5, 0.75, 0.9999]), np.linspace(0.8, 0.98, 10))
# Half the width of the grid around the best point, and what is left of it each time.
_FIRST_STEP = np.array([0.076, 0.2, 0.05])
_NARROWER = 0.65
_NARROWINGS = 14
_AROUND = np.array([-1.0, 0.0, 1.0])


@dataclass(frozen=True)
class DampedTrend:
    """A fitted model: smoothing parameters, level and trend at the last point, variance of the errors (sum of squares over n)."""

    alpha: float
    beta: float
    phi: float
    level: float
    trend: float
    variance: float

    def ahead(self, steps: int) -> tuple[Floats, Floats]:
        """Values of the next `steps` points and their standard errors."""
        damped = np.cumsum(np.power(self.phi, np.arange(1.0, steps + 1)), dtype=np.float64)
        weight = self.alpha + self.beta * damped[:-1]
        spread = self.variance * np.append(1.0, 1.0 + np.cumsum(weight**2))
        return self.level + self.trend * damped, np.sqrt(spread)


def fit(values: Floats, lengths: Sequence[int]) -> list[DampedTrend]:
    """The model of the first n values, for each n of `lengths` (3 or more)."""
    counts = np.asarray(lengths, dtype=np.int64)
    # The sums of squares of large values that hardly differ would lose the difference.
    first = float(values[0])
    values = values - first
    points = _product(_GRID)
    best = _best(values, counts, points[None])
    step, offsets = _FIRST_STEP, _product((_AROUND, _AROUND, _AROUND))
    lowest, highest = (np.array([axis[place] for axis in _GRID]) for place in (0, -1))
    for _ in range(_NARROWINGS):
        best = _best(values, counts, np.clip(best[:, None, :] + offsets * step, lowest, highest))
        step = step * _NARROWER
    found = [
        _model(values[:count], *(float(each) for each in point)) for count, point in zip(counts, best, strict=True)
    ]
    return [replace(model, level=model.level + first) for model in found]


def _product(axes: Sequence[Floats]) -> Floats:
    return np.stack([each.ravel() for each in np.meshgrid(*axes, indexing="ij")], axis=-1)


def _best(values: Floats, counts: Integers, points: Floats) -> Floats:
    """The point (root of the level's smoothing, share, damping) with the least squared errors, for each start of the series."""
    alpha, phi = points[..., 0] ** 2, points[..., 2]
    sums = _sums(values, counts, alpha, alpha * points[..., 1], phi)
    smallest = np.argmin(_solve(sums)[0], axis=1)
    return points[np.arange(counts.size) if len(points) > 1 else 0, smallest]


def _sums(values: Floats, counts: Integers, alpha: Floats, beta: Floats, phi: Floats) -> Floats:
    """Sums of products of the errors from nothing, and of what a first level and a first trend of 1 add to them.

    3 × 3 × starts × points. The parameters are one row per start of the series, or one row for all.
    """
    level = np.zeros((3, *alpha.shape))
    trend = np.zeros((3, *alpha.shape))
    level[1], trend[2] = 1.0, 1.0
    sums = np.zeros((3, 3, *alpha.shape))
    found = np.zeros((3, 3, counts.size, alpha.shape[-1]))
    given = np.zeros((3, 1, 1))
    ending: dict[int, list[int]] = {}
    for start, count in enumerate(counts.tolist()):
        ending.setdefault(count - 1, []).append(start)
    for place in range(int(counts.max())):
        given[0] = values[place]
        expected = level + phi * trend
        error = given - expected
        sums += error[:, None] * error[None]
        level = expected + alpha * error
        trend = phi * trend + beta * error
        for start in ending.get(place, ()):
            found[:, :, start] = sums[:, :, start if len(alpha) > 1 else 0]
    return found


def _solve(sums: Floats) -> tuple[Floats, Floats, Floats]:
    """Smallest sum of squared errors over first level and trend, and those two."""
    a, b, c = sums[1, 1], sums[1, 2], sums[2, 2]
    p, q = sums[0, 1], sums[0, 2]
    determinant = np.maximum(a * c - b * b, np.finfo(np.float64).tiny)
    level, trend = (b * q - c * p) / determinant, (b * p - a * q) / determinant
    squares = sums[0, 0] + level * p + trend * q
    return np.maximum(squares, 0.0), level, trend


def _model(values: Floats, root: float, share: float, phi: float) -> DampedTrend:
    alpha = root**2
    beta = alpha * share
    grid = [np.full((1, 1), each) for each in (alpha, beta, phi)]
    _, first_level, first_trend = _solve(_sums(values, np.array([values.size]), *grid))
    level, trend, squares = float(first_level[0, 0]), float(first_trend[0, 0]), 0.0
    for value in values:
        expected = level + phi * trend
        error = float(value) - expected
        squares += error**2
        level, trend = expected + alpha * error, phi * trend + beta * error
    return DampedTrend(alpha, beta, phi, level, trend, squares / values.size)
