"""A withdrawn file is recomputed away, still counted, and what came before it serves again."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.contract_files import load_contract
from pipelines.contracts import Contract
from pipelines.extract import process_source
from pipelines.ingest.landing import read_manifest, receive
from pipelines.ingest.pseudonyms import new_key
from pipelines.reconciliation import build_reconciliation
from pipelines.settings import Settings
from pipelines.tables import table_path
from pipelines.to_fix import write_to_fix
from pipelines.withdrawals import CannotWithdraw, ledger_path, withdraw
from tests.small_exclusions import write_exclusions

AS_AT = date(2026, 9, 30)


@pytest.fixture(params=["increment", "snapshot"])
def contract(request: pytest.FixtureRequest) -> Contract:
    """One rule alone: what all of them cost is not the matter here."""
    whole = load_contract("exclusions")
    kept = [rule for rule in whole.rules if rule.column == "start_date" and rule.severity == "critical"]
    return replace(whole, delivery=request.param, rules=tuple(kept[:1]))


@pytest.fixture
def two_files(settings: Settings, contract: Contract, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Three pupils, then the same with other sessions; the file_ids in order of receipt."""
    monkeypatch.setattr("pipelines.reconciliation.load_contracts", lambda: [contract])
    if not settings.key_file.exists():
        new_key(settings.key_file)
    for name, sessions in (("first.csv", "4"), ("second.csv", "6")):
        write_exclusions(settings.inbox / contract.id / name, range(3), {"sessions": sessions})
        receive(settings, contract.id)
    process_source(settings, contract, AS_AT)
    return [file.file_id for file in read_manifest(settings)]


def statuses(settings: Settings, contract: Contract) -> list[tuple[object, ...]]:
    """Status, received, accepted and superseded of each file after a refresh, in order of receipt."""
    process_source(settings, contract, AS_AT)
    build_reconciliation(settings, AS_AT)
    rows = pq.read_table(table_path(settings, "core", "reconciliation")).to_pylist()
    return [(r["status"], r["rows_received"], r["rows_accepted"], r["rows_superseded"]) for r in rows]


def sessions(settings: Settings) -> set[object]:
    table = pq.read_table(table_path(settings, "staging", "exclusions"), columns=["sessions"])
    return set(table.column("sessions").to_pylist())


def test_withdrawing_the_newest_file_makes_the_one_before_it_current_again(
    settings: Settings, contract: Contract, two_files: list[str]
) -> None:
    assert sessions(settings) == {6}
    withdraw(settings, two_files[1], "Wrong month")
    assert statuses(settings, contract) == [("current", 3, 3, 0), ("withdrawn", 3, 0, 3)]
    assert sessions(settings) == {4}


def test_what_to_fix_lists_no_file_that_was_withdrawn(
    settings: Settings, contract: Contract, two_files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.to_fix.load_contracts", lambda: [contract])
    withdraw(settings, two_files[1], "Wrong month")
    page = write_to_fix(settings).read_text(encoding="utf-8")
    assert two_files[0] in page and two_files[1] not in page


def test_a_source_of_which_every_file_is_withdrawn_is_empty_and_says_so(
    settings: Settings, contract: Contract, two_files: list[str]
) -> None:
    for file_id in two_files:
        withdraw(settings, file_id, "Wrong area")
    assert statuses(settings, contract) == [("withdrawn", 3, 0, 3), ("withdrawn", 3, 0, 3)]
    (status,) = pq.read_table(table_path(settings, "core", "source_status")).to_pylist()
    assert (status["status"], status["message"]) == ("missing", "Every file was withdrawn.")


def test_the_ledger_only_grows_and_refuses_what_makes_no_sense(settings: Settings, two_files: list[str]) -> None:
    withdraw(settings, two_files[0], "Wrong\nmonth", datetime(2026, 9, 1, tzinfo=UTC))
    first = ledger_path(settings).read_text(encoding="utf-8")
    assert "Wrong month" in first
    for file_id, reason in ((two_files[0], "again"), ("0" * 16, "unknown"), (two_files[1], " ")):
        with pytest.raises(CannotWithdraw):
            withdraw(settings, file_id, reason)
    withdraw(settings, two_files[1], "Wrong area")
    assert ledger_path(settings).read_text(encoding="utf-8").startswith(first)


def test_the_command_withdraws_a_file_and_refuses_an_unknown_one(
    settings: Settings, two_files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SENDSET_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SENDSET_KEY_FILE", str(settings.key_file))
    assert CliRunner().invoke(app, ["withdraw", two_files[1], "--reason", "Wrong month"]).exit_code == 0
    assert CliRunner().invoke(app, ["withdraw", "0" * 16, "--reason", "Wrong month"]).exit_code == 2
    assert len(ledger_path(settings).read_text(encoding="utf-8").splitlines()) == 1
