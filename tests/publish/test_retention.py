"""What expires is deleted with a certificate; what is in use, the newest release and the council's records never are."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines import retention
from pipelines.cli import app
from pipelines.contract_files import load_contract
from pipelines.definitions import defs
from pipelines.extract import process_source
from pipelines.ingest.landing import ReceivedFile, read_manifest, receive
from pipelines.publish import list_releases
from pipelines.publish.guarantee import proof_path
from pipelines.publish.past import record_path
from pipelines.publish.rollback import roll_back
from pipelines.reconciliation import build_reconciliation
from pipelines.retention import DELETED, RECEIVED_FILE, RELEASE, Certificate, delete_expired, expired
from pipelines.settings import Settings
from pipelines.tables import file_path
from tests.small_exclusions import upn, write_exclusions

AS_AT = date(2026, 9, 30)
LONG_AGO = datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC)
NOW = datetime(2026, 10, 4, 3, 0, tzinfo=UTC)
NAME = "Zzyzxcanary.csv"


def certificates(settings: Settings) -> list[Certificate]:
    return [retention._read(path) for path in sorted((settings.reports / "retention").glob("*.json"))]


def process(settings: Settings, source: str, received_at: datetime) -> None:
    receive(settings, source, received_at)
    day = max(AS_AT, received_at.date())
    process_source(settings, load_contract(source), day)
    build_reconciliation(settings, day)


def write_requests(file: Path, request_id: str) -> None:
    """An extract of one request for an EHC needs assessment, of a source whose newest file replaces the one before."""
    values = {
        "request_id": request_id,
        "upn": upn(7),
        "received_date": "01/09/2025",
        "request_source": "1",
        "request_outcome": "A",
    }
    names = [column.name for column in load_contract("ehcp_timeliness").columns]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(",".join(names) + "\n" + ",".join(values.get(name, "") for name in names) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def old_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Received long ago: a suspension file in use, one that was refused, and a request file that a newer one replaced."""
    from pipelines.ingest.pseudonyms import new_key

    folder = tmp_path_factory.mktemp("old files")
    settings = Settings(data_dir=folder / "data", key_file=folder / "keys" / "pseudonym.key")
    new_key(settings.key_file)
    write_exclusions(settings.inbox / "exclusions" / "in_use.csv", [1, 2])
    (settings.inbox / "exclusions" / NAME).write_text("not,an,extract\n1,2,3\n", encoding="utf-8")
    write_requests(settings.inbox / "ehcp_timeliness" / "replaced.csv", "R1")
    process(settings, "exclusions", LONG_AGO)
    process(settings, "ehcp_timeliness", LONG_AGO)
    write_requests(settings.inbox / "ehcp_timeliness" / "newer.csv", "R2")
    process(settings, "ehcp_timeliness", LONG_AGO + timedelta(days=1))
    return folder


@pytest.fixture
def old(old_files: Path, tmp_path: Path) -> Settings:
    shutil.copytree(old_files, tmp_path / "copy")
    return Settings(data_dir=tmp_path / "copy" / "data", key_file=tmp_path / "copy" / "keys" / "pseudonym.key")


def named(settings: Settings, name: str) -> ReceivedFile:
    (file,) = [file for file in read_manifest(settings) if file.file_name == name]
    return file


def test_only_files_that_nothing_uses_expire_and_only_after_their_days(old: Settings) -> None:
    ids = {named(old, NAME).file_id, named(old, "replaced.csv").file_id}
    assert {item.id for item in expired(old, NOW)} == ids
    assert expired(old, LONG_AGO + timedelta(days=old.landed_file_days)) == []


def test_an_expired_file_is_gone_with_its_rows_and_leaves_a_certificate_without_its_name(old: Settings) -> None:
    replaced, refused = named(old, "replaced.csv"), named(old, NAME)
    layers = ("raw", "typed", "quarantine", "to_fix")
    assert file_path(old, "raw", replaced.source, replaced.file_id).is_file()
    order = [file.sequence for file in read_manifest(old)]

    certificate = delete_expired(old, NOW)

    assert certificate is not None and certificate.finished_at
    assert certificate.count(RECEIVED_FILE) == 2 and certificate.count(RELEASE) == 0
    for file in (replaced, refused):
        assert not file.path(old).exists()
        assert not any(file_path(old, layer, file.source, file.file_id).exists() for layer in layers)
        assert not file_path(old, "validation", file.source, file.file_id, ".json").exists()
    assert named(old, "in_use.csv").path(old).is_file() and named(old, "newer.csv").path(old).is_file()
    files = read_manifest(old)
    assert [file.sequence for file in files] == order
    assert sorted(file.sha256 for file in files if file.source == DELETED) == sorted([replaced.sha256, refused.sha256])
    (told,) = (old.reports / "retention").glob("*.json")
    text = told.read_text(encoding="utf-8")
    assert replaced.sha256 in text and "not in use, and received more than 730 days ago" in text
    assert "Zzyzxcanary" not in text + "".join(f"{vars(file)}" for file in files)
    assert upn(7) not in text


def test_the_next_refresh_goes_on_and_the_same_file_may_come_again(old: Settings) -> None:
    delete_expired(old, NOW)
    write_requests(old.inbox / "ehcp_timeliness" / "again.csv", "R1")
    process(old, "ehcp_timeliness", NOW)
    again = named(old, "again.csv")
    assert again.sequence == max(file.sequence for file in read_manifest(old))
    assert {item.id for item in expired(old, NOW + timedelta(days=1000))} == {named(old, "newer.csv").file_id}
    assert expired(old, NOW) == [] or again.file_id not in {item.id for item in expired(old, NOW)}


def test_a_killed_run_is_completed_by_the_next(old: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced = named(old, "replaced.csv")

    def killed(_path: Path) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(retention, "_delete", killed)
        delete_expired(old, NOW)
    assert replaced.path(old).is_file()
    assert [one.finished_at for one in certificates(old)] == [""]
    assert delete_expired(old, NOW + timedelta(hours=1)) is None
    assert not replaced.path(old).exists()
    assert [bool(one.finished_at) for one in certificates(old)] == [True]


def test_what_came_again_while_a_certificate_was_unfinished_stays(
    old: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(retention, "_delete", lambda _path: False)
        delete_expired(old, NOW)
    write_requests(old.inbox / "ehcp_timeliness" / "again.csv", "R1")
    process(old, "ehcp_timeliness", NOW + timedelta(hours=1))
    delete_expired(old, NOW + timedelta(hours=2))
    assert named(old, "again.csv").path(old).is_file()


def test_an_old_release_goes_with_its_proof_and_the_council_s_record_stays(
    twice: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    second, first = list_releases(twice)
    much_later = datetime(2036, 1, 1, tzinfo=UTC)
    assert [item.id for item in expired(twice, much_later)] == [first.release_id]
    assert expired(twice, datetime(2026, 12, 1, tzinfo=UTC)) == []
    monkeypatch.setenv("SENDSET_DATA_DIR", str(twice.data_dir))
    monkeypatch.setenv("SENDSET_RELEASE_DAYS", "1")
    monkeypatch.setattr("pipelines.release_commands.datetime", _At)
    said = CliRunner().invoke(app, ["retention", "--dry-run"])
    assert first.release_id in said.output and first.folder.is_dir()
    said = CliRunner().invoke(app, ["retention"])
    assert said.exit_code == 0, said.output
    assert list_releases(twice) == [second]
    assert not first.folder.exists() and not proof_path(twice, first.release_id).exists()
    assert record_path(twice, first.release_id).is_file() and proof_path(twice, second.release_id).is_file()
    (told,) = (twice.reports / "retention").glob("*.json")
    (item,) = json.loads(told.read_text(encoding="utf-8"))["items"]
    assert (item["kind"], item["id"], item["sha256"]) == (RELEASE, first.release_id, first.content_sha256)
    assert "Nothing has expired" in CliRunner().invoke(app, ["retention"]).output


class _At(datetime):
    """A clock that stands long after the releases."""

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # pyright: ignore[reportIncompatibleMethodOverride]
        return datetime(2036, 1, 1, tzinfo=UTC)


def test_the_release_that_partners_see_stays_however_old(twice: Settings) -> None:
    first = list_releases(twice)[1]
    roll_back(twice, first.release_id, "A mistake.", NOW)
    assert expired(twice, datetime(2036, 1, 1, tzinfo=UTC)) == []


def test_the_job_runs_in_dagster_every_week(old: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDSET_DATA_DIR", str(old.data_dir))
    monkeypatch.setenv("SENDSET_KEY_FILE", str(old.key_file))
    assert defs.resolve_schedule_def("weekly_retention").cron_schedule == "0 4 * * 0"
    result = defs.resolve_job_def("retention").execute_in_process()
    assert result.success
    assert len(certificates(old)) == 1
