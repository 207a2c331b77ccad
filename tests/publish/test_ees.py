"""The measures in DfE's layout: its rules, its symbols, its periods, and the numbers of the table that they come from."""

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ees_rules import broken_rules, rows_of

from pipelines.publish import PublishError, list_releases
from pipelines.publish.ees import write_ees
from pipelines.settings import Settings

Row = dict[str, object]


def row(period_type: str, start: date, end: date, **changed: object) -> Row:
    made: Row = {
        "measure_id": "EH1",
        "area_code": "E06000058",
        "period_type": period_type,
        "period_start": start,
        "period_end": end,
        "breakdown": "total",
        "breakdown_value": "All",
        "numerator": 30.0,
        "denominator": 60.0,
        "value": 50.0,
        "lower_95": 37.66,
        "upper_95": 62.34,
        "unit": "%",
        "status": "",
    }
    return made | changed


def release_with(folder: Path, rows: list[Row]) -> Path:
    (folder / "parquet").mkdir(parents=True)
    numbers = ("numerator", "denominator", "value", "lower_95", "upper_95")
    types = {name: pa.float64() for name in numbers} | {"period_start": pa.date32(), "period_end": pa.date32()}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in rows[0]])
    pq.write_table(pa.Table.from_pylist(rows, schema), folder / "parquet" / "observation.parquet")
    measures = pa.table({"measure_id": ["EH1", "EH5"], "title": ["Issued within 20 weeks", "Median weeks"]})
    pq.write_table(measures, folder / "parquet" / "measure.parquet")
    wards = pa.table({"ward_code": ["E05012651"], "ward_name": ["Boscombe East & Pokesdown"]})
    pq.write_table(wards, folder / "parquet" / "area.parquet")
    return folder


YEAR = (date(2024, 1, 1), date(2024, 12, 31))
HIDDEN: Row = dict.fromkeys(("numerator", "denominator", "value", "lower_95", "upper_95"))


def test_every_file_of_a_release_keeps_every_rule_of_the_layout(published_twice: Path) -> None:
    settings = Settings(data_dir=published_twice)
    files = [path for path in (list_releases(settings)[0].folder / "ees").glob("*.csv") if ".meta" not in path.name]
    assert files
    assert {path.name: broken_rules(path) for path in files} == {path.name: [] for path in files}


def test_each_kind_of_period_and_each_unit_has_a_file_that_keeps_the_rules(tmp_path: Path) -> None:
    rows = [
        row("calendar_year", *YEAR),
        row("calendar_year", *YEAR, breakdown="ward", breakdown_value="E05012651"),
        row("calendar_year", *YEAR, breakdown="ward", breakdown_value="Unknown", status="c", **HIDDEN),
        row("calendar_year", *YEAR, measure_id="EH5", unit="weeks", value=20.04, numerator=None, denominator=None),
        row("academic_year", date(2023, 8, 1), date(2024, 7, 31)),
        row("academic_year", date(1999, 8, 1), date(2000, 7, 31)),
        row("term", date(2023, 8, 1), date(2023, 12, 31)),
        row("term", date(2024, 1, 1), date(2024, 3, 31)),
        row("term", date(2024, 4, 1), date(2024, 7, 31)),
        row("month", date(2024, 2, 1), date(2024, 2, 29)),
        row("month", date(2024, 3, 1), date(2024, 3, 31)),
        row("wave", date(2024, 5, 1), date(2024, 5, 31)),
        row("wave", date(2024, 10, 1), date(2024, 11, 30)),
        row("as_at", date(2024, 9, 30), date(2024, 9, 30)),
    ]
    folder = release_with(tmp_path, rows)
    written = write_ees(folder)
    assert [file.name for file in written] == [
        "ees/academic_year_percent.csv",
        "ees/as_at_percent.csv",
        "ees/calendar_year_percent.csv",
        "ees/calendar_year_weeks.csv",
        "ees/month_percent.csv",
        "ees/term_percent.csv",
        "ees/wave_percent.csv",
    ]
    assert {file.name: broken_rules(folder / file.name) for file in written} == {file.name: [] for file in written}
    times = {
        name: [
            (line["time_period"], line["time_identifier"]) for line in rows_of(folder / "ees" / f"{name}_percent.csv")
        ]
        for name in ("academic_year", "term", "month", "wave")
    }
    assert times == {
        "academic_year": [("199900", "Academic year"), ("202324", "Academic year")],
        "term": [("202324", "Autumn term"), ("202324", "Spring term"), ("202324", "Summer term")],
        "month": [("2024", "February"), ("2024", "March")],
        "wave": [("2024", "Reporting year"), ("2024", "Reporting year")],
    }
    wards = {line["breakdown"]: line["value"] for line in rows_of(folder / "ees" / "calendar_year_percent.csv")}
    assert wards == {"Total": "50", "Boscombe East & Pokesdown": "50", "Unknown": "c"}


@pytest.mark.parametrize(
    ("changed", "cell"),
    [
        ({"value": 50.0}, "50"),
        ({"value": 37.66}, "37.7"),
        ({"value": 0.0}, "0"),
        ({"value": 0.04}, "low"),
        ({"value": -3.25}, "-3.3"),
        ({"value": None, "status": "c"}, "c"),
        ({"value": None, "status": "x"}, "x"),
        ({"value": None, "status": "u"}, "u"),
        ({"value": 41.0, "status": "u"}, "41"),
        ({"value": None}, "z"),
        ({"value": 50.0, "status": "h"}, "50"),
        ({"value": None, "status": "h"}, "z"),
    ],
)
def test_a_cell_is_a_number_to_one_place_or_a_symbol(tmp_path: Path, changed: Row, cell: str) -> None:
    folder = release_with(tmp_path, [row("calendar_year", *YEAR, **changed)])
    (written,) = write_ees(folder)
    assert rows_of(folder / written.name)[0]["value"] == cell


def test_a_rule_that_is_broken_is_found(tmp_path: Path) -> None:
    folder = release_with(tmp_path, [row("calendar_year", *YEAR)])
    (written,) = write_ees(folder)
    path = folder / written.name
    rows = rows_of(path)
    for column, value, rule in (
        ("time_period", "202425", "digits of the period"),
        ("value", "N/A", "numbers or symbols"),
        ("value", "50.0", "numbers or symbols"),
        ("region_code", "", "whole places"),
    ):
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerow(rows[0] | {column: value})
        assert rule in broken_rules(path)


def test_an_area_that_is_no_local_authority_stops_the_release(tmp_path: Path) -> None:
    folder = release_with(tmp_path, [row("calendar_year", *YEAR, area_code="E99999999")])
    with pytest.raises(PublishError, match=r"local_authority\.csv lacks an area"):
        write_ees(folder)
