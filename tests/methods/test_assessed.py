"""Observations get limits by their statistic, a unit, and a mark when their base is low."""

import pyarrow as pa
import pytest

from pipelines.methods.assessed import UnknownMeasure, assess

REGISTER: list[dict[str, object]] = [
    {"id": "P", "statistic": "proportion", "unit": "%", "minimum_base": 10},
    {"id": "R", "statistic": "rate", "unit": "per 100 pupils", "multiplier": 100, "minimum_base": 10},
    {"id": "M", "statistic": "median", "unit": "weeks", "minimum_base": 10},
]


def observation(measure: str, numerator: float | None, denominator: float | None, base: int | None = 100) -> pa.Table:
    return pa.table(
        {
            "measure_id": [measure],
            "numerator": pa.array([numerator], pa.float64()),
            "denominator": pa.array([denominator], pa.float64()),
            "value": pa.array([None], pa.float64()),
            "base": pa.array([base], pa.int64()),
        }
    )


def limits(measure: str, numerator: float | None, denominator: float | None) -> list[float | None]:
    (row,) = assess(observation(measure, numerator, denominator), REGISTER).to_pylist()
    return [row[name] for name in ("lower_95", "upper_95", "lower_998", "upper_998")]


def test_a_proportion_gets_wilson_limits_in_percent() -> None:
    assert limits("P", 20, 100) == pytest.approx([13.33669333, 28.88291656, 10.51916207, 34.71109417])


def test_a_rate_gets_byar_limits_per_multiplier() -> None:
    assert limits("R", 20, 100) == pytest.approx([12.21142883, 30.88989037, 8.9228021651, 38.0850356250])


@pytest.mark.parametrize(
    ("measure", "numerator", "denominator"),
    [("M", None, 20), ("P", None, 20), ("P", 3, None), ("P", 3, 0), ("P", 4, 3), ("R", 3, None)],
)
def test_what_is_no_proportion_or_rate_has_no_limits(
    measure: str, numerator: float | None, denominator: float | None
) -> None:
    assert limits(measure, numerator, denominator) == [None, None, None, None]


@pytest.mark.parametrize(("base", "low"), [(9, True), (10, False), (None, True)])
def test_a_base_below_the_registers_minimum_is_low(base: int | None, low: bool) -> None:
    (row,) = assess(observation("P", 1, 9, base), REGISTER).to_pylist()
    assert (row["unit"], row["low_base"]) == ("%", low)


def test_an_observation_table_without_rows_keeps_its_columns() -> None:
    empty = assess(observation("P", 1, 9).slice(0, 0), REGISTER)
    assert empty.num_rows == 0
    assert empty.column_names[-6:] == ["lower_95", "upper_95", "lower_998", "upper_998", "unit", "low_base"]


def test_a_measure_that_the_register_does_not_have_is_an_error() -> None:
    with pytest.raises(UnknownMeasure, match="XX9"):
        assess(observation("XX9", 1, 2), REGISTER)
