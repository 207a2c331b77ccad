"""A planning forecast: exponential smoothing with a damped trend, only where it has earned it.

Source: Gardner and McKenzie 1985; Hyndman's ETS(A,Ad,N), which statsmodels fits too, many times slower. For planning only:
it is no target, no statement about assurance, and must not be drawn on a control chart. At least 24 points, and in a
back-test on the series' own past it must beat the naive forecast (the newest value goes on).
"""

from dataclasses import dataclass

import numpy as np

from pipelines.methods.damped_trend import DampedTrend, fit
from pipelines.methods.intervals import Floats, Numbers, normal_quantile

SMALLEST_SERIES = 24
# Points of the past that the back-test forecasts from: as many as leave this many to fit on, and not more than BACK_TESTS.
SMALLEST_FIT = 12
BACK_TESTS = 8


@dataclass(frozen=True)
class Forecast:
    """One entry per step ahead, in the unit of the values; the errors are mean absolute errors of the back-test."""

    value: Floats
    lower_80: Floats
    upper_80: Floats
    lower_95: Floats
    upper_95: Floats
    error: float
    naive_error: float
    back_tests: int


@dataclass(frozen=True)
class NoForecast:
    """Why there is no forecast, in a sentence for the reader."""

    reason: str


def damped_forecast(
    values: Numbers, steps: int = 6, lowest: float = -np.inf, highest: float = np.inf
) -> Forecast | NoForecast:
    """Forecast of the next `steps` points of a series at equal steps, with 80 % and 95 % bands.

    `lowest`, `highest`: what the figure can be (0 and 100 for percentages); bands and values are cut there. Returns
    NoForecast for fewer than 24 points, a gap, a series that never changes, or one that the naive forecast suits as well.
    """
    y = np.asarray(values, dtype=np.float64)
    if y.size < SMALLEST_SERIES:
        return NoForecast(f"A forecast needs at least {SMALLEST_SERIES} points; there are {y.size}.")
    if not np.isfinite(y).all():
        return NoForecast("A forecast needs a series without a gap.")
    if np.ptp(y) == 0:
        return NoForecast("The series never changed: there is nothing to forecast.")
    origins = range(max(SMALLEST_FIT, y.size - BACK_TESTS), y.size)
    *past, model = fit(y, [*origins, y.size])
    error, naive_error = _back_test(y, past, origins, steps, lowest, highest)
    if not error < naive_error:
        return NoForecast("On its own past the forecast was no better than supposing that the newest value goes on.")
    value, spread = model.ahead(steps)
    bands = [value + sign * normal_quantile(level) * spread for level in (0.8, 0.95) for sign in (-1, 1)]
    value, lower_80, upper_80, lower_95, upper_95 = np.clip(np.vstack([value, *bands]), lowest, highest)
    return Forecast(value, lower_80, upper_80, lower_95, upper_95, error, naive_error, len(origins))


def _back_test(
    y: Floats, models: list[DampedTrend], origins: range, steps: int, lowest: float, highest: float
) -> tuple[float, float]:
    """Mean absolute error of both forecasts, each made from the past alone, over the points that followed."""
    missed: list[Floats] = []
    naive_missed: list[Floats] = []
    for model, origin in zip(models, origins, strict=True):
        actual = y[origin : origin + steps]
        value, _ = model.ahead(actual.size)
        missed.append(np.abs(np.clip(value, lowest, highest) - actual))
        naive_missed.append(np.abs(y[origin - 1] - actual))
    return float(np.concatenate(missed).mean()), float(np.concatenate(naive_missed).mean())
