"""Read one received file into its raw and typed tables, or refuse it."""

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.ingest import csv, national
from pipelines.ingest.archives import ARCHIVE_SUFFIXES, unpack
from pipelines.ingest.door import raw_select, register_lookups
from pipelines.ingest.flat import CSV_SUFFIXES, EXCEL_SUFFIXES, FlatFile, PlainCsv, open_flat
from pipelines.ingest.modules import other_source
from pipelines.ingest.pseudonyms import PseudonymKey, register_pseudonym_macros
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.remarks import Remark, foot_rows, read_as
from pipelines.ingest.returns import NationalReturn
from pipelines.ingest.rows import TextRows, stream, too_many_rows, too_slow
from pipelines.ingest.typed import write_typed
from pipelines.settings import Settings
from pipelines.tables import quoted, replace_atomically

# They quote our SQL and never a cell; whoever mends it needs to see them.
OUR_OWN_FAULTS = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)


@dataclass(frozen=True)
class ReadFile:
    """Counts of one file: rows in it, rows typed, identical rows left out, rows with the wrong number of cells.

    `total_row_numbers` are totals and notes at the foot, which are no rows and are not in `rows_received`. `letters`:
    Excel's letter of each column that was read. `read_as`: what the file was.
    """

    rows_received: int
    rows_typed: int
    rows_duplicate: int
    ragged_row_numbers: tuple[int, ...]
    sheet: str
    total_row_numbers: tuple[int, ...] = ()
    remarks: tuple[Remark, ...] = ()
    letters: tuple[tuple[str, str], ...] = ()
    read_as: str = ""


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
    if _bytes(path) > settings.max_file_bytes:
        raise FileRefused(
            "too_large",
            f"{name} has over {settings.max_file_bytes:,} bytes. Split it, or raise the limit (SENDSET_MAX_FILE_BYTES).",
        )
    table: TextRows | None = None
    try:
        with _within_time(connection, name, settings):
            found = national.find_return(path, name, settings)
            if found is not None:
                table, ragged = _write_return(connection, path, name, found, contract, file_id, raw, settings), ()
            else:
                file = _open(path, name, contract, settings)
                table = file.table
                ragged = _write_flat(connection, path, name, file, contract, file_id, raw, settings)
            rows = connection.execute(f"select count(*) from read_parquet({quoted(raw)})").fetchone()
            rows_read = int(rows[0]) if rows else 0
            if rows_read > settings.max_rows:
                raise too_many_rows(name, settings)
            with replace_atomically(typed) as beside:
                rows_typed, identical = write_typed(connection, contract, str(raw), str(beside))
    except OUR_OWN_FAULTS:
        raise
    except duckdb.Error:
        if table is not None and table.tally.refusal is not None:
            raise table.tally.refusal from None
        raise FileRefused("unreadable", f"{name} could not be read. Save it again as .xlsx or CSV UTF-8.") from None
    return ReadFile(
        rows_received=rows_read + len(ragged),
        rows_typed=rows_typed,
        rows_duplicate=identical,
        ragged_row_numbers=ragged,
        sheet=table.sheet,
        total_row_numbers=tuple(table.tally.totals),
        remarks=_remarks(table),
        letters=tuple(zip(table.columns, table.letters, strict=True)) if table.letters else (),
        read_as=table.read_as,
    )


def _remarks(table: TextRows) -> tuple[Remark, ...]:
    first = [read_as(table.read_as)] if table.read_as else []
    foot = [foot_rows(table.tally.totals)] if table.tally.totals else []
    return (*first, *table.tally.remarks, *foot)


def _bytes(path: Path) -> int:
    return sum(member.stat().st_size for member in path.iterdir()) if path.is_dir() else path.stat().st_size


def _write_return(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    found: NationalReturn,
    contract: Contract,
    file_id: str,
    raw: Path,
    settings: Settings,
) -> TextRows:
    if contract.id not in found.contracts:
        raise other_source(name, found, contract.id)
    modules = national.read_return(connection, path, name, found, settings)
    columns = modules.tables.create_received(contract.id)
    _write_raw(connection, contract, columns, file_id, raw)
    return TextRows(columns, (), (), modules.sheet, modules.tables.read_as(), modules.tables.tally)


def _write_flat(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    file: FlatFile,
    contract: Contract,
    file_id: str,
    raw: Path,
    settings: Settings,
) -> tuple[int, ...]:
    """Write the raw table; returns the row numbers of ragged rows."""
    if file.plain is not None:
        ragged = _write_plain(connection, path, file.plain, contract, file_id, raw, settings)
        if ragged is not None:
            return ragged
    stream(connection, file.table, name, settings)
    _write_raw(connection, contract, file.table.columns, file_id, raw)
    return tuple(file.table.tally.ragged)


def _open(path: Path, name: str, contract: Contract, settings: Settings) -> FlatFile:
    suffix = path.suffix.lower()
    if suffix in CSV_SUFFIXES | EXCEL_SUFFIXES:
        return open_flat(path, name, contract, settings)
    if suffix in ARCHIVE_SUFFIXES:
        raise _archive_refusal(path, name, settings)
    if suffix == national.XML_SUFFIX:
        raise FileRefused("unknown_source", f"{name} is XML of no return that is known (SEN2, school census).")
    kinds = ", ".join(sorted(EXCEL_SUFFIXES | CSV_SUFFIXES | {national.XML_SUFFIX}))
    raise FileRefused("file_type", f"{name} is no file type that is read ({kinds}). Save it as one of them.")


def _archive_refusal(path: Path, name: str, settings: Settings) -> FileRefused:
    """Archives are opened when they are received; one that is still closed could not be, or lay in another one."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        try:
            unpack(path, name, Path(folder), settings)
        except FileRefused as refusal:
            return refusal
    return FileRefused("archive", f"{name} is an archive inside an archive. Send what is in it.")


def _write_plain(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    plain: PlainCsv,
    contract: Contract,
    file_id: str,
    raw: Path,
    settings: Settings,
) -> tuple[int, ...] | None:
    """Let DuckDB read a plain CSV; returns the ragged rows, or None where the slower reader must do it."""
    csv.create_text_view(connection, path, plain.columns, plain.delimiter, settings)
    try:
        _write_raw(connection, contract, plain.columns, file_id, raw)
        ragged = csv.ragged_rows(connection)
    except (*OUR_OWN_FAULTS, duckdb.InterruptException):
        raise
    except duckdb.Error:
        return None
    finally:
        connection.execute("drop view received")
    if ragged:
        _renumber(connection, raw, ragged)
    return ragged


def _write_raw(
    connection: duckdb.DuckDBPyConnection, contract: Contract, columns: tuple[str, ...], file_id: str, raw: Path
) -> None:
    with replace_atomically(raw) as beside:
        select = raw_select(contract, columns, file_id)
        connection.execute(f"copy ({select}) to {quoted(beside)} (format parquet)")


@contextmanager
def _within_time(connection: duckdb.DuckDBPyConnection, name: str, settings: Settings) -> Iterator[None]:
    """Interrupt DuckDB at the limit of seconds; the readers in Python look at the clock themselves."""
    timer = threading.Timer(settings.max_seconds_per_file, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException:
        raise too_slow(name, settings) from None
    finally:
        timer.cancel()


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
