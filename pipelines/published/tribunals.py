"""The layout of the SEND tribunal file: title lines, a row of years over a row of headings, footnotes around the data."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.published.contracts import PublishedContract
from pipelines.published.text import FileRefused, map_headers

FOOTNOTES = re.compile(r"[\d,]+$")
ENGLAND_TOTAL = "england total"


def load_tribunal_text(
    connection: duckdb.DuckDBPyConnection, contract: PublishedContract, path: Path, table: str
) -> None:
    """Make ``table``: one row per local authority (and England) and year, figures as text.

    Columns: local_authority without footnote digits, la_code, year, and the indicators of the contract, NULL where a
    year lacks one. Rows of regions and notes are left out. Raises FileRefused if the headings are not found.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.reader(lines))
    except UnicodeDecodeError as error:
        raise FileRefused("is not UTF-8 text; fetch it again from the publisher") from error
    top = next((number for number, row in enumerate(rows) if row and row[0].strip() == "Local Authority"), None)
    if top is None or top + 1 >= len(rows):
        raise FileRefused("has no row that starts with Local Authority; its layout has changed")
    blocks = _blocks(contract, rows[top], rows[top + 1])
    names = ["local_authority", "la_code", "year", *(column.name for column in contract.indicators)]
    made: list[dict[str, str | None]] = []
    for row in rows[top + 2 :]:
        made += _area_rows(row, blocks)
        if row and row[0].lower().startswith(ENGLAND_TOTAL):
            break
    if not made:
        raise FileRefused("has headings and no figures below them; fetch it again from the publisher")
    data = pa.table({name: pa.array([entry.get(name) for entry in made], pa.string()) for name in names})
    connection.register(f"{table}_arrow", data)
    connection.execute(f"create or replace temp table {table} as select * from {table}_arrow")
    connection.unregister(f"{table}_arrow")


def _blocks(contract: PublishedContract, years: Sequence[str], headings: Sequence[str]) -> dict[str, dict[int, str]]:
    """Year → position → the contract's column. A year stands over the first of its columns only."""
    starts = [position for position, text in enumerate(years) if re.fullmatch(r"\d{4}", text.strip())]
    if not starts:
        raise FileRefused("has no years over its columns; its layout has changed")
    fixed = list(years[:2])
    blocks: dict[str, dict[int, str]] = {}
    for start, end in zip(starts, [*starts[1:], len(headings)], strict=True):
        texts = [FOOTNOTES.sub("", text.strip()) for text in headings[start:end]]
        names, _ = map_headers(contract, [*fixed, *(text for text in texts if text)])
        found = names[len(fixed) :]
        positions = [start + offset for offset, text in enumerate(texts) if text]
        blocks[years[start].strip()] = dict(zip(positions, found, strict=True))
    return blocks


def _area_rows(row: Sequence[str], blocks: dict[str, dict[int, str]]) -> list[dict[str, str | None]]:
    if len(row) < 3:
        return []
    name, code = FOOTNOTES.sub("", row[0].strip()), row[1].strip()
    england = name.lower() == ENGLAND_TOTAL
    if not name or not any(text.strip() for text in row[2:]):
        return []
    made: list[dict[str, str | None]] = []
    for year, columns in blocks.items():
        cells = {column: row[position] for position, column in columns.items() if position < len(row)}
        area = {"local_authority": "England" if england else name, "la_code": code or None, "year": year}
        made.append({**area, **cells})
    return made
