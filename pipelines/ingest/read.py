"""Read one received file into its raw and typed tables, or refuse it."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.ingest import csv, excel
from pipelines.ingest.door import raw_select, register_lookups
from pipelines.ingest.headers import map_headers
from pipelines.ingest.pseudonyms import PseudonymKey, register_pseudonym_macros
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.typed import write_typed
from pipelines.settings import Settings
from pipelines.tables import quoted, replace_atomically

EXCEL_SUFFIXES = {".xlsx", ".xlsm"}
# They quote our SQL and never a cell; whoever mends it needs to see them.
OUR_OWN_FAULTS = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)
CSV_SUFFIXES = {".csv", ".txt"}


@dataclass(frozen=True)
class ReadFile:
    """Counts of one file: rows in it, rows typed, identical rows left out, rows with the wrong number of cells."""

    rows_received: int
    rows_typed: int
    rows_duplicate: int
    ragged_row_numbers: tuple[int, ...]
    sheet: str


def open_door(connection: duckdb.DuckDBPyConnection, key: PseudonymKey, settings: Settings) -> None:
    """Prepare a connection to read files: pseudonyms and lookups."""
    register_pseudonym_macros(connection, key)
    register_lookups(connection, settings)


def read_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    contract: Contract,
    file_id: str,
    raw: Path,
    typed: Path,
    settings: Settings,
) -> ReadFile:
    """Read the bytes at `path` (called `name` in messages) into `raw` and `typed`. Raises FileRefused.

    DuckDB's own errors can quote the line they failed at, so none of them passes: only our own words do.
    `connection` has read no file before.
    """
    if path.stat().st_size > settings.max_file_bytes:
        raise FileRefused(
            "too_large", f"{name} has over {settings.max_file_bytes:,} bytes. Split it, or raise the limit."
        )
    try:
        sheet = _create_text_view(connection, path, name, contract, settings)
        with replace_atomically(raw) as beside:
            present = [column for (column, *_) in connection.execute("describe received").fetchall()]
            select = raw_select(contract, present, file_id)
            connection.execute(f"copy ({select}) to {quoted(beside)} (format parquet)")
            ragged = csv.ragged_rows(connection, path, name) if sheet == "" else ()
            if ragged:
                _renumber(connection, beside, ragged)
        rows = connection.execute(f"select count(*) from read_parquet({quoted(raw)})").fetchone()
        rows_read = int(rows[0]) if rows else 0
        with replace_atomically(typed) as beside:
            rows_typed, identical = write_typed(connection, contract, str(raw), str(beside))
    except OUR_OWN_FAULTS:
        raise
    except duckdb.Error:
        if path.suffix.lower() in CSV_SUFFIXES:
            raise csv.not_readable(path, name) from None
        raise FileRefused("unreadable", f"{name} could not be read. Save it again as .xlsx or CSV UTF-8.") from None
    return ReadFile(rows_read + len(ragged), rows_typed, identical, ragged, sheet)


def _create_text_view(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, contract: Contract, settings: Settings
) -> str:
    suffix = path.suffix.lower()
    if suffix in EXCEL_SUFFIXES:
        sheet_name, sheet, headers = excel.open_sheet(path, name, contract)
        if len(headers) > settings.max_columns:
            raise FileRefused(
                "too_wide", f"{name} has {len(headers)} columns; at most {settings.max_columns} are read."
            )
        columns = map_headers(headers, contract, f"{name}, sheet {sheet_name!r}")
        excel.create_text_view(connection, sheet, columns, name, settings)
        return sheet_name
    if suffix not in CSV_SUFFIXES:
        kinds = ", ".join(sorted(EXCEL_SUFFIXES | CSV_SUFFIXES))
        raise FileRefused("file_type", f"{name} is no file type that is read ({kinds}). Save it as one of them.")
    columns = map_headers(csv.read_headers(path, name, settings), contract, name)
    csv.create_text_view(connection, path, columns, name, settings)
    return ""


def _renumber(connection: duckdb.DuckDBPyConnection, raw: Path, ragged: tuple[int, ...]) -> None:
    """Rows after a rejected one were counted too low; the k-th good row is the k-th row number that was not rejected."""
    thresholds = ", ".join(f"({row - position})" for position, row in enumerate(ragged))
    numbered = raw.with_name(f"{raw.name}.numbered")
    connection.execute(f"""
        copy (
            with shift (threshold) as (values {thresholds})
            select file_id, cast(row_number + (select count(*) from shift where threshold <= row_number) as integer)
                as row_number, * exclude (file_id, row_number)
            from read_parquet({quoted(raw)})
        ) to {quoted(numbered)} (format parquet)
    """)
    numbered.replace(raw)
