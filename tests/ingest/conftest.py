"""A reader with the real door for the contract of requests and plans."""

from pathlib import Path

import pytest

from pipelines.contract_files import load_contract
from pipelines.contracts import Contract
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.settings import Settings
from tests.ingest.reading import Reader


@pytest.fixture
def contract() -> Contract:
    """The contract that most tests of reading use."""
    return load_contract("ehcp_timeliness")


@pytest.fixture
def reader(settings: Settings, key: PseudonymKey, contract: Contract, tmp_path: Path) -> Reader:
    """Reads files of that contract, in a folder with a quote in its name."""
    folder = tmp_path / "it's a folder"
    folder.mkdir()
    return Reader(settings, key, contract, folder)


@pytest.fixture
def census(settings: Settings, key: PseudonymKey, tmp_path: Path) -> Reader:
    """Reads files of suspensions and permanent exclusions."""
    return Reader(settings, key, load_contract("exclusions"), tmp_path)


@pytest.fixture
def roll(settings: Settings, key: PseudonymKey, tmp_path: Path) -> Reader:
    """Reads files of pupils on roll."""
    return Reader(settings, key, load_contract("pupil_roll"), tmp_path)
