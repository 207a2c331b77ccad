"""What a release is: whole, commented, hashed, kept, and the same for the same content."""

import errno
import json
import logging
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from small_release import publish

from pipelines.publish import PublishError, ensure_current, list_releases, verify_release
from pipelines.publish import files as publish_files
from pipelines.publish.shared_contract import load_shared_contract
from pipelines.settings import REPOSITORY, Settings


def shared_file(settings: Settings) -> Path:
    return settings.shared / "send_shared.duckdb"


def release_in(path: Path) -> str:
    with duckdb.connect(str(path), read_only=True) as connection:
        return str(connection.execute("select release_id from release").fetchall()[0][0])


def test_every_table_and_column_of_the_shared_file_is_explained_inside_it(settings: Settings) -> None:
    publish(settings)
    with duckdb.connect(str(shared_file(settings)), read_only=True) as connection:
        silent = connection.execute(
            "select table_name from duckdb_tables() where coalesce(comment, '') = ''"
            " union all select column_name from duckdb_columns() where not internal and coalesce(comment, '') = ''"
        ).fetchall()
        tables = {row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()}
        in_words = connection.execute("select count(*) from dictionary where description <> ''").fetchall()[0][0]
    contract = load_shared_contract()
    assert silent == []
    assert tables == {table.name for table in contract.tables}
    assert in_words == len(contract.tables) + sum(len(table.columns) for table in contract.tables)


def test_a_partner_reads_a_measure_with_suppressed_numbers_as_null(settings: Settings) -> None:
    publish(settings)
    with duckdb.connect(str(shared_file(settings)), read_only=True) as connection:
        rows = connection.execute(
            "select breakdown_value, numerator, denominator, value, lower_95, status from observation"
            " where measure_id = 'EH1' and period_start = date '2024-01-01' and breakdown = 'sex' order by all"
        ).fetchall()
    by_value = {row[0]: row[1:] for row in rows}
    assert by_value["Unknown"] == (None, None, None, None, "c")
    assert by_value["F"] == (None, None, None, None, "c")
    assert by_value["M"][1] == 90


def test_the_same_content_on_the_same_day_makes_no_new_release(settings: Settings) -> None:
    first = publish(settings, 0)
    again = publish(settings, 0)
    assert again.unchanged
    assert again.release_id == first.release_id
    assert len(list_releases(settings)) == 1


def test_new_content_makes_a_new_release_and_keeps_the_old_one(settings: Settings) -> None:
    first, second = publish(settings, 0), publish(settings, 1)
    assert [r.release_id for r in list_releases(settings)] == [second.release_id, first.release_id]
    assert second.release_id.startswith("2026-09-30T020100Z-")
    assert second.release_id.endswith(second.content_sha256[:8])
    assert release_in(shared_file(settings)) == second.release_id
    verify_release(first)
    verify_release(second)


def test_another_day_is_another_release(settings: Settings) -> None:
    first = publish(settings, 0)
    assert publish(settings, 0, date(2026, 10, 1)).content_sha256 != first.content_sha256


def test_a_changed_file_of_a_release_is_noticed(settings: Settings) -> None:
    release = publish(settings)
    (release.folder / "csv" / "measure.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(PublishError, match=r"csv/measure\.csv"):
        verify_release(release)


def test_the_manifest_holds_hashes_sources_and_versions_and_no_secret(settings: Settings) -> None:
    release = publish(settings)
    manifest = json.loads((release.folder / "manifest.json").read_text(encoding="utf-8"))
    assert {"sha256", "bytes"} == set(manifest["files"]["parquet/observation.parquet"])
    assert manifest["sources"][0]["file_ids"] == ["0123456789abcdef"]
    assert manifest["libraries"]["duckdb"] == duckdb.__version__
    assert "key_file" not in manifest["settings"]
    assert str(settings.key_file) not in json.dumps(manifest)


def test_a_stale_log_beside_the_shared_file_is_set_aside_and_never_replayed(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish(settings, 0)
    target = shared_file(settings)
    other = tmp_path / "other.duckdb"
    shutil.copyfile(target, other)
    script = (
        "import duckdb, os, sys\n"
        "c = duckdb.connect(sys.argv[1]); c.execute('set checkpoint_threshold=\"1TB\"')\n"
        "c.execute('delete from observation'); os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(other)], check=True, timeout=60)
    stale = other.with_name("other.duckdb.wal")
    assert stale.stat().st_size > 0
    shutil.copyfile(stale, target.with_name("send_shared.duckdb.wal"))
    with caplog.at_level(logging.WARNING):
        release = publish(settings, 1)
    assert "stale log" in caplog.text
    assert not target.with_name("send_shared.duckdb.wal").exists()
    with duckdb.connect(str(target), read_only=True) as connection:
        assert connection.execute("select count(*) from observation").fetchall()[0][0] == 28
    assert release_in(target) == release.release_id


@pytest.mark.parametrize("step", ["copyfile", "flush"])
def test_a_full_disk_leaves_the_last_release_and_no_rubbish(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    first = publish(settings, 0)

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(publish_files.shutil, "copyfile", full) if step == "copyfile" else patch.setattr(
            "pipelines.publish.formats.flush", full
        )
        with pytest.raises(PublishError, match="the disk is full"):
            publish(settings, 1)
    assert [r.release_id for r in list_releases(settings)] == [first.release_id]
    assert release_in(shared_file(settings)) == first.release_id
    assert [p.name for p in settings.releases.iterdir()] == [first.release_id]
    assert [p.name for p in settings.shared.iterdir()] == ["send_shared.duckdb"]
    assert publish(settings, 1).release_id == release_in(shared_file(settings))


def test_a_really_full_disk_gives_a_clear_message(settings: Settings, tmp_path: Path) -> None:
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    small = tmp_path / "small disk"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(small)], capture_output=True).returncode:
        pytest.skip("this machine does not let a test mount a small file system")
    try:
        here = settings.model_copy(update={"data_dir": small / "data"})
        first = publish(here, 0)
        free = shutil.disk_usage(small).free
        (small / "filler").write_bytes(b"x" * (free - 400_000))
        with pytest.raises(PublishError, match="the disk is full"):
            for round_number in range(1, 30):
                publish(here, round_number)
        (small / "filler").unlink()
        newest = list_releases(here)[0]
        assert release_in(shared_file(here)) == newest.release_id >= first.release_id
        assert not list(here.releases.glob("*.building"))
        assert publish(here, 50).release_id == release_in(shared_file(here))
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


def test_a_file_that_somebody_holds_on_windows_is_published_under_a_dated_name_and_swapped_next_time(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish(settings, 0)
    real = Path.replace

    def held(self: Path, target: Path | str) -> Path:
        if Path(target).name == "send_shared.duckdb":
            raise PermissionError(errno.EACCES, "held")
        return real(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", held)
        second = publish(settings, 1)
    dated = settings.shared / f"send_shared_{second.release_id}.duckdb"
    assert "replaces it next time" in second.notice
    assert release_in(dated) == second.release_id
    assert release_in(shared_file(settings)) == first.release_id
    assert ensure_current(settings) == ""
    assert release_in(shared_file(settings)) == second.release_id


def test_a_run_killed_between_rename_and_swap_is_completed_by_the_next(settings: Settings) -> None:
    first = publish(settings, 0)
    kept = settings.data_dir / "first.duckdb"
    shutil.copyfile(shared_file(settings), kept)
    second = publish(settings, 1)
    shutil.copyfile(kept, shared_file(settings))
    (settings.releases / "abc.building").mkdir()
    assert release_in(shared_file(settings)) == first.release_id
    ensure_current(settings)
    assert release_in(shared_file(settings)) == second.release_id
    assert not (settings.releases / "abc.building").exists()


@pytest.mark.parametrize("version", ["1.0.0", "1.1.3", "1.4.4", "2.0.0"])
def test_the_shared_file_opens_in_old_and_new_duckdb(settings: Settings, version: str) -> None:
    folder = REPOSITORY / ".duckdb-versions" / version
    if not folder.is_dir():
        pytest.skip(f"DuckDB {version} is not installed in {folder.name}; make test installs it")
    publish(settings)
    script = (
        "import duckdb, sys\n"
        "c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print(duckdb.__version__, c.execute(\"select count(*) from observation where measure_id = 'EH1'\").fetchall()[0][0],"
        ' c.execute("select count(*) from duckdb_columns() where not internal and comment is null").fetchall()[0][0])\n'
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(shared_file(settings))],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == [version, "28", "0"]
