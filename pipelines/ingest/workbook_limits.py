"""What a workbook may unpack to, looked at before it is opened: a sheet is held in memory, as wide and high as it says.

A few bytes can stand for gigabytes: a part that unpacks a thousandfold, a cell in the last row and column, a cell that is
repeated a million times, a long text that a million cells refer to.
"""

import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath
from typing import IO

from pipelines.ingest.archives import BROKEN_ARCHIVE
from pipelines.ingest.binary_workbook import measure_xlsb_sheet, measure_xlsb_texts
from pipelines.ingest.old_workbook import is_old_workbook, measure_xls
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.rows import column_letter, too_slow
from pipelines.ingest.sheet_sizes import (
    CHUNK_BYTES,
    Check,
    Size,
    elements,
    measure_ods,
    measure_shared_texts,
    measure_xlsx_sheet,
)
from pipelines.settings import Settings

SMALL_BYTES = 16 * 1024**2


def check_workbook(path: Path, name: str, settings: Settings) -> list[str]:
    """Raises FileRefused where a workbook would unpack to more than the limits.

    Returns the cells of an .xlsx that hold an error such as #REF!: they are read as empty cells further on. A workbook is
    opened several times (to be recognised, then read) and measured once.
    """
    state = path.stat()
    return [*_checked(path, (state.st_size, state.st_mtime_ns), name, settings)]


@lru_cache(maxsize=8)
def _checked(path: Path, state: tuple[int, int], name: str, settings: Settings) -> tuple[str, ...]:
    """`state`: size in bytes and time of the last change; a refusal is not kept."""
    most = min(settings.max_archive_bytes, max(SMALL_BYTES, settings.max_archive_ratio * state[0]))

    deadline = time.monotonic() + settings.max_seconds_per_file

    def check(size: Size) -> None:
        if time.monotonic() > deadline:
            raise too_slow(name, settings)
        _check_size(size, most, name, settings)

    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return tuple(_check_parts(archive, _parts(archive, most, name, settings), check, name, settings))
        if is_old_workbook(path):
            measure_xls(path, check)
    except BROKEN_ARCHIVE:
        raise FileRefused("unreadable", f"{name} is not a readable Excel workbook. Save it again as .xlsx.") from None
    return ()


@dataclass(frozen=True)
class _Part:
    """A part of a workbook. Which one is a sheet is seen in it: its name may be any."""

    info: zipfile.ZipInfo
    is_sheet: bool
    is_texts: bool


def _parts(archive: zipfile.ZipFile, most: int, name: str, settings: Settings) -> list[_Part]:
    """Unpack every part once, keeping nothing. The size that the directory states may be a lie: it is counted."""
    if len(archive.infolist()) > 100 * settings.max_archive_members:
        raise _too_much(name, settings)
    total = 0
    parts: list[_Part] = []
    for info in archive.infolist():
        is_sheet = is_texts = False
        tail = b""
        for chunk in _chunks(archive.open(info)):
            total += len(chunk)
            if total > most:
                raise _too_much(name, settings)
            window = tail + chunk
            is_sheet = is_sheet or b"sheetData" in window
            is_texts = is_texts or b"<sst" in window or b":sst" in window
            tail = chunk[-16:]
        parts.append(_Part(info, is_sheet, is_texts))
    return parts


def _check_parts(
    archive: zipfile.ZipFile, parts: list[_Part], check: Check, name: str, settings: Settings
) -> list[str]:
    if any(part.info.filename.lower().endswith("workbook.bin") for part in parts):
        _check_binary(archive, parts, check, name, settings)
    elif any(part.info.filename.lower() == "content.xml" for part in parts):
        for part in parts:
            if part.info.filename.lower() == "content.xml":
                measure_ods(_chunks(archive.open(part.info)), check)
    errors: dict[str, None] = {}
    texts = [
        length
        for part in parts
        if part.is_texts and not part.is_sheet
        for length in measure_shared_texts(_chunks(archive.open(part.info)))
    ]
    places = _places(archive)
    for part in parts:
        if part.is_sheet:
            sheet, number = places.get(part.info.filename.lower(), ("", 0))

            def check_sheet(size: Size, sheet: str = sheet, number: int = number) -> None:
                check(replace(size, sheet=sheet, number=number))

            size = measure_xlsx_sheet(partial(_part_chunks, archive, part.info), texts, check_sheet)
            check_sheet(size)
            errors |= size.errors
    return list(errors)


def _places(archive: zipfile.ZipFile) -> dict[str, tuple[str, int]]:
    """Part of an .xlsx → name and place of its sheet, as the workbook's list has them; a workbook may have no such list."""
    names = {info.filename.lower(): info for info in archive.infolist()}
    book, related = names.get("xl/workbook.xml"), names.get("xl/_rels/workbook.xml.rels")
    if book is None or related is None:
        return {}
    targets = {
        one.get("Id", ""): one.get("Target", "") for one in elements(_chunks(archive.open(related)), "Relationship")
    }
    found: dict[str, tuple[str, int]] = {}
    for number, sheet in enumerate(elements(_chunks(archive.open(book)), "sheet"), start=1):
        relation = next((value for name, value in sheet.items() if name.rpartition(":")[2] == "id"), "")
        target = targets.get(relation, "").lower()
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        found[path] = (sheet.get("name", ""), number)
    return found


def _check_binary(archive: zipfile.ZipFile, parts: list[_Part], check: Check, name: str, settings: Settings) -> None:
    """Sheets of an .xlsb lie where they usually do, or where a list of relations says."""
    related = b"".join(archive.read(part.info) for part in parts if part.info.filename.lower().endswith(".rels"))
    texts: list[int] = []
    sheets: list[zipfile.ZipInfo] = []
    for part in parts:
        path = PurePosixPath(part.info.filename.lower())
        if path.name == "sharedstrings.bin":
            texts += measure_xlsb_texts(_bounded(archive.open(part.info), name, settings))
        elif path.parent.name == "worksheets" or path.name.encode() in related.lower():
            sheets.append(part.info)
    for info in sheets:
        if not info.filename.lower().endswith((".rels", ".xml", "workbook.bin")):
            measure_xlsb_sheet(_bounded(archive.open(info), name, settings), texts, check)


def _bounded(stream: IO[bytes], name: str, settings: Settings) -> bytes:
    with stream:
        data = stream.read(4 * settings.max_sheet_cells)
        if stream.read(1):
            raise _too_many_cells(name, settings)
    return data


def _check_size(size: Size, most: int, name: str, settings: Settings) -> None:
    # By its number, as its name may hold a child's.
    place = f"{name}, sheet {size.number}," if size.number else name
    if size.columns > settings.max_columns:
        raise FileRefused(
            "too_wide",
            f"{place} has a cell in column {column_letter(size.columns - 1)}; at most {settings.max_columns} columns are"
            " read. Delete what stands right of the table, or raise the limit (SENDSET_MAX_COLUMNS).",
            size.sheet,
        )
    if size.columns * size.rows > settings.max_sheet_cells:
        raise FileRefused(
            "sheet_too_large",
            f"{place} has over {settings.max_sheet_cells:,} cells from its first to its last one. Send it as CSV, or delete"
            " what stands far outside the table (SENDSET_MAX_SHEET_CELLS).",
            size.sheet,
        )
    if size.characters > most:
        raise _too_much(name, settings)


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def _part_chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    return _chunks(archive.open(info))


def _too_much(name: str, settings: Settings) -> FileRefused:
    return FileRefused(
        "zip_bomb",
        f"{name} unpacks to over {settings.max_archive_ratio} times its size or {settings.max_archive_bytes:,} bytes: it"
        " is not opened. Send it as CSV, or raise the limits (SENDSET_MAX_ARCHIVE_RATIO, SENDSET_MAX_ARCHIVE_BYTES).",
    )


def _too_many_cells(name: str, settings: Settings) -> FileRefused:
    return FileRefused(
        "sheet_too_large",
        f"{name} has a sheet of over {settings.max_sheet_cells:,} cells from its first to its last one. Send it as CSV, or"
        " delete what stands far outside the table (SENDSET_MAX_SHEET_CELLS).",
    )
