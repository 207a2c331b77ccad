"""How wide, how high and how full of text the sheets of a workbook are, found without opening it.

A library that opens it sets memory aside for the whole rectangle from the first to the last cell, and copies a shared text
into each cell that refers to it: where there is not so much memory the process ends, and no refusal can be told. So a sheet
is looked at here first, by parsers that keep nothing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final
from xml.parsers import expat

from pipelines.ingest.refusal import FileRefused

CHUNK_BYTES: Final = 1024**2
MOST_ELEMENTS: Final = 1000
_REFERENCE: Final = re.compile(r"\$?([A-Za-z]+)\$?([0-9]+)")
_FILLED: Final = ("office:value-type", "office:value", "office:string-value", "table:formula", "calcext:value-type")
Check = Callable[["Size"], None]


class NotWellFormed(ValueError):
    """A part of a workbook that is no XML, or has a document type."""


@dataclass
class Size:
    """What a sheet takes: columns and rows from A1 to its last cells, and the characters in its cells together.

    sheet, number: its name and its place in the workbook, from 1; '' and 0 where that is not known.
    """

    columns: int = 0
    rows: int = 0
    characters: int = 0
    sheet: str = ""
    number: int = 0
    errors: dict[str, None] = field(default_factory=dict[str, None])

    def reach(self, column: int, row: int) -> None:
        """A cell in this column and row (from 1)."""
        self.columns, self.rows = max(self.columns, column), max(self.rows, row)


def measure_xlsx_sheet(opened: Callable[[], Iterator[bytes]], texts: Sequence[int], check: Check) -> Size:
    """Size of one sheet of an .xlsx; `texts` are the lengths of its shared texts. `check` is asked after every chunk.

    Which text a cell refers to is looked at only where the longest in every cell would be much.
    """
    cells = _Cells()
    _parse(opened(), cells, lambda: check(cells.size))
    longest = max(texts, default=0) * cells.shared_cells
    try:
        check(replace(cells.size, characters=longest))
    except FileRefused:
        references = _References(texts, cells.size)
        _parse(opened(), references, lambda: check(cells.size))
    return cells.size


def elements(chunks: Iterator[bytes], tag: str) -> list[dict[str, str]]:
    """The attributes of every element of a name, at most `MOST_ELEMENTS`; none of a part that is no XML."""
    handler = _Attributes(tag)
    try:
        _parse(chunks, handler, lambda: None)
    except NotWellFormed:
        return []
    return handler.found


def measure_shared_texts(chunks: Iterator[bytes]) -> list[int]:
    """Length of each shared text of an .xlsx."""
    handler = _Texts()
    _parse(chunks, handler, lambda: None)
    return handler.lengths


def measure_ods(chunks: Iterator[bytes], check: Check) -> None:
    """Ask `check` of the size of each sheet of an .ods, repeated cells and rows counted as often as they are repeated; the
    characters are those of all sheets so far."""
    handler = _Repeated(check)
    _parse(chunks, handler, lambda: check(handler.size))


class _Handler:
    """What to do when an element starts, when text comes, when an element ends; None: nothing."""

    characters: Callable[[str], None] | None = None
    end: Callable[[str], None] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element starts."""


class _Attributes(_Handler):
    """Keeps the attributes of the elements of one name."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.found: list[dict[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == self.tag and len(self.found) < MOST_ELEMENTS:
            self.found.append(attributes)


class _Cells(_Handler):
    """Rows and cells of a sheet. One that does not say where it stands comes after the one before it."""

    def __init__(self) -> None:
        self.size = Size()
        self.row = self.column = self.shared_cells = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name if ":" not in name else name.rpartition(":")[2]
        if tag == "c":
            self._cell(attributes)
        elif tag == "row":
            self.row = int(attributes["r"]) if "r" in attributes else self.row + 1
            self.column = 0
            self.size.reach(0, self.row)

    def _cell(self, attributes: dict[str, str]) -> None:
        self.column += 1
        kind = attributes.get("t")
        place = attributes.get("r")
        if place is not None:
            found = _REFERENCE.fullmatch(place)
            if not found:
                raise NotWellFormed
            self.column, self.row = _column_number(found[1]), int(found[2])
        if self.column > self.size.columns or self.row > self.size.rows:
            self.size.reach(self.column, self.row)
        if kind == "s":
            self.shared_cells += 1
        elif kind == "e":
            self.size.errors[place or ""] = None


class _References(_Handler):
    """Adds up the lengths of the texts that the cells of a sheet refer to."""

    def __init__(self, texts: Sequence[int], size: Size) -> None:
        self.texts, self.size = texts, size
        self.shared = self.in_value = False
        self.number = ""
        self.characters, self.end = self._characters, self._end

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "c":
            self.shared = attributes.get("t") == "s"
        elif tag == "v" and self.shared:
            self.in_value, self.number = True, ""

    def _characters(self, content: str) -> None:
        if self.in_value and len(self.number) < 20:
            self.number += content

    def _end(self, name: str) -> None:
        if self.in_value and name.rpartition(":")[2] == "v":
            self.in_value = False
            at = int(self.number) if self.number.strip().isdecimal() else -1
            self.size.characters += self.texts[at] if 0 <= at < len(self.texts) else 0


class _Texts(_Handler):
    """Lengths of shared texts, in their order."""

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self.characters = self._characters

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "si":
            self.lengths.append(0)

    def _characters(self, content: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(content)


class _Repeated(_Handler):
    """Cells of an OpenDocument sheet. Empty ones count only where a filled one comes after them."""

    def __init__(self, check: Check) -> None:
        self.size = Size()
        self.check = check
        self.row = self.column = self.row_repeat = self.cell_repeat = 0
        self.row_characters = self.cell_characters = 0
        self.is_filled = self.row_is_filled = self.in_cell = False
        self.characters, self.end = self._characters, self._end

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "table":
            self.row = 0
            name_of_sheet, number = attributes.get("table:name", ""), self.size.number + 1
            self.size = Size(characters=self.size.characters, sheet=name_of_sheet, number=number)
        elif tag == "table-row":
            self.row_repeat = int(attributes.get("table:number-rows-repeated", "1"))
            self.column = self.row_characters = 0
            self.row_is_filled = False
        elif tag in ("table-cell", "covered-table-cell"):
            self.cell_repeat = int(attributes.get("table:number-columns-repeated", "1"))
            self.is_filled = any(name in attributes for name in _FILLED)
            self.cell_characters, self.in_cell = len(attributes.get("office:string-value", "")), True
        elif tag == "s" and self.in_cell:
            self.cell_characters += int(attributes.get("text:c", "1"))

    def _characters(self, content: str) -> None:
        if self.in_cell and content:
            self.is_filled = True
            self.cell_characters += len(content)

    def _end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        if tag in ("table-cell", "covered-table-cell"):
            self.in_cell = False
            self.column += self.cell_repeat
            if self.is_filled:
                self.row_is_filled = True
                self.size.reach(self.column, self.row + 1)
                self.row_characters += self.cell_characters * self.cell_repeat
        elif tag == "table-row":
            self.row += self.row_repeat
            if self.row_is_filled:
                self.size.reach(0, self.row)
                self.size.characters += self.row_characters * self.row_repeat
        elif tag == "table":
            self.check(self.size)


def _parse(chunks: Iterator[bytes], handler: _Handler, after_chunk: Callable[[], None]) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = handler.start
    parser.CharacterDataHandler = handler.characters
    parser.EndElementHandler = handler.end
    # Without a document type there are no entities.
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            after_chunk()
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError):
        # LookupError: it says that it is in an encoding that is not known.
        raise NotWellFormed from None


def _refuse_document_type(*_: object) -> None:
    raise NotWellFormed


@lru_cache(maxsize=4096)
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper()[:8]:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
