"""How well the scrubber does: how many of the identifiers that were planted in made-up comments it takes out."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from pipelines.voice.planted import Planted, planted_comments
from pipelines.voice.scrub import Scrubbed, scrub

ALL: Final = "all"
WITH_A_FORM: Final = (
    *("upn", "uln", "nhs_number", "malformed_number", "telephone", "e_mail", "web_address", "date", "postcode"),
    "postcode_district",
)
"""Kinds of which not one may be missed: otherwise nothing is published."""


@dataclass(frozen=True)
class Recall:
    """One row of scrubber_recall. sent_to_review: not taken out, but the comment was marked because of a word of it."""

    kind: str
    planted: int
    removed: int
    sent_to_review: int

    @property
    def recall_pct(self) -> float:
        """Taken out, in percent of those planted, to one decimal."""
        return round(100 * self.removed / self.planted, 1)


class ScrubberProblem(Exception):
    """The scrubber misses identifiers that have a form, so that nothing may be published."""


def measure_recall(comments: Sequence[Planted] | None = None, by: Callable[[str], Scrubbed] = scrub) -> list[Recall]:
    """One entry per kind, and one for all, of what the scrubber `by` takes out."""
    given = planted_comments() if comments is None else comments
    counts: dict[str, list[int]] = {}
    for one in given:
        scrubbed = by(one.text)
        left = _left(one.identifier, scrubbed.text)
        marked = bool(left & {word.lower() for word in scrubbed.doubtful})
        for kind in (one.kind, ALL):
            tally = counts.setdefault(kind, [0, 0, 0])
            tally[0] += 1
            tally[1] += not left
            tally[2] += bool(left) and marked
    return [Recall(kind, *tally) for kind, tally in sorted(counts.items())]


def check_recall(found: Sequence[Recall]) -> None:
    """Raises ScrubberProblem, naming the kinds, where an identifier with a form was missed."""
    missed = [one.kind for one in found if one.kind in WITH_A_FORM and one.removed < one.planted]
    if missed:
        raise ScrubberProblem(
            f"The scrubber of quotes misses identifiers that it was tested with ({', '.join(missed)}). Nothing is published "
            "until it finds them all; the last release stays."
        )


def recall_table(found: Sequence[Recall]) -> pa.Table:
    """shared.scrubber_recall."""
    columns = {
        "kind": pa.array([one.kind for one in found], pa.string()),
        "planted": pa.array([one.planted for one in found], pa.int32()),
        "removed": pa.array([one.removed for one in found], pa.int32()),
        "sent_to_review": pa.array([one.sent_to_review for one in found], pa.int32()),
        "recall_pct": pa.array([one.recall_pct for one in found], pa.float64()),
    }
    return pa.table(columns)


def _left(identifier: str, text: str) -> set[str]:
    """What a text still tells of an identifier: words and numbers of it, or the whole where it is shorter."""
    left = _words(identifier) & _words(text)
    return left or ({identifier.lower()} if identifier.lower() in text.lower() else set())


def _words(text: str) -> set[str]:
    """Words of three letters and more, and of two with a digit: less does not tell who."""
    found = re.findall(r"[^\W_]{2,}", text.lower())
    return {word for word in found if (len(word) > 2 or not word.isalpha()) and word not in _SAYS_NOTHING}


_SAYS_NOTHING: Final = frozenset(
    [
        "name",
        "school",
        "place",
        "address",
        "postcode",
        "number",
        "date",
        "age",
        "mail",
        "web",
        "the",
        "sample",
        "years",
        "old",
    ]
)
