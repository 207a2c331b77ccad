"""One bad file never stops the others, even where the program itself fails at it."""

from dataclasses import replace
from datetime import date

from pipelines.contract_files import load_contract
from pipelines.contracts import Contract, Rule
from pipelines.extract import process_source
from pipelines.ingest.landing import read_manifest, receive
from pipelines.outcomes import UNEXPECTED, FileOutcome
from pipelines.reconciliation import build_reconciliation
from pipelines.settings import Settings
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
