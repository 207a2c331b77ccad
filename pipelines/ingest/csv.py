"""CSV as text rows: any of four delimiters and three encodings, with the row number that Excel would show.

A plain file (UTF-8, headers in row 1, no blank lines) is read by DuckDB itself in one pass. Any other, and one that
DuckDB cannot read, goes through the slower reader here, which knows where and why a file breaks.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.ingest.encoding import TextFacts, text_facts
from pipelines.ingest.headers import ROWS_LOOKED_AT
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.rows import Cells, Rows, Tally
from pipelines.settings import Settings
from pipelines.tables import quoted

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_CHARACTERS = 200_000


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written. `first_row` is 2 when a line `sep=;` stands before the headers, 1 otherwise."""

    facts: TextFacts
    delimiter: str
    first_row: int


def open_text(path: Path, name: str, settings: Settings) -> Dialect:
    """Find encoding and delimiter. Raises FileRefused for an empty file and for bytes that are no text."""
    if path.stat().st_size == 0:
        raise FileRefused("empty", f"{name} is empty (0 bytes). Export it again.")
    facts = text_facts(path, name)
    with path.open(encoding=facts.encoding, errors="replace", newline="") as handle:
        sample = handle.read(SAMPLE_CHARACTERS)
    if not sample.strip():
        raise no_headers(name)
    if sample[:4].lower() == "sep=" and sample[4:5] in DELIMITERS:
        return Dialect(facts, sample[4], 2)
    return Dialect(facts, max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter)), 1)


def first_records(path: Path, name: str, dialect: Dialect, settings: Settings) -> list[tuple[int, Cells]]:
    """The first records that are not blank, with their row numbers."""
    found: list[tuple[int, Cells]] = []
    for record in records(path, name, dialect, settings):
        found.append(record)
        if len(found) >= ROWS_LOOKED_AT:
            break
    return found


def records(path: Path, name: str, dialect: Dialect, settings: Settings) -> Rows:
    """Every record that is not blank, with the row number that Excel shows. Raises FileRefused where the text breaks."""
    csv.field_size_limit(settings.max_cell_characters)
    row = 0
    with path.open(encoding=dialect.facts.encoding, newline="") as handle:
        lines = _Lines(handle, name, dialect.delimiter, settings)
        reader = csv.reader(lines, delimiter=dialect.delimiter, strict=True)
        try:
            for cells in reader:
                lines.characters = 0
                row += 1
                if len(cells) > settings.max_columns:
                    raise too_wide(name, f"{len(cells):,}", settings)
                if row >= dialect.first_row and any(cells) and any(cell.strip() for cell in cells):
                    yield row, [cell or None for cell in cells]
        except UnicodeError:
            raise FileRefused(
                "encoding", f"{name}: row {row + 1} is not {dialect.facts.encoding}. Save it as 'CSV UTF-8'."
            ) from None
        except csv.Error as error:
            if "field limit" in str(error):
                raise _cell_too_long(name, row + 1, settings) from None
            raise FileRefused(
                "unreadable",
                f"{name} is not a readable CSV: in row {row + 1} quotes do not close, or stand inside a cell that does"
                " not end there. Export it again.",
            ) from None


def body(rows: Rows, positions: Sequence[int], width: int, tally: Tally) -> Rows:
    """The cells at `positions` of each row; a row with more or fewer cells than the header goes to the tally.

    Empty cells to the right of the last header are no cells: DuckDB passes over them too.
    """
    for number, cells in rows:
        if len(cells) < width or any(cells[width:]):
            tally.ragged.append(number)
        else:
            yield number, [cells[position] for position in positions]


def is_plain(path: Path, dialect: Dialect, headers: Cells) -> bool:
    """Whether DuckDB reads the file as `records` would: only then is it faster and the same."""
    facts = dialect.facts
    if not facts.encoding.startswith("utf-8") or facts.blank_lines or not facts.plain_lines or dialect.first_row > 1:
        return False
    with path.open(encoding=facts.encoding, newline="") as handle:
        first = handle.readline().rstrip("\r\n")
    cells = next(csv.reader([first], delimiter=dialect.delimiter), [])
    return [cell or None for cell in cells] == list(headers)


def last_records(path: Path, dialect: Dialect) -> list[Cells]:
    """The last few lines of a plain file as cells, so that a total at its foot is seen without reading it all."""
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - 4096))
        lines = handle.read().decode("utf-8", "ignore").splitlines()[1:]
    return [cells for cells in csv.reader(lines[-5:], delimiter=dialect.delimiter) if any(cells)]


def create_text_view(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: Sequence[str], delimiter: str, settings: Settings
) -> None:
    """Make view `received` of a plain file: row_number, then the columns as text. A ragged row breaks it off.

    DuckDB could list ragged rows, but takes minutes for one of 10,000 cells, and cannot be interrupted at it.
    """
    declared = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    connection.execute(f"""
        create or replace temp view received as
        with numbered as (
            select cast(row_number() over () + 1 as integer) as row_number, *
            from read_csv({quoted(path)}, auto_detect = false, header = false, skip = 1, delim = '{delimiter}',
                quote = '"', escape = '"', columns = {{{declared}}}, max_line_size = {settings.max_cell_characters * 4})
        )
        select * from numbered where {" or ".join(f'"{column}" is not null' for column in columns)}
    """)


def _fit(sample: str, delimiter: str) -> tuple[float, int]:
    """How well a delimiter fits: the share of the first records that have as many cells as most have, and how many.

    Commas in a heading, or semicolons in an answer, split some records into more cells than others.
    """
    widths: list[int] = []
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter):
            if any(cells):
                widths.append(len(cells))
            if len(widths) >= ROWS_LOOKED_AT:
                break
    except csv.Error:
        pass
    if not widths:
        return 0.0, 0
    usual = max(widths, key=widths.count)
    return (widths.count(usual) / len(widths), usual) if usual > 1 else (0.0, 0)


class _Lines:
    """Lines of bounded length; counts the characters since the last record, so that a record is bounded too."""

    def __init__(self, handle: io.TextIOBase, name: str, delimiter: str, settings: Settings) -> None:
        self.handle, self.name, self.delimiter, self.settings = handle, name, delimiter, settings
        self.characters = 0
        self.line = 0
        self.limit = max(settings.max_cell_characters * 4, 1_000_000)

    def __iter__(self) -> Iterator[str]:
        while text := self.handle.readline(self.limit):
            self.line += 1
            self.characters += len(text)
            if len(text) >= self.limit or self.characters > 4 * self.limit:
                raise self._too_long(text)
            yield text

    def _too_long(self, text: str) -> FileRefused:
        if text.count(self.delimiter) >= self.settings.max_columns:
            return too_wide(self.name, f"over {text.count(self.delimiter):,}", self.settings)
        return _cell_too_long(self.name, self.line, self.settings)


def no_headers(name: str) -> FileRefused:
    """Nothing but blanks, or cells that are all empty."""
    return FileRefused("empty", f"{name}: row 1 holds no headers. Export it again with headers in the first row.")


def too_wide(name: str, columns: str, settings: Settings) -> FileRefused:
    """Over the limit of columns."""
    return FileRefused(
        "too_wide",
        f"{name} has {columns} columns; at most {settings.max_columns} are read. Send the columns of the template, or"
        " raise the limit (SENDSET_MAX_COLUMNS).",
    )


def _cell_too_long(name: str, row: int, settings: Settings) -> FileRefused:
    return FileRefused(
        "cell_too_long",
        f"{name}: row {row} has a cell of over {settings.max_cell_characters:,} characters, or quotes that do not close."
        " Correct that row, or raise the limit (SENDSET_MAX_CELL_CHARACTERS).",
    )
