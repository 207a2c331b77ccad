"""Hostile files, each small enough to be mailed, and how each must be refused.

A case that has a size is written at full size for `benchmarks.limits` and smaller for the tests.
"""

import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

HEADER: Final = "request_id,upn,date_of_birth,received_date,request_outcome,request_outcome_date,assessment_outcome"
HEADERS: Final = (f"{HEADER},plan_issued_date,week20_exception").split(",")
ROW: Final = ["R1", "B801200005001", "14/05/2015", "01/02/2025", "Y", "10/03/2025", "Y", "01/06/2025", "0"]
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
OPEN_DOCUMENT: Final = "urn:oasis:names:tc:opendocument:xmlns"
SEN2: Final = "<Message><Header><CollectionDetails><Collection>SEN2</Collection></CollectionDetails></Header>"
ONE_CELL: Final = "<row r='1'><c r='A1'><v>1</v></c></row>"


@dataclass(frozen=True)
class Case:
    """A hostile file: `write` makes it, as large as `scale` says (1 is full size); `code`: how it must be refused."""

    name: str
    file_name: str
    code: str
    write: Callable[[float], bytes]


def cases() -> Iterator[Case]:
    """Every case, by kind."""
    yield Case("a small valid file", "a.csv", "", lambda _: _csv([HEADERS, ROW]))
    yield from _xml_cases()
    yield from _archive_cases()
    yield from _csv_cases()
    yield from _workbook_cases()


def _xml_cases() -> Iterator[Case]:
    laughs = "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9))
    bomb = f'<!DOCTYPE m [<!ENTITY a0 "ha">{laughs}]><Message>&a9;</Message>'
    yield Case("XML: entities that grow to a billion", "a.xml", "xml_unsafe", lambda _: bomb.encode())
    outside = '<!DOCTYPE m [<!ENTITY f SYSTEM "file:///etc/hostname">]><Message>&f;</Message>'
    yield Case("XML: an entity from a file", "a.xml", "xml_unsafe", lambda _: outside.encode())
    yield Case("XML: a million levels", "a.xml", "xml_too_deep", lambda s: f"{SEN2}{'<a>' * int(1e6 * s)}".encode())
    yield Case(
        "XML: a text of 10 MB", "a.xml", "cell_too_long", lambda s: f"{SEN2}<Person>{'x' * int(1e7 * s)}".encode()
    )
    yield Case(
        "XML: a tag with a million attributes",
        "a.xml",
        "cell_too_long",
        lambda s: f"{SEN2}<a {_attributes(int(1e6 * s))}/></Message>".encode(),
    )


def _archive_cases() -> Iterator[Case]:
    yield Case("zip: 300 MB of nothing", "a.zip", "zip_bomb", lambda s: zipped({"a.csv": bytes(int(3e8 * s))}))
    yield Case("gz: 300 MB of nothing", "a.csv.gz", "zip_bomb", lambda s: gzip.compress(bytes(int(3e8 * s)), 9))
    yield Case("zip in a zip", "a.zip", "archive", lambda _: zipped({"b.zip": zipped({"a.csv": b"a,b\n"})}))
    yield Case("zip: a name that leads outside", "a.zip", "unsafe_name", lambda _: zipped({"../../a.csv": b"a,b\n"}))
    yield Case(
        "zip: a drive of Windows in a name", "a.zip", "unsafe_name", lambda _: zipped({"C:\\temp\\a.csv": b"a,b\n"})
    )
    many = {f"{n}.csv": b"" for n in range(5_000)}
    yield Case("zip: 5,000 members", "a.zip", "too_many_members", lambda _: zipped(many))


def _csv_cases() -> Iterator[Case]:
    yield Case("CSV: a million columns", "a.csv", "too_wide", lambda s: _csv([["c"] * int(1e6 * s)] * 2))
    yield Case(
        "CSV: a row of a million cells", "a.csv", "too_wide", lambda s: _csv([HEADERS, ROW, ["c"] * int(1e6 * s)])
    )
    yield Case(
        "CSV: a cell of 10 MB", "a.csv", "cell_too_long", lambda s: _csv([HEADERS, [*ROW[:-1], "x" * int(1e7 * s)]])
    )
    yield Case(
        "CSV: quotes that open and never close, 50 MB",
        "a.csv",
        "cell_too_long",
        lambda s: _csv([HEADERS, ROW]) + b'"' + b"x\n" * int(2.5e7 * s),
    )


def _workbook_cases() -> Iterator[Case]:
    far = "<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"
    yield Case("xlsx: a cell in the last column", "a.xlsx", "too_wide", lambda _: xlsx(ONE_CELL + far))
    low = "<row r='1048576'><c r='CV1048576'><v>1</v></c></row>"
    yield Case("xlsx: a cell in the last row", "a.xlsx", "sheet_too_large", lambda _: xlsx(ONE_CELL + low))
    beyond = "<row r='4000000000'><c><v>1</v></c></row>"
    yield Case("xlsx: a row beyond the last", "a.xlsx", "sheet_too_large", lambda _: xlsx(ONE_CELL + beyond))
    unnamed = "<row>" + "<c><v>1</v></c>" * 600 + "</row>"
    yield Case("xlsx: cells that do not say where", "a.xlsx", "too_wide", lambda _: xlsx(unnamed))
    stated = f'<dimension ref="A1:XFD1048576"/><sheetData>{ONE_CELL}</sheetData>'
    yield Case("xlsx: a sheet that says it is large", "a.xlsx", "wrong_sheet", lambda _: xlsx("", sheet=stated))
    yield Case("xlsx: 1 million cells of one text of 100 KB", "a.xlsx", "zip_bomb", _one_text_many_times)
    yield Case(
        "xlsx: 300 MB of shared texts",
        "a.xlsx",
        "zip_bomb",
        lambda s: xlsx(ONE_CELL, texts=f"<si><t>{'x' * int(3e8 * s)}</t></si>"),
    )
    yield Case("ods: a cell a million times", "a.ods", "too_wide", lambda _: ods("x", columns=1_000_000))
    yield Case("ods: 400 million cells in one", "a.ods", "sheet_too_large", lambda _: ods("x", 400, 1_000_000))
    long = "x" * 50_000
    yield Case("ods: 1 million cells of one text of 50 KB", "a.ods", "zip_bomb", lambda _: ods(long, 100, 10_000))
    spaces = '<text:s text:c="4000000000"/>'
    yield Case("ods: 4 billion spaces", "a.ods", "zip_bomb", lambda _: ods(f"x{spaces}"))
    yield Case("xls: a sheet that says it is large", "a.xls", "too_wide", lambda _: xls(65_535, 0xFFFFFFFE))
    yield Case("xls: a cell far outside", "a.xls", "too_wide", lambda _: xls(2, 2, (65_535, 65_535)))


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def xlsx(rows: str, texts: str = "", sheet: str = "") -> bytes:
    """A workbook of one sheet; `sheet` instead of `rows`: all that stands in it; `texts`: its shared texts."""

    def relations(**targets: str) -> bytes:
        each = "".join(
            f'<Relationship Id="{kind}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
            for kind, target in targets.items()
        )
        return f'<Relationships xmlns="{PACKAGE}">{each}</Relationships>'.encode()

    inside = sheet or f"<sheetData>{rows}</sheetData>"
    parts = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": relations(officeDocument="xl/workbook.xml"),
        "xl/_rels/workbook.xml.rels": relations(worksheet="worksheets/sheet1.xml", sharedStrings="sharedStrings.xml"),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="Data" sheetId="1" r:id="worksheet"/>'
            "</sheets></workbook>"
        ).encode(),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}">{inside}</worksheet>'.encode(),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>'.encode(),
    }
    return zipped(parts)


def ods(text: str, columns: int = 1, rows: int = 1, typed: str = ' office:value-type="string"') -> bytes:
    """An OpenDocument sheet with one cell that is repeated over so many columns and rows."""
    names = " ".join(f'xmlns:{name}="{OPEN_DOCUMENT}:{name}:1.0"' for name in ("office", "text", "table"))
    content = (
        f'<office:document-content {names}><office:body><office:spreadsheet><table:table table:name="Data">'
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell{typed}'
        f' table:number-columns-repeated="{columns}"><text:p>{text}</text:p></table:table-cell></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{OPEN_DOCUMENT}:manifest:1.0"/>'.encode(),
            "content.xml": content.encode(),
        }
    )


def xls(columns: int, rows: int, cell: tuple[int, int] = (0, 0)) -> bytes:
    """A workbook of 1997 that says it has so many columns and rows, with a number in one cell (row, column)."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    globals_length = len(record(0x0809, bytes(16)) + record(0x0085, bytes(12)) + record(0x000A, b""))
    stream = record(0x0809, struct.pack("<HHHHII", 0x0600, 5, 0, 0, 0, 0))
    stream += record(0x0085, struct.pack("<IBBBB", globals_length, 0, 0, 4, 0) + b"Data") + record(0x000A, b"")
    stream += record(0x0809, struct.pack("<HHHHII", 0x0600, 16, 0, 0, 0, 0))
    stream += record(0x0200, struct.pack("<IIHHH", 0, rows, 0, columns, 0))
    stream += record(0x0203, struct.pack("<HHHd", *cell, 0, 1.0)) + record(0x000A, b"")
    stream = stream.ljust(4096, b"\0")
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 10), 0xFFFFFFFE]
    table = struct.pack("<128I", *chain, *[0xFFFFFFFF] * (128 - len(chain)))

    def entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
        wide = name.encode("utf-16-le")
        links = struct.pack("<HBBIII", len(wide) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return wide.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", first, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream)) + bytes(256)
    head = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    return head + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108) + table + directory + stream


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    return "".join(",".join(row) + "\n" for row in rows).encode()


def _one_text_many_times(scale: float) -> bytes:
    cells = '<c t="s"><v>0</v></c>' * 20
    rows = "".join(f"<row>{cells}</row>" for _ in range(int(50_000 * scale)))
    return xlsx(rows, texts=f"<si><t>{'x' * 100_000}</t></si>")


def _attributes(count: int) -> str:
    return " ".join(f'a{number}=""' for number in range(count))
