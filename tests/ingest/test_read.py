"""Files as suppliers send them become raw and typed tables without identities, or are refused with a reason."""

from pathlib import Path

import duckdb
import pytest

from pipelines.ingest.refusal import FileRefused
from pipelines.tables import quoted
from tests.ingest.reading import HEADER, ROW, Reader, row, workbook


def test_a_plain_file_is_typed(reader: Reader) -> None:
    read = reader.csv(f"{HEADER}\n{row(1)}\n{row(2)}\n")
    assert (read.rows_received, read.rows_typed, read.rows_duplicate) == (2, 2, 0)
    found = reader.typed(
        "row_number, request_id, sex, ethnicity, received_date::varchar, week20_exception, unreadable_columns"
    )
    assert found[0] == (2, "R1", "F", "WBRI", "2025-02-01", False, "")


def test_headers_may_differ_in_case_spaces_order_and_byte_order_mark(reader: Reader) -> None:
    names = HEADER.split(",")
    cells = ROW.format(n=1).split(",")
    turned = ",".join(name.replace("_", " ").title() for name in reversed(names))
    reader.csv(b"\xef\xbb\xbf" + f"{turned}\r\n{','.join(reversed(cells))}\r\n".encode())
    assert reader.typed("request_id, received_date::varchar") == [("R1", "2025-02-01")]


def test_identities_do_not_pass_the_door(reader: Reader) -> None:
    reader.csv(f"{HEADER}\n{row(1)}\n")
    everything = ""
    for table in ("raw", "typed"):
        content = reader.connection.execute(f"select * from read_parquet({quoted(reader.folder / f'{table}.parquet')})")
        everything += str([column[0] for column in content.description or []]) + str(content.fetchall())
    for secret in ("B801200005001", "Sample", "Testone", "14/05/2015", "2015-05-14", "ZZ01", "surname"):
        assert secret not in everything
    assert reader.typed("child_id is not null, upn_status, birth_month::varchar, postcode_status") == [
        (True, "valid", "2015-05-01", "matched")
    ]


def test_what_cannot_be_typed_is_named_and_not_lost(reader: Reader) -> None:
    reader.csv(f"{HEADER}\n{row(1, received_date='31/02/2025', week20_exception='maybe', sex='Unheard')}\n")
    assert reader.typed("received_date, week20_exception, sex, unreadable_columns") == [
        (None, None, "not_a_code", ",received_date,week20_exception,")
    ]


def test_an_identical_row_is_counted_as_duplicate_and_a_conflicting_key_is_marked(reader: Reader) -> None:
    read = reader.csv(f"{HEADER}\n{row(1)}\n{row(1)}\n{row(2)}\n{row(2, sex='M')}\n")
    assert (read.rows_received, read.rows_typed, read.rows_duplicate) == (4, 3, 1)
    assert reader.typed("row_number, key_count") == [(2, 1), (4, 2), (5, 2)]


def test_a_row_with_too_many_or_too_few_cells_is_counted_and_the_others_keep_their_row_numbers(reader: Reader) -> None:
    read = reader.csv(f"{HEADER}\n{row(1)}\n{row(2)},more\n{row(3)}\nR4,short\n{row(5)}\n")
    assert read.ragged_row_numbers == (3, 5)
    assert read.rows_received == 5
    assert reader.typed("row_number, request_id") == [(2, "R1"), (4, "R3"), (6, "R5")]


def test_a_line_break_in_quotes_is_part_of_the_cell(reader: Reader) -> None:
    read = reader.csv(f"{HEADER}\n{row(1, surname=chr(34) + 'Two' + chr(10) + 'lines' + chr(34))}\n{row(2)}\n")
    assert read.rows_received == 2
    assert reader.typed("row_number") == [(2,), (3,)]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty", "0 bytes"),
        (b"\n", "empty", "row 1 holds no headers"),
        (HEADER.replace("upn", "upm").encode() + b"\n", "headers", "nearest to upn"),
        (HEADER.replace("received_date,", "").encode() + b"\n", "headers", "received_date is missing"),
        (HEADER.encode() + b",upn\n", "headers", "upn again"),
        (b"response_id,wave_id,comment\n1,2,3\n", "other_source", "another source"),
        (f"{HEADER}\n{row(1, surname='Mü')}\n".encode() + b"\xfc\n", "encoding", "line 3 is not UTF-8"),
        (f'{HEADER}\n"{row(1)}\n{row(2)}\n'.encode(), "unreadable", "quotes"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(
    reader: Reader, content: bytes, code: str, words: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        reader.csv(content)
    assert refused.value.code == code
    assert words in refused.value.message
    assert "requests.csv" in refused.value.message
    assert "Sample" not in refused.value.message


def test_a_file_type_that_is_not_read_is_refused(reader: Reader) -> None:
    with pytest.raises(FileRefused, match="no file type"):
        reader.csv("text", "letter.docx")


def test_a_workbook_reads_as_the_same_csv_would(reader: Reader, tmp_path: Path) -> None:
    cells: list[object] = list(ROW.format(n=1).split(","))
    path = workbook(
        tmp_path / "book.xlsx", {"Notes": [["About this file"]], "Data": [HEADER.split(","), cells, [], cells]}
    )
    read = reader.read(path)
    assert (read.sheet, read.rows_received, read.rows_duplicate) == ("Data", 2, 1)
    assert reader.typed("row_number, request_id, received_date::varchar") == [(2, "R1", "2025-02-01")]


def test_a_workbook_without_the_sheet_is_refused(reader: Reader, tmp_path: Path) -> None:
    path = workbook(tmp_path / "book.xlsx", {"Notes": [["About this file"]]})
    with pytest.raises(FileRefused) as refused:
        reader.read(path)
    assert refused.value.code == "wrong_sheet"


def test_a_broken_workbook_is_refused(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(FileRefused) as refused:
        reader.read(path)
    assert refused.value.code == "unreadable"


def test_duckdb_is_the_version_of_the_lock() -> None:
    assert duckdb.__version__ == "1.5.6"
