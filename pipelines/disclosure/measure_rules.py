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
    headcount: measures with the same headcount name publish the same denominators.
    inside: the measure whose rows contain this one's, so that the difference is a count of children too.
    shown_with: measures of the same children whose counts a reader of this figure could bound, were they hidden: it is shown
    only where all of theirs are. (A 90th centile of 22 weeks says that at least a tenth waited over 20.)
    """

    kind: Kind
    headcount: str = ""
    inside: str = ""
    survey: bool = False
    shown_with: tuple[str, ...] = ()


Count = tuple[str, str]
"""A measure, and which of its counts."""

AT_MOST: Sequence[tuple[int, Count, Count]] = (
    (1, ("EX4", "numerator"), ("EX1", "numerator")),
    (90, ("EX1", "numerator"), ("EX4", "numerator")),
    (90, ("EX5", "numerator"), ("EX1", "numerator")),
    (1, ("GR2", "numerator"), ("GR3", "denominator")),
    (52, ("GR3", "denominator"), ("GR2", "numerator")),
)
"""Times, and a pair of counts of one place: the first can never exceed so many times the second. No pupil may be suspended
for more than 45 school days (90 sessions) in a school year; 52 reviews are one a week. So where the second is 0 the first is
0 too, and several second ones that are hidden are at least a 90th or 52nd of what the total says of the first."""

CHILDREN_WITHIN: Sequence[tuple[Count, Count]] = (
    (("EX5", "denominator"), ("EX1", "denominator")),
    (("EX6_SEVERE", "numerator"), ("EX6", "numerator")),
    (("CU4", "numerator"), ("CU5", "denominator")),
)
"""Pairs of counts of one place, of which the first counts some of the children of the second: the others are children too."""

_OPEN = (
    *("GR1", "GR5_A8", "GR5_KS2", "EX8", "PA1", "PA1_SUPPORT", "PA2", "PA2_NEET", "PA3"),
    *("EV1", "EV6", "CO2", "CO3", "WF2", "WF3", "WF4", "WF6"),
)
"""Published figures, and measures of records, actions, log items and posts: no number in them counts children. WF4 is a
quotient of all open cases: no small count can be had from it."""

_RULES: Mapping[str, MeasureRule] = MappingProxyType(
    {
        "EH1": MeasureRule("proportion"),
        "EH2": MeasureRule("proportion", inside="EH1"),
        "EH5": MeasureRule("summary", shown_with=("EH1", "EH2")),
        "EH5_P90": MeasureRule("summary", shown_with=("EH1", "EH2")),
        "EH6": MeasureRule("proportion"),
        "EH6_LONGEST": MeasureRule("longest"),
        "EX1": MeasureRule("rate", headcount="pupils"),
        "EX2": MeasureRule("ratio"),
        "EX3": MeasureRule("rate", headcount="pupils"),
        "EX4": MeasureRule("proportion", headcount="pupils"),
        "EX5": MeasureRule("rate", headcount="pupils_with_sen"),
        "EX6": MeasureRule("proportion", headcount="pupils_attending"),
        "EX6_SEVERE": MeasureRule("proportion", headcount="pupils_attending"),
        # Sessions are no children: shown without counts.
        "EX6_OVERALL": MeasureRule("summary", shown_with=("EX6", "EX6_SEVERE")),
        "EX7": MeasureRule("proportion", headcount="children_with_sen"),
        "EX7_OUT": MeasureRule("proportion", headcount="children_with_sen"),
        "EX9": MeasureRule("proportion", headcount="children_with_sen"),
        "EH11": MeasureRule("rate"),
        "CU4": MeasureRule("rate"),
        "CU5": MeasureRule("rate"),
        # A difference of two shares: with all its decimals it is a fraction that names how many of a group have answered.
        "EV3": MeasureRule("summary"),
        "JC3_MEDIAN": MeasureRule("summary", shown_with=("JC3",)),
        # Its decisions are those of EH3: two rows that are hidden apart would give each other away.
        "GR4": MeasureRule("withheld"),
        # Leavers are members of a small team.
        "WF1": MeasureRule("withheld"),
        **dict.fromkeys(_OPEN, MeasureRule("open")),
        "GR2": MeasureRule("proportion"),
        "GR3": MeasureRule("proportion"),
        "CU1": MeasureRule("proportion", survey=True),
        "CU2": MeasureRule("proportion", survey=True),
        "CU3": MeasureRule("proportion", survey=True),
        "CO1": MeasureRule("proportion", survey=True),
        "GR6": MeasureRule("proportion", survey=True),
        "EV2": MeasureRule("proportion", survey=True),
    }
)


def rule_of(measure_id: str, unit: str) -> MeasureRule:
    """The rule of a measure; `unit` is the register's (%, weeks, per 100 …) and decides for a measure not named above."""
    known = _RULES.get(measure_id)
    if known is not None:
        return known
    if measure_id.startswith(QUESTION):
        return MeasureRule("proportion", survey=True)
    if unit in ("weeks", "days"):
        return MeasureRule("summary")
    if unit == "ratio":
        return MeasureRule("ratio")
    return MeasureRule("proportion")
