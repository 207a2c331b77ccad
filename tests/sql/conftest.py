"""The small world that the tests of the models run in."""

from pathlib import Path

import pytest

from tests.sql.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """An empty world on 30 September 2026."""
    return World(tmp_path / "data")
