"""Dagster on this machine: its folder, one refresh from the command line, and its UI."""

import functools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from pipelines.settings import REPOSITORY, Settings, SetUpProblem
from pipelines.tables import replace_atomically

if TYPE_CHECKING:
    import dagster as dg


WRITTEN_BY_US: Final = "# Written by sendset at each start. Remove this line to keep your own version."
SKIPPED_TICK_DAYS: Final = 7
STARTED_AGAIN: Final = 2
# Dagster gives the code server 60 seconds to start the process of a run, which a busy machine may need, and the process any
# time to begin: seen once, it never did. Each start is given up after this, and the run is started again.
SECONDS_TO_START_A_RUN: Final = 120
QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class RefreshResult:
    """What one refresh did: counts of assets made and of checks, and the names of steps that failed."""

    run_id: str
    success: bool
    assets: int
    checks_passed: int
    checks_failed: int
    failed_steps: tuple[str, ...]
    messages: tuple[str, ...] = ()


def prepare_dagster_home(settings: Settings) -> Path:
    """Write dagster.yaml where it is missing or ours, and set DAGSTER_HOME and SENDSET_… for this process.

    Raises SetUpProblem if PostgreSQL is set and its package is not there.
    """
    if settings.dagster_postgres_url and not find_spec("dagster_postgres"):
        raise SetUpProblem(
            "SENDSET_DAGSTER_POSTGRES_URL is set, but the package dagster-postgres is not installed. Install the version"
            " that goes with Dagster, 0.29.27, or take the setting away."
        )
    home = settings.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    file = home / "dagster.yaml"
    if not file.exists() or file.read_text(encoding="utf-8").startswith(WRITTEN_BY_US):
        with replace_atomically(file) as beside:
            beside.write_text(f"{WRITTEN_BY_US}\n{yaml.safe_dump(instance_config(settings))}", encoding="utf-8")
    os.environ.update(environment(settings))
    return home


def instance_config(settings: Settings) -> dict[str, object]:
    """dagster.yaml: nothing is sent anywhere, one run at a time, ticks are kept for a while, no output is captured.

    A run that could not be started in time, or whose process was killed, is started again; one whose step failed is not.
    The address of a PostgreSQL server holds its password, so the file names the variable that has it.
    """
    ticks = {
        "skipped": min(SKIPPED_TICK_DAYS, settings.event_log_days),
        **dict.fromkeys(("success", "failure", "started"), settings.event_log_days),
    }
    return {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "concurrency": {"runs": {"max_concurrent_runs": 1}},
        "run_monitoring": {
            "enabled": True,
            "start_timeout_seconds": 2 * SECONDS_TO_START_A_RUN,
            "poll_interval_seconds": SECONDS_TO_START_A_RUN // 2,
        },
        "run_retries": {"enabled": True, "max_retries": STARTED_AGAIN, "retry_on_asset_or_op_failure": False},
        "retention": {"schedule": {"purge_after_days": ticks}, "sensor": {"purge_after_days": ticks}},
        **_storage(settings),
        # What a library prints could quote a record: keep only our own log lines.
        "compute_logs": {
            "module": "dagster._core.storage.noop_compute_log_manager",
            "class": "NoOpComputeLogManager",
        },
    }


def _storage(settings: Settings) -> dict[str, object]:
    if settings.dagster_postgres_url:
        return {"storage": {"postgres": {"postgres_url": {"env": "SENDSET_DAGSTER_POSTGRES_URL"}}}}
    return {
        "event_log_storage": {
            "module": "pipelines.event_storage",
            "class": "KeptOpenEventLogStorage",
            "config": {"base_dir": str(settings.dagster_home / "history" / "runs")},
        }
    }


def environment(settings: Settings) -> dict[str, str]:
    """The variables that give the processes of Dagster the same settings."""
    values = {
        f"SENDSET_{name.upper()}": str(value) for name, value in settings.model_dump().items() if value is not None
    }
    return {
        **values,
        "DAGSTER_HOME": str(settings.dagster_home),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_GRPC_TIMEOUT_SECONDS": os.environ.get("DAGSTER_GRPC_TIMEOUT_SECONDS", str(SECONDS_TO_START_A_RUN)),
    }


def run_refresh(settings: Settings, as_at: date, progress: Callable[[str], None] = lambda _: None) -> RefreshResult:
    """Run the whole job in this process, in the instance that the UI shows. Never raises for a step that fails."""
    prepare_dagster_home(settings)
    progress("Starting Dagster")
    import dagster as dg
    from dagster._core.storage.tags import MAX_RETRIES_TAG
    from dagster._core.utils import make_new_run_id

    from pipelines.definitions import defs
    from pipelines.jobs import REFRESH
    from pipelines.resources import AS_AT_TAG

    run_id = make_new_run_id()
    with dg.DagsterInstance.get() as instance:
        instance.add_event_listener(run_id, functools.partial(_tell, progress))
        result = defs.resolve_job_def(REFRESH).execute_in_process(
            instance=instance,
            run_id=run_id,
            run_config=QUIET,
            tags={
                AS_AT_TAG: as_at.isoformat(),
                "sendset/started_by": "command line",
                # The daemon cannot start again what it did not start: somebody is told at once.
                MAX_RETRIES_TAG: "0",
            },
            raise_on_error=False,
        )
        return _summary(result)


def _summary(result: "dg.ExecuteInProcessResult") -> RefreshResult:
    checks = result.get_asset_check_evaluations()
    failures = result.get_step_failure_events()
    passed = sum(check.passed for check in checks)
    return RefreshResult(
        run_id=result.run_id,
        success=result.success,
        assets=len(result.get_asset_materialization_events()),
        checks_passed=passed,
        checks_failed=len(checks) - passed,
        failed_steps=tuple(event.step_key for event in failures if event.step_key),
        messages=tuple(_words(event) for event in failures),
    )


def _words(event: "dg.DagsterEvent") -> str:
    """What our own code said when the step failed."""
    error = event.step_failure_data.error
    cause = error.cause if error and error.cause else error
    return cause.message.strip().split(": ", 1)[-1] if cause else ""


def _tell(progress: Callable[[str], None], entry: "dg.EventLogEntry") -> None:
    event = entry.dagster_event
    if event is None:
        if "Waiting:" in entry.user_message:
            progress(entry.user_message)
    elif event.is_step_start and event.step_key:
        progress(event.step_key.replace("__", "."))


def run_ui(settings: Settings) -> int:
    """Dagster's UI, schedule and sensors until Ctrl+C, and beside it the reports; returns its exit code."""
    prepare_dagster_home(settings)
    command = [sys.executable, "-m", "dagster", "dev", "-m", "pipelines.definitions"]
    command += ["-h", settings.ui_host, "-p", str(settings.ui_port), "--log-level", "warning"]
    print(f"Dagster: http://{settings.ui_host}:{settings.ui_port}   reports: {reports_url(settings)}", flush=True)
    with serve_reports(settings), subprocess.Popen(command, cwd=REPOSITORY, env=dict(os.environ)) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                # Ctrl+C reaches the child too: it ends by itself, in order.
                continue


def reports_url(settings: Settings) -> str:
    """Where `sendset ui` serves the reports. A browser opens no file:// link from the UI."""
    return f"http://{settings.ui_host}:{settings.ui_port + 1}"


@contextmanager
def serve_reports(settings: Settings) -> Iterator[None]:
    """Serve the folder of reports, which hold no values, while the UI is up."""
    settings.reports.mkdir(parents=True, exist_ok=True)
    handler = functools.partial(_QuietHandler, directory=str(settings.reports))
    with ThreadingHTTPServer((settings.ui_host, settings.ui_port + 1), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


class _QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and keeps no log of who read them."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
