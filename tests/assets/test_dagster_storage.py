"""Where Dagster keeps its runs, PostgreSQL included, and for how long."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml
from sqlalchemy import text

from pipelines.dagster_home import environment, instance_config, prepare_dagster_home
from pipelines.resources import Workspace
from pipelines.run_retention import forget_old_runs
from pipelines.settings import Settings, SetUpProblem

POSTGRES_USER = "postgres"
ADDRESS = "postgresql://partner:a-secret@db.example:5432/dagster"


@pytest.fixture
def ours(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings, with the environment put back afterwards."""
    for name in environment(settings):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return settings


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of an empty database of a PostgreSQL server of this test's own."""
    pytest.importorskip("dagster_postgres", reason="needs the package dagster-postgres")
    found = shutil.which("initdb") or next((str(p) for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")), None)
    if found is None:
        pytest.skip("needs the programs of a PostgreSQL server (Debian: apt-get install postgresql)")
    programs = Path(found).resolve().parent
    folder = tempfile.mkdtemp(prefix="postgres ")
    # PostgreSQL refuses to run as root.
    user = POSTGRES_USER if os.name == "posix" and os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    initialise = [str(programs / "initdb"), "-D", f"{folder}/data", "-A", "trust", "-U", POSTGRES_USER, "-N"]
    subprocess.run(initialise, check=True, user=user, stdout=subprocess.DEVNULL, cwd=folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["-p", str(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
    server = subprocess.Popen(
        [str(programs / "postgres"), "-D", f"{folder}/data", *options],
        user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
    try:
        while server.poll() is None and subprocess.run(ready, check=False).returncode:
            time.sleep(0.1)
        assert server.poll() is None, "PostgreSQL did not start"
        yield f"postgresql://{POSTGRES_USER}@127.0.0.1:{port}/postgres"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder)


def test_runs_are_kept_in_postgresql_when_that_is_set(ours: Settings, postgres: str) -> None:
    prepare_dagster_home(ours.model_copy(update={"dagster_postgres_url": postgres}))
    with dg.DagsterInstance.get() as instance:
        run_id = _job().execute_in_process(instance=instance).run_id
    with dg.DagsterInstance.get() as instance:
        assert type(instance.run_storage).__name__ == "PostgresRunStorage"
        assert [record.dagster_run.run_id for record in instance.get_run_records()] == [run_id]
        assert instance.all_logs(run_id)
        assert forget_old_runs(instance, 90, datetime.now(UTC) + timedelta(days=91)) == 1
        assert not instance.get_run_records() and not instance.all_logs(run_id)
    assert not list(ours.dagster_home.rglob("*.db"))


def test_the_password_of_the_server_is_in_no_file_and_in_no_repr(settings: Settings) -> None:
    with_server = settings.model_copy(update={"dagster_postgres_url": ADDRESS})
    written = yaml.safe_dump(instance_config(with_server))
    assert "postgres_url:\n      env: SENDSET_DAGSTER_POSTGRES_URL" in written
    assert "a-secret" not in written + repr(with_server)
    assert environment(with_server)["SENDSET_DAGSTER_POSTGRES_URL"] == ADDRESS


def test_without_the_package_for_postgresql_the_message_says_what_to_install(
    ours: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "dagster_postgres", None)
    with pytest.raises(SetUpProblem, match="dagster-postgres is not installed") as raised:
        prepare_dagster_home(ours.model_copy(update={"dagster_postgres_url": ADDRESS}))
    assert "a-secret" not in str(raised.value)


def test_finished_runs_are_forgotten_after_the_days_that_are_set_with_their_file(ours: Settings) -> None:
    prepare_dagster_home(ours)
    with dg.DagsterInstance.get() as instance:
        finished = _job().execute_in_process(instance=instance).run_id
        going_on = instance.create_run_for_job(_job(), status=dg.DagsterRunStatus.STARTED).run_id
        shards = ours.dagster_home / "history" / "runs"
        assert (shards / f"{finished}.db").is_file()
        now = datetime.now(UTC)
        assert forget_old_runs(instance, 90, now + timedelta(days=89)) == 0
        assert instance.all_logs(finished)
        assert forget_old_runs(instance, 90, now + timedelta(days=91)) == 1
        assert [record.dagster_run.run_id for record in instance.get_run_records()] == [going_on]
        assert not list(shards.glob(f"{finished}*"))
        again = _job().execute_in_process(instance=instance).run_id
        assert instance.all_logs(again)


def test_each_run_of_the_pipeline_forgets_the_old_ones(ours: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(ours).items():
        monkeypatch.setenv(name, value)

    @dg.asset
    def needs_the_workspace(workspace: Workspace) -> None:
        return

    with dg.DagsterInstance.ephemeral() as instance:
        old = _job().execute_in_process(instance=instance).run_id
        new = _job().execute_in_process(instance=instance).run_id
        with instance.run_storage.connect() as connection:  # pyright: ignore[reportAttributeAccessIssue]
            connection.execute(text(f"update runs set create_timestamp = '2020-01-01' where run_id = '{old}'"))
        dg.materialize([needs_the_workspace], resources={"workspace": Workspace()}, instance=instance)
        assert instance.get_run_by_id(old) is None and instance.get_run_by_id(new) is not None


def _job() -> dg.JobDefinition:
    @dg.op
    def nothing() -> None:
        return

    @dg.job(executor_def=dg.in_process_executor)
    def small_job() -> None:
        nothing()

    return small_job
