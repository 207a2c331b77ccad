"""Every count of a partner file under one name, whichever table it stands in.

A count that two measures or two tables share has one key: what one table hides, another may print. Keys are
(measure, period type, first day, breakdown, value, part) for a measure, where part is n (numerator) or d (denominator);
(x, subject, first day, characteristics) for a cross-tabulation; (svy, first day, role, question, breakdown, value, part)
for answers; (theme, first day, theme, SEN status, part); (dq, source, topic, item) for rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

import pandas as pd

from tests.attack.figures import counts_behind, rounding
from tests.attack.partner_file import PartnerFile

Key = tuple[str, ...]

SURVEY_MEASURES = {
    "CU1": ("parent_carer", "q_listened"),
    "CU2": ("child_young_person", "q_listened"),
    "CU3": ("parent_carer", "q_services_good"),
    "CO1": ("parent_carer", "q_involved_in_plan"),
    "GR6": ("parent_carer", "q_confident_school"),
}
SAME_DENOMINATOR = {"GR4": "EH3", "EX3": "EX1", "EX4": "EX1", "EX6_SEVERE": "EX6", "EX7_OUT": "EX7", "EX9": "EX7"}
SUMMARIES = {"EX2", "EV3", "EH6_LONGEST", "EH5", "EH5_P90", "JC3_MEDIAN"}
# Actions, workstreams, measures, items raised, posts: none of them is a child or a family, and some are no whole numbers.
NO_CHILDREN = {"CO2", "CO3", "EV1", "EV6", "WF1", "WF2", "WF3", "WF4", "WF6"}
MULTIPLIERS = {"%": 100.0, "per 100 pupils": 100.0, "per 1,000 plans": 1000.0}


@dataclass(frozen=True)
class Equation:
    """low ≤ sum of factor x count ≤ high, and how the attacker comes to it."""

    factors: tuple[tuple[Key, float], ...]
    low: float
    high: float
    why: str


@dataclass
class Counts:
    """`known`: count → its printed number; `hidden`: counts of rows that are there without their number.

    `figures`: values that are not counts (medians, ratios, gaps). `ratios`: what a value says of two hidden counts.
    `conflicts`: counts that one file prints with two numbers.
    """

    known: dict[Key, float] = field(default_factory=dict)
    hidden: set[Key] = field(default_factory=set)
    figures: dict[Key, float] = field(default_factory=dict)
    ratios: list[Equation] = field(default_factory=list)
    conflicts: set[Key] = field(default_factory=set)

    def add(self, key: Key, number: float | None) -> None:
        if number is None or pd.isna(number):
            if key not in self.known:
                self.hidden.add(key)
            return
        if abs(self.known.get(key, number) - number) > 1e-6:
            self.conflicts.add(key)
        self.known[key] = float(number)
        self.hidden.discard(key)

    def add_figure(self, top: Key, bottom: Key, row: Mapping[str, object], multiplier: float, kind: str) -> None:
        """A numerator, a denominator and what their quotient and its limits say of them. `row`: n, d, value, limits."""
        n, d, value, lower, upper = (_number(row.get(name)) for name in ("n", "d", "value", "lower", "upper"))
        if n is None or d is None:
            guess = counts_behind(value, lower, upper, multiplier, kind, n, d)
            n, d = (n if n is not None else guess[0]), (d if d is not None else guess[1])
        self.add(top, n)
        self.add(bottom, d)
        if value is not None and (n is None or d is None):
            half = rounding(value)
            pair = ((top, multiplier), (bottom, -(value - half))), ((top, multiplier), (bottom, -(value + half)))
            self.ratios.append(Equation(pair[0], -1e-6, inf, "a printed quotient"))
            self.ratios.append(Equation(pair[1], -inf, 1e-6, "a printed quotient"))

    def all(self) -> set[Key]:
        return self.hidden | set(self.known)


def observation_key(measure: str, period_type: str, start: str, breakdown: str, value: str, part: str) -> Key:
    """The key of a count of `observation`."""
    if measure in SURVEY_MEASURES:
        group = ("total", "All") if breakdown == "respondent_role" else (breakdown, value)
        return ("svy", start, *SURVEY_MEASURES[measure], *group, part)
    if measure == "EV2":
        return ("responses", start, value, part)
    if part == "d":
        measure = SAME_DENOMINATOR.get(measure, measure)
    return (measure, period_type, start, breakdown, value, part)


def cross_key(subject: str, start: str, *characteristics: tuple[str, str]) -> Key:
    """The key of a cell or margin: the characteristics that are not All, in the order of the alphabet."""
    fixed = sorted(f"{name}={value}" for name, value in characteristics if value != "All")
    return ("x", subject, start, "|".join(fixed))


def counts_of(file: PartnerFile) -> Counts:
    """Every count of a file, with those that its percentages, limits and copies give away."""
    counts = Counts()
    for name in ("observation", "control_chart", "target"):
        for row in _rows(file.table(name)):
            if row.get("period_start") is not None:
                _measure(counts, row)
    for row in _rows(file.table("lived_experience")):
        place = ("svy", *(str(row[name]) for name in ("wave_start_date", "respondent_role", "question_id")))
        group = (str(row["breakdown"]), str(row["breakdown_value"]))
        named = {"n": row["positive_answers"], "d": row["base"], "value": row["positive_pct"]}
        limits = {"lower": row["lower_95"], "upper": row["upper_95"]}
        counts.add_figure((*place, *group, "n"), (*place, *group, "d"), named | limits, 100.0, "proportion")
    for row in _rows(file.table("cross_tabulation")):
        _cross(counts, row)
    for row in _rows(file.table("data_quality")):
        topic = "critical" if row.get("severity") == "critical" else str(row["topic"])
        counts.add(("dq", str(row["source"]), topic, str(row["item"])), _number(row["row_count"]))
        if row["topic"] == "rule":
            counts.add(("dq", str(row["source"]), "checked", str(row["item"])), _number(row.get("total")))
    return counts


def _measure(counts: Counts, row: Mapping[str, object]) -> None:
    place = (str(row["period_type"]), str(row["period_start"]))
    place = (*place, str(row.get("breakdown", "total")), str(row.get("breakdown_value", "All")))
    measure, value = str(row["measure_id"]), _number(row.get("value"))
    if measure in NO_CHILDREN:
        return
    if measure in SUMMARIES:
        if value is not None:
            counts.figures[(measure, *place)] = value
        return
    unit = str(row["unit"])
    if unit == "count":
        row = {**row, "value": None, "numerator": row.get("numerator") if value is None else value}
    named = {"n": row.get("numerator"), "d": row.get("denominator"), "value": row.get("value")}
    limits = {"lower": row.get("lower_95"), "upper": row.get("upper_95")}
    top, bottom = (observation_key(measure, *place, part) for part in "nd")
    kind = "proportion" if unit == "%" else "rate"
    counts.add_figure(top, bottom, named | limits, MULTIPLIERS.get(unit, 1.0), kind)


def _cross(counts: Counts, row: Mapping[str, object]) -> None:
    start = str(row["period_start"])
    if row["subject"] == "theme_answer":
        theme = ("theme", start, str(row["row_value"]), str(row["column_value"]))
        named = {"n": row["count"], "d": row["base"], "value": row["share_pct"]}
        counts.add_figure((*theme, "n"), (*theme, "d"), named, 100.0, "proportion")
        return
    pair = (str(row["row_breakdown"]), str(row["row_value"])), (str(row["column_breakdown"]), str(row["column_value"]))
    counts.add(cross_key(str(row["subject"]), start, *pair), _number(row["count"]))


def _rows(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    clean = table.astype(object).where(table.notna(), None)
    yield from ({str(name): value for name, value in row.items()} for row in clean.to_dict("records"))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not pd.isna(value) else None
