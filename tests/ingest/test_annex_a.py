"""Ofsted's Annex A workbook: both lists become rows of one contract, and each fault is told on its own list and row."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from pipelines.contract_files import load_contract, load_contracts
from pipelines.extract import process_files
from pipelines.ingest.landing import receive
from pipelines.ingest.national import find_return
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.ingest.recognise import recognise
from pipelines.letters.things import read_lines
from pipelines.outcomes import to_fix_path
from pipelines.settings import Settings
from tests.ingest.reading import Reader, workbook
from tests.small_exclusions import upn

SOURCE = "annex_a_send"


@pytest.fixture
def sample(shared_dir: Path) -> Path:
    """The public dummy: two children on each list, most values wrong on purpose."""
    return shared_dir / "samples" / "annex_a_send" / "fake_sen.xlsx"


@pytest.fixture
def lists(settings: Settings, key: PseudonymKey, tmp_path: Path) -> Reader:
    """Reads Annex A workbooks."""
    return Reader(settings, key, load_contract(SOURCE), tmp_path)


def headers_of(sample: Path, sheet: str) -> list[object]:
    return [cell.value for cell in openpyxl.load_workbook(sample)[sheet][1]]


def test_the_dummy_is_recognised_by_what_is_in_it(settings: Settings, sample: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "October.xlsx"
    renamed.write_bytes(sample.read_bytes())
    assert [contract.id for contract in recognise(renamed, renamed.name, load_contracts(), settings)] == [SOURCE]


def test_the_dummy_by_reason(settings: Settings, key: PseudonymKey, sample: Path) -> None:
    inbox = settings.inbox / SOURCE
    inbox.mkdir(parents=True)
    (inbox / sample.name).write_bytes(sample.read_bytes())
    received = receive(settings, SOURCE).new
    (outcome,) = process_files(settings, load_contract(SOURCE), received, key, date(2026, 9, 30), "")
    assert (outcome.rows_received, outcome.rows_quarantined, outcome.refusal_code) == (4, 4, "rules")
    assert {result.rule_id: result.failed for result in outcome.rule_results if result.failed} == {
        "ANX_001": 4,  # every UPN is a word
        "ANX_002": 4,  # every ULN is a word
        "ANX_101d": 2,  # needs H5 and K1 are no codes
        "ANX_102a": 1,  # born in January 2001: 25
        "ANX_102b": 1,  # born in 1993: 32
        "ANX_201d": 2,  # needs H5 and K
        "ANX_202b": 2,  # born in 1993 and 1990
        "ANX_014": 2,  # pupil premium 40 and 8 are neither yes nor no
        "ANX_016": 1,  # disability 'hmm' is neither yes nor no; 'yes' of the other is read
        "ANX_203": 1,  # so it is not told for that child
        "ANX_006": 1,  # three of four rows have a critical fault, which refuses the file
    }
    lines = read_lines(to_fix_path(settings, SOURCE, outcome.file_id))
    places = [(line["sheet"], line["row_number"]) for line in lines if line["rule_id"] in ("ANX_102b", "ANX_202b")]
    assert places == [("list_1", 2), ("list_2", 2), ("list_2", 3)]
    written = str(lines)
    assert not any(value in written for value in ("wills_upn", "dfnjfd", "willis", "1993", "hmm"))


def test_both_lists_are_read_with_their_own_columns(lists: Reader, sample: Path, tmp_path: Path) -> None:
    with_plan = ["1", upn(1), None, date(2012, 5, 31), "1", "WBRI - British", date(2020, 2, 1), None, date(2026, 2, 1)]
    with_plan += ["ASD", 900059, "Secondary", None, "No", 2, 0, 8.5, "Yes", "No", "", "Yes"]
    with_support = ["1", "UN1", None, date(2021, 5, 31), "F", "APKN", "SLCN", 900081, "Primary", None, 0, 0, 3]
    with_support += ["No", "No", "", "No"]
    book = workbook(
        tmp_path / "lists.xlsx",
        {
            "List_1": [["Area SEND inspection"], [], headers_of(sample, "List_1"), with_plan],
            "List_2": [headers_of(sample, "List_2"), with_support],
        },
    )
    read = lists.read(book)
    assert (read.rows_received, read.read_as) == (2, "Ofsted Annex A for SEND, 1 children with a plan")
    columns = (
        "list_number, upn_status, upn_unknown_reason, birth_month, sex, ethnicity, initial_plan_date, primary_need"
    )
    columns += ", main_school_urn, suspensions, absence, disability"
    assert lists.typed(columns) == [
        ("1", "valid", None, date(2012, 5, 1), "M", "WBRI", date(2020, 2, 1), "ASD", "900059", 2, 8.5, True),
        ("2", "malformed", "UN1", date(2021, 5, 1), "F", "APKN", None, "SLCN", "900081", 0, 3.0, False),
    ]


def test_another_workbook_with_a_sheet_of_that_name_is_not_taken_for_it(settings: Settings, tmp_path: Path) -> None:
    book = workbook(tmp_path / "shopping.xlsx", {"List 1": [["UPN", "Gender", "Absence"], [upn(1), "F", 3]]})
    assert find_return(book, book.name, settings) is None
