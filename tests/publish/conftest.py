"""Two releases that follow each other, made once: each costs seconds."""

import shutil
from pathlib import Path

import pytest
from small_release import publish

from pipelines.ingest.pseudonyms import new_key
from pipelines.settings import Settings


@pytest.fixture(scope="session")
def published_twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the releases of rounds 0 and 1. To read only."""
    data_dir = tmp_path_factory.mktemp("published twice") / "data"
    settings = Settings(data_dir=data_dir, key_file=data_dir.parent / "keys" / "pseudonym.key")
    new_key(settings.key_file)
    publish(settings, 0)
    publish(settings, 1)
    return data_dir


@pytest.fixture
def twice(settings: Settings, published_twice: Path) -> Settings:
    """A copy of that folder, to do with as one likes."""
    shutil.copytree(published_twice, settings.data_dir)
    return settings
