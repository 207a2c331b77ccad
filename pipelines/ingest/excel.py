"""XLSX as text: calamine streams the rows, every cell becomes the text that a CSV export would hold."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zipfile import BadZipFile

import duckdb
import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from pipelines.contracts import Contract
from pipelines.ingest.headers import known_headers, plain
from pipelines.ingest.refusal import FileRefused
from pipelines.settings import Settings

ROWS_PER_BATCH = 20_000
Cell = int | float | str | bool | time | date | datetime | timedelta


def open_sheet(path: Path, name: str, contract: Contract) -> tuple[str, CalamineSheet, list[str]]:
    """The one visible sheet whose first row has most of the contract's headers: (sheet, its reader, its headers).

    Raises FileRefused for a file that is no workbook, or that has no such sheet.
    """
    if path.stat().st_size == 0:
        raise FileRefused("empty", f"{name} is empty (0 bytes). Export it again.")
    try:
        workbook = CalamineWorkbook.from_path(path)
    except (CalamineError, BadZipFile, OSError):
        raise FileRefused("unreadable", f"{name} is not a readable Excel workbook. Save it again as .xlsx.") from None
    known = known_headers(contract)
    best: tuple[int, str, CalamineSheet, list[str]] | None = None
    for sheet_name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(sheet_name)
        first = next(iter(sheet.iter_rows()), [])
        headers = [text(cell) or "" for cell in first]
        while headers and not headers[-1].strip():
            headers.pop()
        matches = sum(plain(header) in known for header in headers)
        if best is None or matches > best[0]:
            best = (matches, sheet_name, sheet, headers)
    if best is None or not any(best[3]):
        raise FileRefused("empty", f"{name}: no sheet has headers in its first row. Send the sheet of the template.")
    if best[0] == 0:
        sheets = len(workbook.sheet_names)
        raise FileRefused(
            "wrong_sheet",
            f"{name}: none of its {sheets} sheet(s) has a header of {contract.id} in row 1. Send the sheet of the template.",
        )
    return best[1], best[2], best[3]


def create_text_view(
    connection: duckdb.DuckDBPyConnection, sheet: CalamineSheet, columns: Sequence[str], name: str, settings: Settings
) -> int:
    """Make table `received`: row_number as Excel shows it, then the columns as text. Returns the number of rows."""
    declared = ", ".join(f'"{column}" varchar' for column in columns)
    connection.execute(f"create or replace temp table received (row_number integer, {declared})")
    schema = pa.schema([("row_number", pa.int32()), *((column, pa.string()) for column in columns)])
    rows = 0
    for batch in _batches(sheet, len(columns), name, settings):
        # DuckDB finds the table by the name of this variable.
        arrow_batch = pa.table(
            [pa.array(values, field.type) for values, field in zip(batch, schema, strict=True)], schema
        )
        connection.register("arrow_batch", arrow_batch)
        connection.execute("insert into received select * from arrow_batch")
        connection.unregister("arrow_batch")
        rows += arrow_batch.num_rows
    return rows


def text(cell: Cell) -> str | None:
    """A cell as a CSV export would write it: dates as ISO, whole numbers without '.0', an empty cell as None."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) or None


def _batches(sheet: CalamineSheet, width: int, name: str, settings: Settings) -> Iterator[list[list[object]]]:
    batch: list[list[object]] = [[] for _ in range(width + 1)]
    start = (sheet.start or (0, 0))[0]
    for offset, cells in enumerate(sheet.iter_rows()):
        values = [text(cell) for cell in cells]
        if offset == 0 or not any(values):
            continue
        row_number = start + offset + 1
        if any(values[width:]):
            raise FileRefused(
                "headers", f"{name}: row {row_number} has cells to the right of the last header. Give them a header."
            )
        if any(value is not None and len(value) > settings.max_cell_characters for value in values):
            raise FileRefused(
                "cell_too_long",
                f"{name}: row {row_number} has a cell of over {settings.max_cell_characters} characters.",
            )
        batch[0].append(row_number)
        for position in range(width):
            batch[position + 1].append(values[position] if position < len(values) else None)
        if len(batch[0]) >= ROWS_PER_BATCH:
            yield batch
            batch = [[] for _ in range(width + 1)]
    if batch[0]:
        yield batch
