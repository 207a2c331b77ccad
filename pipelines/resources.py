"""What every asset is given: the settings, the day that the refresh looks at, and the right to write.

Only one run writes at a time. A run that has to wait says so in its log; the UI's own queue holds back the runs that it
started itself (see ``dagster_home``), and this lock also holds between the UI, the command line and the nightly run.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import dagster as dg
from filelock import FileLock, Timeout

from pipelines.run_retention import forget_old_runs
from pipelines.settings import Settings
from pipelines.tables import clear_unfinished

AS_AT_TAG: Final = "sendset/as_at"
LONDON: Final = ZoneInfo("Europe/London")
SECONDS_BETWEEN_NOTICES: Final = 10.0
ENDED_WITHOUT_A_WORD: Final = "The process of this run ended without a word (killed, or the machine stopped)."


class Workspace(dg.ConfigurableResource):
    """Settings from the environment, and ``as_at``: the run's tag ``sendset/as_at``, else this field, else its day."""

    as_at: str = ""

    def settings(self) -> Settings:
        """The settings of this installation."""
        return Settings()  # pyright: ignore[reportCallIssue]

    def day(self, context: dg.AssetExecutionContext) -> date:
        """The day that the refresh looks at, the same in every asset of a run. Raises ValueError if it is not ISO."""
        chosen = context.run.tags.get(AS_AT_TAG) or self.as_at
        if chosen:
            return date.fromisoformat(chosen)
        record = context.instance.get_run_record_by_id(context.run_id)
        begun = record.create_timestamp if record else datetime.now(LONDON)
        return begun.astimezone(LONDON).date()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["Workspace"]:
        """Hold the right to write for as long as the run (of the in-process executor) lasts."""
        settings = self.settings()
        log = context.log
        with the_only_writer(
            settings, context.run.run_id if context.run else "", context.instance, log.info if log else lambda _: None
        ):
            clear_unfinished(settings)
            if context.instance:
                forget_old_runs(context.instance, settings.event_log_days, datetime.now(LONDON))
            yield self


@contextmanager
def the_only_writer(
    settings: Settings, run_id: str, instance: dg.DagsterInstance | None, notice: Callable[[str], None]
) -> Iterator[None]:
    """Wait until no other run writes below data_dir. The lock ends with its process, whatever ends that."""
    holder = _holder_path(settings)
    holder.parent.mkdir(parents=True, exist_ok=True)
    lock = _lock(settings)
    while True:
        try:
            lock.acquire(timeout=SECONDS_BETWEEN_NOTICES)
            break
        except Timeout:
            notice(
                f"Waiting: run {_run_id_in(holder)[:8] or '(unknown)'} is writing. This run goes on when it has ended."
            )
    try:
        _end_run_left_behind(holder, instance)
        holder.write_text(run_id, encoding="ascii")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def end_run_left_behind(settings: Settings, instance: dg.DagsterInstance) -> None:
    """Mark a run whose process was killed as failed, so that it does not hold up the queue for ever."""
    holder = _holder_path(settings)
    if not holder.exists():
        return
    try:
        with _lock(settings).acquire(timeout=0):
            _end_run_left_behind(holder, instance)
    except Timeout:
        return


def _end_run_left_behind(holder: Path, instance: dg.DagsterInstance | None) -> None:
    run = instance.get_run_by_id(run_id) if instance and (run_id := _run_id_in(holder)) else None
    if instance and run and not run.is_finished:
        instance.report_run_failed(run, ENDED_WITHOUT_A_WORD)
    holder.unlink(missing_ok=True)


def _run_id_in(holder: Path) -> str:
    try:
        return holder.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def _lock(settings: Settings) -> FileLock:
    return FileLock(settings.data_dir / "writer.lock")


def _holder_path(settings: Settings) -> Path:
    return settings.data_dir / "writer.run"
