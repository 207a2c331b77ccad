"""Write chunks of text to CSV, or to XLSX with real dates and numbers in the cells, as Excel keeps them."""

import re
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from itertools import chain
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pyarrow as pa
from openpyxl import Workbook
from pyarrow import csv

WRITTEN_ON = re.compile(rb">[0-9]{4}-[0-9]{2}-[0-9]{2}T[^<]*<")
NO_DAY = b">2000-01-01T00:00:00Z<"
TEXT_COLUMNS = frozenset({"upn", "year_group", "response_id", "age_band"})


def write_csv(path: Path, chunks: Iterable[pa.Table]) -> int:
    """Write the chunks as UTF-8 with LF, no quotes; the number of rows written."""
    remaining = iter(chunks)
    first = next(remaining, None)
    if first is None:
        return 0
    options = csv.WriteOptions(quoting_style="none", quoting_header="none")
    rows = 0
    with csv.CSVWriter(path, first.schema, write_options=options) as writer:
        for chunk in chain([first], remaining):
            writer.write_table(chunk)
            rows += chunk.num_rows
    return rows


def write_xlsx(path: Path, chunks: Iterable[pa.Table]) -> int:
    """Write the chunks to one sheet, the same bytes whenever it is written; the number of rows written."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(path.stem[:31])
    rows = 0
    for chunk in chunks:
        if rows == 0:
            sheet.append(chunk.column_names)
        columns = [_cells(name, chunk[name].to_pylist()) for name in chunk.column_names]
        for row in zip(*columns, strict=True):
            sheet.append(row)
        rows += chunk.num_rows
    written = BytesIO()
    book.save(written)
    _write_undated(path, written)
    return rows


def _write_undated(path: Path, workbook: BytesIO) -> None:
    """The workbook without the time of writing, which Excel's format keeps in its properties and beside each part."""
    with ZipFile(workbook) as dated, ZipFile(path, "w") as undated:
        for name in dated.namelist():
            part = dated.read(name)
            if name == "docProps/core.xml":
                part = WRITTEN_ON.sub(NO_DAY, part)
            undated.writestr(ZipInfo(name), part, ZIP_DEFLATED)


def _cells(name: str, texts: list[str]) -> list[str | int | datetime | None]:
    if name in TEXT_COLUMNS:
        return list(texts)
    known: dict[str, str | int | datetime | None] = {text: _cell(text) for text in set(texts)}
    return [known[text] for text in texts]


def _cell(text: str) -> str | int | datetime | None:
    if not text:
        return None
    if text.isdecimal():
        return int(text)
    if len(text) == 10 and text[2] == text[5] == "/":
        try:
            return datetime.strptime(text, "%d/%m/%Y")
        except ValueError:
            return text
    return text
