"""Our own annual figure beside the published one."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.engine import connect
from pipelines.published import reconcile
from pipelines.settings import Settings
from tests.published.conftest import BCP, Published


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """EH1 of 2024 and 2019, EX1 of 2023/24, one row that is not a total, and a measure that is the published figure itself."""
    rows = [
        ("EH1", "calendar_year", date(2024, 1, 1), "total", 580.0, 784.0, 100 * 580 / 784),
        ("EH1", "calendar_year", date(2019, 1, 1), "total", 305.0, 344.0, 88.66),
        ("EH1", "month", date(2024, 1, 1), "total", 1.0, 2.0, 50.0),
        ("EH1", "calendar_year", date(2024, 1, 1), "sex", 1.0, 2.0, 50.0),
        ("EX1", "academic_year", date(2023, 8, 1), "total", 10.0, 100.0, 10.0),
        ("EX8", "academic_year", date(2024, 8, 1), "total", 10.0, 100.0, 10.0),
    ]
    names = ("measure_id", "period_type", "period_start", "breakdown", "numerator", "denominator", "value")
    columns: dict[str, list[object]] = {name: [row[n] for row in rows] for n, name in enumerate(names)}
    path = tmp_path / "observation.parquet"
    pq.write_table(pa.table(columns | {"area_code": [BCP] * len(rows)}), path)
    return path


def test_our_figure_stands_beside_the_published_one_with_the_difference(
    settings: Settings, published: Published, own: Path, tmp_path: Path
) -> None:
    output = tmp_path / "reconciliation.parquet"
    with connect(settings) as connection:
        assert reconcile(own, published.figures, output, BCP, connection) == 3
    rows = {(row["measure_id"], row["period_label"]): row for row in pq.read_table(output).to_pylist()}
    eh1 = rows["EH1", "2024"]
    assert (eh1["own_numerator"], eh1["published_numerator"], eh1["published_denominator"]) == (580, 581, 784)
    assert round(eh1["difference"], 1) == -0.1
    assert eh1["note"].startswith("Differs")
    assert rows["EH1", "2019"]["note"].startswith("Break in series")
    assert rows["EX1", "2023/24"]["published_value"] == 13.87693
