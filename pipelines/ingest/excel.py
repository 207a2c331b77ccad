"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods) as text rows: every cell becomes the text that a CSV export would hold."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from pipelines.ingest.headers import ROWS_LOOKED_AT
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.remarks import Remark, error_cells, hidden_sheet
from pipelines.ingest.rows import Cells, Rows, column_letter
from pipelines.ingest.workbook_limits import check_workbook
from pipelines.settings import Settings

Cell = int | float | str | bool | time | date | datetime | timedelta


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook, the `number`-th; `rows` may be read again and again."""

    name: str
    number: int
    hidden: bool
    grid: CalamineSheet
    file_name: str
    settings: Settings
    error_cells: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """How messages name it: by its number, as its name may hold a child's."""
        return f"{self.file_name}, sheet {self.number}"

    @contextmanager
    def named(self) -> Iterator[None]:
        """Lets what is refused within say the name of the sheet to the supplier."""
        try:
            yield
        except FileRefused as refusal:
            refusal.sheet = self.name
            raise

    def rows(self) -> Rows:
        """Every row that is not blank: its Excel row, and its cells from column A on. Raises FileRefused at a limit."""
        first_row, first_column = self.grid.start or (0, 0)
        for offset, cells in enumerate(self.grid.iter_rows()):
            values = [None] * first_column + [text(cell) for cell in cells]
            while values and values[-1] is None:
                values.pop()
            if values:
                number = first_row + offset + 1
                self._check(number, values)
                yield number, values

    def first_rows(self) -> list[tuple[int, Cells]]:
        """The rows among which the headers are looked for."""
        return list(islice(self.rows(), ROWS_LOOKED_AT))

    def _check(self, number: int, values: Cells) -> None:
        limits = self.settings
        for position, value in enumerate(values):
            if value is not None and len(value) > limits.max_cell_characters:
                raise FileRefused(
                    "cell_too_long",
                    f"{self.place}: cell {column_letter(position)}{number} has over {limits.max_cell_characters:,}"
                    " characters. Shorten it, or raise the limit (SENDSET_MAX_CELL_CHARACTERS).",
                    self.name,
                )


def read_sheets(path: Path, name: str, settings: Settings) -> Iterator[Sheet]:
    """Each sheet of a workbook, visible ones first. Raises FileRefused for a file that is no workbook, or too large."""
    if path.stat().st_size == 0:
        raise FileRefused("empty", f"{name} is empty (0 bytes). Export it again.")
    errors = tuple(check_workbook(path, name, settings))
    try:
        workbook = CalamineWorkbook.from_path(path)
        visible = SheetVisibleEnum.Visible
        numbered = enumerate(workbook.sheets_metadata, start=1)
        for number, sheet in sorted(numbered, key=lambda one: one[1].visible != visible):
            grid = workbook.get_sheet_by_name(sheet.name)
            yield Sheet(sheet.name, number, sheet.visible != visible, grid, name, settings, errors)
    except BaseException as error:
        raise _refusal(error, name) from None


def _refusal(error: BaseException, name: str) -> BaseException:
    """What to raise for an error of calamine. A panic of its Rust code is no Exception in Python."""
    if isinstance(error, PasswordError):
        return FileRefused(
            "password", f"{name} is protected by a password. Send it without one, through a safe channel."
        )
    if isinstance(error, CalamineError | OSError | ValueError) or type(error).__name__ == "PanicException":
        return FileRefused("unreadable", f"{name} is not a readable Excel workbook. Save it again as .xlsx.")
    return error


def remarks(sheet: Sheet) -> list[Remark]:
    """What to say about how a sheet is kept."""
    found = [hidden_sheet()] if sheet.hidden else []
    return [*found, error_cells(sheet.error_cells)] if sheet.error_cells else found


def text(cell: Cell) -> str | None:
    """A cell as a CSV export would write it: dates as ISO, whole numbers without '.0', an empty cell as None."""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    words = str(cell)
    return words if words.strip() else None


def serial_date(text: str) -> str:
    """A day that Excel shows as a number (45689) as ISO; any other text stays as it is.

    Only numbers of the years 1927 to 2119 count: Excel's day 1 is 1 January 1900, and no date of a child is far from now.
    """
    if not re.fullmatch(r"[1-7]\d{4}(\.\d+)?", text):
        return text
    return (date(1899, 12, 30) + timedelta(days=int(float(text)))).isoformat()


def body(sheet: Sheet, rows: Rows, positions: list[int], width: int, dated: set[int]) -> Rows:
    """The cells at `positions`, those of `dated` as dates. Raises FileRefused for cells right of the last header."""
    for number, cells in rows:
        if any(cells[width:]):
            letter = column_letter(next(p for p, cell in enumerate(cells) if p >= width and cell))
            raise FileRefused(
                "headers",
                f"{sheet.place}: row {number} has a cell in column {letter}, to the right of the last header. Give it a"
                " header.",
                sheet.name,
            )
        chosen = [cells[position] if position < len(cells) else None for position in positions]
        for place in dated:
            chosen[place] = serial_date(chosen[place] or "") or None
        yield number, chosen
