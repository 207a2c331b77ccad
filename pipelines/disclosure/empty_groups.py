"""Rows of groups that nobody is in, and of periods in which nothing happened.

The tables of the council have a row where there is something to count. For partners that would tell: a row that is suppressed
counts at least one child, and a group without a row none. So every group has a row in every period, with a true 0. A period
of the same source in which a measure has no row at all is suppressed whole, like one that counts a few: nobody can say whether
that is 0, few or no data.
"""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from pipelines.disclosure.measure_rules import TOTAL, MeasureRule
from pipelines.disclosure.observation_cells import Row
from pipelines.settings import REFERENCE

ALL, UNKNOWN = "All", "Unknown"
_LIMITS = ("lower_95", "upper_95", "lower_998", "upper_998")
# Characteristics of children and families: each value of their code sets is a group. Of others (service, source, role of a
# questionnaire) those that are seen.
_CODE_SETS = ("sex", "age_band", "primary_need", "sen_provision", "sen_status", "setting_type")
_YES_OR_NO = ("has_diagnosis", "parent_carer_has_needs", "sibling_young_carer")
_SERIES = ("month", "term", "calendar_year", "academic_year")

Groups = Mapping[str, frozenset[str]]


@cache
def known_groups(area_code: str, folder: Path = REFERENCE) -> Groups:
    """Breakdown → the values that it can have in an area."""
    found: dict[str, set[str]] = {name: {UNKNOWN} for name in (*_CODE_SETS, "ethnicity_group", "ward", "imd_quintile")}
    with (folder / "code_sets.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["code_set"] in _CODE_SETS:
                found[row["code_set"]].add(row["code"])
            if row["code_set"] == "ethnicity" and row["group_code"]:
                found["ethnicity_group"].add(row["group_code"])
    with (folder / "area_lsoa.csv").open(encoding="utf-8", newline="") as handle:
        found["ward"] |= {row["ward_code"] for row in csv.DictReader(handle) if row["area_code"] == area_code}
    found["imd_quintile"] |= set("12345")
    return {
        TOTAL: frozenset([ALL]),
        **{name: frozenset(values) for name, values in found.items()},
        **dict.fromkeys(_YES_OR_NO, frozenset(["yes", "no", UNKNOWN])),
    }


def complete_observation(
    rows: Sequence[Row], rules: Mapping[str, MeasureRule], groups: Groups, sources: Mapping[str, str]
) -> tuple[list[Row], list[Row]]:
    """The rows with those of empty groups, and those that are to be suppressed (not among the first): of periods without any
    row, and of services and sources without one in a period.

    sources: measure → what it is made from; measures of one source have rows for the same periods.
    """
    complete = list(rows)
    gaps: list[Row] = []
    periods: dict[tuple[object, object], dict[object, object]] = defaultdict(dict)
    series: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        measure = str(row["measure_id"])
        periods[sources.get(measure, measure), row["period_type"]][row["period_start"]] = row["period_end"]
        if rules[measure].kind != "open":
            series[row["measure_id"], row["area_code"], row["period_type"]].append(row)
    for (name, _, period_type), own in series.items():
        measure = str(name)
        seen: dict[object, set[tuple[object, object]]] = defaultdict(set)
        values: dict[str, set[str]] = defaultdict(set)
        for row in own:
            seen[row["period_start"]].add((row["breakdown"], row["breakdown_value"]))
            values[str(row["breakdown"])].add(str(row["breakdown_value"]))
        wanted = {(name, value) for name, some in values.items() for value in some | groups.get(name, frozenset())}
        for start, end in periods[sources.get(measure, measure), period_type].items():
            is_gap = start not in seen
            if is_gap and period_type not in _SERIES:
                continue
            for breakdown, value in sorted(wanted - seen.get(start, set()), key=str):
                place = {"period_start": start, "period_end": end, "breakdown": breakdown, "breakdown_value": value}
                # A service or a source without a row may have sent nothing: that is no 0.
                is_silent = is_gap or breakdown not in groups
                (gaps if is_silent else complete).append(_nobody(own[0], rules[measure], place, is_silent))
    return complete, gaps


def complete_lived_experience(rows: Sequence[Row], groups: Groups) -> list[Row]:
    """The rows of shared.lived_experience with those of groups that nobody who answered is in. A wave that knows a
    characteristic of nobody did not ask for it."""
    parts: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    asked: dict[tuple[object, object], set[object]] = defaultdict(set)
    for row in rows:
        parts[row["wave_id"], row["question_id"], row["area_code"], row["breakdown"]].append(row)
        asked[row["wave_id"], row["breakdown"]].add(row["breakdown_value"])
    made = list(rows)
    for own in parts.values():
        there = {str(row["breakdown_value"]) for row in own}
        if asked[own[0]["wave_id"], own[0]["breakdown"]] == {UNKNOWN}:
            continue
        for value in sorted(groups.get(str(own[0]["breakdown"]), frozenset()) - there):
            made.append({**own[0], "breakdown_value": value, "numerator": 0.0, "denominator": 0.0})
    return made


def complete_cross_tabulation(rows: Sequence[Row], groups: Groups) -> list[Row]:
    """The rows of shared.cross_tabulation with those of pairs that nobody is in."""
    table = ("table_id", "area_code", "period_type", "period_start")
    tables: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for row in rows:
        tables[tuple(row[name] for name in table)].append(row)
    made = list(rows)
    for own in tables.values():
        first = own[0]
        pairs = {(row["row_value"], row["column_value"]) for row in own}
        across, down = (
            {ALL, *(str(row[value]) for row in own), *groups.get(str(first[breakdown]), ())}
            for breakdown, value in (("row_breakdown", "row_value"), ("column_breakdown", "column_value"))
        )
        nothing = {"numerator": 0, "denominator": None if first["denominator"] is None else 0}
        made += [
            {**first, **nothing, "row_value": row, "column_value": column}
            for row in sorted(across)
            for column in sorted(down)
            if (row, column) not in pairs
        ]
    return made


def _nobody(like: Row, rule: MeasureRule, place: Row, is_gap: bool) -> Row:
    """A row of nobody. The headcount of a period that has no row is that of other measures: it is left out."""
    counted = rule.kind in ("proportion", "rate")
    numbers: dict[str, object] = {
        "numerator": 0.0 if counted else None,
        "denominator": None if is_gap and (rule.headcount or not counted) else 0.0,
        "value": None,
        "base": 0,
    }
    return {**like, **place, **numbers, **dict.fromkeys(_LIMITS)}
