"""Where each column stood in its file, as Excel's letter: by header, in any order, and in each table of a return."""

import csv
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from pipelines.ingest.rows import column_letter
from tests.ingest.reading import HEADER, Reader, row
from tests.ingest.sen2_shapes import ModuleRows, modules_of, write_blades, write_stacked_workbook


@pytest.fixture
def modules(shared_dir: Path) -> ModuleRows:
    """The rows of a SEN2 return by module."""
    return modules_of(shared_dir / "samples" / "constructed" / "sen2_2026_constructed.xml")


def test_a_column_of_a_csv_has_the_letter_at_which_its_header_stands(reader: Reader) -> None:
    letters = reader.csv(f"not known,{HEADER}\nx,{row(1)}\n").letters
    names = HEADER.split(",")
    identities = {"surname", "forename"}
    assert letters == {name: column_letter(at) for at, name in enumerate(names, start=1) if name not in identities}


def test_two_files_with_other_orders_have_other_letters(reader: Reader) -> None:
    values = dict(zip(HEADER.split(","), row(1).split(","), strict=True))
    backwards = dict(reversed(values.items()))
    letters = reader.csv(f"{','.join(backwards)}\n{','.join(backwards.values())}\n").letters
    assert letters["request_id"] == column_letter(len(values) - 1)


def test_a_sheet_that_begins_further_right_keeps_its_letters(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for number, line in enumerate((HEADER, row(1)), start=3):
        for at, text in enumerate(line.split(","), start=4):
            sheet.cell(number, at, text)
    book.save(tmp_path / "right.xlsx")
    letters = reader.read(tmp_path / "right.xlsx").letters
    assert (letters["request_id"], letters["upn"]) == ("D", "E")


def test_the_tables_of_a_return_have_letters_of_their_own(reader: Reader, modules: ModuleRows, tmp_path: Path) -> None:
    letters = reader.read(write_blades(tmp_path / "blades.set", modules)).letters
    for module, column in (("senneed", "sentype"), ("requests", "receiveddate"), ("person", "upn")):
        with next((tmp_path / "blades.set").glob(f"*_{module}.csv")).open(encoding="utf-8", newline="") as blade:
            assert letters[f"{module}.{column}"] == column_letter(next(csv.reader(blade)).index(column))
    assert letters["received_date"] == letters["requests.receiveddate"]
    assert letters["upn"] == letters["person.upn"]


def test_stacked_tables_have_the_letters_of_their_own_headers(
    reader: Reader, modules: ModuleRows, tmp_path: Path
) -> None:
    path = write_stacked_workbook(tmp_path / "template.xlsx", modules)
    letters = reader.read(path).letters
    sheet = openpyxl.load_workbook(path)["Data Entry Template"]
    headings: Mapping[str, str] = {
        str(cell.value): cell.column_letter for line in sheet.iter_rows() for cell in line if cell.value is not None
    }
    assert letters["senneed.sentype"] == headings["SEN Type of Need"]
    assert letters["requests.receiveddate"] == headings["Date request was received"]


def test_xml_has_no_letters(reader: Reader, shared_dir: Path) -> None:
    assert reader.read(shared_dir / "samples" / "constructed" / "sen2_2026_constructed.xml").letters == {}
