"""Codes as systems of different years and makes write them."""

from pathlib import Path

import pytest

from pipelines.contract_files import load_contract
from pipelines.contracts import code_set, older_codes
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.settings import Settings
from tests.ingest.reading import HEADER, Reader, row
from tests.small_exclusions import write_exclusions


def typed_codes(
    census: Reader, folder: Path, columns: str, **cells: str
) -> tuple[tuple[object, ...] | None, list[str]]:
    """Some columns of one suspension with these cells, and what was said of older codes."""
    read = census.read(write_exclusions(folder / "extract.csv", [1], cells))
    return census.figures(columns), [remark.words for remark in read.remarks if remark.code == "OLDER_CODES"]


def test_a_code_counts_only_in_its_own_column_whole_leading_or_with_a_point(census: Reader, tmp_path: Path) -> None:
    columns = "category, primary_need, year_group, sex"
    own = {"category": "SUSP - suspension", "primary_need": "SEMH", "year_group": "7.0", "sex": "F"}
    assert typed_codes(census, tmp_path, columns, **own)[0] == ("SUSP", "SEMH", "7", "F")
    others = {"category": "SEMH", "primary_need": "SUSP - suspension", "sex": "7.0", "year_group": "F"}
    assert typed_codes(census, tmp_path, columns, **others)[0] == ("not_a_code",) * 4


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("S", "E"),
        ("Statement", "E"),
        ("A", "K"),
        ("School Action", "K"),
        ("p", "K"),
        ("School action plus", "K"),
    ],
)
def test_provision_of_earlier_years_is_read_as_todays_and_said(
    census: Reader, tmp_path: Path, text: str, code: str
) -> None:
    found, said = typed_codes(census, tmp_path, "sen_provision", sen_provision=text)
    assert found == (code,)
    older = next(
        one.older_code
        for one in older_codes("sen_provision")
        if text.upper() in (one.older_code, one.older_label.upper())
    )
    assert said == [f"Codes of earlier years were read as today's. sen_provision: {older} in 1 cells as {code}."]


@pytest.mark.parametrize("text", ["E", "K", "N", "SEN support"])
def test_nothing_is_said_of_todays_codes(census: Reader, tmp_path: Path, text: str) -> None:
    assert typed_codes(census, tmp_path, "sen_provision", sen_provision=text)[1] == []


def test_fixed_period_exclusions_stay_what_they_were_called_and_count_as_suspensions(
    census: Reader, tmp_path: Path
) -> None:
    found, said = typed_codes(census, tmp_path, "category", category="FIXD")
    assert (found, len(said)) == (("FIXD",), 1)
    assert "category: FIXD in 1 cells as SUSP" in said[0]


def test_no_older_code_or_label_is_one_of_today_that_means_another() -> None:
    for name in ("exclusion_category", "sen_provision", "assessment_outcome"):
        today = code_set(name)
        assert older_codes(name)
        for older in older_codes(name):
            assert older.code in today
            assert older.older_label not in today.values()
            assert older.older_code not in today or older.older_code == "FIXD"


def test_ds_is_a_reason_in_one_column_and_a_need_in_another(census: Reader, tmp_path: Path) -> None:
    columns = "reason1, reason2, primary_need"
    cells = {"reason1": "DS", "reason2": "Abuse relating to disability", "primary_need": "DS"}
    assert typed_codes(census, tmp_path, columns, **cells)[0] == ("DS", "DS", "DS")
    cells = {"reason1": "Down syndrome", "primary_need": "Abuse relating to disability"}
    assert typed_codes(census, tmp_path, "reason1, primary_need", **cells)[0] == ("not_a_code", "not_a_code")
    cells = {"reason1": "Abuse relating to disability", "primary_need": "Down syndrome"}
    assert typed_codes(census, tmp_path, "reason1, primary_need", **cells)[0] == ("DS", "DS")


@pytest.mark.parametrize(
    "text",
    ["WBRI", "WBRI  [White British]", "WBRI - A1 - White - British", "a) WBRI", "WBRI - British", " wbri "],
)
def test_an_ethnicity_is_told_by_its_leading_code(reader: Reader, text: str) -> None:
    reader.csv(f"{HEADER}\n{row(ethnicity=text)}\n")
    assert reader.figures("ethnicity") == ("WBRI",)


@pytest.mark.parametrize("text", ["WB", "British WBRI", "WBRIX", "Martian"])
def test_what_has_no_leading_code_is_no_code(reader: Reader, text: str) -> None:
    reader.csv(f"{HEADER}\n{row(ethnicity=text)}\n")
    assert reader.figures("ethnicity") == ("not_a_code",)


@pytest.mark.parametrize(
    ("upn", "status", "rule_id"),
    [
        pytest.param("", "missing", "EHC_003", id="1500"),
        pytest.param("B207000016049", "wrong_check_letter", "EHC_004", id="1510"),
        pytest.param("F123202500001", "unknown_la", "EHC_006", id="1530"),
    ],
)
def test_upn_rules_of_the_census(
    reader: Reader, request: pytest.FixtureRequest, upn: str, status: str, rule_id: str
) -> None:
    reader.csv(f"{HEADER}\n{row(upn=upn)}\n")
    assert reader.figures("upn_status, child_id is null") == (status, status in ("missing", "wrong_check_letter"))
    rule = reader.contract.rule(rule_id)
    assert f"'{status}'" in str(rule.kwargs)
    assert request.node.callspec.id in rule.source


@pytest.mark.parametrize("number", ["9434765919", "943 476 5919", "943-476-5919"])
def test_an_nhs_number_becomes_a_pseudonym_however_it_is_spaced(
    settings: Settings, key: PseudonymKey, tmp_path: Path, number: str
) -> None:
    waits = Reader(settings, key, load_contract("health_waits"), tmp_path)
    header = "referral_id,upn,nhs_number,service,referred_date,first_seen_date"
    waits.csv(f"{header}\nH1,B801200005001,{number},slt,01/02/2026,\nH2,B801200005001,9434765919,ot,01/02/2026,\n")
    found = waits.figures("count(distinct nhs_number_id), count(nhs_number_id), min(nhs_number_status)")
    assert found == (1, 2, "valid")
    assert "9434765919" not in str(waits.typed("*"))
