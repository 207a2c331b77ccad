"""What each measure counts, so that disclosure control knows which of its numbers are counts of children.

A measure that is not named here is treated by its unit, the safe way: a new measure is protected before anyone thinks of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal["proportion", "rate", "summary", "longest", "ratio", "open", "withheld"]

PERCENTAGE_BASE = 10
"""A percentage, rate or median of fewer children than this is withheld (domain: disclosure control)."""

LOW_BASE = 30
"""A survey figure of fewer responses than this is marked `u`."""

TOTAL = "total"
"""The breakdown of everybody."""

QUESTION = "survey:"
"""How the id of a survey question begins where it is protected as a measure of its own."""


@dataclass(frozen=True)
class MeasureRule:
    """How one measure is protected.

    kind: `proportion` numerator and denominator count children, and so does their difference; `rate` the numerator counts
    events and the denominator children; `summary` a median or percentile; `longest` one child's figure; `ratio` of two rates;
    `open` counts no child, or is published already: shown as it is; `withheld` is for the council only.
    joint: measures with the same joint name are hidden together (their counts nest in one another).
    headcount: measures with the same headcount name publish the same denominators.
    inside: the measure whose rows contain this one's, so that the difference is a count of children too.
    """

    kind: Kind
    joint: str = ""
    headcount: str = ""
    inside: str = ""
    survey: bool = False


Count = tuple[str, str]
"""A measure, and which of its counts."""

AT_MOST: Sequence[tuple[Count, Count]] = ((("EX4", "numerator"), ("EX1", "numerator")),)
"""Pairs of counts of one place, of which the first can never exceed the second: pupils suspended, and suspensions."""

IMPLIES: Sequence[tuple[Count, Count]] = (
    (("EX1", "numerator"), ("EX4", "numerator")),
    (("EX5", "numerator"), ("EX1", "numerator")),
    (("GR2", "numerator"), ("GR3", "denominator")),
    (("GR3", "denominator"), ("GR2", "numerator")),
)
"""Pairs of counts of one place: where the first is not 0, the second is not. A reader who sees sessions lost knows that
there was a suspension."""

CHILDREN_WITHIN: Sequence[tuple[Count, Count]] = (
    (("EX5", "denominator"), ("EX1", "denominator")),
    (("EX6_SEVERE", "numerator"), ("EX6", "numerator")),
)
"""Pairs of counts of one place, of which the first counts some of the children of the second: the others are children too."""

_OPEN = (
    *("GR1", "GR5_A8", "GR5_KS2", "EX8", "PA1", "PA1_SUPPORT", "PA2", "PA2_NEET", "PA3"),
    *("EV1", "EV3", "EV6", "CO2", "CO3", "WF2", "WF3", "WF4", "WF6"),
)
"""Published figures, and measures of records, actions, log items and posts: no number in them counts children. The gap of
EV3 is a difference of two shares, and WF4 a quotient of all open cases: no count can be had from either."""

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
        "EX5": MeasureRule("rate", "suspensions", headcount="pupils_with_sen"),
        "EX6": MeasureRule("proportion", "EX6", headcount="pupils_attending"),
        "EX6_SEVERE": MeasureRule("proportion", "EX6", headcount="pupils_attending"),
        # Sessions are no children: shown without counts, and not for a group of few pupils.
        "EX6_OVERALL": MeasureRule("summary", "EX6_OVERALL"),
        "EX7": MeasureRule("proportion", "EX7", headcount="children_with_sen"),
        "EX7_OUT": MeasureRule("proportion", "EX7_OUT", headcount="children_with_sen"),
        "EX9": MeasureRule("proportion", "EX9", headcount="children_with_sen"),
        "EH11": MeasureRule("rate", "EH11"),
        "CU4": MeasureRule("rate", "CU4"),
        # Its decisions are those of EH3: two rows that are hidden apart would give each other away.
        "GR4": MeasureRule("withheld"),
        # Leavers are members of a small team.
        "WF1": MeasureRule("withheld"),
        **dict.fromkeys(_OPEN, MeasureRule("open")),
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
