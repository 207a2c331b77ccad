"""Writes small .xls and .xlsb files byte by byte: nothing that is installed writes them. Texts and numbers only."""

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

Rows = Sequence[Sequence[str | float]]
SECTOR = 512


def write_xlsb(path: Path, rows: Rows) -> Path:
    """A workbook of binary parts ([MS-XLSB]) with one sheet 'Data'."""
    sheet = (
        _record(129, b"") + _record(148, struct.pack("<4I", 0, len(rows) - 1, 0, len(rows[0]) - 1)) + _record(145, b"")
    )
    for number, row in enumerate(rows):
        sheet += _record(0, struct.pack("<II", number, 0) + b"\0" * 9)
        for column, value in enumerate(row):
            place = struct.pack("<II", column, 0)
            if isinstance(value, str):
                sheet += _record(6, place + _wide(value))
            else:
                sheet += _record(5, place + struct.pack("<d", value))
    sheet += _record(146, b"") + _record(130, b"")
    book = _record(131, b"") + _record(143, b"")
    book += (
        _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Data")) + _record(144, b"") + _record(132, b"")
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    relations = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    one = '<Relationship Id="rId1" Type="{}/{}" Target="{}"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        archive.writestr("_rels/.rels", relations.format(one.format(office, "officeDocument", "xl/workbook.bin")))
        archive.writestr(
            "xl/_rels/workbook.bin.rels", relations.format(one.format(office, "worksheet", "worksheets/sheet1.bin"))
        )
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def write_xls(path: Path, rows: Rows) -> Path:
    """A workbook of 1997 ([MS-XLS]) with one sheet 'Data', as the one stream of a compound file ([MS-CFB])."""
    start = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    sheet = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    sheet += _biff(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, len(rows[0]), 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            place = struct.pack("<HHH", number, column, 0)
            if isinstance(value, str):
                sheet += _biff(0x0204, place + struct.pack("<HB", len(value), 0) + value.encode("latin-1"))
            else:
                sheet += _biff(0x0203, place + struct.pack("<d", value))
    sheet += _biff(0x000A, b"")
    globals_length = len(_biff(0x0809, start) + _biff(0x0042, b"\0\0") + _biff(0x000A, b"")) + 4 + 8 + len("Data")
    bound = struct.pack("<IBBBB", globals_length, 0, 0, len("Data"), 0) + b"Data"
    book = _biff(0x0809, start) + _biff(0x0042, struct.pack("<H", 1200)) + _biff(0x0085, bound) + _biff(0x000A, b"")
    path.write_bytes(_compound(book + sheet))
    return path


def _record(kind: int, content: bytes) -> bytes:
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, left = b"", len(content)
    while True:
        left, low = left >> 7, left & 0x7F
        length += bytes([low | (0x80 if left else 0)])
        if not left:
            return head + length + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _biff(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _compound(stream: bytes) -> bytes:
    """Sector 0 the table of sectors, 1 the directory, then the stream, which is long enough to need no small sectors."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // SECTOR)
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, sectors + 2), 0xFFFFFFFE]
    table = struct.pack(f"<{SECTOR // 4}I", *chain, *[0xFFFFFFFF] * (SECTOR // 4 - len(chain)))
    root = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)
    directory = root + _entry("Workbook", 2, 2, len(stream)) + _entry("", 0, 0, 0) * 2
    head = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return head + table + directory + stream.ljust(sectors * SECTOR, b"\0")


def _entry(name: str, kind: int, first: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    wide = name.encode("utf-16-le")
    length = len(wide) + 2 if name else 0
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (
        wide.ljust(64, b"\0")
        + struct.pack("<HBB", length, kind, 1)
        + links
        + b"\0" * 36
        + struct.pack("<IQ", first, size)
    )
