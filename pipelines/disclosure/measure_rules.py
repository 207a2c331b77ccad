"""What each measure counts, so that disclosure control knows which of its numbers are counts of children.

A measure that is not named here is treated by its unit, the safe way: a new measure is protected before anyone thinks of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["proportion", "rate", "summary", "longest", "ratio"]

PERCENTAGE_BASE = 10
"""A percentage, rate or median of fewer children than this is withheld (domain: disclosure control)."""

LOW_BASE = 30
"""A survey figure of fewer responses than this is marked `u`."""

QUESTION = "survey:"
"""How the id of a survey question begins where it is protected as a measure of its own."""


@dataclass(frozen=True)
class MeasureRule:
    """How one measure is protected.

    kind: `proportion` numerator and denominator count children, and so does their difference; `rate` the numerator counts
    events and the denominator children; `summary` a median or percentile; `longest` one child's figure; `ratio` of two rates.
    joint: measures with the same joint name are hidden together (their counts nest in one another).
    headcount: measures with the same headcount name publish the same denominators.
    inside: the measure whose rows contain this one's, so that the difference is a count of children too.
    """

    kind: Kind
    joint: str
    headcount: str = ""
    inside: str = ""
    survey: bool = False


_RULES: Mapping[str, MeasureRule] = MappingProxyType(
    {
        "EH1": MeasureRule("proportion", "EH1"),
        "EH2": MeasureRule("proportion", "EH2", inside="EH1"),
        "EH5": MeasureRule("summary", "EH5"),
        "EH5_P90": MeasureRule("summary", "EH5_P90"),
        "EH6": MeasureRule("proportion", "EH6"),
        "EH6_LONGEST": MeasureRule("longest", "EH6_LONGEST"),
        "EX1": MeasureRule("rate", "suspensions", headcount="pupils"),
        "EX2": MeasureRule("ratio", "EX2"),
        "EX3": MeasureRule("rate", "EX3", headcount="pupils"),
        "EX4": MeasureRule("proportion", "suspensions", headcount="pupils"),
        "EX5": MeasureRule("rate", "suspensions", headcount="pupils"),
        "GR2": MeasureRule("proportion", "cycles"),
        "GR3": MeasureRule("proportion", "cycles"),
        "CU1": MeasureRule("proportion", "CU1", survey=True),
        "CU2": MeasureRule("proportion", "CU2", survey=True),
        "CO1": MeasureRule("proportion", "CO1", survey=True),
        "GR6": MeasureRule("proportion", "GR6", survey=True),
        "EV2": MeasureRule("proportion", "EV2", survey=True),
    }
)


def rule_of(measure_id: str, unit: str) -> MeasureRule:
    """The rule of a measure; `unit` is the register's (%, weeks, per 100 …) and decides for a measure not named above."""
    known = _RULES.get(measure_id)
    if known is not None:
        return known
    if measure_id.startswith(QUESTION):
        return MeasureRule("proportion", measure_id, survey=True)
    if unit in ("weeks", "days"):
        return MeasureRule("summary", measure_id)
    if unit == "ratio":
        return MeasureRule("ratio", measure_id)
    return MeasureRule("proportion", measure_id)
