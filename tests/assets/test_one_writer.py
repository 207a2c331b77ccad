"""One run writes at a time; a run that waits says so, and one that was killed holds nobody up."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from filelock import FileLock

import pipelines.resources
from pipelines.dagster_home import instance_config, prepare_dagster_home
from pipelines.resources import end_run_left_behind, the_only_writer
from pipelines.settings import REPOSITORY, Settings

HOLD_FOR_EVER = """
import sys
from pipelines.resources import the_only_writer
from pipelines.settings import Settings
with the_only_writer(Settings(data_dir=sys.argv[1]), sys.argv[2], None, print):
    print("held", flush=True)
    sys.stdin.read()
"""


def _hold_elsewhere(settings: Settings, run_id: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD_FOR_EVER, str(settings.data_dir), run_id]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().strip() == "held"
    return process


def test_a_second_run_says_for_whom_it_waits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines.resources, "SECONDS_BETWEEN_NOTICES", 0.1)
    other = _hold_elsewhere(settings, "run-of-the-night")
    notices: list[str] = []

    def notice(text: str) -> None:
        notices.append(text)
        other.kill()

    with the_only_writer(settings, "mine", None, notice):
        assert "run run-of-t is writing" in notices[0]
    other.wait()


def test_a_run_whose_process_was_killed_is_marked_as_failed(settings: Settings) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(_job(), status=dg.DagsterRunStatus.STARTED)
        other = _hold_elsewhere(settings, run.run_id)
        end_run_left_behind(settings, instance)
        assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.STARTED
        other.kill()
        other.wait()
        end_run_left_behind(settings, instance)
        assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE


def test_the_lock_is_free_after_a_run(settings: Settings) -> None:
    with the_only_writer(settings, "one", None, print):
        assert (settings.data_dir / "writer.run").read_text() == "one"
    assert not (settings.data_dir / "writer.run").exists()
    with FileLock(settings.data_dir / "writer.lock", timeout=0):
        pass


def test_dagster_sends_nothing_keeps_ticks_for_a_while_and_queues_runs(settings: Settings) -> None:
    config = instance_config(settings)
    assert config["telemetry"] == {"enabled": False}
    assert config["concurrency"] == {"runs": {"max_concurrent_runs": 1}}
    assert config["retention"]["sensor"]["purge_after_days"]["failure"] == settings.event_log_days


def test_a_dagster_yaml_of_ones_own_is_left_alone(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _keep_environment(monkeypatch)
    home = prepare_dagster_home(settings)
    assert "telemetry" in (home / "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    prepare_dagster_home(settings)
    assert (home / "dagster.yaml").read_text(encoding="utf-8") == "telemetry: {enabled: false}\n"


def test_dagster_takes_the_configuration(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    _keep_environment(monkeypatch)
    prepare_dagster_home(settings)
    with dg.DagsterInstance.get() as instance:
        assert not instance.telemetry_enabled
        assert Path(instance.root_directory) == settings.dagster_home
        run = instance.create_run_for_job(_job())
        assert [record.dagster_run.run_id for record in instance.get_run_records()] == [run.run_id]


def _keep_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have pytest put back what the product sets for its child processes."""
    from pipelines.dagster_home import environment

    for name in [*environment(Settings()), "SENDSET_PUBLISHED_DIR"]:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def _job() -> dg.JobDefinition:
    @dg.op
    def nothing() -> None:
        return

    @dg.job
    def small_job() -> None:
        nothing()

    return small_job
