"""Partner files of a few rows, made by hand."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import pandas as pd

Row = Mapping[str, object]


def figure(group: str, d: float | None, n: float | None, **other: object) -> Row:
    """A row of `observation`: plans issued in 2024 for one sex unless told otherwise; without its counts it is hidden."""
    row: dict[str, object] = {
        "measure_id": "EH1",
        "period_type": "calendar_year",
        "period_start": "2024-01-01",
        "breakdown": "total" if group == "All" else "sex",
        "breakdown_value": group,
        "numerator": n,
        "denominator": d,
        "value": 100 * n / d if n is not None and d else None,
        "lower_95": None,
        "upper_95": None,
        "unit": "%",
        "status": None if n is not None else "c",
    }
    return row | other


def cell(ward: str, need: str, count: float | None, **other: object) -> Row:
    """A row of `cross_tabulation`: children with SEN support by ward and need."""
    row: dict[str, object] = {
        "table_id": "sen_support_by_ward_and_need",
        "subject": "sen_support",
        "period_type": "census",
        "period_start": "2025-01-16",
        "row_breakdown": "ward",
        "row_value": ward,
        "column_breakdown": "primary_need",
        "column_value": need,
        "count": count,
        "base": None,
        "share_pct": None,
        "status": None if count is not None else "c",
    }
    return row | other


def write(path: Path, **tables: Iterable[Row]) -> Path:
    """Write a partner file with these tables and a table `release`."""
    made = {"release": [{"release_id": path.stem, "as_at": "2026-09-30"}], **tables}
    with duckdb.connect(str(path)) as connection:
        for name, rows in made.items():
            frame = pd.DataFrame(list(rows))
            empty = [str(column) for column, number in frame.count().items() if number == 0]
            connection.register("frame", frame.astype(dict.fromkeys(empty, "float64")))
            connection.execute(f'create table "{name}" as from frame')
            connection.unregister("frame")
    return path
