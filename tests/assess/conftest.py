"""The small council warehouse that the tests of the council's own tables run in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.assess.council import Council


@pytest.fixture
def council(tmp_path: Path) -> Iterator[Council]:
    """An empty council warehouse on 30 September 2026."""
    made = Council(tmp_path / "data")
    yield made
    made.connection.close()
