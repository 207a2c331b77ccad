"""A corrected value is in staging while its source is wrong, is told of while it is, and can break no critical rule."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pyarrow.parquet as pq
import pytest

from assets.ledgers import corrections_check
from pipelines.contract_files import load_contract
from pipelines.contracts import Contract
from pipelines.extract import StagedSource, process_source
from pipelines.ingest.landing import receive
from pipelines.ledgers.states import TABLE, build_correction_table, correction_lines, corrections_in_force
from pipelines.letters.letter import letters_of
from pipelines.letters.measures_touched import MeasuresTouched
from pipelines.reconciliation import build_reconciliation
from pipelines.settings import Settings
from pipelines.tables import table_path
from tests.small_exclusions import write_exclusions
from tests.small_survey import write_survey

AS_AT = date(2026, 9, 30)
HEADER = "source,row_key,column,new_value,author_role,reason,expires_on"
SURVEY = replace(load_contract("family_survey"), rules=())


@pytest.fixture
def contract(monkeypatch: pytest.MonkeyPatch) -> Contract:
    """Two critical rules alone: sessions are there, and are from 1 to 90."""
    whole = load_contract("exclusions")
    contract = replace(whole, rules=tuple(rule for rule in whole.rules if rule.id in ("EXC_024", "EXC_026")))
    monkeypatch.setattr("pipelines.reconciliation.load_contracts", lambda: [contract])
    return contract


def build(settings: Settings, contract: Contract) -> StagedSource:
    """A refresh of one source, as far as core.correction."""
    receive(settings, contract.id)
    staged = process_source(settings, contract, AS_AT)
    build_correction_table(settings, AS_AT)
    return staged


def deliver(settings: Settings, name: str, pupils: Sequence[int] = range(3), **changes: str) -> None:
    write_exclusions(settings.inbox / "exclusions" / name, pupils, {"sessions": "4"} | changes)


def key(settings: Settings, row: int, day: str = "15/09/2025") -> str:
    """The key of a row of staging, written as an analyst would."""
    child = pq.read_table(table_path(settings, "staging", "exclusions")).column("child_id").to_pylist()[row]
    return f"child_id={child}; school_urn=900001; start_date={day}; category=Suspension"


def line(row_key: str, column: str = "sessions", value: str = "6", **changes: str) -> str:
    cells = {
        "source": "exclusions",
        "row_key": row_key,
        "column": column,
        "new_value": value,
        "author_role": "Data analyst",
        "reason": "The school sent a note",
        "expires_on": "31/12/2026",
    }
    return ",".join((cells | changes).values())


def correct(settings: Settings, *lines: str) -> None:
    settings.corrections.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")


def column(settings: Settings, name: str, source: str = "exclusions") -> list[object]:
    return pq.read_table(table_path(settings, "staging", source)).column(name).to_pylist()


def states(settings: Settings) -> list[tuple[object, object]]:
    """Status and broken rules of each line, in order."""
    rows = pq.read_table(table_path(settings, *TABLE)).to_pylist()
    return [(row["status"], row["rule_ids"]) for row in rows]


def test_each_line_has_its_state_and_only_what_is_in_force_is_in_staging(
    settings: Settings, contract: Contract
) -> None:
    deliver(settings, "a.csv")
    build(settings, contract)
    keys = [key(settings, row) for row in range(3)]
    correct(
        settings,
        line(keys[0], expires_on="30/09/2026"),
        line(keys[0], "reason1", "(empty)"),
        line(keys[1], value="4"),
        line(keys[2], expires_on="29/09/2026"),
        line(keys[2], value="4", column="year_group"),
        line(key(settings, 2, "16/09/2025")),
    )
    build(settings, contract)
    assert states(settings) == [
        ("applied", ""),
        ("applied", ""),
        ("source is right", ""),
        ("expired", ""),
        ("applied", ""),
        ("row not found", ""),
    ]
    assert column(settings, "sessions") == [6, 4, 4]
    assert column(settings, "reason1") == [None, "PP", "PP"]
    assert column(settings, "year_group") == ["8", "8", "4"]
    assert column(settings, "row_number") == [2, 3, 4]
    build_reconciliation(settings, AS_AT)
    check = corrections_check(settings, "")
    assert (check.passed, check.severity.value) == (False, "WARN")
    counted = {"lines": 6, "applied": 3, "source is right": 1, "expired": 1, "row not found": 1}
    assert {name: value.value for name, value in check.metadata.items()} == counted
    assert corrections_in_force(settings) == 3


def test_a_value_that_breaks_a_critical_rule_does_not_get_in(settings: Settings, contract: Contract) -> None:
    deliver(settings, "a.csv")
    build(settings, contract)
    keys = [key(settings, row) for row in range(3)]
    correct(settings, line(keys[0], value="91"), line(keys[1], value="(empty)"), line(keys[2], value="5"))
    build(settings, contract)
    assert states(settings) == [("not valid", "EXC_026"), ("not valid", "EXC_024"), ("applied", "")]
    assert column(settings, "sessions") == [4, 4, 5]


def test_a_rule_that_another_row_breaks_because_of_a_correction_keeps_it_out(
    settings: Settings, contract: Contract
) -> None:
    query = "select * from (select *, sum(sessions) over (partition by file_id) as s from {batch}) where s > 12"
    compares = replace(
        contract.rules[0],
        id="EXC_999",
        column=None,
        expectation_type="unexpected_rows_expectation",
        kwargs={"unexpected_rows_query": f"{query} and row_number = 4"},
    )
    contract = replace(contract, rules=(compares,))
    deliver(settings, "a.csv")
    build(settings, contract)
    correct(settings, line(key(settings, 0), value="9"))
    build(settings, contract)
    assert states(settings) == [("not valid", "EXC_999")]
    assert column(settings, "sessions") == [4, 4, 4]


def test_a_new_delivery_that_is_right_ends_a_correction_and_one_that_is_wrong_does_not(
    settings: Settings, contract: Contract
) -> None:
    deliver(settings, "a.csv")
    build(settings, contract)
    keys = [key(settings, row) for row in range(2)]
    correct(settings, *(line(one) for one in keys))
    deliver(settings, "b.csv", [0], sessions="6")
    staged = build(settings, contract)
    assert sorted(states(settings)) == [("applied", ""), ("source is right", "")]
    first, second = staged.outcomes
    assert correction_lines(settings, second) == []
    (told,) = correction_lines(settings, first)
    assert (told["rule_id"], told["row_number"], told["column"], told["severity"]) == (
        "CORRECTED",
        3,
        "sessions",
        "warning",
    )
    (letter,) = letters_of(settings, contract, staged.outcomes, MeasuresTouched({}, {}))
    assert [place.file_id for thing in letter.to_fix for place in thing.places] == [first.file_id]
    assert "note" not in repr(letter)


def test_a_line_that_breaks_the_contract_of_the_ledger_is_not_applied_and_says_why(
    settings: Settings, contract: Contract
) -> None:
    deliver(settings, "a.csv")
    build(settings, contract)
    good = key(settings, 0)
    cases = {
        line(good, source="Zzsource"): "COR_002",
        line(good, source=""): "COR_001",
        line(""): "COR_003",
        line(good.replace("; category=Suspension", "")): "COR_004",
        line(good.replace("child_id", "upn")): "COR_004",
        line(good.replace("900001", "")): "COR_004",
        line(good.replace("15/09/2025", "soon")): "COR_005",
        line(good, ""): "COR_006",
        line(good, "Zzcolumn"): "COR_007",
        line(good, "upn_status", "valid"): "COR_008",
        line(good, "birth_month", "01/05/2012"): "COR_008",
        line(good, "category", "PERM"): "COR_009",
        line(good, value=""): "COR_010",
        line(good, value="many"): "COR_011",
        line(good, "sen_provision", "Zzcode"): "COR_011",
        line(good, "primary_need", "ASD", author_role="Zzname@example.org"): "COR_013",
        line(good, "ethnicity", "WBRI", reason="Zzname@example.org said so"): "COR_015",
        line(good, "reason2", "PP", expires_on="whenever"): "COR_016",
        line(good, "reason3", "PP", expires_on="01/10/2027"): "COR_017",
        line(good, "overturned", "yes"): "COR_018",
        line(good.replace("15/09/2025", "2025-09-15"), "overturned", "no"): "COR_018",
        line(good, "sex", "F") + ",one cell too many": "ROW_CELLS",
    }
    correct(settings, *cases)
    before = [column(settings, name) for name, _ in contract.typed_columns]
    build(settings, contract)
    assert states(settings) == [("not valid", rule_id) for rule_id in cases.values()]
    assert [column(settings, name) for name, _ in contract.typed_columns] == before
    assert "Zz" not in str(pq.read_table(table_path(settings, *TABLE)).to_pylist())
    assert corrections_check(settings, "").metadata["not valid"].value == len(cases)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x00\x01", b"who,when\nA,\n"])
def test_a_ledger_that_cannot_be_read_stops_nothing_and_fails_its_check(settings: Settings, content: bytes) -> None:
    contract = replace(load_contract("exclusions"), rules=())
    deliver(settings, "a.csv")
    settings.data_dir.mkdir(exist_ok=True)
    settings.corrections.write_bytes(content)
    receive(settings, contract.id)
    assert process_source(settings, contract, AS_AT).rows == 3
    problem = build_correction_table(settings, AS_AT)
    check = corrections_check(settings, problem)
    assert not check.passed and check.severity.value == "ERROR" and check.description == problem != ""


def test_without_a_ledger_nothing_is_corrected_and_the_check_passes(settings: Settings) -> None:
    assert build_correction_table(settings, AS_AT) == ""
    assert corrections_check(settings, "").passed and corrections_in_force(settings) == 0


def test_a_line_waits_while_its_source_was_not_built_with_it(settings: Settings, contract: Contract) -> None:
    deliver(settings, "a.csv")
    build(settings, replace(contract, rules=()))
    correct(settings, line(key(settings, 0)))
    build_correction_table(settings, AS_AT)
    assert states(settings) == [("waiting", "")]
    assert not corrections_check(settings, "").passed


def test_key_and_value_are_in_staging_alone_and_in_no_log(
    settings: Settings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    write_survey(settings.inbox / SURVEY.id / "a.csv", ["Zzid-1"])
    changes = {"source": SURVEY.id}
    correct(
        settings,
        line("response_id=Zzid-1", "comment", "Zzvalue", **changes),
        line("response_id=Zzid-2", "sex", "M", **changes),
    )
    staged = build(settings, SURVEY)
    assert column(settings, "comment", SURVEY.id) == ["Zzvalue"]
    assert states(settings) == [("applied", ""), ("row not found", "")]
    elsewhere = [path for path in settings.warehouse.rglob("*.parquet") if "staging" not in path.parts]
    told = [
        str(pq.read_table(path).to_pydict())
        for path in elsewhere
        if path.parts[-3] in ("core", "corrections", "to_fix")
    ]
    told += [caplog.text, *capfd.readouterr(), repr(staged), repr(corrections_check(settings, ""))]
    assert "Zzvalue" not in "".join(told) and "Zzid" not in "".join(told)
    assert not any("Zzvalue" in str(pq.read_table(path).to_pydict()) for path in elsewhere)
