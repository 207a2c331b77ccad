"""Rows received = accepted + quarantined + duplicate + superseded, each counted by itself: a lost row is seen."""

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import duckdb
import pyarrow.parquet as pq
import pytest

from pipelines.contract_files import load_contract
from pipelines.contracts import Contract
from pipelines.extract import process_source
from pipelines.ingest.landing import receive
from pipelines.ingest.pseudonyms import new_key
from pipelines.outcomes import to_fix_path
from pipelines.reconciliation import CountsDoNotReconcile, build_reconciliation, read_outcomes
from pipelines.settings import Settings
from pipelines.staging import build_staging, staged_rows, superseded_rows
from pipelines.tables import quoted, table_path
from tests.small_exclusions import write_exclusions

AS_AT = date(2026, 9, 30)


@pytest.fixture(scope="module")
def contract() -> Contract:
    """One rule alone, that there is a day: what all of them cost is not the matter here."""
    whole = load_contract("exclusions")
    kept = [rule for rule in whole.rules if rule.column == "start_date" and rule.severity == "critical"]
    return replace(whole, rules=tuple(kept[:1]))


def deliver(settings: Settings, contract: Contract, name: str, serials: Iterable[int], sessions: str = "4") -> None:
    file = write_exclusions(settings.inbox / contract.id / name, serials, {"sessions": sessions})
    without_day = file.read_text(encoding="utf-8").splitlines()[1].replace("15/09/2025", "")
    file.write_text(f"{file.read_text(encoding='utf-8')}{without_day}\n", encoding="utf-8")
    receive(settings, contract.id)
    process_source(settings, contract, AS_AT)


def counts(settings: Settings) -> dict[str, tuple[object, ...]]:
    """File name → received, accepted, quarantined, duplicate, superseded."""
    build_reconciliation(settings, AS_AT)
    parts = ("received", "accepted", "quarantined", "duplicate", "superseded")
    rows = pq.read_table(table_path(settings, "core", "reconciliation")).to_pylist()
    return {row["file_name"]: tuple(row[f"rows_{part}"] for part in parts) for row in rows}


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory, contract: Contract) -> Settings:
    """Five pupils, then three of them again with other sessions, one of them twice, and a new one.

    Each file ends with a row without its day, which goes to quarantine.
    """
    folder = tmp_path_factory.mktemp("delivered")
    made = Settings(data_dir=folder / "data", key_file=folder / "pseudonym.key")
    new_key(made.key_file)
    deliver(made, contract, "autumn.csv", range(5))
    deliver(made, contract, "corrected.csv", [2, 3, 4, 4, 5], sessions="6")
    return made


@pytest.fixture
def two_files(delivered: Settings, settings: Settings) -> Settings:
    """A copy of it for one test."""
    shutil.copytree(delivered.data_dir, settings.data_dir)
    return settings


def change_staging(settings: Settings, select: str) -> None:
    table = table_path(settings, "staging", "exclusions")
    with duckdb.connect() as connection:
        connection.execute(f"create table staged as select * from read_parquet({quoted(table)})")
        connection.execute(f"copy ({select}) to {quoted(table)} (format parquet)")


def test_each_part_is_counted_by_itself(two_files: Settings) -> None:
    assert counts(two_files) == {"autumn.csv": (6, 2, 1, 0, 3), "corrected.csv": (6, 4, 1, 1, 0)}


def test_a_row_that_staging_lost_is_seen(two_files: Settings) -> None:
    change_staging(two_files, "select * from staged order by file_id, row_number limit 5")
    with pytest.raises(CountsDoNotReconcile, match=r"exclusions, file [0-9a-f]{16}: 6 rows received, but"):
        build_reconciliation(two_files, AS_AT)


def test_a_lost_row_is_not_taken_for_one_that_gave_way(two_files: Settings, contract: Contract) -> None:
    outcomes = read_outcomes(two_files, contract)
    first = outcomes[0].file_id
    change_staging(two_files, f"select * from staged where file_id <> '{first}'")
    assert superseded_rows(two_files, contract, outcomes) == {first: 3}
    with pytest.raises(CountsDoNotReconcile, match="0 accepted, 1 quarantined, 0 duplicate, 3 superseded"):
        build_reconciliation(two_files, AS_AT)


def test_without_the_newer_row_the_older_is_lost_and_not_superseded(two_files: Settings, contract: Contract) -> None:
    outcomes = read_outcomes(two_files, contract)
    newer = outcomes[1].file_id
    change_staging(two_files, f"select * from staged where file_id <> '{newer}'")
    assert superseded_rows(two_files, contract, outcomes) == {}


def test_a_row_that_is_in_staging_twice_is_seen(two_files: Settings) -> None:
    change_staging(two_files, "select * from staged union all (select * from staged limit 1)")
    with pytest.raises(CountsDoNotReconcile):
        build_reconciliation(two_files, AS_AT)


def test_a_key_with_a_text_that_is_no_code_gives_way_too(settings: Settings, contract: Contract) -> None:
    for name, sessions in (("one.csv", "4"), ("two.csv", "6")):
        write_exclusions(settings.inbox / contract.id / name, [1, 2], {"category": "Sent home", "sessions": sessions})
        receive(settings, contract.id)
    process_source(settings, replace(contract, rules=()), AS_AT)
    assert counts(settings) == {"one.csv": (2, 0, 0, 0, 2), "two.csv": (2, 2, 0, 0, 0)}


def test_all_good_rows_of_a_replaced_snapshot_are_superseded(two_files: Settings, contract: Contract) -> None:
    snapshot = replace(contract, delivery="snapshot")
    outcomes = read_outcomes(two_files, snapshot)
    first, second = (outcome.file_id for outcome in outcomes)
    build_staging(two_files, snapshot, outcomes)
    assert staged_rows(two_files, snapshot) == {second: 4}
    assert superseded_rows(two_files, snapshot, outcomes) == {first: 5}


def test_the_rows_of_a_refused_file_are_in_quarantine_and_nowhere_else(settings: Settings, contract: Contract) -> None:
    file = write_exclusions(settings.inbox / contract.id / "headers.csv", [1])
    file.write_text("colour,size\nred,1\n", encoding="utf-8")
    receive(settings, contract.id)
    process_source(settings, contract, AS_AT)
    assert counts(settings) == {"headers.csv": (0, 0, 0, 0, 0)}
    (outcome,) = read_outcomes(settings, contract)
    (line,) = pq.read_table(to_fix_path(settings, contract.id, outcome.file_id)).to_pylist()
    assert line["file_name"] == "headers.csv" and "headers.csv" in line["plain_words"]
    assert outcome.file_id in outcome.refusal_message and "headers.csv" not in outcome.refusal_message
