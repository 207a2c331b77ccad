"""What is made to hurt the reader is refused with its own reason, before it costs memory. Full size: benchmarks/limits.py."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.hostile_files import HEADERS, ROW, Case, cases, ods, xls, xlsx, zipped
from benchmarks.limits import SOURCE, read_here
from pipelines.ingest.excel import read_sheets
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.workbook_limits import check_workbook
from pipelines.settings import Settings
from tests.ingest.reading import HEADER, Reader, row

SCALE = 0.15


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.name)
def test_a_hostile_file_is_refused_with_its_own_reason(settings: Settings, case: Case) -> None:
    inbox = settings.inbox / SOURCE
    inbox.mkdir(parents=True)
    (inbox / case.file_name).write_bytes(case.write(SCALE))
    assert read_here(settings) == case.code


def cell(place: str) -> str:
    return f"<row r='1'><c r='A1'><v>1</v></c></row><row><c r={place}><v>1</v></c></row>"


FAR = {
    "in single quotes": xlsx(cell("'XFD1048576'")),
    "in small letters": xlsx(cell("'xfd1048576'")),
    "with zeros before the row": xlsx(cell(f"'CV{'0' * 60}1048576'")),
    "as an entity": xlsx(cell("'&#88;FD1048576'")),
    "under a prefix": xlsx("", sheet=f"<x:sheetData xmlns:x='x'>{cell(chr(39) + 'XFD9' + chr(39))}</x:sheetData>"),
    "after an attribute with a bracket": xlsx("<row r='1'><c s='>' r='XFD1048576'><v>1</v></c></row>"),
}


@pytest.mark.parametrize("content", FAR.values(), ids=FAR.keys())
def test_a_far_cell_is_seen_however_it_is_written(settings: Settings, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "far.xlsx"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refused:
        check_workbook(path, "far.xlsx", settings)
    assert refused.value.code in ("too_wide", "sheet_too_large")


def test_a_sheet_is_seen_whatever_its_part_is_called(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "far.xlsx"
    sheet = f"<worksheet><sheetData>{cell(chr(39) + 'XFD9' + chr(39))}</sheetData></worksheet>"
    path.write_bytes(zipped({"xl/workbook.xml": b"", "media/image1.png": sheet.encode()}))
    with pytest.raises(FileRefused, match="a cell in column XFD"):
        check_workbook(path, "far.xlsx", settings)


def test_a_workbook_that_repeats_its_texts_as_people_do_is_read(settings: Settings, tmp_path: Path) -> None:
    cells = '<c t="s"><v>0</v></c>' * 20
    rows = f"<row>{cells}</row>" * 2_000
    path = tmp_path / "usual.xlsx"
    path.write_bytes(xlsx(rows, texts="<si><t>Autistic spectrum disorder</t></si>"))
    assert check_workbook(path, "usual.xlsx", settings) == []


def test_empty_cells_and_rows_to_the_end_of_an_open_document_do_not_count(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "usual.ods"
    path.write_bytes(ods("", columns=16_384, rows=1_048_576, typed=""))
    check_workbook(path, "usual.ods", settings)


def test_an_old_workbook_of_usual_size_is_read(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "usual.xls"
    path.write_bytes(xls(2, 2))
    (sheet,) = read_sheets(path, "usual.xls", settings)
    assert list(sheet.rows()) == [(1, ["1"])]


@pytest.mark.parametrize("file_name", ["a.csv", "a.xlsx", "a.xml"])
def test_a_file_that_takes_longer_than_its_seconds_is_refused(settings: Settings, file_name: str) -> None:
    """A file of one row each, and no time at all."""
    contents = {
        "a.csv": "\n".join(",".join(row) for row in (HEADERS, ROW)).encode(),
        "a.xlsx": xlsx("".join(_row(row) for row in (HEADERS, ROW))),
        "a.xml": b"<Message><Header><CollectionDetails><Collection>SEN2</Collection></CollectionDetails></Header></Message>",
    }
    hurried = settings.model_copy(update={"max_seconds_per_file": 1e-9})
    inbox = settings.inbox / SOURCE
    inbox.mkdir(parents=True)
    (inbox / file_name).write_bytes(contents[file_name])
    assert read_here(hurried) == "too_slow"


def _row(cells: Sequence[str]) -> str:
    return "<row>" + "".join(f"<c t='inlineStr'><is><t>{text}</t></is></c>" for text in cells) + "</row>"


def broken_zip(method: int, name: str = "a.csv") -> bytes:
    """A zip whose member is cut up in the middle, with a directory that does not know."""
    content = bytes(range(256)) * 40
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(name, content)
    made = bytearray(out.getvalue())
    made[60:80] = b"\xff" * 20
    return bytes(made)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("file_name", ["a.zip", "a.xlsx"])
def test_an_archive_that_is_broken_inside_is_refused(settings: Settings, file_name: str, method: int) -> None:
    inbox = settings.inbox / SOURCE
    inbox.mkdir(parents=True)
    (inbox / file_name).write_bytes(broken_zip(method))
    assert read_here(settings) == "unreadable"


def test_a_csv_of_empty_cells_only_is_refused_as_empty(reader: Reader) -> None:
    with pytest.raises(FileRefused) as refused:
        reader.csv('"",""\n"",""\n')
    assert refused.value.code == "empty"


@pytest.mark.timeout(60)
def test_rows_with_hundreds_of_cells_too_many_are_counted_without_delay(reader: Reader) -> None:
    """DuckDB took minutes to list what is too much, and could not be interrupted at it."""
    read = reader.csv(f"{HEADER}\n{row(1)}\n" + f"{row(2)}{',x' * 450}\n" * 500)
    assert (read.rows_received, read.rows_typed, len(read.ragged_row_numbers)) == (501, 1, 500)


@pytest.mark.parametrize("end", ["\n", "\n\n"], ids=["plain", "with-blank-lines"])
def test_commas_behind_the_last_column_are_no_cells(reader: Reader, end: str) -> None:
    read = reader.csv(end.join([HEADER, row(1), f"{row(2)},,,", f"{row(3)},,x", ""]))
    assert (read.rows_received, read.rows_typed, read.ragged_row_numbers) == (3, 2, (4 if end == "\n" else 7,))


def test_xml_in_an_encoding_that_nobody_knows_is_refused(reader: Reader) -> None:
    with pytest.raises(FileRefused) as refused:
        reader.csv('<?xml version="1.0" encoding="nonsense"?><Message/>', "return.xml")
    assert refused.value.code == "encoding"
