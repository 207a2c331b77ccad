"""Read one received file into its raw and typed tables, or refuse it."""

import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.contracts import Contract
from pipelines.ingest import csv, national
from pipelines.ingest.archives import ARCHIVE_SUFFIXES, unpack
from pipelines.ingest.consent import NOTHING_WITHDRAWN, Withdrawn, without_withdrawn
from pipelines.ingest.door import raw_select, register_lookups
from pipelines.ingest.flat import CSV_SUFFIXES, EXCEL_SUFFIXES, FlatFile, PlainCsv, open_flat
from pipelines.ingest.flatten import letters_of
from pipelines.ingest.modules import other_source
from pipelines.ingest.pseudonyms import PseudonymKey, register_pseudonym_macros
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.remarks import Remark, consent_withdrawn, foot_rows, older_codes_read, read_as
from pipelines.ingest.return_checks import Finding, check_modules
from pipelines.ingest.returns import NationalReturn
from pipelines.ingest.rows import Part, TextRows, stream, too_many_rows, too_slow
from pipelines.ingest.typed import count_older_codes, write_typed
from pipelines.settings import Settings
from pipelines.tables import quoted, replace_atomically

# They quote our SQL and never a cell; whoever mends it needs to see them.
OUR_OWN_FAULTS = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)


@dataclass(frozen=True)
class ReadFile:
    """Counts of one file: rows in it, rows typed, identical rows left out, rows with the wrong number of cells.

    `total_row_numbers` are totals and notes at the foot, which are no rows and are not in `rows_received`. `letters`:
    Excel's letter of each column that was read; those of the tables of a return as `table.column`. `read_as`: what the file
    was. `findings`: how the rules about modules went, where it is a national return that has some. `parts`: the tables that
    the rows come from, where they are more than one. `consent_withdrawn`: per row that was left out because consent was
    withdrawn, the place of its id in the list.
    """

    rows_received: int
    rows_typed: int
    rows_duplicate: int
    ragged_row_numbers: tuple[int, ...]
    sheet: str
    total_row_numbers: tuple[int, ...] = ()
    remarks: tuple[Remark, ...] = ()
    letters: Mapping[str, str] = field(default_factory=dict[str, str])
    read_as: str = ""
    findings: tuple[Finding, ...] = ()
    parts: tuple[Part, ...] = ()
    consent_withdrawn: tuple[int, ...] = ()

    @property
    def emptied_by_consent(self) -> bool:
        """Whether no row is left because consent was withdrawn: not the supplier's fault."""
        return self.rows_typed == 0 and bool(self.consent_withdrawn)


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
    withdrawn: Withdrawn = NOTHING_WITHDRAWN,
) -> ReadFile:
    """Read the bytes at `path` (called `name` in messages) into `raw` and `typed`. Raises FileRefused.

    DuckDB's own errors can quote the line they failed at, so none about the file passes: only our own words do. One about
    the disk does: the file may be good.
    `connection` has read no file before.
    """
    if _bytes(path) > settings.max_file_bytes:
        raise FileRefused(
            "too_large",
            f"{name} has over {settings.max_file_bytes:,} bytes. Split it, or raise the limit (SENDSET_MAX_FILE_BYTES).",
        )
    table: TextRows | None = None
    findings: tuple[Finding, ...] = ()
    letters: Mapping[str, str] = {}
    try:
        with _within_time(connection, name, settings):
            found = national.find_return(path, name, settings)
            if found is not None:
                table, findings, letters = _write_return(
                    connection, path, name, found, contract, file_id, raw, settings
                )
                ragged: tuple[int, ...] = ()
            else:
                file = without_withdrawn(_open(path, name, contract, settings), withdrawn)
                table = file.table
                ragged = _write_flat(connection, path, name, file, contract, file_id, raw, settings)
            rows = connection.execute(f"select count(*) from read_parquet({quoted(raw)})").fetchone()
            rows_read = int(rows[0]) if rows else 0
            if rows_read > settings.max_rows:
                raise too_many_rows(name, settings)
            with replace_atomically(typed) as beside:
                rows_typed, identical = write_typed(connection, contract, str(raw), str(beside))
            older = count_older_codes(connection, contract)
    except OUR_OWN_FAULTS:
        raise
    except duckdb.Error as error:
        if table is not None and table.tally.refusal is not None:
            raise table.tally.refusal from None
        if isinstance(error, duckdb.IOException):
            # A full disk, or a file that cannot be reached just now: the machine's fault, and not the file's.
            raise
        raise FileRefused("unreadable", f"{name} could not be read. Save it again as .xlsx or CSV UTF-8.") from None
    return ReadFile(
        rows_received=rows_read + len(ragged) + len(table.tally.consent_withdrawn),
        rows_typed=rows_typed,
        rows_duplicate=identical,
        ragged_row_numbers=ragged,
        sheet=table.sheet,
        total_row_numbers=tuple(table.tally.totals),
        remarks=_remarks(table, older),
        letters=letters or dict(zip(table.columns, table.letters, strict=False)),
        read_as=table.read_as,
        findings=findings,
        parts=table.parts,
        consent_withdrawn=tuple(table.tally.consent_withdrawn),
    )


def _remarks(table: TextRows, older: list[tuple[str, str, str, int]]) -> tuple[Remark, ...]:
    first = [read_as(table.read_as)] if table.read_as else []
    foot = [foot_rows(table.tally.totals)] if table.tally.totals else []
    codes = [older_codes_read(older)] if older else []
    withdrawn = [consent_withdrawn(count)] if (count := len(table.tally.consent_withdrawn)) else []
    return (*first, *table.tally.remarks, *codes, *withdrawn, *foot)


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
) -> tuple[TextRows, tuple[Finding, ...], Mapping[str, str]]:
    if contract.id not in found.contracts:
        raise other_source(name, found, contract.id)
    modules = national.read_return(connection, path, name, found, settings)
    columns = modules.tables.create_received(contract.id)
    _write_raw(connection, contract, columns, file_id, raw)
    parts = tuple(modules.tables.parts) if len(modules.tables.parts) > 1 else ()
    table = TextRows(columns, (), (), modules.sheet, modules.tables.read_as(), parts, modules.tables.tally)
    rows = [part for part in found.rows if part.contract == contract.id]
    return table, check_modules(modules.tables, contract.id), letters_of(rows, modules.tables.letters)


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
    if file.plain is not None and _write_plain(connection, path, file.plain, contract, file_id, raw, settings):
        return ()
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
        raise FileRefused("unknown_source", f"{name} is XML of no known return. Send SEN2, a school census, or a CSV.")
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
) -> bool:
    """Let DuckDB read a plain CSV. False where a row is ragged or broken: the slower reader can say which."""
    csv.create_text_view(connection, path, plain.columns, plain.delimiter, settings)
    try:
        _write_raw(connection, contract, plain.columns, file_id, raw)
    except (*OUR_OWN_FAULTS, duckdb.InterruptException, duckdb.IOException):
        raise
    except duckdb.Error:
        return False
    finally:
        connection.execute("drop view received")
    return True


def _write_raw(
    connection: duckdb.DuckDBPyConnection, contract: Contract, columns: tuple[str, ...], file_id: str, raw: Path
) -> None:
    with replace_atomically(raw) as beside:
        select = raw_select(contract, columns, file_id)
        connection.execute(f"copy ({select}) to {quoted(beside)} (format parquet)")


@contextmanager
def _within_time(connection: duckdb.DuckDBPyConnection, name: str, settings: Settings) -> Iterator[None]:
    """Interrupt DuckDB at the limit of seconds; the readers in Python look at the clock themselves, and so does the end."""
    deadline = time.monotonic() + settings.max_seconds_per_file
    timer = threading.Timer(settings.max_seconds_per_file, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
        if time.monotonic() > deadline:
            raise too_slow(name, settings)
    except duckdb.InterruptException:
        raise too_slow(name, settings) from None
    finally:
        timer.cancel()
