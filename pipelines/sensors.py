"""What starts a run when files have come, and what tells somebody when a run has failed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.storage.tags import WILL_RETRY_TAG
from dagster._utils.tags import get_boolean_tag_value

from pipelines.contracts import Contract
from pipelines.ingest.inbox import loose_files
from pipelines.ingest.landing import waiting_files
from pipelines.jobs import REFRESH, job_of
from pipelines.notify import notify
from pipelines.resources import end_run_left_behind
from pipelines.settings import Settings

SECONDS_BETWEEN_LOOKS: Final = 30

# Path below the inbox → size in bytes and time of the last change.
Seen: TypeAlias = dict[str, tuple[int, int]]


def inbox_sensor(contracts: Sequence[Contract], jobs: Sequence[UnresolvedAssetJobDefinition]) -> dg.SensorDefinition:
    """Starts one run for a batch of files, once none of them has changed between two looks."""
    sources = [contract.id for contract in contracts]

    @dg.sensor(
        name="inbox",
        jobs=jobs,
        minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts a run when files lie in the inbox and have stopped growing.",
    )
    def inbox(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        settings = Settings()  # pyright: ignore[reportCallIssue]
        end_run_left_behind(settings, context.instance)
        return look(files_in_inbox(settings, sources), context.cursor)

    return inbox


def files_in_inbox(settings: Settings, sources: Sequence[str]) -> Seen:
    """The finished files that wait in the inbox itself and in the folders of known sources."""
    in_folders = [path for source in sources for path in waiting_files(settings, source)]
    seen: Seen = {}
    for path in (*loose_files(settings), *in_folders):
        facts = path.stat()
        seen[path.relative_to(settings.inbox).as_posix()] = (facts.st_size, facts.st_mtime_ns)
    return seen


def look(files: Seen, cursor: str | None) -> dg.SensorResult:
    """What to do about these files, given what the last look saw and whether it started a run for them."""
    last, started = _read(cursor)
    if not files:
        return dg.SensorResult(skip_reason="The inbox is empty.", cursor=_write({}, False))
    if _digests(files) != last:
        reason = f"{_count(files)} may still be growing: one more look in {SECONDS_BETWEEN_LOOKS} seconds."
        return dg.SensorResult(skip_reason=reason, cursor=_write(files, False))
    if started:
        reason = (
            f"A run was started for {_count(files)}; if it has ended and they are still here, look at why it failed."
        )
        return dg.SensorResult(skip_reason=reason, cursor=_write(files, True))
    # A file outside every folder may be of any source.
    sources = {name.split("/")[0] if "/" in name else "" for name in files}
    job = job_of(sources.pop()) if len(sources) == 1 and "" not in sources else REFRESH
    return dg.SensorResult(run_requests=[dg.RunRequest(job_name=job)], cursor=_write(files, True))


@dg.run_failure_sensor(
    name="tell_somebody",
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=SECONDS_BETWEEN_LOOKS,
    description="Tells somebody by webhook or e-mail (SENDSET_ALERT_…) that a run has failed.",
)
def tell_somebody(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
    """Send the message, or say why none was sent."""
    if get_boolean_tag_value(context.dagster_run.tags.get(WILL_RETRY_TAG)):
        return dg.SkipReason("The run is started again by itself; somebody is told if that fails too.")
    settings = Settings()  # pyright: ignore[reportCallIssue]
    steps = [event.step_key for event in context.get_step_failure_events() if event.step_key]
    sent = notify(settings, *failure_message(settings, context.dagster_run.job_name, context.dagster_run.run_id, steps))
    if not sent:
        return dg.SkipReason("A run failed; nobody is told, because neither a webhook nor an e-mail address is set.")
    context.log.info(f"Told somebody by {' and '.join(sent)}.")
    return None


def failure_message(settings: Settings, job: str, run_id: str, steps: Sequence[str]) -> tuple[str, str]:
    """Subject and text: job, run and failed steps. What the steps said stays in the UI, behind its login."""
    failed = f"Failed steps: {', '.join(steps)}." if steps else "It failed before its first step."
    text = (
        f"The job {job} failed (run {run_id}). {failed} The last release stays as it was."
        f" Look at http://{settings.ui_host}:{settings.ui_port}/runs/{run_id}"
    )
    return f"SEND data: {job} failed", text


def _count(files: Mapping[str, object]) -> str:
    return "1 file" if len(files) == 1 else f"{len(files)} files"


def _read(cursor: str | None) -> tuple[list[str], bool]:
    if not cursor:
        return [], False
    kept = json.loads(cursor)
    return list(kept["files"]), bool(kept["started"])


def _write(files: Seen, started: bool) -> str:
    """Dagster keeps the cursor and shows it: names of files, which may hold a child's, are in it as hashes only."""
    return json.dumps({"files": _digests(files), "started": started})


def _digests(files: Seen) -> list[str]:
    return sorted(hashlib.sha256(repr(facts).encode()).hexdigest() for facts in files.items())
