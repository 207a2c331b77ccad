"""Whatever a system calls CSV reads as the same rows, with the row numbers that Excel shows."""

import codecs

import pytest

from pipelines.ingest import read
from pipelines.ingest.refusal import FileRefused
from tests.ingest.reading import HEADER, Reader, row

PLAIN = f"{HEADER}\n{row(1)}\n{row(2)}\n"
EXPECTED = [(2, "R1"), (3, "R2")]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_any_delimiter_is_read(reader: Reader, delimiter: str) -> None:
    assert reader.rows(PLAIN.replace(",", delimiter)) == EXPECTED


def test_other_delimiters_inside_cells_do_not_mislead(reader: Reader) -> None:
    answers = row(1, surname="a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q;r;")
    assert reader.rows(f"{HEADER}\n{answers}\n{answers}\n") == [(2, "R1"), (3, "R1")]
    semicolons = f"{HEADER},zq".replace(",", ";") + ", or b, or c, or d\n" + f"{row(1)},1".replace(",", ";")
    assert reader.rows(semicolons) == [(2, "R1")]


def test_the_delimiter_that_excel_is_told_is_used(reader: Reader) -> None:
    assert reader.rows("sep=;\r\n" + PLAIN.replace(",", ";")) == [(3, "R1"), (4, "R2")]


@pytest.mark.parametrize(
    "content",
    [
        codecs.BOM_UTF8 + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
        PLAIN.replace("Sample", "M\u00fcller \u2013 O\u2019Neill").encode("windows-1252"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.removesuffix("\n").encode(),
        PLAIN.encode() + b"\r\n\r\n",
    ],
    ids=["BOM", "utf16", "utf16le", "utf16be", "utf16be-BOM", "windows", "crlf", "cr", "no-end", "blank-end"],
)
def test_any_encoding_and_line_end_is_read(reader: Reader, content: bytes) -> None:
    assert reader.rows(content) == EXPECTED


def test_windows_1252_is_said(reader: Reader) -> None:
    reader.rows(PLAIN.replace("Sample", "M\u00fcller").encode("windows-1252"))
    assert [remark.code for remark in reader.tally.remarks] == ["ENCODING"]


def test_blank_lines_do_not_shift_row_numbers(reader: Reader) -> None:
    content = f"\n{HEADER}\n\n{row(1)}\n   \n,,,,,,,,,,,,,,,\n{row(2)}\n"
    assert reader.rows(content) == [(4, "R1"), (7, "R2")]
    assert reader.csv(content).rows_received == 2
    assert reader.typed("row_number, request_id") == [(4, "R1"), (7, "R2")]


def test_a_row_of_empty_cells_is_no_row_of_a_plain_file_either(reader: Reader) -> None:
    assert reader.csv(f"{HEADER}\n{row(1)}\n{',' * 15}\n{row(2)}\n").rows_received == 2
    assert reader.typed("row_number, request_id") == [(2, "R1"), (4, "R2")]


def test_ragged_rows_beside_blank_lines_and_line_breaks_are_named_by_their_row(reader: Reader) -> None:
    broken = row(1, surname='"two\n\nlines"')
    assert reader.rows(f"{HEADER}\n{broken}\n\n{row(2)},more\nR3,short\n{row(4)}\n") == [(2, "R1"), (6, "R4")]
    assert reader.tally.ragged == [4, 5]


def test_ragged_rows_after_a_line_break_in_a_plain_file_are_named_by_their_row(reader: Reader) -> None:
    broken = row(1, surname='"two\nlines"')
    read = reader.csv(f"{HEADER}\n{broken}\n{row(2)},more\n{row(3)}\n")
    assert read.ragged_row_numbers == (3,)
    assert reader.typed("row_number, request_id") == [(2, "R1"), (4, "R3")]


def test_quotes_inside_a_cell_are_kept(reader: Reader) -> None:
    doubled = row(1, surname='"Sam ""the"" ple, jr"')
    bare = row(2, surname='5 " feet')
    assert reader.rows(f"{HEADER}\n{doubled}\n{bare}\n") == EXPECTED


def test_a_line_break_of_another_kind_without_quotes_ends_a_row_and_neither_half_is_lost(reader: Reader) -> None:
    halves = row(2).replace("Sample", "Sam\rple", 1)
    assert halves != row(2)
    read = reader.csv(f"{HEADER}\n{row(1)}\n{halves}\n{row(3)}\n")
    assert (read.rows_received, read.ragged_row_numbers) == (4, (3, 4))
    turned = f"{HEADER}\n{row(1)}\n{halves}\n{row(3)}\n".translate(str.maketrans("\r\n", "\n\r"))
    assert reader.rows(turned) == [(2, "R1"), (5, "R3")]
    assert reader.tally.ragged == [3, 4]


def test_many_ragged_rows_are_all_counted(reader: Reader) -> None:
    read = reader.csv(f"{HEADER}\n{row(1)}\n" + "short,row\n" * 1_500)
    assert (read.rows_received, len(read.ragged_row_numbers)) == (1_501, 1_500)


def test_titles_above_the_header_and_totals_below_are_no_rows(reader: Reader) -> None:
    total = "Total,2" + "," * 14
    title = "Requests of the council" + "," * 15
    content = f"{title}\n\n{HEADER}\n{row(1)}\n{row(2)}\n{total}\nSource: case system\n"
    assert reader.rows(content) == [(4, "R1"), (5, "R2")]
    assert reader.tally.totals == [6, 7]


def test_a_total_at_the_foot_of_a_plain_file_is_no_row(reader: Reader) -> None:
    assert reader.csv(f"{PLAIN}Total,2{',' * 14}\n").total_row_numbers == (4,)


def test_a_word_for_a_total_in_the_middle_is_a_row(reader: Reader) -> None:
    assert len(reader.rows(f"{HEADER}\n{row(1)}\nTotal,2{',' * 14}\n{row(2)}\n")) == 3
    assert reader.tally.totals == []


def test_a_column_that_is_not_known_is_not_read_and_named_by_its_letter(reader: Reader) -> None:
    reader.rows(f"{HEADER},Zq\n{row(1)},Secret\n")
    (remark,) = reader.tally.remarks
    assert remark.words == "1 columns are not known and were not read: Q."


def test_plain_files_are_read_by_duckdb_and_others_are_not(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_stream(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(read, "stream", no_stream)
    assert reader.csv(PLAIN).rows_received == 2
    assert reader.csv(PLAIN.replace(",", ";")).rows_received == 2
    with pytest.raises(AssertionError):
        reader.csv(PLAIN.replace("\n", "\n\n"))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 20, "unreadable"),
        (",".join(f"c{n}" for n in range(1_000_000)).encode() + b"\n", "too_wide"),
        (f"{HEADER},x\n{row(1)},".encode() + b"z" * 10_000_000 + b"\n", "cell_too_long"),
        (f'{HEADER},x\n{row(1)},"'.encode() + b"z\n" * 5_000_000 + b'"\n', "cell_too_long"),
        ((HEADER + "\n" + row(1, surname='"Sample"x')).encode(), "unreadable"),
    ],
    ids=["binary", "columns", "cell", "lines", "quote"],
)
def test_what_is_no_table_is_refused_and_says_why(reader: Reader, content: bytes, code: str) -> None:
    with pytest.raises(FileRefused) as refused:
        reader.rows(content)
    assert refused.value.code == code
    assert "Sample" not in refused.value.message


@pytest.mark.parametrize(
    ("limit", "content", "code"),
    [
        ({"max_rows": 1}, PLAIN, "too_many_rows"),
        ({"max_rows": 1}, PLAIN.replace("\n", "\n\n"), "too_many_rows"),
        ({"max_seconds_per_file": 1e-9}, PLAIN.replace("\n", "\n\n"), "too_slow"),
        ({"max_file_bytes": 10}, PLAIN, "too_large"),
        ({"max_columns": 3}, PLAIN, "too_wide"),
    ],
    ids=["rows", "rows-slow", "seconds", "bytes", "columns"],
)
def test_each_limit_has_its_own_message_and_names_its_setting(
    reader: Reader, limit: dict[str, float], content: str, code: str
) -> None:
    reader.settings = reader.settings.model_copy(update=limit)
    with pytest.raises(FileRefused) as refused:
        reader.csv(content)
    assert refused.value.code == code
    assert f"SENDSET_{next(iter(limit)).upper()}" in refused.value.message
