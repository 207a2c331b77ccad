"""A response whose consent was withdrawn leaves every table at the next build, is counted, and is not told of."""

import logging
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from assets.ledgers import consent_check
from pipelines.contract_files import load_contract
from pipelines.contracts import Contract, ContractError
from pipelines.extract import StagedSource, process_source
from pipelines.ingest.consent import canonical
from pipelines.ingest.landing import receive
from pipelines.ledgers.consent import TABLE, build_consent_table, responses_left_out
from pipelines.ledgers.reading import LedgerProblem
from pipelines.reconciliation import build_reconciliation
from pipelines.settings import Settings
from pipelines.tables import clear_unfinished, table_path
from tests.small_survey import comment_of, survey_lines, write_survey

AS_AT = date(2026, 9, 30)
SOURCE = "family_survey"
RULES = ("SUR_041", "SUR_044")


@pytest.fixture
def contract(monkeypatch: pytest.MonkeyPatch) -> Contract:
    """A few rules of the survey: what all of them cost is not the matter here."""
    whole = load_contract(SOURCE)
    contract = replace(whole, rules=tuple(rule for rule in whole.rules if rule.id in RULES))
    monkeypatch.setattr("pipelines.reconciliation.load_contracts", lambda: [contract])
    monkeypatch.setattr("pipelines.ledgers.consent.load_contracts", lambda: [contract])
    return contract


def build(settings: Settings, contract: Contract) -> StagedSource:
    """A refresh of the survey, as far as core.reconciliation and core.consent_withdrawal."""
    receive(settings, contract.id)
    staged = process_source(settings, contract, AS_AT)
    build_reconciliation(settings, AS_AT)
    assert build_consent_table(settings, AS_AT) == []
    return staged


def withdraw(settings: Settings, *lines: str, header: str = "response_id,withdrawn_on") -> None:
    settings.consent_withdrawals.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")


def counts(settings: Settings) -> list[tuple[int, ...]]:
    """Received, accepted, quarantined, duplicate, superseded and left out for consent, per file."""
    rows = pq.read_table(table_path(settings, "core", "reconciliation")).to_pylist()
    parts = ("received", "accepted", "quarantined", "duplicate", "superseded", "consent_withdrawn")
    return [tuple(row[f"rows_{part}"] for part in parts) for row in rows]


def staged_ids(settings: Settings) -> list[str]:
    return sorted(pq.read_table(table_path(settings, "staging", SOURCE)).column("response_id").to_pylist())


def everything_in(folder: Path) -> str:
    """All cells of all Parquet files, and the bytes of the others."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    tables = [str(pq.read_table(path).to_pydict()) for path in files if path.suffix == ".parquet"]
    return "\n".join(tables + [path.read_bytes().decode(errors="replace") for path in files])


def test_the_response_and_its_comment_are_in_no_table_after_the_next_build_and_are_not_told_of(
    settings: Settings, contract: Contract, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    write_survey(settings.inbox / SOURCE / "a.csv", ["Zzid-1", "Zzid-2", "Zzid-3"])
    build(settings, contract)
    assert comment_of("Zzid-2") in everything_in(settings.warehouse)
    withdraw(settings, "Zzid-2,Zzdate")
    staged = build(settings, contract)
    left = everything_in(settings.warehouse)
    assert "Zzid-2" not in left and comment_of("Zzid-2") not in left
    assert staged_ids(settings) == ["Zzid-1", "Zzid-3"]
    assert not list((settings.data_dir / "tmp").glob("ledger_*"))
    assert comment_of("Zzid-2") in everything_in(settings.landing)
    told = "".join((caplog.text, *capfd.readouterr(), repr(staged), repr(consent_check(settings, []))))
    assert "Zzid-2" not in told and "Zzdate" not in told


def test_rows_are_counted_wherever_they_would_have_gone(settings: Settings, contract: Contract) -> None:
    lines = survey_lines(["A", "B", "B", "C", "D"])
    lines.append(survey_lines(["E"], consent_share="0", consent_quote="1")[1])
    lines.append(lines[1] + ",one cell too many")
    folder = settings.inbox / SOURCE
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    receive(settings, SOURCE)
    write_survey(folder / "b.csv", ["A", "C", "F"], q_listened="5")
    receive(settings, SOURCE)
    write_survey(folder / "c_of_withdrawn_responses_alone.csv", ["C"], q_listened="1")
    build(settings, contract)
    assert counts(settings) == [(7, 2, 2, 1, 2, 0), (3, 2, 0, 0, 1, 0), (1, 1, 0, 0, 0, 0)]
    withdraw(settings, "B,", "C,99/99/2026", "E,", "Zzid-9,")
    staged = build(settings, contract)
    assert counts(settings) == [(7, 1, 1, 0, 5, 4), (3, 2, 0, 0, 1, 1), (1, 0, 0, 0, 1, 1)]
    assert not any(outcome.refused for outcome in staged.outcomes)
    (table,) = pq.read_table(table_path(settings, *TABLE)).to_pylist()
    assert (table["ids_on_list"], table["ids_found"], table["responses_left_out"], table["rows_left_out"]) == (
        4,
        3,
        3,
        6,
    )
    check = consent_check(settings, [])
    assert (check.passed, check.severity.value, check.metadata["ids that no file holds"].value) == (False, "WARN", 1)


def test_a_response_comes_back_only_when_its_line_is_taken_out(settings: Settings, contract: Contract) -> None:
    write_survey(settings.inbox / SOURCE / "a.csv", ["A", "B"])
    withdraw(settings, "B,", "Zzid-9,")
    build(settings, contract)
    assert consent_check(settings, []).passed
    assert staged_ids(settings) == ["A"]
    settings.consent_withdrawals.unlink()
    unusable = (None, b"", b"\xff\xfe\x00\x00\x01", b"who,when\nA,\n", b"response_id,withdrawn_on\nA\nB,\n")
    for content in unusable:
        if content is not None:
            settings.consent_withdrawals.write_bytes(content)
        with pytest.raises(LedgerProblem):
            process_source(settings, contract, AS_AT)
        problems = build_consent_table(settings, AS_AT)
        check = consent_check(settings, problems)
        assert not check.passed and check.severity.value == "ERROR" and problems[0] in str(check.description)
        assert staged_ids(settings) == ["A"] and responses_left_out(settings) == 1
    withdraw(settings)
    build(settings, contract)
    assert staged_ids(settings) == ["A", "B"]


def test_ids_are_known_in_every_spelling_and_from_a_workbook(settings: Settings, contract: Contract) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in survey_lines(["100423", "100424", "ab-7"]):
        cells = line.split(",")
        book.active.append([int(cells[0]) if cells[0].isdigit() else cells[0], *cells[1:]])
    folder = settings.inbox / SOURCE
    folder.mkdir(parents=True)
    book.save(folder / "a.xlsx")
    receive(settings, SOURCE)
    withdraw(settings, " 100423.0 ;3/9/2026", "AB-7;", header="Response number;Date")
    process_source(settings, replace(contract, rules=()), AS_AT)
    assert staged_ids(settings) == ["100424"]
    assert canonical(" 100423.0") == canonical("100423") and canonical("1.05") != canonical("1")


def test_a_source_without_a_list_is_not_read_again(settings: Settings, contract: Contract) -> None:
    write_survey(settings.inbox / SOURCE / "a.csv", ["A"])
    without_list = replace(contract, consent_list=None, rules=())
    receive(settings, SOURCE)
    first = process_source(settings, without_list, AS_AT).outcomes[0].fingerprint
    withdraw(settings, "A,")
    assert process_source(settings, without_list, AS_AT).outcomes[0].fingerprint == first
    assert staged_ids(settings) == ["A"]


def test_what_an_earlier_reading_left_goes_even_if_the_file_cannot_be_read_now(
    settings: Settings, contract: Contract
) -> None:
    without_rules = replace(contract, rules=())
    write_survey(settings.inbox / SOURCE / "a.csv", ["Zzid-1", "Zzid-2"])
    receive(settings, SOURCE)
    process_source(settings, without_rules, AS_AT)
    (landed,) = [path for path in (settings.landing / SOURCE).iterdir() if path.suffix == ".csv"]
    landed.write_bytes(b"")
    withdraw(settings, "Zzid-2,")
    assert process_source(settings, without_rules, AS_AT).outcomes[0].refused
    assert comment_of("Zzid-2") not in everything_in(settings.warehouse)


def test_what_a_killed_reading_of_a_list_left_is_cleared_away(settings: Settings) -> None:
    left = settings.data_dir / "tmp" / "ledger_x" / "typed.parquet"
    left.parent.mkdir(parents=True)
    left.touch()
    clear_unfinished(settings)
    assert not left.parent.exists()


def test_a_contract_cannot_name_a_consent_list_by_a_column_that_it_has_not(tmp_path: Path) -> None:
    text = Path("expectations/contracts/family_survey.yaml").read_text(encoding="utf-8")
    (tmp_path / "family_survey.yaml").write_text(
        text.replace("value: response_id", "value: answer_id"), encoding="utf-8"
    )
    with pytest.raises(ContractError, match="consentList must name a column"):
        load_contract(SOURCE, tmp_path)
