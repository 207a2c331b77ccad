"""What is attacked: every count, every complement, and what differences between counts say about children."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from tests.attack.counts import Counts, Key
from tests.attack.equations import PROPORTIONS, whole_of

SUBSETS = {("EH2", "n"): "EH1", ("EH2", "d"): "EH1", ("EX6_SEVERE", "n"): "EX6"}


@dataclass(frozen=True)
class Target:
    """Counts with factors, and the number that its interval has to reach for nobody to be recognised."""

    factors: dict[Key, float]
    threshold: int


def counts_children(key: Key) -> bool:
    """Whether what is counted is children, families, or what happened to them; half-day sessions are not."""
    return (key[0], key[-1]) != ("EX5", "n")


def targets_of(counts: Counts) -> dict[str, Target]:
    """Every count of children, plans, suspensions, answers or rows that can be made of a file, by what it is called."""
    keys = counts.all()
    found: dict[str, Target] = {}
    for key in sorted(keys):
        if counts_children(key):
            base = key[0] in ("svy", "theme") and key[-1] == "d"
            found[" ".join(key)] = Target({key: 1.0}, 10 if base else 5)
            for whole in _wholes(key, keys):
                found[f"{' '.join(whole)} less {' '.join(key)}"] = Target({whole: 1.0, key: -1.0}, 5)
        if key[:2] == ("CU4", "month") and key[-1] == "d":
            month = date.fromisoformat(key[2])
            before = ("CU4", "month", (month - timedelta(days=1)).replace(day=1).isoformat(), *key[3:])
            issued = ("EH1", *key[1:])
            if {before, issued} <= keys:
                found[f"plans that ended in {key[2]}"] = Target({before: 1.0, issued: 1.0, key: -1.0}, 5)
    return found


def _wholes(key: Key, keys: set[Key]) -> Iterator[Key]:
    if key[0] == "dq" and ("dq", key[1], "checked", key[3]) in keys and key[2] in ("rule", "critical"):
        yield ("dq", key[1], "checked", key[3])
    if key[-1] == "n" and key[0] in PROPORTIONS and whole_of(key) in keys:
        yield whole_of(key)
    if (key[0], key[-1]) in SUBSETS and (SUBSETS[(key[0], key[-1])], *key[1:]) in keys:
        yield (SUBSETS[(key[0], key[-1])], *key[1:])
    if key[0] == "x" and key[1] == "sen_support" and key[3] and "|" not in key[3]:
        breakdown, value = key[3].split("=")
        year = f"{int(key[2][:4]) - 1}-08-01"
        with_sen = ("EX5", "academic_year", year, breakdown, value, "d")
        if with_sen in keys:
            yield with_sen
