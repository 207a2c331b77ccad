"""One bad file never stops the others, even where the program itself fails at it."""

from dataclasses import replace
from datetime import date

import pyarrow.parquet as pq
import pytest

from pipelines.contract_files import load_contract
from pipelines.contracts import Contract, Rule
from pipelines.extract import process_source
from pipelines.ingest.landing import read_manifest, receive
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.outcomes import UNEXPECTED, FileOutcome, to_fix_path
from pipelines.read_source import read_source
from pipelines.reconciliation import build_reconciliation
from pipelines.settings import Settings
from tests.ingest.reading import workbook
from tests.small_exclusions import write_exclusions

AS_AT = date(2026, 9, 30)
SURNAME = "Zzyzxcanary"


def with_rules(*rules: Rule) -> Contract:
    return replace(load_contract("exclusions"), rules=rules)


def cast_rule() -> Rule:
    """Breaks down at a school number that is no number, as a rule of a hurried colleague might."""
    some = next(
        rule for rule in load_contract("exclusions").rules if rule.severity == "critical" and rule.level == "row"
    )
    query = "select * from {batch} where cast(school_urn as integer) < 0"
    return replace(
        some,
        id="EXC_999",
        column=None,
        expectation_type="unexpected_rows_expectation",
        kwargs={"unexpected_rows_query": query},
    )


def process(settings: Settings, contract: Contract) -> dict[str, FileOutcome]:
    receive(settings, contract.id)
    staged = process_source(settings, contract, AS_AT)
    return {outcome.file_name: outcome for outcome in staged.outcomes}


def test_a_file_that_the_program_fails_at_is_refused_alone_and_tried_again(settings: Settings) -> None:
    contract = with_rules()
    inbox = settings.inbox / contract.id
    write_exclusions(inbox / "a_good.csv", [1, 2])
    write_exclusions(inbox / f"{SURNAME}.csv", [3])
    write_exclusions(inbox / "z_good.csv", [4])
    receive(settings, contract.id)
    (broken,) = [file for file in read_manifest(settings) if file.file_name == f"{SURNAME}.csv"]
    kept = broken.path(settings).read_bytes()
    broken.path(settings).unlink()
    broken.path(settings).mkdir()

    outcomes = process(settings, contract)
    assert {name: outcome.refusal_code for name, outcome in outcomes.items()} == {
        "a_good.csv": "",
        f"{SURNAME}.csv": UNEXPECTED,
        "z_good.csv": "",
    }
    message = outcomes[f"{SURNAME}.csv"].refusal_message
    assert broken.file_id in message and "tried again in the next run" in message
    assert SURNAME not in message
    build_reconciliation(settings, AS_AT)

    broken.path(settings).rmdir()
    broken.path(settings).write_bytes(kept)
    again = process(settings, contract)
    assert not any(outcome.refused for outcome in again.values())
    assert again[f"{SURNAME}.csv"].rows_received == 1
    build_reconciliation(settings, AS_AT)


def test_a_rule_that_breaks_down_at_one_file_does_not_touch_the_others(settings: Settings) -> None:
    contract = with_rules(cast_rule())
    inbox = settings.inbox / contract.id
    write_exclusions(inbox / "a_good.csv", [1, 2])
    write_exclusions(inbox / "b_text.csv", [3], {"school_urn": SURNAME})
    outcomes = process(settings, contract)
    assert not outcomes["a_good.csv"].refused
    assert [result.ran for result in outcomes["a_good.csv"].rule_results] == [True]
    refused = outcomes["b_text.csv"]
    assert refused.refusal_code == "rules" and refused.rows_quarantined == refused.rows_received == 1
    assert SURNAME not in str(refused)
    build_reconciliation(settings, AS_AT)


def test_a_file_whose_validation_breaks_down_is_tried_again(settings: Settings) -> None:
    contract = with_rules(cast_rule())
    inbox = settings.inbox / contract.id
    write_exclusions(inbox / "a_good.csv", [1, 2])
    write_exclusions(inbox / "b_bad.csv", [3])
    receive(settings, contract.id)
    bad = next(file.file_id for file in read_manifest(settings) if file.file_name == "b_bad.csv")
    # Where the quarantine of the file should be written stands a folder that is not empty.
    in_the_way = settings.warehouse / "quarantine" / contract.id / f"{bad}.parquet" / "x"
    in_the_way.mkdir(parents=True)
    outcomes = process(settings, contract)
    assert {name: outcome.refusal_code for name, outcome in outcomes.items()} == {
        "a_good.csv": "",
        "b_bad.csv": UNEXPECTED,
    }
    in_the_way.rmdir()
    in_the_way.parent.rmdir()
    assert not any(outcome.refused for outcome in process(settings, contract).values())


def test_a_file_for_which_the_disk_has_no_room_is_tried_again(settings: Settings, key: PseudonymKey) -> None:
    resource = pytest.importorskip("resource", reason="needs a limit of file size, which Windows has not")
    contract = with_rules()
    write_exclusions(settings.inbox / contract.id / f"{SURNAME}.csv", range(3000))
    received = receive(settings, contract.id).new
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
    try:
        read, refused = read_source(settings, contract, received, key)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    (refusal,) = refused.values()
    assert not read and refusal.code == UNEXPECTED
    assert "IOException" in refusal.message and SURNAME not in refusal.message
    read, refused = read_source(settings, contract, received, key)
    assert not refused and [file.rows_received for file in read.values()] == [3000]


def test_only_the_supplier_is_told_the_name_of_the_sheet(settings: Settings) -> None:
    contract = with_rules()
    inbox = settings.inbox / contract.id
    inbox.mkdir(parents=True)
    workbook(inbox / "suspensions.xlsx", {"Notes": [["Read this"]], SURNAME: [["upn", "start_date"], ["A1", "x"]]})
    outcome = process(settings, contract)["suspensions.xlsx"]
    assert outcome.refusal_message.startswith(f"{outcome.file_id}, sheet 2: ") and SURNAME not in str(outcome)
    (line,) = pq.read_table(to_fix_path(settings, contract.id, outcome.file_id)).to_pylist()
    assert line["sheet"] == SURNAME and line["plain_words"].startswith("suspensions.xlsx, sheet 2: ")
