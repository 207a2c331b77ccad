"""The attacker finds nothing in releases that follow each other through the real protection."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipelines.ingest.pseudonyms import new_key
from pipelines.publish.formats import DATABASE
from pipelines.settings import Settings
from tests.attack.program import attack
from tests.publish.small_release import AS_AT, publish

ROUNDS = (0, 1, 3, 12, 30, 31, 42, 43, 55, 70, 72, 84)


@pytest.fixture(scope="module")
def monthly(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Twelve monthly releases in which the girls of every year become more, by 1 to 18."""
    data_dir = tmp_path_factory.mktemp("monthly") / "data"
    settings = Settings(data_dir=data_dir, key_file=data_dir.parent / "keys" / "pseudonym.key")
    new_key(settings.key_file)
    days = [AS_AT + timedelta(days=30 * month) for month in range(len(ROUNDS))]
    return [publish(settings, one, day).folder / DATABASE for one, day in zip(ROUNDS, days, strict=True)]


def test_nothing_is_found_in_twelve_releases_together(monthly: list[Path]) -> None:
    attacked = attack(monthly)
    assert attacked.findings == []
    assert attacked.hidden > 20
