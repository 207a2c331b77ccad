"""What is wrong around the files: no key, a key in the wrong place, a held warehouse, a log that belongs to nothing."""

from pathlib import Path

import duckdb

from pipelines.publish import list_releases
from pipelines.settings import Settings
from tests.refresh.conftest import Messy, Troubled
from tests.refresh.running import run, write_rows


def drop(settings: Settings) -> Path:
    return write_rows(settings.inbox / "exclusions" / "autumn.csv", [["upn", "start_date"], ["x", "y"]])


def test_without_a_key_nothing_is_touched_and_the_message_says_what_to_do(settings: Settings) -> None:
    dropped = drop(settings)
    settings.key_file.unlink()
    said = run(settings)
    assert said.returncode == 2
    assert "sendset key new" in said.stderr and "Traceback" not in said.stderr
    assert dropped.is_file() and not settings.landing.exists()


def test_a_key_inside_the_data_folder_is_wrong_use(settings: Settings) -> None:
    dropped = drop(settings)
    inside = settings.data_dir / "pseudonym.key"
    settings.key_file.rename(inside)
    said = run(settings.model_copy(update={"key_file": inside}))
    assert said.returncode == 2
    assert "inside the data folder" in said.stderr and "Traceback" not in said.stderr
    assert dropped.is_file() and not settings.landing.exists()


def test_a_file_with_bad_rows_only_is_refused_and_every_row_counted(troubled: Troubled) -> None:
    (row,) = [row for row in troubled.refreshed.reconciliation if row["file_name"] == "next_year.csv"]
    assert (row["status"], row["refusal_code"], row["rows_accepted"]) == ("refused", "rules", 0)
    assert row["rows_received"] == row["rows_quarantined"] == 60


def test_a_warehouse_file_that_an_analyst_holds_does_not_stop_the_refresh(messy: Messy, troubled: Troubled) -> None:
    assert "Failed" not in troubled.refreshed.said.stdout
    before, after = troubled.holder_said.split()
    assert before == after == str(len(messy.files))
    with duckdb.connect(str(messy.settings.warehouse / "warehouse.duckdb"), read_only=True) as connection:
        counted = connection.execute("select count(*) from core.reconciliation").fetchall()
    assert counted == [(len(messy.files) + 2,)]


def test_a_stale_log_beside_the_shared_file_is_not_replayed(messy: Messy, troubled: Troubled) -> None:
    shared = messy.settings.shared / "send_shared.duckdb"
    assert not shared.with_name(f"{shared.name}.wal").exists()
    newest = list_releases(messy.settings)[0]
    assert newest.release_id == troubled.refreshed.release_ids[0]
    assert shared.read_bytes() == (newest.folder / shared.name).read_bytes()
    with duckdb.connect(str(shared), read_only=True) as connection:
        assert connection.execute("select distinct release_id from release").fetchall() == [(newest.release_id,)]
