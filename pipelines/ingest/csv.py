"""CSV as text: DuckDB reads it in one pass, all columns as text, with the row that Excel would show."""

import codecs
import csv
from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.ingest.refusal import FileRefused
from pipelines.settings import Settings
from pipelines.tables import quoted

MAX_REJECTED_ROWS = 10_000


def read_headers(path: Path, name: str, settings: Settings) -> list[str]:
    """The header record. Raises FileRefused for an empty file, bytes that are not UTF-8, or too many columns."""
    if path.stat().st_size == 0:
        raise FileRefused("empty", f"{name} is empty (0 bytes). Export it again.")
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            headers = next(csv.reader(handle), [])
    except (UnicodeDecodeError, csv.Error):
        raise not_readable(path, name) from None
    if not any(header.strip() for header in headers):
        raise FileRefused("empty", f"{name}: row 1 holds no headers. Export it again with headers in the first row.")
    if len(headers) > settings.max_columns:
        raise FileRefused("too_wide", f"{name} has {len(headers)} columns; at most {settings.max_columns} are read.")
    return headers


def create_text_view(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str], name: str, settings: Settings
) -> None:
    """Make view `received`: row_number, then the columns as text, '' as NULL. Ragged rows go to reject_errors."""
    declared = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    connection.execute(f"""
        create or replace temp view received as
        select cast(row_number() over () + 1 as integer) as row_number, *
        from read_csv({quoted(path)}, auto_detect = false, header = false, skip = 1, delim = ',', quote = '"',
            escape = '"', columns = {{{declared}}}, max_line_size = {settings.max_cell_characters * 4},
            store_rejects = true, rejects_limit = {MAX_REJECTED_ROWS})
    """)


def ragged_rows(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> tuple[int, ...]:
    """Row numbers, as Excel shows them, of rows with more or fewer cells than the header. `received` was read once.

    Raises FileRefused where so many rows do not fit that none can be trusted, or where a row is broken in another way.
    """
    kinds = {
        kind for (kind,) in connection.execute("select distinct error_type::varchar from reject_errors").fetchall()
    }
    if kinds - {"MISSING COLUMNS", "TOO MANY COLUMNS"}:
        raise not_readable(path, name)
    found = connection.execute("select distinct line from reject_errors order by line").fetchall()
    if len(found) >= MAX_REJECTED_ROWS:
        raise FileRefused(
            "ragged", f"{name}: {len(found)} rows or more do not have as many cells as the header. Export it again."
        )
    return tuple(int(line) for (line,) in found)


def not_readable(path: Path, name: str) -> FileRefused:
    """Say where the bytes stop to be UTF-8, or that the quoting is broken. Never says what stands there."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    row = 1
    with path.open("rb") as handle:
        try:
            for line in handle:
                decoder.decode(line)
                row += 1
        except UnicodeDecodeError:
            return FileRefused(
                "encoding", f"{name}: line {row} is not UTF-8. Save it as 'CSV UTF-8' and send it again."
            )
    return FileRefused(
        "unreadable",
        f"{name} is not a readable CSV: quotes that do not close, or a cell over the limit. Export it again.",
    )
