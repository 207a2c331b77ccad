"""What is wrong before the first file is touched: no key, a key in the wrong place."""

from pathlib import Path

from pipelines.settings import Settings
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
