"""What is said of an error that nobody foresaw."""

from pathlib import Path

import pytest

from pipelines.error_words import worded
from pipelines.ingest.pseudonyms import KeyProblem
from pipelines.tables import replace_atomically


def test_the_name_of_a_file_that_the_operating_system_speaks_of_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "Smith_2014.xlsx"
    folder.mkdir()
    (folder / "in the way").touch()
    with pytest.raises(OSError) as raised, replace_atomically(folder) as beside:
        beside.touch()
    words = worded(raised.value)
    assert "Smith" in str(raised.value) and "Smith" not in words
    assert "directory" in words.lower() and "pipelines.tables, line" in words


def test_the_words_of_a_library_are_not_repeated() -> None:
    assert worded(ValueError("Smith")) == "ValueError at an unknown place. Its words may hold data and are not shown."


def test_our_own_words_are() -> None:
    assert worded(KeyProblem("There is no key.")) == "There is no key."
