"""CSV and XLSX that hold text and numbers only: what a supplier named `=…` must never run as a formula.

File, sheet and folder names come from suppliers. Programs take a cell for a formula that begins with = + - @, also after
white space, or in the wide forms of these signs.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from pipelines.tables import replace_atomically

BEGINS_A_FORMULA: Final = re.compile(r"[\t\r\n]|\s*[=+\-@＝＋－＠]")
MAX_CELL_CHARACTERS: Final = 32_767
Value = str | int | None


def neutral(value: Value) -> Value:
    """A cell of a CSV: text that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{value}" if isinstance(value, str) and BEGINS_A_FORMULA.match(value) else value


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Value]]) -> None:
    """UTF-8 with a BOM, as Excel needs it; a column that a row lacks is empty."""
    with replace_atomically(path) as beside, beside.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.DictWriter(out, list(columns))
        writer.writeheader()
        writer.writerows({column: neutral(row.get(column)) for column in columns} for row in rows)


class Book:
    """A workbook, sheet by sheet."""

    def __init__(self) -> None:
        self._book = Workbook()
        self._book.remove(self._book.worksheets[0])

    def add_sheet(
        self, title: str, widths: Mapping[str, float], rows: Sequence[Sequence[Value]], has_filter: bool = False
    ) -> None:
        """A sheet with a frozen header row of the names in `widths` (column → characters), and text that wraps."""
        sheet = self._book.create_sheet(title)
        assert isinstance(sheet, Worksheet)
        sheet.append([_cell(sheet, name, Font(bold=True)) for name in widths])
        for row in rows:
            sheet.append([_cell(sheet, value) for value in row])
        for position, width in enumerate(widths.values(), start=1):
            sheet.column_dimensions[get_column_letter(position)].width = width
        sheet.freeze_panes = "A2"
        if has_filter:
            sheet.auto_filter.ref = f"A1:{get_column_letter(len(widths))}{1 + len(rows)}"

    def save(self, path: Path) -> None:
        """Replace the file in one step."""
        with replace_atomically(path) as beside:
            self._book.save(beside)


_TOP: Final = Alignment(wrap_text=True, vertical="top")


def _cell(sheet: Worksheet, value: Value, font: Font | None = None) -> Cell | Value:
    """Text is stored as text whatever it begins with; characters that XML cannot hold are left out."""
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:MAX_CELL_CHARACTERS])
    cell.data_type = "s"
    cell.alignment = _TOP
    if font:
        cell.font = font
    return cell
