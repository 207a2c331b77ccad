"""Words that the scrubber knows: names, schools and places of data/reference, and words that may stay."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pipelines.settings import REFERENCE

_KIND_OF_SCHOOL: Final = re.compile(
    r"\b(nursery|infants?|juniors?|primary|secondary|first|middle|high|upper|special|church of england|c of e|ce|catholic|rc"
    r"|school|academy|college|pre-?school|\d+)\b",
    re.IGNORECASE,
)
_DIRECTION: Final = re.compile(r"\b(north|south|east|west|central|town)\b", re.IGNORECASE)
_LEAST_LETTERS: Final = 4
_LEAST_LETTERS_OF_A_SLIP: Final = 5


@dataclass(frozen=True)
class Gazetteer:
    """names, lower case as the others; word_names: of these, those that are ordinary words too. allowed: words with a
    capital that name nobody. begins: words that many a sentence begins with. schools and places match whole words; a place
    that is an ordinary word only with its capital (capital_places). nearly_names: longer names with a letter left out."""

    names: frozenset[str]
    word_names: frozenset[str]
    allowed: frozenset[str]
    begins: frozenset[str]
    nearly_names: frozenset[str]
    schools: re.Pattern[str]
    places: re.Pattern[str]
    capital_places: re.Pattern[str]
    postcode_areas: tuple[str, ...]


@cache
def load_gazetteer(folder: Path = REFERENCE) -> Gazetteer:
    """Read the lists: scrubber_words.csv, schools.csv, area_lsoa.csv, local_authority.csv."""
    words: dict[str, list[tuple[str, str]]] = {}
    for row in _rows(folder / "scrubber_words.csv"):
        words.setdefault(row["kind"], []).append((row["word"], row["note"]))
    people = [*words["first_name"], *words["surname"]]
    allowed = frozenset(word.lower() for word, _ in words["allowed"])
    ordinary = {word.lower() for word, _ in words["place_word"]}
    towns = {name for row in _rows(folder / "area_lsoa.csv") for name in _places_in(row["ward_name"], row["area_name"])}
    towns |= {word for word, _ in words["place"]}
    boroughs = {name for row in _rows(folder / "local_authority.csv") for name in _places_in(row["la_name"])}
    schools = {name for row in _rows(folder / "schools.csv") for name in _school_names(row["school_name"])}
    return Gazetteer(
        names=frozenset(word.lower() for word, _ in people),
        word_names=frozenset(word.lower() for word, note in people if note),
        allowed=allowed,
        begins=frozenset(word for word, _ in words["begins"]),
        nearly_names=frozenset(
            less for word, note in words["first_name"] if not note for less in with_a_letter_less(word.lower())
        ),
        schools=_any_of((name for name in schools if name.lower() not in allowed), re.IGNORECASE),
        places=_any_of((name for name in towns if name.lower() not in ordinary), re.IGNORECASE),
        capital_places=_any_of({*boroughs, *(word.title() for word in ordinary)} - {"Central", "Town"}),
        postcode_areas=tuple(word for word, _ in words["postcode_area"]),
    )


def with_a_letter_less(word: str) -> set[str]:
    """The word, and each that it becomes without one letter: two words that share one of them are a slip apart. None for a
    short word, which is a slip away from many."""
    if len(word) < _LEAST_LETTERS_OF_A_SLIP:
        return set()
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _places_in(*names: str) -> Iterator[str]:
    """'Boscombe East & Pokesdown' → the whole, both parts, and Boscombe."""
    for name in names:
        yield name
        for part in re.split(r"\s*(?:&|,|\band\b)\s*", name):
            for place in (part, _DIRECTION.sub(" ", part)):
                place = " ".join(place.split())
                if len(place) >= _LEAST_LETTERS:
                    yield place


def _school_names(name: str) -> Iterator[str]:
    """The name as registered, and what people call it: without the kind of school."""
    yield name
    short = " ".join(_KIND_OF_SCHOOL.sub(" ", name).split())
    if len(short) >= _LEAST_LETTERS:
        yield short


def _any_of(names: Iterable[str], flags: int = 0) -> re.Pattern[str]:
    longest_first = sorted(set(names), key=lambda name: (-len(name), name))
    either = "|".join(re.escape(name).replace(r"\ ", r"[ -]+").replace("'", "['’]?") for name in longest_first)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)", flags)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))
