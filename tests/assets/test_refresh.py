"""The whole job on tiny extracts: one source with a good and a bad file, the other sources with none."""

import os
import sqlite3
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest
from dagster._core.execution.retries import auto_reexecution_should_retry_run

from assets.rule_checks import FILES_ACCEPTED
from pipelines.contract_files import load_contract, load_contracts
from pipelines.dagster_home import RefreshResult, environment, run_refresh
from pipelines.ingest.landing import read_manifest
from pipelines.ingest.pseudonyms import new_key
from pipelines.settings import Settings
from pipelines.tables import table_path
from tests.small_exclusions import upn, write_exclusions

AS_AT = date(2026, 9, 30)
CANARY = "Zzyzxcanary"
# In the columns that must not get through the door.
MARKED = {"surname": CANARY, "forename": CANARY}


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory):
    """Settings and the result of one refresh."""
    folder = tmp_path_factory.mktemp("refresh")
    settings = Settings(data_dir=folder / "data folder", key_file=folder / "keys" / "pseudonym.key")
    new_key(settings.key_file)
    write_exclusions(settings.inbox / "exclusions" / "exclusions_autumn.csv", range(4), MARKED)
    (settings.inbox / "exclusions" / "other_school").mkdir()
    bad = settings.inbox / "exclusions" / "other_school" / "not_a_return.csv"
    bad.write_text(f"colour,size\n{CANARY},{CANARY}\n", encoding="utf-8")
    before = dict(os.environ)
    steps: list[str] = []
    yield settings, run_refresh(settings, AS_AT, steps.append), steps
    os.environ.clear()
    os.environ.update(before)


def test_one_bad_file_stops_nothing(refreshed: tuple[Settings, RefreshResult, list[str]]) -> None:
    settings, result, _ = refreshed
    assert result.failed_steps == (), result.messages
    assert result.success
    assert result.checks_failed > 0
    assert pq.read_metadata(table_path(settings, "staging", "exclusions")).num_rows == 4
    assert (settings.shared / "send_shared.duckdb").is_file()


def test_what_somebody_typed_is_not_left_for_the_daemon_to_start_again(
    refreshed: tuple[Settings, RefreshResult, list[str]],
) -> None:
    settings, result, _ = refreshed
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        run = instance.get_run_by_id(result.run_id)
        assert run is not None and not auto_reexecution_should_retry_run(
            instance, run.with_status(dg.DagsterRunStatus.FAILURE), None
        )


def test_the_refusal_is_a_failed_check_with_its_reason(refreshed: tuple[Settings, RefreshResult, list[str]]) -> None:
    settings, result, _ = refreshed
    checks = _checks(settings, result.run_id)
    refusal = checks[("staging/exclusions", FILES_ACCEPTED)]
    assert not refusal.passed and refusal.severity == dg.AssetCheckSeverity.ERROR
    (refused,) = [file for file in read_manifest(settings) if file.file_name == "not_a_return.csv"]
    assert refused.file_id in (refusal.description or "") and "not_a_return" not in (refusal.description or "")
    assert refusal.metadata["files refused"].value == 1


def test_the_checks_of_a_source_without_a_file_pass_and_say_so(
    refreshed: tuple[Settings, RefreshResult, list[str]],
) -> None:
    settings, result, _ = refreshed
    checks = _checks(settings, result.run_id)
    waiting = [check for (asset, _), check in checks.items() if asset == "staging/pupil_roll"]
    assert len(waiting) > len(load_contract("pupil_roll").rules)
    assert all(check.passed and check.description == "No file yet." for check in waiting)


def test_every_table_shows_its_rows_columns_and_lineage(refreshed: tuple[Settings, RefreshResult, list[str]]) -> None:
    settings, result, _ = refreshed
    made = _materializations(settings, result.run_id)
    suspension = made["core/suspension"].metadata
    assert suspension["dagster/row_count"].value == 4
    described = {column.name: column for column in suspension["dagster/column_schema"].value.columns}
    assert described["child_id"].type == "VARCHAR" and described["child_id"].description
    lineage = suspension["dagster/column_lineage"].value.deps_by_column
    assert any(dep.asset_key == dg.AssetKey(["staging", "exclusions"]) for dep in lineage["child_id"])
    assert made["staging/pupil_roll"].metadata["dagster/row_count"].value == 0


def test_progress_names_each_step(refreshed: tuple[Settings, RefreshResult, list[str]]) -> None:
    steps = refreshed[2]
    assert "Starting Dagster" in steps and "process_exclusions" in steps and "core.suspension" in steps


def test_nothing_of_a_record_is_in_the_storage_of_dagster_or_in_the_reports(
    refreshed: tuple[Settings, RefreshResult, list[str]],
) -> None:
    settings = refreshed[0]
    secrets = [CANARY.encode(), upn(0).encode(), b"ZZ01 1AA"]
    searched = [path for folder in (settings.dagster_home, settings.reports) for path in folder.rglob("*")]
    assert len(searched) > 3
    for path in searched:
        if path.is_file():
            assert not [secret for secret in secrets if secret in path.read_bytes()], path


def test_a_second_refresh_changes_no_row(refreshed: tuple[Settings, RefreshResult, list[str]]) -> None:
    settings, first, _ = refreshed
    again = run_refresh(settings, AS_AT)
    assert again.success, again.messages
    assert (again.checks_passed, again.checks_failed) == (first.checks_passed, first.checks_failed)
    assert pq.read_metadata(table_path(settings, "staging", "exclusions")).num_rows == 4


def test_without_a_key_the_run_fails_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    for name, value in environment(settings.model_copy(update={"key_file": tmp_path / "none.key"})).items():
        monkeypatch.setenv(name, value)
    write_exclusions(settings.inbox / "exclusions" / "exclusions_autumn.csv", range(4))
    from pipelines.definitions import defs

    result = defs.resolve_job_def("refresh_exclusions").execute_in_process(
        raise_on_error=False, instance=dg.DagsterInstance.ephemeral()
    )
    assert not result.success
    failed = [event for event in result.get_step_failure_events() if event.step_key == "process_exclusions"]
    assert "sendset key new" in str(failed[0].step_failure_data)
    assert len(read_manifest(settings, "exclusions")) == 1


def test_a_source_that_breaks_keeps_its_last_good_table_and_the_others_go_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    from assets.staging import staging_assets
    from pipelines.resources import Workspace

    def breaks(*_: object) -> None:
        raise ValueError(CANARY)

    monkeypatch.setattr("assets.staging.process_source", breaks)
    contract = load_contract("exclusions")
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [staging_assets(contract)], resources={"workspace": Workspace()}, instance=instance, raise_on_error=False
        )
        assert result.success
        checks = result.get_asset_check_evaluations()
        logged = str([entry.user_message for entry in instance.all_logs(result.run_id)])
    assert checks and not any(check.passed for check in checks)
    assert all("could not be processed" in (check.description or "") for check in checks)
    assert CANARY not in logged + str(checks)
    assert table_path(settings, "staging", "exclusions").is_file()


def test_there_are_contracts_to_test_with() -> None:
    assert {contract.id for contract in load_contracts()} >= {"exclusions", "pupil_roll"}


def _checks(settings: Settings, run_id: str) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        events = [entry.dagster_event for entry in instance.all_logs(run_id) if entry.dagster_event]
    checked = [event for event in events if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION]
    evaluations = [event.asset_check_evaluation_data for event in checked]
    return {("/".join(check.asset_key.path), check.check_name): check for check in evaluations}


def _materializations(settings: Settings, run_id: str) -> dict[str, dg.AssetMaterialization]:
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        events = [entry.dagster_event for entry in instance.all_logs(run_id) if entry.dagster_event]
    made = [event.step_materialization_data.materialization for event in events if event.is_step_materialization]
    return {"/".join(materialization.asset_key.path): materialization for materialization in made}


def test_the_event_log_survives_a_killed_process(settings: Settings) -> None:
    from pipelines.event_storage import KeptOpenEventLogStorage

    storage = KeptOpenEventLogStorage(str(settings.dagster_home / "history"))
    with storage.index_connection() as connection:
        mode = connection.exec_driver_sql("pragma journal_mode").scalar()
        waits = connection.exec_driver_sql("pragma synchronous").scalar()
    storage.dispose()
    assert (mode, waits) == ("wal", 1)
    with sqlite3.connect(storage.path_for_shard("index")) as reopened:
        assert reopened.execute("pragma integrity_check").fetchone() == ("ok",)
