"""Partners read while releases replace one another, and runs are killed: the shared file is always one whole release."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from reader import look
from small_release import STEP, publish

from pipelines.publish import ensure_current, list_releases, verify_release
from pipelines.settings import REPOSITORY, Settings

HERE = Path(__file__).parent
READERS, OPENS_EACH, RELEASES = 40, 125, 20
KILLS, FEWEST_KILLS, SECONDS = 25, 8, 45


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY)}


@pytest.mark.skipif(os.name == "nt", reason="on Windows a file that is held is not replaced; see the dated name")
def test_forty_readers_open_the_shared_file_five_thousand_times_while_twenty_releases_replace_it(
    settings: Settings,
) -> None:
    publish(settings, 0)
    shared = settings.shared / "send_shared.duckdb"
    command = [sys.executable, str(HERE / "reader.py"), str(shared), str(OPENS_EACH)]
    readers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(READERS)
    ]
    try:
        for round_number in range(1, RELEASES + 1):
            publish(settings, STEP * round_number)
        ended = [(*reader.communicate(timeout=300), reader.returncode) for reader in readers]
    finally:
        for reader in readers:
            reader.kill()
    assert [errors for _, errors, code in ended if code or errors] == []
    assert sum(int(said.split()[0]) for said, _, _ in ended) == READERS * OPENS_EACH == 5_000
    assert max(int(said.split()[1]) for said, _, _ in ended) > 1, "no reader met a new release: the test shows nothing"
    assert len(list_releases(settings)) == RELEASES + 1


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL does not exist on Windows")
def test_a_publication_killed_at_any_moment_leaves_a_whole_shared_file_and_the_next_completes(
    settings: Settings,
) -> None:
    moments = random.Random(2014)
    first = publish(settings, 0)
    shared = settings.shared / "send_shared.duckdb"
    seen = {first.release_id}
    command = [sys.executable, str(HERE / "small_release.py"), str(settings.data_dir)]
    deadline = time.monotonic() + SECONDS
    kills = 0
    while kills < KILLS and (time.monotonic() < deadline or kills < FEWEST_KILLS):
        kills += 1
        publisher = subprocess.Popen(
            [*command, str(kills * 100), str(kills * 100 + 99)], stdout=subprocess.PIPE, text=True, env=environment()
        )
        assert publisher.stdout is not None
        assert publisher.stdout.readline() == "ready\n"
        time.sleep(moments.uniform(0, 4.0))
        publisher.kill()
        publisher.communicate()
        seen.add(look(str(shared)))
        verify_release(list_releases(settings)[0])
    assert len(seen) > 1
    ensure_current(settings)
    assert look(str(shared)) == list_releases(settings)[0].release_id
    last = publish(settings, 90_000)
    assert look(str(shared)) == last.release_id
    assert not list(settings.releases.glob("*.building"))
    assert sorted(path.name for path in settings.shared.iterdir()) == ["send_shared.duckdb"]
    with duckdb.connect(str(shared), read_only=True) as connection:
        assert connection.execute("select count(*) from observation").fetchall()[0][0] == 28
