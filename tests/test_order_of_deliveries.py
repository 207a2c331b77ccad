"""Whatever the order in which files arrive, the newest period wins; within a period the last to arrive."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.contract_files import load_contract
from pipelines.contracts import Contract
from pipelines.extract import process_source
from pipelines.ingest.landing import receive
from pipelines.ingest.pseudonyms import new_key
from pipelines.reconciliation import build_reconciliation, read_outcomes
from pipelines.settings import Settings
from pipelines.tables import file_path, table_path
from pipelines.withdrawals import withdraw
from tests.small_exclusions import VALUES, upn

AS_AT = date(2026, 11, 20)
ARRIVAL = datetime(2026, 11, 10, 9, tzinfo=UTC)
# One referral or suspension: number, day, and what changes from file to file (the service, the sessions).
Line = tuple[int, str, str]


def read_by(contract_id: str) -> Contract:
    """Without rules: what they cost is not the matter here, and whoever is quarantined is in no order."""
    return replace(load_contract(contract_id), rules=(), return_rules=())


def text(contract: Contract, lines: Sequence[Line]) -> str:
    names = [column.name for column in contract.columns]
    rows = [names]
    for number, day, changed in lines:
        values = {**VALUES, "upn": upn(number), "referral_id": f"R{number}", "start_date": day, "referred_date": day}
        values |= {"service": changed, "sessions": changed}
        rows.append([values.get(name, "") for name in names])
    return "".join(",".join(row) + "\n" for row in rows)


# Each brings a newer period than the one before: a term, or a month. Keys come again with another service or length.
DELIVERIES: dict[str, dict[str, list[Line]]] = {
    "health_waits": {
        "august.csv": [(1, "2026-08-03", "autism"), (2, "2026-08-20", "autism")],
        "september.csv": [(1, "2026-08-03", "adhd"), (2, "2026-08-20", "autism"), (3, "2026-09-30", "autism")],
        "october.csv": [(2, "2026-08-20", "adhd"), (3, "2026-09-30", "adhd"), (4, "2026-10-01", "autism")],
    },
    "exclusions": {
        "spring.csv": [(1, "2026-02-03", "2"), (2, "2026-03-31", "2")],
        "summer.csv": [(1, "2026-02-03", "4"), (3, "2026-04-01", "4"), (4, "2026-07-20", "4")],
        "autumn.csv": [(1, "2026-02-03", "6"), (3, "2026-04-01", "6"), (5, "2026-08-31", "6")],
    },
}
SENT_AGAIN_UP_TO = {"health_waits": "2026-09-02", "exclusions": "2026-04-02"}
IN_USE = {
    "health_waits": {"october.csv": 3},
    "exclusions": {"spring.csv": 1, "summer.csv": 1, "autumn.csv": 3},
}


def deliver(settings: Settings, contract: Contract, files: dict[str, list[Line]], first: datetime = ARRIVAL) -> None:
    """One after the other, a minute apart, then a refresh."""
    for minute, (name, lines) in enumerate(files.items()):
        path = settings.inbox / contract.id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(contract, lines), encoding="utf-8")
        receive(settings, contract.id, first + timedelta(minutes=minute))
    process_source(settings, contract, AS_AT)


def accepted(settings: Settings, contract: Contract, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[int, int]]:
    """File → rows accepted and superseded, of the files with rows in use."""
    monkeypatch.setattr("pipelines.reconciliation.load_contracts", lambda: [contract])
    build_reconciliation(settings, AS_AT)
    rows = pq.read_table(table_path(settings, "core", "reconciliation")).to_pylist()
    return {row["file_name"]: (row["rows_accepted"], row["rows_superseded"]) for row in rows}


@pytest.mark.parametrize("contract_id", DELIVERIES)
def test_every_order_of_arrival_gives_the_same_staging_and_the_same_counts(
    tmp_path: Path, contract_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract, files = read_by(contract_id), DELIVERIES[contract_id]
    key_file = tmp_path / "pseudonym.key"
    new_key(key_file)
    staged: set[bytes] = set()
    counted: list[dict[str, tuple[int, int]]] = []
    for number, order in enumerate(permutations(files)):
        settings = Settings(data_dir=tmp_path / str(number), key_file=key_file)
        deliver(settings, contract, {name: files[name] for name in order})
        staged.add(table_path(settings, "staging", contract_id).read_bytes())
        counted.append(accepted(settings, contract, monkeypatch))
    assert len(counted) == 6 and len(staged) == 1
    expected = {name: (used := IN_USE[contract_id].get(name, 0), len(lines) - used) for name, lines in files.items()}
    assert counted == [expected] * 6


@pytest.mark.parametrize("contract_id", DELIVERIES)
def test_a_period_sent_again_replaces_even_if_its_newest_row_was_taken_away(
    settings: Settings, contract_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract, files = read_by(contract_id), DELIVERIES[contract_id]
    name, lines = list(files.items())[1]
    again = [*((number, day, "1") for number, day, _ in lines[:-1]), (9, SENT_AGAIN_UP_TO[contract_id], "1")]
    deliver(settings, contract, {name: lines, "again.csv": again})
    counts = accepted(settings, contract, monkeypatch)
    assert counts["again.csv"] == (len(again), 0)
    kept = 0 if contract.delivery == "snapshot" else 1
    assert counts[name] == (kept, len(lines) - kept)


@pytest.mark.parametrize("contract_id", DELIVERIES)
def test_without_the_newest_period_the_one_before_it_counts_again(
    settings: Settings, contract_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract, files = read_by(contract_id), DELIVERIES[contract_id]
    first, second, third = files
    deliver(settings, contract, {name: files[name] for name in (third, first, second)})
    newest = next(outcome for outcome in read_outcomes(settings, contract) if outcome.file_name == third)
    withdraw(settings, newest.file_id, "Wrong export")
    process_source(settings, contract, AS_AT)
    counts = accepted(settings, contract, monkeypatch)
    assert counts[third] == (0, len(files[third]))
    assert counts[second] == (len(files[second]), 0)
    assert counts[first][0] == (0 if contract.delivery == "snapshot" else 1)


def test_the_supplier_of_an_older_period_is_told_that_a_newer_one_stays_in_use(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract, files = read_by("health_waits"), DELIVERIES["health_waits"]
    deliver(settings, contract, {name: files[name] for name in ("october.csv", "september.csv")})
    accepted(settings, contract, monkeypatch)
    (status,) = pq.read_table(table_path(settings, "core", "source_status")).to_pylist()
    assert status["status"] == "current"
    assert status["message"] == "The newest file brings an older period; the one of 10 days ago stays in use."


def test_a_date_after_the_day_on_which_the_file_came_says_nothing_about_its_period(settings: Settings) -> None:
    contract = read_by("health_waits")
    deliver(settings, contract, {"slip.csv": [(1, "2026-09-05", "autism"), (2, "2026-11-11", "autism")]})
    deliver(settings, contract, {"planned.csv": [(1, "2027-09-05", "adhd")]}, ARRIVAL + timedelta(days=1))
    slip, planned = read_outcomes(settings, contract)
    assert (slip.months, planned.months) == (("2026-09-01",), ())


def test_an_outcome_that_an_earlier_version_noted_is_made_anew(settings: Settings) -> None:
    contract = read_by("exclusions")
    deliver(settings, contract, {"spring.csv": DELIVERIES["exclusions"]["spring.csv"]})
    (outcome,) = read_outcomes(settings, contract)
    noted = file_path(settings, "validation", contract.id, outcome.file_id, ".json")
    noted.write_text(noted.read_text(encoding="utf-8").replace('"months"', '"other"'), encoding="utf-8")
    assert read_outcomes(settings, contract) == []
    process_source(settings, contract, AS_AT)
    assert read_outcomes(settings, contract) == [outcome]
    assert outcome.months == ("2026-02-01", "2026-03-01")
