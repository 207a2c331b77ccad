"""A workbook as people keep it: titles, blank rows, two header rows, merged headings, hidden sheets, totals."""

import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from pipelines.ingest.refusal import FileRefused
from tests.ingest.old_workbooks import write_xls, write_xlsb
from tests.ingest.reading import HEADER, ROW, Reader, workbook

HEADERS = HEADER.split(",")


def cells(n: int, **changes: object) -> list[object]:
    found: dict[str, object] = dict(zip(HEADERS, ROW.format(n=n).split(","), strict=True))
    return list((found | changes).values())


def test_titles_blank_rows_and_totals_are_left_out_and_row_numbers_are_those_of_excel(
    reader: Reader, tmp_path: Path
) -> None:
    rows: list[Sequence[object]] = [["EHC requests"], [], ["as at", date(2025, 9, 1)], HEADERS, cells(1), [], cells(2)]
    read = reader.read(workbook(tmp_path / "a.xlsx", {"Data": [*rows, ["Total", 2], ["Source: case system"]]}))
    assert (read.rows_received, read.total_row_numbers) == (2, (8, 9))
    assert reader.typed("row_number, request_id") == [(5, "R1"), (7, "R2")]


def test_two_header_rows_with_merged_headings_and_line_breaks(reader: Reader, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    lower = [header.replace("_", "\n") for header in HEADERS]
    for position, words in {10: "Request", 13: "Assessment"}.items():
        sheet.cell(1, position, words)
    sheet.merge_cells(start_row=1, start_column=10, end_row=1, end_column=12)
    sheet.merge_cells(start_row=1, start_column=13, end_row=1, end_column=14)
    lower[9:14] = ["received\ndate", "outcome", "outcome date", "outcome", "outcome date"]
    sheet.append(lower)
    sheet.append(cells(1))
    path = tmp_path / "two.xlsx"
    book.save(path)
    reader.read(path)
    assert reader.typed("row_number, request_id, request_outcome, assessment_outcome_date::varchar") == [
        (3, "R1", "Y", "2025-06-01")
    ]


def test_ids_as_floats_dates_as_dates_and_errors_as_named_empty_cells(reader: Reader, tmp_path: Path) -> None:
    row = cells(1, request_id=100423.0, received_date=45689, date_of_birth=42138.0, week20_exception=False)
    path = workbook(tmp_path / "kinds.xlsx", {"Data": [HEADERS, row, cells(2, request_outcome_date="#REF!")]})
    (remark,) = reader.read(path).remarks
    assert "count as empty: L3." in remark.words
    assert reader.typed("request_id, received_date::varchar, birth_month::varchar, request_outcome_date::varchar") == [
        ("100423", "2025-02-01", "2015-05-01", "2025-03-10"),
        ("R2", "2025-02-01", "2015-05-01", None),
    ]


def test_a_workbook_that_was_saved_anew_under_its_name_is_measured_anew(reader: Reader, tmp_path: Path) -> None:
    spoilt, mended = cells(2, request_outcome_date="#REF!"), cells(2)
    path = workbook(tmp_path / "again.xlsx", {"Data": [HEADERS, spoilt]})
    assert reader.read(path).remarks
    assert not reader.read(workbook(path, {"Data": [HEADERS, mended]})).remarks
    assert reader.read(workbook(path, {"Data": [HEADERS, spoilt]})).remarks


def test_a_hidden_sheet_is_read_only_if_no_other_has_as_many_headers(reader: Reader, tmp_path: Path) -> None:
    path = workbook(tmp_path / "hidden.xlsx", {"Old": [HEADERS, cells(1)], "New": [HEADERS, cells(2)]})
    book = openpyxl.load_workbook(path)
    book["Old"].sheet_state = "hidden"
    book.save(path)
    assert reader.read(path).sheet == "New"


def test_a_refusal_tells_sheet_row_and_column_letter(reader: Reader, tmp_path: Path) -> None:
    sheets = {"Notes": [["Read this first"]], "Data": [["Title"], HEADERS, [*cells(1), "stray"]]}
    with pytest.raises(FileRefused) as refused:
        reader.read(workbook(tmp_path / "right.xlsx", sheets))
    assert "sheet 2: row 3 has a cell in column Q" in refused.value.message
    assert refused.value.sheet == "Data"
    assert "stray" not in refused.value.message and "Data" not in refused.value.message


def test_a_header_that_is_missing_and_a_cell_too_long_are_of_a_sheet_too(reader: Reader, tmp_path: Path) -> None:
    reader.settings = reader.settings.model_copy(update={"max_cell_characters": 1000})
    for name, rows in (("lacking", [HEADERS[1:], cells(1)[1:]]), ("long", [HEADERS, cells(1), ["x" * 1001]])):
        with pytest.raises(FileRefused, match=r"\.xlsx, sheet 1: ") as refused:
            reader.read(workbook(tmp_path / f"{name}.xlsx", {"Data": rows}))
        assert refused.value.sheet == "Data"


ODS = """<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet>
 <table:table table:name="Data">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"""


def ods(path: Path, rows: Sequence[Sequence[str]], more: str = "") -> Path:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = "".join(f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in rows)
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", ODS.format(rows=lines + more))
    return path


def test_an_open_document_is_read(reader: Reader, tmp_path: Path) -> None:
    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell'
    empty += ' table:number-columns-repeated="16384"/></table:table-row>'
    reader.read(ods(tmp_path / "a.ods", [["Title"], HEADERS, ROW.format(n=1).split(",")], empty))
    assert reader.typed("row_number, request_id, received_date::varchar") == [(3, "R1", "2025-02-01")]


def test_a_cell_that_is_repeated_a_million_times_is_refused(reader: Reader, tmp_path: Path) -> None:
    more = '<table:table-row><table:table-cell office:value-type="string" table:number-columns-repeated="1000000">'
    more += "<text:p>x</text:p></table:table-cell></table:table-row>"
    with pytest.raises(FileRefused, match="sheet 1, has") as refused:
        reader.read(ods(tmp_path / "bomb.ods", [HEADERS], more))
    assert (refused.value.code, refused.value.sheet) == ("too_wide", "Data")


@pytest.mark.parametrize(("cell", "code"), [("XFD1", "too_wide"), ("CV1048576", "sheet_too_large")])
def test_a_cell_far_outside_the_table_is_refused_before_the_sheet_is_opened(
    reader: Reader, tmp_path: Path, cell: str, code: str
) -> None:
    path = workbook(tmp_path / "far.xlsx", {"Notes": [["About"]], "Data": [HEADERS, cells(1)]})
    book = openpyxl.load_workbook(path)
    book["Data"][cell] = "x"
    book.save(path)
    with pytest.raises(FileRefused, match="sheet 2, has") as refused:
        reader.read(path)
    assert (refused.value.code, refused.value.sheet) == (code, "Data")


def test_a_sheet_of_an_xls_that_is_too_wide_is_named(reader: Reader, tmp_path: Path) -> None:
    reader.settings = reader.settings.model_copy(update={"max_columns": 100})
    with pytest.raises(FileRefused, match="sheet 1, has") as refused:
        reader.read(write_xls(tmp_path / "wide.xls", [["x"] * 255]))
    assert (refused.value.code, refused.value.sheet) == ("too_wide", "Data")


def test_a_workbook_that_unpacks_a_thousandfold_is_refused(reader: Reader, tmp_path: Path) -> None:
    path = workbook(tmp_path / "bomb.xlsx", {"Data": [HEADERS, cells(1)]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", b"\0" * 40_000_000)
    with pytest.raises(FileRefused) as refused:
        reader.read(path)
    assert refused.value.code == "zip_bomb"


@pytest.mark.parametrize(("write", "name"), [(write_xls, "a.xls"), (write_xlsb, "a.xlsb")])
def test_workbooks_of_the_other_formats_read_the_same(
    reader: Reader, tmp_path: Path, write: Callable[[Path, Sequence[Sequence[str | float]]], Path], name: str
) -> None:
    row = [45689.0 if cell == "01/02/2025" else cell for cell in ROW.format(n=1).split(",")]
    reader.read(write(tmp_path / name, [HEADERS, row]))
    assert reader.typed("row_number, request_id, received_date::varchar") == [(2, "R1", "2025-02-01")]


def test_a_cell_far_outside_an_xlsb_is_refused_before_the_sheet_is_opened(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        reader.read(write_xlsb(tmp_path / "wide.xlsb", [["x"] * 600]))
    assert refused.value.code == "too_wide"
