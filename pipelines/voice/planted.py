"""Made-up comments, each with one planted identifier: the same on every run, of every kind.

The names are partly in the lists of the scrubber and partly not, as in life. Numbers are valid and belong to nobody.
"""

import csv
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from pipelines.settings import REFERENCE
from pipelines.synthetic.identifiers import ulns, upns
from pipelines.synthetic.randomness import Ints
from pipelines.voice.patterns import nhs_number_is_valid

SEED, EACH = 20260930, 12
_LISTED: Final = (
    "Jack Thompson",
    "Amelia",
    "Oliver Smith",
    "Fatima Begum",
    "Piotr Nowak",
    "Sophie",
    "Mohammed Ali",
    "Isla",
)
_UNLISTED: Final = ("Oluwaseun", "Tremayne", "Zdzislaw", "Ngozi", "Kestrel", "Anneliese", "Caoimhe", "Bartholomew")
_LOWER: Final = ("amelia", "jack", "charlotte", "mohammed", "harry", "isla", "sophie", "daniel")
_MISSPELT: Final = ("ameliah", "jakc", "charlote", "mohamned", "harrry", "sofie", "danniel", "rebbecca")
_PLACES: Final = ("Boscombe", "Poole", "Christchurch", "parkstone", "Southbourne", "Wimborne", "Dorset", "Hamworthy")
_STREETS: Final = (
    "14 High Street",
    "Sea View Road",
    "3 Acacia Avenue",
    "Old Mill Lane",
    "22b Station Road",
    "7 elm grove close",
)
_DATES: Final = (
    *("12/06/2014", "3.4.2015", "2014-06-12", "12th June 2014", "June 12th, 2014", "12 Jun 14", "the 3rd of May"),
    *("12-06-14", "September 2019", "1 2 2015"),
)
_AGES: Final = ("7 years old", "nine-year-old", "aged 11", "8yo", "14 yr old")
_MAIL: Final = ("jane.doe@example.org", "a_b+c@mail.example.co.uk", "jane at example dot org", "JDOE@EXAMPLE.NET")
_WEB: Final = ("https://example.org/me?id=3", "www.example.org/jane", "facebook.com/jane.doe.9", "@janedoe_send")
_PHONES: Final = (
    "01202 123456",
    "07700 900123",
    "+44 7700 900 123",
    "(01202) 123-456",
    "07700900123",
    "0044 1202 123456",
)
_FRAMES: Final = (
    "We asked about {} and nobody rang back.",
    "They wrote to us about {}, which took months",
    "in the end it was {} that made the difference!",
    "The letter said {} and we did not understand it.",
)


@dataclass(frozen=True)
class Planted:
    """A made-up comment and the one identifier in it."""

    kind: str
    text: str = field(repr=False)
    identifier: str = field(repr=False)


def planted_comments(seed: int = SEED, each: int = EACH) -> list[Planted]:
    """`each` comments for each kind of identifier."""
    rng = random.Random(seed)
    made: list[Planted] = []
    for kind, draw in _KINDS.items():
        for number in range(each):
            identifier = draw(rng, number)
            frame = "{} said that we had to wait." if kind == "name_unlisted_first" else rng.choice(_FRAMES)
            made.append(Planted(kind, frame.format(identifier), identifier))
    return made


def _one_of(words: Sequence[str]) -> Callable[[random.Random, int], str]:
    return lambda _, number: words[number % len(words)]


def _spaced(rng: random.Random, digits: str, sizes: tuple[int, ...]) -> str:
    mark = rng.choice(["", " ", "-"])
    parts, at = list[str](), 0
    for size in sizes:
        parts.append(digits[at : at + size])
        at += size
    return mark.join([*parts, digits[at:]])


def _upn(rng: random.Random, number: int) -> str:
    text = upns(_array(14 + number % 8), _array(rng.randrange(1_000_000)))[0].as_py()
    return rng.choice([text, text.lower(), f"{text[0]} {text[1:4]} {text[4:]}"])


def _uln(rng: random.Random, _: int) -> str:
    text = ""
    while not text:
        text = ulns(_array(rng.randrange(10_000_000)))[0].as_py()
    return _spaced(rng, text, (5,))


def _nhs_number(rng: random.Random, _: int) -> str:
    while True:
        digits = f"{rng.randrange(10**9, 10**10)}"
        if nhs_number_is_valid(digits):
            return _spaced(rng, digits, (3, 3))


def _malformed(rng: random.Random, number: int) -> str:
    """A digit too few, a wrong check letter, an O for a 0."""
    digits = f"839{rng.randrange(10**8, 10**9)}"
    return (f"I{digits}", f"A{digits[:11]}", f"{digits[:9]}", f"EHC{digits[:6]}", f"{digits[:4]} {digits[4:8]}")[
        number % 5
    ]


def _postcode(rng: random.Random, number: int) -> str:
    text = f"{rng.choice(['BH', 'DT', 'SP', 'ZZ0'])}{rng.randrange(1, 10)} {rng.randrange(10)}{rng.choice(['AB', 'QT', 'XY'])}"
    return (text, text.lower(), text.replace(" ", ""))[number % 3]


def _school(rng: random.Random, number: int) -> str:
    with (REFERENCE / "schools.csv").open(encoding="utf-8-sig", newline="") as lines:
        names = [row["school_name"] for row in csv.DictReader(lines)]
    real_looking = ("St Aldhelm's Primary School", "Hillview Academy", "Oak Tree Nursery", "Queensmead Junior School")
    return rng.choice(names) if number % 2 else real_looking[number // 2 % len(real_looking)]


def _array(number: int) -> Ints:
    return np.array([number], dtype=np.int64)


_KINDS: Final[dict[str, Callable[[random.Random, int], str]]] = {
    "name_listed": _one_of(_LISTED),
    "name_unlisted": _one_of(_UNLISTED),
    "name_unlisted_first": _one_of(_UNLISTED),
    "name_lower_case": _one_of(_LOWER),
    "name_misspelt": _one_of(_MISSPELT),
    "school": _school,
    "place": _one_of(_PLACES),
    "address": _one_of(_STREETS),
    "postcode": _postcode,
    "postcode_district": lambda rng, _: f"{rng.choice(['BH', 'DT', 'SP'])}{rng.randrange(1, 26)}",
    "upn": _upn,
    "uln": _uln,
    "nhs_number": _nhs_number,
    "malformed_number": _malformed,
    "telephone": _one_of(_PHONES),
    "e_mail": _one_of(_MAIL),
    "web_address": _one_of(_WEB),
    "date": _one_of(_DATES),
    "age": _one_of(_AGES),
}
