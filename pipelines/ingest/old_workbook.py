"""How wide and high the sheets of an .xls are: a small reader of its container ([MS-CFB]) and of its records ([MS-XLS])."""

import struct
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from pipelines.ingest.sheet_sizes import Check, Size

SIGNATURE: Final = bytes.fromhex("d0cf11e0a1b11ae1")
_BOF, _EOF, _BOUND_SHEET, _DIMENSIONS, _SHARED_TEXTS, _CONTINUE = 0x0809, 0x000A, 0x0085, 0x0200, 0x00FC, 0x003C
_SHARED_CELL: Final = 0x00FD
_PASSWORD: Final = 0x002F
_CELLS: Final = {0x0006, 0x0206, 0x0406, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x00BD, 0x00D6, _SHARED_CELL}
_LAST_SECTOR: Final = 0xFFFFFFFA


class BrokenContainer(ValueError):
    """The file is no compound file, or its sectors lead in a circle."""


def is_old_workbook(path: Path) -> bool:
    """Whether a file is a compound file, as an .xls is."""
    with path.open("rb") as handle:
        return handle.read(len(SIGNATURE)) == SIGNATURE


def measure_xls(path: Path, check: Check) -> None:
    """Ask `check` of the size of each sheet. Raises ValueError or struct.error where the file is broken.

    A sheet also states its size itself, and a library believes it.
    """
    stream = _workbook_stream(path.read_bytes())
    sheets: list[tuple[int, str]] = []
    texts: list[int] = []
    for kind, data in _records(stream, 0):
        if kind == _BOUND_SHEET:
            sheets.append((struct.unpack_from("<I", data)[0], _sheet_name(data)))
        elif kind == _SHARED_TEXTS:
            texts = list(_text_lengths(stream))
        elif kind == _EOF or (kind == _PASSWORD and data[:2] != b"\0\0"):
            break
    for number, (start, name) in enumerate(sheets, start=1):
        _measure_sheet(stream, start, texts, Size(sheet=name, number=number), check)


def _sheet_name(data: bytes) -> str:
    """Of a record that lists a sheet: 8 bytes, the number of characters, how they are stored, and they."""
    wide, name = data[7:8] == b"\1", data[8:]
    return name.decode("utf-16-le" if wide else "latin-1", "replace")


def _measure_sheet(stream: bytes, start: int, texts: list[int], size: Size, check: Check) -> None:
    for kind, data in _records(stream, start):
        if kind == _EOF:
            break
        if kind == _DIMENSIONS and len(data) >= 8:
            first_row, last_row, first, last = struct.unpack_from("<IIHH" if len(data) >= 12 else "<HHHH", data)
            check(replace(size, columns=max(last - first, 0), rows=max(last_row - first_row, 0)))
        elif kind in _CELLS and len(data) >= 4:
            row, column = struct.unpack_from("<HH", data)
            size.reach(column + 1, row + 1)
            if kind == _SHARED_CELL and len(data) >= 10:
                number = struct.unpack_from("<I", data, 6)[0]
                size.characters += texts[number] if number < len(texts) else 0
            check(size)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _text_lengths(stream: bytes) -> Iterator[int]:
    """Characters of each shared text. A text that is cut goes on in the next record, with a byte of its own before it."""
    pieces: list[bytes] = []
    for kind, data in _records(stream, 0):
        if kind == _SHARED_TEXTS or (pieces and kind == _CONTINUE):
            pieces.append(data)
        elif pieces:
            break
    at, piece = 8, 0
    while piece < len(pieces):
        if at + 3 > len(pieces[piece]):
            at, piece = 0, piece + 1
            continue
        characters, flags = struct.unpack_from("<HB", pieces[piece], at)
        at += 3
        runs = extended = 0
        if flags & 0x08:
            runs = struct.unpack_from("<H", pieces[piece], at)[0]
            at += 2
        if flags & 0x04:
            extended = struct.unpack_from("<I", pieces[piece], at)[0]
            at += 4
        yield characters
        left, width = characters, 2 if flags & 0x01 else 1
        while left and piece < len(pieces):
            here = min(left, max(len(pieces[piece]) - at, 0) // width)
            left, at = left - here, at + here * width
            if left:
                piece += 1
                width, at = (2 if piece < len(pieces) and pieces[piece][:1] == b"\1" else 1), 1
        rest = 4 * runs + extended
        while rest and piece < len(pieces):
            here = min(rest, max(len(pieces[piece]) - at, 0))
            rest, at = rest - here, at + here
            if rest:
                at, piece = 0, piece + 1


def _workbook_stream(content: bytes) -> bytes:
    """The bytes of the stream 'Workbook' (or 'Book', before 1997) of a compound file."""
    if len(content) < 512 or content[:8] != SIGNATURE:
        raise BrokenContainer
    sector = 1 << _small(struct.unpack_from("<H", content, 30)[0])
    table = _sector_table(content, sector)
    directory = _chain(content, sector, table, struct.unpack_from("<I", content, 48)[0])
    entries = {name: found for name, *found in _entries(directory)}
    found = entries.get("workbook") or entries.get("book")
    if found is None:
        # A workbook with a password lies in such a container too; who opens it says so.
        return b""
    first, size = found
    if size >= struct.unpack_from("<I", content, 56)[0]:
        return _chain(content, sector, table, first)[:size]
    root_first, root_size = next((first, size) for _, first, size in _entries(directory))
    small_table = _numbers(_chain(content, sector, table, struct.unpack_from("<I", content, 60)[0]))
    inside = _chain(content, sector, table, root_first)[:root_size]
    small = 1 << _small(struct.unpack_from("<H", content, 32)[0])
    return _chain(inside, small, small_table, first, header=0)[:size]


def _small(shift: int) -> int:
    if not 4 <= shift <= 16:
        raise BrokenContainer
    return shift


def _sector_table(content: bytes, sector: int) -> list[int]:
    """Which sector follows each one."""
    listed = list(struct.unpack_from("<109I", content, 76))
    more = struct.unpack_from("<I", content, 68)[0]
    seen: set[int] = set()
    while more < _LAST_SECTOR and more not in seen:
        seen.add(more)
        numbers = _numbers(_sector(content, sector, more, sector))
        if not numbers:
            raise BrokenContainer
        listed += numbers[:-1]
        more = numbers[-1]
    return [
        number for one in listed if one < _LAST_SECTOR for number in _numbers(_sector(content, sector, one, sector))
    ]


def _chain(content: bytes, sector: int, table: list[int], first: int, header: int | None = None) -> bytes:
    pieces: list[bytes] = []
    seen: set[int] = set()
    while first < _LAST_SECTOR:
        if first in seen:
            raise BrokenContainer
        seen.add(first)
        pieces.append(_sector(content, sector, first, sector if header is None else header))
        first = table[first] if first < len(table) else _LAST_SECTOR
    return b"".join(pieces)


def _sector(content: bytes, sector: int, number: int, header: int) -> bytes:
    start = header + number * sector
    return content[start : start + sector]


def _entries(directory: bytes) -> Iterator[tuple[str, int, int]]:
    """(name in lower case, first sector, size) of each stream."""
    for at in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        name = directory[at : at + max(min(length, 64) - 2, 0)].decode("utf-16-le", "ignore").lower()
        first, size = struct.unpack_from("<II", directory, at + 116)
        yield name, first, size


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))
