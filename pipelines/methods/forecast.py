"""A planning forecast: exponential smoothing with a damped trend, only where it has earned it.

Source: Gardner and McKenzie 1985; Hyndman's ETS(A,Ad,N) as statsmodels fits it. For planning only: it is no target, no
statement about assurance, and must not be drawn on a control chart. At least 24 points, and in a back-test on the series'
own past it must beat the naive forecast (the newest value goes on).
"""

import warnings
from dataclasses import dataclass
from typing import cast

import numpy as np

from pipelines.methods.intervals import Floats, Numbers

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
    error, naive_error, tests = _back_test(y, steps, lowest, highest)
    if not error < naive_error:
        return NoForecast("On its own past the forecast was no better than supposing that the newest value goes on.")
    value, bands = _fit(y, steps)
    value, lower_80, upper_80, lower_95, upper_95 = np.clip(np.vstack([value, bands]), lowest, highest)
    return Forecast(value, lower_80, upper_80, lower_95, upper_95, error, naive_error, tests)


def _back_test(y: Floats, steps: int, lowest: float, highest: float) -> tuple[float, float, int]:
    """Mean absolute error of both forecasts, each made from the past alone, over the points that followed."""
    origins = range(max(SMALLEST_FIT, y.size - BACK_TESTS), y.size)
    missed: list[Floats] = []
    naive_missed: list[Floats] = []
    for origin in origins:
        actual = y[origin : origin + steps]
        value, _ = _fit(y[:origin], actual.size)
        missed.append(np.abs(np.clip(value, lowest, highest) - actual))
        naive_missed.append(np.abs(y[origin - 1] - actual))
    return float(np.concatenate(missed).mean()), float(np.concatenate(naive_missed).mean()), len(origins)


def _fit(y: Floats, steps: int) -> tuple[Floats, Floats]:
    """Values ahead, and the rows of lower and upper 80 % and 95 % limits."""
    # It takes seconds to import, which nothing else that imports this package should wait for.
    import pandas as pd
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel, ETSResults

    model = ETSModel(pd.Series(y), error="add", trend="add", damped_trend=True)
    with warnings.catch_warnings():
        # A fit at the edge of its parameters warns; the back-test judges what came of it.
        warnings.simplefilter("ignore")
        fitted = model.fit(disp=False)
    # What it returns forwards to an ETSResults, which its annotations do not say.
    ahead = cast(ETSResults, fitted).get_prediction(start=y.size, end=y.size + steps - 1)
    limits = [ahead.pred_int(alpha=alpha).to_numpy(dtype=np.float64).T for alpha in (0.2, 0.05)]
    return np.asarray(ahead.predicted_mean, dtype=np.float64), np.vstack(limits)
