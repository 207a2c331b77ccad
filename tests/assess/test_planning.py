"""Forecasts for planning: which months they are made from, and why there is none."""

from datetime import date

import numpy as np
import pyarrow as pa

from pipelines.assess.planning import NO_MONTHS, measure_rows, unbroken
from pipelines.reference import load_register
from pipelines.register import check_register
from tests.assess.council import Council

MEASURES = {measure.id: measure for measure in check_register(load_register())}


def months(count: int, until: tuple[int, int] = (2026, 8)) -> list[date]:
    last = until[0] * 12 + until[1] - 1
    return [date(place // 12, place % 12 + 1, 1) for place in range(last - count + 1, last + 1)]


def rising(count: int) -> dict[date, float]:
    return {month: 40 + 0.8 * place + (place * 7 % 5) / 5 for place, month in enumerate(months(count))}


def test_a_rising_series_of_two_years_has_six_months_ahead_within_what_a_percentage_can_be() -> None:
    rows = measure_rows(MEASURES["EH1"], rising(30))
    assert [row["period_start"] for row in rows] == months(6, (2027, 2))
    assert [row["months_ahead"] for row in rows] == [1, 2, 3, 4, 5, 6]
    for row in rows:
        bands = [float(str(row[name])) for name in ("lower_95", "lower_80", "value", "upper_80", "upper_95")]
        assert bands == sorted(bands)
        assert bands[0] >= 0 and bands[-1] <= 100
    assert rows[0]["mean_error"] < rows[0]["naive_mean_error"]  # pyright: ignore[reportOperatorIssue]


def test_fewer_than_24_months_have_a_reason_and_no_forecast() -> None:
    (row,) = measure_rows(MEASURES["EH1"], rising(23))
    assert "at least 24 points; there are 23" in str(row["reason"])
    assert row.get("value") is None


def test_only_the_months_since_the_last_gap_count() -> None:
    series = rising(30)
    missing, empty = list(series)[3], list(series)[10]
    del series[missing]
    assert list(unbroken(series)) == list(series)[3:]
    assert list(unbroken(series | {empty: np.nan})) == months(19)
    assert unbroken({}) == {}


def test_every_measure_of_the_register_has_a_row_and_a_recorded_break_starts_the_series_anew(council: Council) -> None:
    # EH1 has a recorded break in January 2023, JC1 none; the month of the refresh is over, the one after is not.
    rows = [
        {
            "measure_id": measure,
            "period_type": "month",
            "breakdown": "total",
            "period_start": month,
            "period_end": date(month.year, month.month, 28),
            "value": 50.0,
        }
        for measure in ("EH1", "JC1")
        for month in months(60, (2026, 10))
    ]
    council.give("measures.assessed", pa.Table.from_pylist(rows))
    found = {row["measure_id"]: row for row in council.rows_of("forecast")}
    assert set(found) == set(MEASURES)
    assert (found["EH1"]["points"], found["EH1"]["first_month"]) == (45, date(2023, 1, 1))
    assert (found["JC1"]["points"], found["JC1"]["newest_month"]) == (59, date(2026, 9, 1))
    assert "never changed" in str(found["JC1"]["reason"])
    assert (found["CU1"]["points"], found["CU1"]["reason"]) == (0, NO_MONTHS)
