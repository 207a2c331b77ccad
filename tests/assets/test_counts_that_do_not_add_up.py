"""A row that is lost stops the run before anything is published, and says where it was lost."""

from dataclasses import replace
from datetime import date

import dagster as dg
import pyarrow.parquet as pq
import pytest

from assets.reconciliation import reconciliation_assets
from pipelines.contract_files import load_contract
from pipelines.dagster_home import environment
from pipelines.extract import process_source
from pipelines.ingest.landing import read_manifest, receive
from pipelines.resources import Workspace
from pipelines.settings import Settings
from pipelines.tables import table_path
from tests.small_exclusions import write_exclusions


def test_a_lost_row_fails_the_step_that_the_release_waits_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    contract = replace(load_contract("exclusions"), rules=())
    write_exclusions(settings.inbox / "exclusions" / "autumn.csv", range(3))
    receive(settings, "exclusions")
    process_source(settings, contract, date(2026, 9, 30))
    staged = table_path(settings, "staging", "exclusions")
    pq.write_table(pq.read_table(staged).slice(1), staged)

    reconciliation, _ = reconciliation_assets([contract])
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [reconciliation], resources={"workspace": Workspace()}, instance=instance, raise_on_error=False
        )
    assert not result.success
    (failure,) = result.get_step_failure_events()
    (file,) = read_manifest(settings)
    lost = (
        f"exclusions, file {file.file_id}: 3 rows received, but 2 accepted, 0 quarantined, 0 duplicate, 0 superseded."
    )
    assert lost in str(failure.step_failure_data)
    assert not table_path(settings, "core", "reconciliation").exists()
