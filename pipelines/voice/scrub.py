"""Takes out of a text what tells who or where: a pure function. What it is not sure of is marked for people to read.

First what has a form (numbers, telephone, e-mail, postcode, date, age), then schools, places and addresses, then names. A
word with a capital that is in no list is doubtful, and so is a first word with which few sentences begin, and a word that is
a slip away from a name: each may be one.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pipelines.voice.gazetteer import Gazetteer, load_gazetteer, with_a_letter_less
from pipelines.voice.patterns import BY_CAPITALS, BY_FORM, PLACEHOLDER, STANDS_FOR, Form

# A spreadsheet takes what begins with one of the first four for a formula.
_NO_BEGINNING: Final = "=+-@ *•–"
_LOOK_BACK: Final = 60
_WORD: Final = re.compile(r"[^\W\d_][\w'’-]*")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")
_SENTENCE_BEGINS: Final = re.compile(r"(?:^|[.!?:;\n\"“”‘(…]|\s[-–—*•])[\s\"“‘(]*$")
_NAMED: Final = re.compile(
    r"\b(?:called|named|(?:name|names) (?:is|are|was)|name's|i am|i'm|regards|from|signed|thanks|love)[,:]?\s+$",
    re.IGNORECASE,
)
_RELATIVE: Final = re.compile(
    r"\b(?:my|our|his|her|their) (?:\w+ )?(?:son|daughter|boy|girl|child|brother|sister|twin|twins|grandson|granddaughter|lad)"
    r"[,:]?\s+$",
    re.IGNORECASE,
)
_AFTER_A_RELATIVE: Final = re.compile(
    r"is|was|has|had|and|or|with|who|that|does|did|can|could|will|would|should|needs|needed|gets|got|goes|"
    r"went|feels|felt|loves|likes|hates|finds|struggles|says|said|at|in|on|to|for|from|but|as|when|because|"
    r"if|so|a|the|an|not|now|then|still|never|always|just|also|only|being|been|having|about|into|out|up|"
    r"off|by|were|are|his|her|their|our|my"
)


@dataclass(frozen=True)
class Scrubbed:
    """A text that may be read by those who approve quotes. removed: kind → finds. doubtful: words that may be names."""

    text: str = field(repr=False)
    removed: Mapping[str, int]
    doubtful: tuple[str, ...] = field(repr=False)

    @property
    def text_hash(self) -> str:
        """Names this very text: an approval of another one does not count for it."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]


def scrub(text: str, gazetteer: Gazetteer | None = None) -> Scrubbed:
    """The text without what tells who or where. It does not matter how often: what is scrubbed stays as it is."""
    known = gazetteer or load_gazetteer()
    plain = " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split()).lstrip(_NO_BEGINNING)
    removed: Counter[str] = Counter()
    areas = "|".join(known.postcode_areas)
    forms = (
        *BY_FORM,
        Form("postcode", re.compile(rf"\b(?:{areas})\d{{1,2}}[A-Z]?\b", re.IGNORECASE), STANDS_FOR["postcode"]),
        Form("school", known.schools, STANDS_FOR["school"]),
        *BY_CAPITALS,
        Form("place", known.places, STANDS_FOR["place"]),
        Form("place", known.capital_places, STANDS_FOR["place"]),
    )
    for form in forms:
        plain = _without(plain, form, known, removed)
    plain, doubtful = _without_names(plain, known, removed)
    return Scrubbed(plain, dict(removed), tuple(dict.fromkeys(doubtful)))


def _without(text: str, form: Form, known: Gazetteer, removed: "Counter[str]") -> str:
    """The text without what one form finds; what stands for an earlier find is left alone."""

    def replaced(match: re.Match[str]) -> str:
        found = match.group()
        if _is_allowed(found, known):
            return found
        removed[form.kind_of(found) if form.kind_of else form.kind] += 1
        return form.stands_for

    return "".join(part if is_placeholder else form.finds.sub(replaced, part) for is_placeholder, part in _parts(text))


def _parts(text: str) -> Iterable[tuple[bool, str]]:
    """The text in pieces, each with whether it stands for something that was taken out."""
    at = 0
    for match in PLACEHOLDER.finditer(text):
        yield False, text[at : match.start()]
        yield True, match.group()
        at = match.end()
    yield False, text[at:]


def _is_allowed(found: str, known: Gazetteer) -> bool:
    """Whether each word with a capital may stay ('Key Stage Nursery')."""
    words = _WORD.findall(found)
    return bool(words) and not re.search(r"\d", found) and all(_base(word) in known.allowed for word in words)


def _without_names(text: str, known: Gazetteer, removed: "Counter[str]") -> tuple[str, list[str]]:
    """The text without names, and the words that may be some."""
    made: list[str] = []
    doubtful: list[str] = []
    so_far, after_name = "", False
    for is_placeholder, part in _parts(text):
        if is_placeholder:
            made.append(part)
            so_far, after_name = (so_far + part)[-_LOOK_BACK:], part == STANDS_FOR["name"]
            continue
        at = 0
        for match in _WORD.finditer(part):
            between = part[at : match.start()]
            before, word = (
                (so_far + part[max(match.start() - _LOOK_BACK, 0) : match.start()])[-_LOOK_BACK:],
                match.group(),
            )
            is_next = after_name and between.strip(" ") in ("", "-")
            verdict = _verdict(word, before, known, is_next)
            made.append(between)
            if verdict == "name":
                removed["name"] += 1
                made.append(STANDS_FOR["name"] + (word[-2:] if word[-2:] in ("'s", "’s") else ""))
            else:
                made.append(word)
            if verdict == "doubtful":
                doubtful.append(word)
            after_name = verdict == "name"
            at = match.end()
        made.append(part[at:])
        so_far = (so_far + part)[-_LOOK_BACK:]
    return "".join(made), doubtful


def _verdict(word: str, before: str, known: Gazetteer, after_name: bool) -> str:
    """'name', 'doubtful' or 'stays' for one word; `before` is the text before it."""
    base = _base(word)
    capital = word[0].isupper()
    begins = bool(_SENTENCE_BEGINS.search(before))
    parts = [part for part in re.split(r"-", base) if part]
    if any(part in known.names and (part not in known.word_names or (capital and not begins)) for part in parts):
        return "name"
    if base in known.allowed or base in ("i", "i'm", "i've", "i'd", "i'll"):
        return "stays"
    if capital and after_name:
        return "name"
    if _NAMED.search(before) and capital:
        return "name"
    if capital and not (begins and base in known.begins):
        return "doubtful"
    if base not in known.begins and not known.nearly_names.isdisjoint(with_a_letter_less(base)):
        return "doubtful"
    if _RELATIVE.search(before) and not _AFTER_A_RELATIVE.fullmatch(base):
        return "doubtful"
    return "stays"


def _base(word: str) -> str:
    return re.sub(r"['’]s$|['’]$", "", word.lower()).replace("’", "'")
