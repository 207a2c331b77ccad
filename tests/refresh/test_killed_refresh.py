"""SIGKILL at random moments of a refresh: the shared file stays whole, no row is lost, the next run completes."""

import hashlib
import os
import random
import subprocess
import time
from pathlib import Path

import duckdb
import pytest

from pipelines.ingest.landing import read_manifest
from pipelines.publish import list_releases
from pipelines.publish.release import verify_release
from pipelines.settings import REPOSITORY, Settings
from tests.refresh.running import REFRESH, clean_extracts, core, environment, new_place, run, write_extract

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL does not exist on Windows")

ROWS_EACH = 5
FIRST_SECOND = 0.5
LEFTOVERS = (".building", ".new")


@pytest.mark.timeout(3600)
def test_a_refresh_killed_at_any_moment_breaks_nothing_and_the_next_completes(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    kills = int(request.config.getoption("--kills"))
    moments = random.Random(2014)
    settings = new_place(tmp_path_factory.mktemp("killed"))
    extracts = clean_extracts(settings.data_dir / "extracts", seed=5)
    suspensions = extracts["exclusions"]
    roll = write_extract(settings.inbox / "pupil_roll" / "roll.csv", extracts["pupil_roll"][:300])
    dropped = {_digest(roll): roll}
    began = time.monotonic()
    assert run(settings).returncode in (0, 1)
    normal = time.monotonic() - began
    shared = settings.shared / "send_shared.duckdb"
    assert shared.is_file()

    for number in range(kills):
        rows = suspensions[number * ROWS_EACH % len(suspensions) :][:ROWS_EACH]
        rows = [row | {"sessions": str(number % 9 + 1)} for row in rows]
        file = write_extract(settings.inbox / "exclusions" / f"week_{number}.csv", rows)
        dropped[_digest(file)] = file
        _kill_after(settings, moments.uniform(FIRST_SECOND, normal))
        _assert_whole(settings, shared)
        _assert_nothing_lost(settings, dropped)

    final = run(settings)
    assert final.returncode in (0, 1) and "Failed" not in final.stdout, final.stdout
    _assert_whole(settings, shared)
    assert shared.read_bytes() == (list_releases(settings)[0].folder / shared.name).read_bytes()
    counted = {row["file_id"]: row for row in core(settings, "reconciliation")}
    manifest = read_manifest(settings)
    assert {file.sha256 for file in manifest} == set(dropped)
    assert set(counted) == {file.file_id for file in manifest}
    for file in manifest:
        row = counted[file.file_id]
        lines = file.path(settings).read_text(encoding="utf-8").splitlines()
        parts = ("rows_accepted", "rows_quarantined", "rows_duplicate", "rows_superseded")
        assert row["rows_received"] == len(lines) - 1 == sum(int(str(row[part])) for part in parts)
    assert _leftovers(settings) == []


def _kill_after(settings: Settings, seconds: float) -> None:
    refresh = subprocess.Popen(
        REFRESH, env=environment(settings), cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        refresh.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        refresh.kill()
        refresh.wait()


def _assert_whole(settings: Settings, shared: Path) -> None:
    """The shared file opens as a partner would open it, and holds one release, all of it."""
    with duckdb.connect(str(shared), read_only=True) as connection:
        ids = connection.execute("select distinct release_id from release").fetchall()
        tables = connection.execute("select table_name, row_count from dictionary where column_name is null").fetchall()
        for table, promised in tables:
            counted = connection.execute(f'select count(*) from "{table}"').fetchall()[0][0]
            assert counted == promised or table in ("release", "dictionary"), table
    releases = {release.release_id: release for release in list_releases(settings)}
    assert len(ids) == 1 and ids[0][0] in releases
    for release in releases.values():
        verify_release(release)
    assert shared.read_bytes() == (releases[ids[0][0]].folder / shared.name).read_bytes()


def _assert_nothing_lost(settings: Settings, dropped: dict[str, Path]) -> None:
    kept = {file.sha256 for file in read_manifest(settings) if _digest(file.path(settings)) == file.sha256}
    waiting = {digest for digest, path in dropped.items() if path.is_file() and _digest(path) == digest}
    assert set(dropped) <= kept | waiting


def _leftovers(settings: Settings) -> list[str]:
    """What a killed run left: half-built folders, and the temporary names of files that were being written."""
    return sorted(
        path.relative_to(settings.data_dir).as_posix()
        for path in settings.data_dir.rglob("*")
        if path.name.endswith(LEFTOVERS) or (path.name.startswith(".") and path.is_file())
    )


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
