"""Writes a table of text in each flat format, as a supplier's system might, and whatever the text may be.

openpyxl refuses what a broken exporter writes (control characters, errors, cells anywhere), so workbooks are written here.
"""

import csv
import gzip
import io
import random
import re
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from tests.fuzz.corpus import FILE_MARK, SHEET_MARK, Table
from tests.ingest.old_workbooks import write_xls, write_xlsb

Rows = Sequence[Sequence[str]]
Render = Callable[[Table, random.Random], tuple[bytes, bool]]
WHEN: Final = (2026, 1, 1, 0, 0, 0)
MOST_IN_OLD_WORKBOOKS: Final = 50_000
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
CODECS: Final = ("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252", "latin-1", "utf-16-be")


def zipped(members: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these members with one and the same time in it, so that a case is the same bytes whenever it is made."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", method) as archive:
        # Two members of one name are a case of their own.
        warnings.simplefilter("ignore", UserWarning)
        for name, content in members:
            info = zipfile.ZipInfo(name, WHEN)
            info.compress_type = method
            archive.writestr(info, content)
    return out.getvalue()


def unzipped(content: bytes) -> list[tuple[str, bytes]]:
    """The members of a zip that this package has made."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]


def csv_text(rows: Rows, delimiter: str, end: str, all_quoted: bool) -> str:
    """Rows as CSV text."""
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    )
    writer.writerows(rows)
    return out.getvalue()


def as_csv(table: Table, rng: random.Random) -> tuple[bytes, bool]:
    """A CSV of any dialect and encoding. False where the encoding cannot hold the text, so that it is not sure what is read.

    Nor is it sure where the other line break stands bare in a cell: Python 3.11 puts only that of `end` in quotes.
    """
    delimiter, end = rng.choice(",,,;\t|"), rng.choice(["\n", "\n", "\r\n", "\r"])
    all_quoted = rng.random() < 0.3
    text = csv_text(table.rows, delimiter, end, all_quoted)
    is_held = all_quoted or not any(_has_bare_break(cell, end) for row in table.rows for cell in row)
    if rng.random() < 0.1:
        text = f"sep={delimiter}{end}{text}"
    if rng.random() < 0.1:
        text = text.rstrip("\r\n")
    codec = rng.choice(CODECS)
    try:
        content = text.encode(codec)
    except UnicodeEncodeError:
        is_held = False
        content = text.encode(codec, "surrogatepass" if codec.startswith("utf") else "replace")
    return content, is_held


def as_gz(table: Table, rng: random.Random) -> tuple[bytes, bool]:
    """A CSV in a .gz."""
    content, is_held = as_csv(table, rng)
    return gzip.compress(content, mtime=0), is_held


def as_zip(table: Table, rng: random.Random) -> tuple[bytes, bool]:
    """A CSV and perhaps a workbook and a note in a .zip."""
    content, _ = as_csv(table, rng)
    members = [(f"{FILE_MARK} export.csv", content)]
    if rng.random() < 0.3:
        members.append(("folder/book.xlsx", as_xlsx(table, rng)[0]))
    if rng.random() < 0.3:
        members.append(("__MACOSX/._export.csv", b"\0\5\x16\7"))
    if rng.random() < 0.3:
        members.append(("read me.txt", b"Dear colleague"))
    return zipped(members), False


def as_xlsx(table: Table, rng: random.Random) -> tuple[bytes, bool]:
    """A workbook with its texts in the cells or shared, numbers as numbers or texts, on one sheet of perhaps two."""
    shared: dict[str, int] | None = {} if rng.random() < 0.5 else None
    numbers = rng.random() < 0.5
    lines = "".join(
        f'<row r="{at}">{"".join(_xlsx_cell(at, place, cell, shared, numbers) for place, cell in enumerate(row))}</row>'
        for at, row in enumerate(table.rows, start=1)
    )
    sheets = [(f"{SHEET_MARK} data", lines, "visible")]
    if rng.random() < 0.3:
        sheets.insert(rng.randrange(2), ("Notes", '<row r="1"><c r="A1"><v>1</v></c></row>', "hidden"))
    members = [
        ("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>'),
        ("_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")])),
        (
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
            + "".join(
                f'<sheet name="{name}" sheetId="{at}" state="{state}" r:id="rId{at}"/>'
                for at, (name, _, state) in enumerate(sheets, start=1)
            )
            + "</sheets></workbook>",
        ),
    ]
    related = [(f"rId{at}", "worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(sheets) + 1)]
    if shared is not None:
        related.append(("rId9", "sharedStrings", "sharedStrings.xml"))
        strings = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in shared)
        members.append(("xl/sharedStrings.xml", f'<sst xmlns="{MAIN}" count="{len(shared)}">{strings}</sst>'))
    members.append(("xl/_rels/workbook.xml.rels", _relations(related)))
    for at, (_, rows, _) in enumerate(sheets, start=1):
        dimension = '<dimension ref="A1:C3"/>' if rng.random() < 0.3 else ""
        text = f'<worksheet xmlns="{MAIN}">{dimension}<sheetData>{rows}</sheetData></worksheet>'
        members.append((f"xl/worksheets/sheet{at}.xml", text))
    return zipped([(name, text.encode("utf-8", "surrogatepass")) for name, text in members]), True


def as_ods(table: Table, rng: random.Random) -> tuple[bytes, bool]:
    """An OpenDocument sheet."""
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = "".join(
        f"<table:table-row>{''.join(cell.format(escape(text)) for text in row)}</table:table-row>" for row in table.rows
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0"?><office:document-content xmlns:office="{names}:office:1.0" xmlns:text="{names}:text:1.0"'
        f' xmlns:table="{names}:table:1.0"><office:body><office:spreadsheet><table:table table:name="{SHEET_MARK}">'
        f"{lines}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>'
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    parts = [("mimetype", kind), ("META-INF/manifest.xml", manifest), ("content.xml", content)]
    return zipped([(name, text.encode("utf-8", "surrogatepass")) for name, text in parts]), True


def as_xls(table: Table, rng: random.Random) -> tuple[bytes, bool]:
    """A workbook of 1997."""
    return _old(table, write_xls, ".xls")


def as_xlsb(table: Table, rng: random.Random) -> tuple[bytes, bool]:
    """A binary workbook."""
    return _old(table, write_xlsb, ".xlsb")


RENDERERS: Final[dict[str, Render]] = {
    ".csv": as_csv,
    ".tsv": as_csv,
    ".csv.gz": as_gz,
    ".zip": as_zip,
    ".xlsx": as_xlsx,
    ".ods": as_ods,
    ".xls": as_xls,
    ".xlsb": as_xlsb,
}


def _has_bare_break(cell: str, end: str) -> bool:
    return bool(set(cell) & (set("\r\n") - set(end)))


def _old(table: Table, write: Callable[[Path, Rows], Path], suffix: str) -> tuple[bytes, bool]:
    """As much of the table as the small writer can hold; False where that is not all."""
    rows: list[list[str]] = []
    size = 0
    for row in table.rows:
        cut = [text[:5_000].encode("latin-1", "replace").decode("latin-1") for text in row]
        size += sum(len(text) + 14 for text in cut)
        if size > MOST_IN_OLD_WORKBOOKS:
            break
        rows.append(cut or [""])
    with tempfile.TemporaryDirectory() as folder:
        content = write(Path(folder) / f"book{suffix}", rows or [[""]]).read_bytes()
    return (zipped(unzipped(content)) if suffix == ".xlsb" else content), len(rows) == len(table.rows)


def _xlsx_cell(row: int, place: int, text: str, shared: dict[str, int] | None, numbers: bool) -> str:
    at = f'r="{_letters(place)}{row}"'
    if not text:
        return ""
    if re.fullmatch(r"#(REF!|N/A|DIV/0!|VALUE!|NAME\?)", text):
        return f'<c {at} t="e"><v>{text}</v></c>'
    if numbers and re.fullmatch(r"-?\d{1,400}(\.\d+)?([eE]\d+)?", text):
        return f"<c {at}><v>{text}</v></c>"
    if shared is not None:
        return f'<c {at} t="s"><v>{shared.setdefault(text, len(shared))}</v></c>'
    return f'<c {at} t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def _letters(place: int) -> str:
    above, own = divmod(place, 26)
    return (_letters(above - 1) if above else "") + chr(ord("A") + own)


def _relations(related: Sequence[tuple[str, str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{target}"/>' for name, kind, target in related
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'
