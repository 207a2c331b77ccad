"""A refresh for a past day gives what was known then."""

from datetime import UTC, date, datetime

import pyarrow.parquet as pq
import pytest

from pipelines.contracts import Contract
from pipelines.extract import process_source
from pipelines.reconciliation import build_reconciliation
from pipelines.settings import Settings
from pipelines.tables import table_path
from tests.test_order_of_deliveries import DELIVERIES, deliver, read_by

FIRST = datetime(2026, 10, 5, 9, tzinfo=UTC)
SECOND = datetime(2026, 11, 10, 9, tzinfo=UTC)


def known(settings: Settings, contract: Contract, as_at: date) -> tuple[bytes, list[dict[str, object]]]:
    """The staging table and the reconciliation of a refresh for that day."""
    process_source(settings, contract, as_at)
    build_reconciliation(settings, as_at)
    return (
        table_path(settings, "staging", contract.id).read_bytes(),
        pq.read_table(table_path(settings, "core", "reconciliation")).to_pylist(),
    )


@pytest.mark.parametrize("contract_id", DELIVERIES)
def test_a_file_that_came_after_the_day_changes_nothing_about_it(
    settings: Settings, contract_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = read_by(contract_id)
    monkeypatch.setattr("pipelines.reconciliation.load_contracts", lambda: [contract])
    (first, early), *later = DELIVERIES[contract_id].items()
    deliver(settings, contract, {first: early}, FIRST)
    then = known(settings, contract, FIRST.date())
    deliver(settings, contract, dict(later), SECOND)
    now = known(settings, contract, SECOND.date())
    assert now != then and len(now[1]) == 1 + len(later)
    assert known(settings, contract, FIRST.date()) == then
    assert known(settings, contract, SECOND.date()) == now


def test_of_a_history_that_was_loaded_later_the_snapshot_of_the_time_is_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract, files = read_by("health_waits"), DELIVERIES["health_waits"]
    monkeypatch.setattr("pipelines.reconciliation.load_contracts", lambda: [contract])
    deliver(settings, contract, files, SECOND)

    def in_use(as_at: date) -> set[object]:
        return {row["file_name"] for row in known(settings, contract, as_at)[1] if row["status"] == "current"}

    assert in_use(date(2026, 8, 31)) == {"august.csv"}
    assert in_use(date(2026, 9, 15)) == {"september.csv"}
    assert in_use(date(2026, 7, 31)) == in_use(SECOND.date()) == {"october.csv"}


def test_of_an_increment_that_was_loaded_later_every_file_is_used(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract, files = read_by("exclusions"), DELIVERIES["exclusions"]
    monkeypatch.setattr("pipelines.reconciliation.load_contracts", lambda: [contract])
    deliver(settings, contract, files, SECOND)
    assert len(known(settings, contract, date(2026, 3, 31))[1]) == len(files)
