"""Primary rules: which counts are small and must stay anywhere between 0 and the threshold for every reader."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipelines.disclosure.linked.model import Flags, Kind, LinkedTables

Zeros = Literal["shown", "everyone", "suppressed"]


@dataclass(frozen=True)
class Policy:
    """threshold: of counts of children or families; base: of survey results (a base under it is withheld, with its answers).

    zeros: `shown`; `everyone`: a rest of 0 (all of a group have the attribute) is protected as if small; `suppressed`: each is.
    Source: ICO anonymisation guidance and council practice ("fewer than 5"); GP Patient Survey for the base of 10.
    """

    threshold: int = 5
    base: int = 10
    zeros: Zeros = "shown"
    version: str = "1"


def primary_cells(tables: LinkedTables, zeros: Zeros = "shown") -> Flags:
    """Counts of 1 to threshold - 1, and zeros by policy. A cell that readers know anyway is none."""
    open_to_us = tables.kind != Kind.KNOWN
    small = (tables.value >= 1) & (tables.value < tables.threshold)
    if zeros == "suppressed":
        small |= (tables.value == 0) & (tables.threshold > 0)
    elif zeros == "everyone":
        small |= (tables.value == 0) & (tables.threshold > 0) & (tables.kind == Kind.NEVER_SHOWN)
    return small & open_to_us


def withheld_with_base(tables: LinkedTables, answers: dict[str, str]) -> Flags:
    """Answers (key of the answer → key of its base) whose base is under the base's threshold: withheld with it, zeros too."""
    position = tables.position
    flags = np.zeros(len(tables.keys), dtype=bool)
    for answer, base in answers.items():
        at = position[base]
        flags[position[answer]] |= bool(tables.value[at] < tables.threshold[at])
    return flags & (tables.kind != Kind.KNOWN)


def shown_percentages(tables: LinkedTables, hidden: Flags, percentages: dict[str, tuple[str, str]]) -> dict[str, bool]:
    """For each percentage (key → keys of numerator and denominator): may it be shown?

    Only where both counts are shown: a percentage beside a known denominator is the count itself.
    """
    position = tables.position
    return {key: not (hidden[position[top]] or hidden[position[base]]) for key, (top, base) in percentages.items()}
