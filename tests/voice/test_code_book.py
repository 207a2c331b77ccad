"""The code book of comments agrees with the codes that an extract may hold."""

import csv

from pipelines.contracts import code_set
from pipelines.settings import REFERENCE
from pipelines.voice.gazetteer import load_gazetteer


def code_book() -> list[dict[str, str]]:
    with (REFERENCE / "code_book.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_version_has_each_theme_that_may_be_coded_once_with_its_label_and_meaning() -> None:
    book = code_book()
    themes = code_set("theme")
    for version in code_set("code_book_version"):
        rows = [row for row in book if row["version"] == version]
        assert {row["theme_code"]: row["label"] for row in rows} == themes
        assert len(rows) == len(themes)
        assert all(len(row["definition"]) > 15 for row in rows)
    assert {row["version"] for row in book} == set(code_set("code_book_version"))


def test_the_scrubber_knows_the_schools_and_wards_of_the_area_and_no_word_twice() -> None:
    known = load_gazetteer()
    assert known.schools.search("at sample nursery 01,") and known.places.search("in Boscombe.")
    with (REFERENCE / "scrubber_words.csv").open(encoding="utf-8", newline="") as lines:
        words = [(row["kind"], row["word"]) for row in csv.DictReader(lines)]
    assert len(words) == len(set(words))
    assert {"first_name", "surname", "place", "place_word", "postcode_area", "allowed", "begins"} == {
        k for k, _ in words
    }
