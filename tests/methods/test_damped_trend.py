"""The damped trend fits at least as well as statsmodels does, and forecasts what its definition says."""

from typing import cast

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel, ETSResults

from pipelines.methods.damped_trend import DampedTrend, fit
from pipelines.methods.intervals import Floats

NOISE = np.random.default_rng(5).normal(size=40)
SERIES = {
    "a walk": 60 + np.cumsum(NOISE),
    "a level": 60 + 4 * NOISE,
    "a trend": 30 + 0.9 * np.arange(40) + 2 * NOISE,
    "a bend": 50 + 8 * np.sqrt(np.arange(40)) + NOISE,
}


def statsmodels(values: Floats) -> ETSResults:
    model = ETSModel(pd.Series(values), error="add", trend="add", damped_trend=True)
    # What it returns forwards to an ETSResults, which its annotations do not say.
    return cast(ETSResults, model.fit(disp=False))


def squared_errors(theirs: ETSResults) -> float:
    return float(np.sum(np.asarray(theirs.resid) ** 2))


@pytest.mark.parametrize("name", SERIES)
def test_its_squared_errors_are_no_larger_than_those_of_statsmodels(name: str) -> None:
    values = SERIES[name]
    (found,) = fit(values, [values.size])
    theirs = statsmodels(values)
    assert found.variance * values.size <= squared_errors(theirs) * 1.005


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_curve_that_levels_off_is_fitted_as_well_as_statsmodels_does(seed: int) -> None:
    values = 50 + 20 * (1 - np.exp(-np.arange(36) / 8)) + np.random.default_rng(seed).normal(size=36)
    (found,) = fit(values, [values.size])
    assert found.variance * values.size <= squared_errors(statsmodels(values)) * 1.005


def test_a_large_number_added_to_every_value_is_added_to_the_forecast() -> None:
    values = np.round(SERIES["a trend"])
    (small,), (large,) = fit(values, [40]), fit(values + 1e9, [40])
    assert large.variance == pytest.approx(small.variance)
    np.testing.assert_allclose(large.ahead(6)[0] - 1e9, small.ahead(6)[0], atol=1e-5)


def test_with_the_parameters_of_statsmodels_value_and_spread_are_its_own() -> None:
    values = SERIES["a trend"]
    theirs = statsmodels(values)
    alpha, beta, phi = (float(each) for each in theirs.params[:3])
    model = DampedTrend(
        alpha,
        beta,
        phi,
        float(theirs.level.iloc[-1]),
        float(theirs.slope.iloc[-1]),
        squared_errors(theirs) / values.size,
    )
    value, spread = model.ahead(6)
    ahead = theirs.get_prediction(start=values.size, end=values.size + 5)
    np.testing.assert_allclose(value, ahead.predicted_mean)
    np.testing.assert_allclose(spread**2, ahead.forecast_variance)


def test_two_steps_by_hand() -> None:
    # Damping ½: the trend of 8 adds 4, then 2. Variance 1, then 1 + (0.5 + 0.2 × 0.5)².
    value, spread = DampedTrend(0.5, 0.2, 0.5, 10.0, 8.0, 1.0).ahead(2)
    assert value.tolist() == [14, 16]
    assert spread.tolist() == [1, pytest.approx(np.sqrt(1.36))]


def test_starts_of_a_series_are_fitted_as_if_the_rest_were_not_there() -> None:
    values = SERIES["a bend"]
    together = fit(values, [20, 30, 40])
    for length, model in zip((20, 30, 40), together, strict=True):
        assert model == fit(values[:length], [length])[0]
