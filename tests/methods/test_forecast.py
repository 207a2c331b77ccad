"""A forecast is made only of enough points, and only where it beats the newest value on the series' own past."""

import ast

import numpy as np
import pytest

from pipelines.methods.forecast import Forecast, NoForecast, damped_forecast
from pipelines.settings import REPOSITORY

RISING = 40 + 0.8 * np.arange(30) + np.tile([0.6, -0.9, 0.4, -0.1, 0.8, -0.8], 5)


def test_a_rising_series_has_a_forecast_with_bands_that_widen() -> None:
    found = damped_forecast(RISING, steps=4)
    assert isinstance(found, Forecast)
    assert found.value.shape == (4,)
    # The next points of the line lie near 64 to 66.4.
    assert np.abs(found.value - (40 + 0.8 * np.arange(30, 34))).max() < 2
    assert (found.lower_95 < found.lower_80).all() and (found.upper_80 < found.upper_95).all()
    assert (found.lower_80 < found.value).all() and (found.value < found.upper_80).all()
    assert found.upper_95[-1] - found.lower_95[-1] >= found.upper_95[0] - found.lower_95[0]
    assert found.error < found.naive_error
    assert found.back_tests == 8
    # The naive forecast is the last value: its error on the line, by hand, over every origin and step.
    missed = [np.abs(RISING[i : i + 4] - RISING[i - 1]) for i in range(22, 30)]
    assert found.naive_error == pytest.approx(np.concatenate(missed).mean())


def test_the_forecast_stays_where_the_figure_can_be() -> None:
    found = damped_forecast(RISING[:24], steps=2, lowest=0, highest=60)
    assert isinstance(found, Forecast)
    assert (found.upper_95 == 60).all()
    assert found.value.max() <= 60


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (RISING[:23], "at least 24 points; there are 23"),
        ([*RISING[:29], np.nan], "without a gap"),
        ([50.0] * 30, "never changed"),
        ([0.0] * 29 + [1.0], "no better than"),
    ],
)
def test_a_series_that_has_not_earned_a_forecast_gets_a_reason(values: list[float], reason: str) -> None:
    found = damped_forecast(values)
    assert isinstance(found, NoForecast)
    assert reason in found.reason


def test_no_module_of_the_methods_imports_statsmodels_at_its_top() -> None:
    # It takes seconds, which every command would pay for.
    modules = sorted((REPOSITORY / "pipelines" / "methods").glob("*.py"))
    assert any("statsmodels" in module.read_text(encoding="utf-8") for module in modules)
    for module in modules:
        for statement in ast.parse(module.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                assert "statsmodels" not in ast.unparse(statement), module.name
