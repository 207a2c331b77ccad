"""The text-row form: whatever a file is, it becomes rows of text that stream into DuckDB as the view `received`.

`received` has row_number (as Excel shows it, or the record's number), then the columns of the contract that the file
has. It is read once, in batches, so that memory stays bounded and nothing is written on the way to the door.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.remarks import Remark
from pipelines.settings import Settings

CELLS_PER_BATCH = 400_000
Cells = Sequence[str | None]
Rows = Iterable[tuple[int, Cells]]


@dataclass
class Tally:
    """What is found out while a file streams: rows with the wrong number of cells, remarks, and why it was refused.

    `consent_withdrawn`: per row that was left out because consent was withdrawn, the place of its id in the list.
    """

    ragged: list[int] = field(default_factory=list[int])
    totals: list[int] = field(default_factory=list[int])
    consent_withdrawn: list[int] = field(default_factory=list[int])
    remarks: list[Remark] = field(default_factory=list[Remark])
    refusal: FileRefused | None = None


@dataclass(frozen=True)
class Part:
    """Rows that come from one of several tables of a file: those with a row number over `after`, which counts on."""

    name: str
    after: int


@dataclass(frozen=True)
class TextRows:
    """Rows of one table. `letters` are the Excel column letters of `columns`, '' where there is no such letter.

    `parts` where the rows come from more than one table, in their order.
    """

    columns: tuple[str, ...]
    rows: Rows
    letters: tuple[str, ...] = ()
    sheet: str = ""
    read_as: str = ""
    parts: tuple[Part, ...] = ()
    tally: Tally = field(default_factory=Tally)


def column_letter(position: int) -> str:
    """Excel's letter of the column at a position that counts from 0: A, B … Z, AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def stream(
    connection: duckdb.DuckDBPyConnection, table: TextRows, name: str, settings: Settings, view: str = "received"
) -> None:
    """Make `view` of the rows. It can be read once; a refusal met on the way is kept in the tally."""
    schema = pa.schema([("row_number", pa.int32()), *((column, pa.string()) for column in table.columns)])
    batches = _batches(table, schema, name, settings)
    connection.register(view, pa.RecordBatchReader.from_batches(schema, batches))


def _batches(table: TextRows, schema: pa.Schema, name: str, settings: Settings) -> Iterator[pa.RecordBatch]:
    width = len(table.columns)
    size = max(1, CELLS_PER_BATCH // (width + 1))
    deadline = time.monotonic() + settings.max_seconds_per_file
    numbers: list[int] = []
    rows: list[Cells] = []
    seen = 0
    try:
        for number, cells in table.rows:
            numbers.append(number)
            rows.append(cells)
            if len(rows) >= size:
                seen += len(rows)
                _check_progress(seen, deadline, name, settings)
                yield _batch(numbers, rows, schema)
                numbers, rows = [], []
        _check_progress(seen + len(rows), deadline, name, settings)
        if rows:
            yield _batch(numbers, rows, schema)
    except FileRefused as refusal:
        # It crosses DuckDB on its way up, which would make an error of its own of it.
        table.tally.refusal = refusal
        raise


def _batch(numbers: list[int], rows: list[Cells], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*rows, strict=True)
    arrays = [pa.array(numbers, pa.int32()), *(pa.array(values, pa.string()) for values in columns)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _check_progress(rows: int, deadline: float, name: str, settings: Settings) -> None:
    if rows > settings.max_rows:
        raise too_many_rows(name, settings)
    if time.monotonic() > deadline:
        raise too_slow(name, settings)


def too_many_rows(name: str, settings: Settings) -> FileRefused:
    """Over the limit of rows."""
    return FileRefused(
        "too_many_rows",
        f"{name} has over {settings.max_rows:,} rows. Split it, or raise the limit (SENDSET_MAX_ROWS).",
    )


def too_slow(name: str, settings: Settings) -> FileRefused:
    """Over the limit of seconds."""
    return FileRefused(
        "too_slow",
        f"{name} was not read within {settings.max_seconds_per_file:g} seconds. Split it, or raise the limit"
        " (SENDSET_MAX_SECONDS_PER_FILE).",
    )
