"""What a supplier named as a formula is text in what we write."""

import csv
from pathlib import Path

import openpyxl
import pytest

from pipelines.letters.cells import Book, neutral, write_csv

ATTACKS = (
    "=cmd|' /C calc'!A0.csv",
    "+1",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1",
    "-report.csv",
)
HARMLESS = ("autumn.csv", "a=b", "1-2", "", "'=1", "north-bay")


@pytest.mark.parametrize("text", ATTACKS)
def test_text_that_begins_a_formula_gets_an_apostrophe_in_a_csv(text: str, tmp_path: Path) -> None:
    write_csv(tmp_path / "out.csv", ("name", "rows"), [{"name": text, "rows": -2}])
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.DictReader(file)) == [{"name": f"'{text}", "rows": "-2"}]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text


def test_a_csv_has_a_byte_order_mark_and_leaves_cells_without_a_value_empty(tmp_path: Path) -> None:
    write_csv(tmp_path / "out.csv", ("one", "two"), [{"one": None}])
    assert (tmp_path / "out.csv").read_bytes() == b"\xef\xbb\xbfone,two\r\n,\r\n"


def test_a_workbook_holds_attacks_as_the_text_that_they_are(tmp_path: Path) -> None:
    book = Book()
    book.add_sheet("Lines", {"name": 20}, [[text] for text in (*ATTACKS, "a\x07bell")])
    book.save(tmp_path / "out.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Lines"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells] == [*(text.replace("\r", "\n") for text in ATTACKS), "abell"]
