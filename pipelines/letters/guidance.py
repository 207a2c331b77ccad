"""Where the published guidance behind a rule stands: data/reference/guidance.csv, from the source that the rule names."""

import csv
from dataclasses import dataclass
from functools import cache

from pipelines.settings import REFERENCE


@dataclass(frozen=True)
class Guidance:
    """A published guide, statute or register, and its address."""

    title: str
    url: str


def guidance_of(source: str) -> Guidance | None:
    """The guidance that a rule's `source` names, by the longest beginning that is known; None for a house rule."""
    known = [begins for begins in _guidance() if source.startswith(begins)]
    return _guidance()[max(known, key=len)] if known else None


@cache
def _guidance() -> dict[str, Guidance]:
    with (REFERENCE / "guidance.csv").open(encoding="utf-8-sig", newline="") as lines:
        return {line["source_begins"]: Guidance(line["guidance"], line["url"]) for line in csv.DictReader(lines)}
