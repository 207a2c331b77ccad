"""What starts a run by itself, and what tells somebody of a failure."""

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import PARENT_RUN_ID_TAG, ROOT_RUN_ID_TAG, WILL_RETRY_TAG
from dagster._daemon.monitoring import run_monitoring

from pipelines.dagster_home import SECONDS_TO_START_A_RUN, STARTED_AGAIN, instance_config
from pipelines.notify import NotSent, notify
from pipelines.sensors import failure_message, files_in_inbox, look, tell_somebody
from pipelines.settings import Settings

ONE_FILE = {"exclusions/autumn.csv": (100, 1)}


def test_an_empty_inbox_is_skipped_with_a_sentence() -> None:
    result = look({}, None)
    assert result.skip_reason.skip_message == "The inbox is empty."
    assert not result.run_requests


def test_a_file_seen_for_the_first_time_is_looked_at_once_more() -> None:
    result = look(ONE_FILE, None)
    assert not result.run_requests
    assert "1 file may still be growing" in result.skip_reason.skip_message


def test_dagster_keeps_no_name_of_a_file_that_waits() -> None:
    first = look(ONE_FILE, None)
    assert "autumn" not in str(first.cursor) + str(look(ONE_FILE, first.cursor))


def test_a_file_that_grows_starts_nothing() -> None:
    first = look(ONE_FILE, None)
    assert not look({"exclusions/autumn.csv": (200, 2)}, first.cursor).run_requests


def test_a_file_that_has_stopped_growing_starts_the_job_of_its_source_once() -> None:
    first = look(ONE_FILE, None)
    second = look(ONE_FILE, first.cursor)
    assert [request.job_name for request in second.run_requests] == ["refresh_exclusions"]
    third = look(ONE_FILE, second.cursor)
    assert not third.run_requests
    assert "A run was started for 1 file" in third.skip_reason.skip_message


def test_files_of_several_sources_start_one_run_of_everything() -> None:
    files = {**ONE_FILE, "pupil_roll/2026.csv": (5, 1)}
    second = look(files, look(files, None).cursor)
    assert [request.job_name for request in second.run_requests] == ["refresh"]


def test_a_file_outside_every_folder_starts_a_run_of_everything() -> None:
    files = {"a file.csv": (5, 1)}
    second = look(files, look(files, None).cursor)
    assert [request.job_name for request in second.run_requests] == ["refresh"]


def test_a_new_file_beside_one_that_waits_starts_another_run() -> None:
    started = look(ONE_FILE, look(ONE_FILE, None).cursor)
    both = {**ONE_FILE, "exclusions/spring.csv": (5, 9)}
    seen = look(both, started.cursor)
    assert not seen.run_requests
    assert len(look(both, seen.cursor).run_requests) == 1


def test_the_same_file_sent_again_after_its_run_starts_a_run() -> None:
    started = look(ONE_FILE, look(ONE_FILE, None).cursor)
    emptied = look({}, started.cursor)
    again = look(ONE_FILE, emptied.cursor)
    assert len(look(ONE_FILE, again.cursor).run_requests) == 1


def test_half_written_files_and_unknown_folders_are_not_seen(settings: Settings) -> None:
    for name in ("exclusions/a.csv", "exclusions/b.csv.part", "exclusions/~$c.xlsx", "elsewhere/d.csv"):
        path = settings.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    assert list(files_in_inbox(settings, ["exclusions"])) == ["exclusions/a.csv"]


def test_the_message_of_a_failure_names_job_run_and_steps_and_nothing_else(settings: Settings) -> None:
    subject, text = failure_message(settings, "refresh", "abc-123", ["core__request"])
    assert subject == "SEND data: refresh failed"
    assert "run abc-123" in text and "Failed steps: core__request." in text and "/runs/abc-123" in text


class _Webhook(BaseHTTPRequestHandler):
    received: list[dict[str, str]]

    def do_POST(self) -> None:
        self.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, str]]]]:
    received: list[dict[str, str]] = []
    handler = type("Webhook", (_Webhook,), {"received": received})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook", received
        server.shutdown()


def as_we_set_it_up(settings: Settings) -> AbstractContextManager[dg.DagsterInstance]:
    """An instance that starts runs again as ours does."""
    ours = instance_config(settings)
    return dg.instance_for_test(overrides={name: ours[name] for name in ("run_retries", "run_monitoring")})


def tell_of(instance: dg.DagsterInstance, run_id: str, failure: dg.DagsterEvent) -> None:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    tell_somebody(
        dg.build_run_status_sensor_context(
            sensor_name="tell_somebody", dagster_instance=instance, dagster_run=run, dagster_event=failure
        ).for_run_failure()
    )


def test_a_failed_run_is_told_to_the_webhook_without_the_words_of_the_error(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, webhook: tuple[str, list[dict[str, str]]]
) -> None:
    address, received = webhook
    monkeypatch.setenv("SENDSET_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SENDSET_ALERT_WEBHOOK", address)

    @dg.op
    def breaks() -> None:
        raise FileNotFoundError(2, "No such file", "CANARY-Smith-2014.xlsx")

    @dg.job
    def nightly_job() -> None:
        breaks()

    with as_we_set_it_up(settings) as instance:
        result = nightly_job.execute_in_process(instance=instance, raise_on_error=False)
        tell_of(instance, result.run_id, result.get_run_failure_event())
    assert len(received) == 1
    assert "nightly_job" in received[0]["text"] and "breaks" in received[0]["text"]
    assert "CANARY" not in received[0]["text"]


def test_a_run_that_could_not_be_started_is_started_again_and_only_its_last_failure_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, webhook: tuple[str, list[dict[str, str]]]
) -> None:
    address, received = webhook
    monkeypatch.setenv("SENDSET_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SENDSET_ALERT_WEBHOOK", address)
    job = dg.GraphDefinition(name="nightly_job").to_job()
    told: list[int] = []
    with as_we_set_it_up(settings) as instance:
        first = instance.create_run_for_job(job)
        group = {
            "parent_run_id": first.run_id,
            "root_run_id": first.run_id,
            "tags": {PARENT_RUN_ID_TAG: first.run_id, ROOT_RUN_ID_TAG: first.run_id},
        }
        for attempt in range(1 + STARTED_AGAIN):
            run = instance.create_run_for_job(job, **group) if attempt else first
            tell_of(instance, run.run_id, instance.report_run_failed(run, "its process could not be started"))
            told.append(len(received))
    assert told == [*([0] * STARTED_AGAIN), 1]


def test_a_run_whose_process_never_begins_is_given_up_and_started_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with as_we_set_it_up(settings) as instance:
        run_id = instance.create_run_for_job(dg.GraphDefinition(name="nightly_job").to_job()).run_id
        instance.report_dagster_event(
            dg.DagsterEvent(dg.DagsterEventType.PIPELINE_STARTING.value, "nightly_job"), run_id
        )
        seen: list[tuple[dg.DagsterRunStatus, str | None]] = []
        for seconds in (SECONDS_TO_START_A_RUN, 2 * SECONDS_TO_START_A_RUN + 1):
            monkeypatch.setattr(run_monitoring, "get_current_timestamp", lambda late=seconds: time.time() + late)
            record = instance.get_run_record_by_id(run_id)
            assert record is not None
            run_monitoring.monitor_starting_run(instance, record, logging.getLogger("test"))
            run = instance.get_run_by_id(run_id)
            assert run is not None
            seen.append((run.status, run.tags.get(WILL_RETRY_TAG)))
    assert seen == [(dg.DagsterRunStatus.STARTING, None), (dg.DagsterRunStatus.FAILURE, "true")]


def test_a_webhook_that_does_not_answer_fails_without_naming_its_address(settings: Settings, tmp_path: Path) -> None:
    deaf = settings.model_copy(update={"alert_webhook": "http://127.0.0.1:9/secret-token"})
    with pytest.raises(NotSent) as raised:
        notify(deaf, "subject", "text")
    assert "secret-token" not in str(raised.value)


def test_nobody_is_told_when_no_way_is_set(settings: Settings) -> None:
    assert notify(settings, "subject", "text") == []
