"""What a workbook may unpack to, looked at before it is opened: a sheet is held in memory, as wide and high as it says.

A few bytes can stand for gigabytes: a part that unpacks a thousandfold, a cell in the last row and column, a cell that is
repeated a million times.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.rows import column_letter
from pipelines.settings import Settings

CHUNK_BYTES = 1024**2
SMALL_BYTES = 16 * 1024**2
_CELL = re.compile(rb'\br="([A-Z]{1,4})([0-9]{1,8})"')
_ERROR = re.compile(rb'<c r="([A-Z]{1,3}[0-9]{1,7})"(?: s="[0-9]+")? t="e"')
_REPEATED = re.compile(
    rb"<table:(?:covered-)?table-(?:cell|row)\b[^>]*?number-(columns|rows)-repeated=\"(\d+)\"[^>]*?(/?)>"
)


def check_workbook(path: Path, name: str, settings: Settings) -> list[str]:
    """Raises FileRefused where a workbook would unpack to more than the limits. A file that is no zip passes.

    Returns the cells of an .xlsx that hold an error such as #REF!: they are read as empty cells further on.
    """
    errors: list[str] = []
    if not zipfile.is_zipfile(path):
        return errors
    try:
        with zipfile.ZipFile(path) as archive:
            _check_unpacked_bytes(archive, path.stat().st_size, name, settings)
            for part in archive.infolist():
                lower = part.filename.lower()
                if lower.startswith("xl/worksheets/") and lower.endswith(".xml"):
                    errors += _check_sheet(archive.open(part), name, settings)
                elif lower.startswith("xl/worksheets/") and lower.endswith(".bin"):
                    _check_binary_sheet(archive.open(part), name, settings)
                elif lower == "content.xml":
                    _check_ods(archive.open(part), name, settings)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        raise FileRefused("unreadable", f"{name} is not a readable Excel workbook. Save it again as .xlsx.") from None
    return errors


def _check_unpacked_bytes(archive: zipfile.ZipFile, size: int, name: str, settings: Settings) -> None:
    most = min(settings.max_archive_bytes, max(SMALL_BYTES, settings.max_archive_ratio * size))
    if len(archive.infolist()) > 100 * settings.max_archive_members:
        raise _too_much(name, settings)
    total = 0
    for part in archive.infolist():
        # The size that the directory states may be a lie; what is unpacked is counted.
        with archive.open(part) as stream:
            for chunk in _chunks(stream):
                total += len(chunk)
                if total > most:
                    raise _too_much(name, settings)


def _check_sheet(stream: IO[bytes], name: str, settings: Settings) -> list[str]:
    errors: list[str] = []
    widest, last_row = 0, 0
    tail = b""
    for chunk in _chunks(stream):
        errors += [found.decode() for found in _ERROR.findall(tail + chunk)]
        found = _CELL.findall(tail + chunk)
        if found:
            columns = {letters for letters, _ in found}
            widest = max(widest, *(_column_number(letters) for letters in columns))
            last_row = max(last_row, *(int(row) for _, row in found))
            _check_size(widest, last_row, name, settings)
        tail = chunk[-40:]
    return list(dict.fromkeys(errors))


def _check_binary_sheet(stream: IO[bytes], name: str, settings: Settings) -> None:
    """XLSB: records of (type, length, bytes); type 0 starts a row with its number, 1 to 11 are cells with their column."""
    with stream:
        data = stream.read(4 * settings.max_sheet_cells)
        if stream.read(1):
            raise _too_many_cells(name, settings)
    widest, last_row, at = 0, 0, 0
    while at < len(data):
        kind, at = _variable_number(data, at, 2)
        length, at = _variable_number(data, at, 4)
        if kind == 0:
            last_row = max(last_row, int.from_bytes(data[at : at + 4], "little") + 1)
        elif kind <= 11:
            widest = max(widest, int.from_bytes(data[at : at + 4], "little") + 1)
        at += length
        _check_size(widest, last_row, name, settings)


def _check_ods(stream: IO[bytes], name: str, settings: Settings) -> None:
    """A repeated cell or row that holds something counts as often as it is repeated; an empty one does not."""
    tail = b""
    cells = 0
    for chunk in _chunks(stream):
        window = tail + chunk
        for match in _REPEATED.finditer(window):
            if match.end() <= len(tail) or match[3] == b"/":
                continue
            cells += int(match[2])
            if match[1] == b"columns":
                _check_size(int(match[2]), 1, name, settings)
        if cells > settings.max_sheet_cells:
            raise _too_many_cells(name, settings)
        tail = chunk[-500:]


def _check_size(columns: int, rows: int, name: str, settings: Settings) -> None:
    if columns > settings.max_columns:
        raise FileRefused(
            "too_wide",
            f"{name} has a cell in column {column_letter(columns - 1)}; at most {settings.max_columns} columns are read"
            " (SENDSET_MAX_COLUMNS).",
        )
    if columns * rows > settings.max_sheet_cells:
        raise _too_many_cells(name, settings)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _variable_number(data: bytes, at: int, most: int) -> tuple[int, int]:
    number = 0
    for place in range(most):
        if at >= len(data):
            return number, at
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return number, at


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def _too_much(name: str, settings: Settings) -> FileRefused:
    return FileRefused(
        "zip_bomb",
        f"{name} unpacks to over {settings.max_archive_ratio} times its size or {settings.max_archive_bytes:,} bytes: it"
        " is not opened (SENDSET_MAX_ARCHIVE_RATIO, SENDSET_MAX_ARCHIVE_BYTES).",
    )


def _too_many_cells(name: str, settings: Settings) -> FileRefused:
    return FileRefused(
        "sheet_too_large",
        f"{name} has a sheet of over {settings.max_sheet_cells:,} cells from its first to its last one. Send it as CSV, or"
        " delete what stands far outside the table (SENDSET_MAX_SHEET_CELLS).",
    )
