"""What an attacker knows to hold between the counts of one release: sums, parts of wholes, and printed figures."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from math import ceil, floor, inf

import pandas as pd

from pipelines.settings import REPOSITORY
from tests.attack.counts import SAME_DENOMINATOR, Counts, Equation, Key, cross_key

CALENDAR = REPOSITORY / "data" / "reference" / "calendar.csv"
BY_MONTH = {"EH1", "EH2", "EH3", "EH4", "EH8", "GR4", "GR7", "JC1", "JC2", "JC3_SEEN", "CU5"}
BY_TERM = {"EX1", "EX3", "EX5", "GR3", "EV5", "EH7", "CO4", "CO5", "JC5", "PA4"}
DISTINCT_PUPILS = {("EX4", "n"), ("GR2", "n"), ("GR2", "d")}
NOT_ADDED = {("EX1", "d"), ("EX5", "d")}
# The numerator is part of the denominator: not so of rates, ratios and stocks.
SHARES = {
    "GR2",
    "GR4",
    "EH9",
    "EH12",
    "EH12_RESOLVED",
    "JC3",
    "EX4",
    "EX6",
    "EX6_SEVERE",
    "EX7",
    "EX7_OUT",
    "EX9",
    "WF5",
}
PROPORTIONS = (BY_MONTH | BY_TERM | SHARES | {"svy", "theme", "responses"}) - {"CU5", "EX1", "EX3", "EX5"}
MEDIANS = {"EH5": "EH1", "EH5_P90": "EH1", "JC3_MEDIAN": "JC3"}
MEDIAN_BASE = 10
MANY_OF_ONE = 1000.0
LIMIT_WEEKS = 20.0


def equal(left: Iterable[Key], right: Iterable[Key], why: str) -> Equation:
    return Equation((*((key, 1.0) for key in left), *((key, -1.0) for key in right)), 0.0, 0.0, why)


def at_most(left: Iterable[Key], right: Iterable[Key], why: str) -> Equation:
    return Equation((*((key, 1.0) for key in left), *((key, -1.0) for key in right)), -inf, 0.0, why)


def equations_of(counts: Counts) -> list[Equation]:
    """Everything that holds between the counts of one release."""
    keys = counts.all()
    return [
        *_breakdowns(keys),
        *_periods(keys),
        *_parts(keys),
        *_figures(counts),
        *_cross_tabulations(keys),
        *_between_tables(keys),
        *_answers(keys),
        *_rows(keys),
    ]


def _breakdowns(keys: set[Key]) -> Iterator[Equation]:
    groups: dict[Key, list[Key]] = defaultdict(list)
    for key in keys:
        if len(key) == 6 and key[0] not in ("svy", "x") and key[3] != "total":
            groups[(*key[:4], key[5])].append(key)
        elif key[0] == "svy" and key[4] != "total":
            groups[(*key[:5], key[-1])].append(key)
        elif key[0] == "responses" and key[2] != "All":
            groups[("responses", key[1], key[3])].append(key)
    for group, members in groups.items():
        if group[0] == "svy":
            total: Key = (*group[:4], "total", "All", group[5])
        elif group[0] == "responses":
            total = ("responses", group[1], "All", group[2])
        else:
            total = (*group[:3], "total", "All", group[4])
        if total in keys:
            yield equal(members, [total], f"values of {group} = total")


def _spans() -> tuple[dict[str, list[tuple[str, str]]], dict[str, list[str]]]:
    """Kind of year → (first day, last day); kind of part → first days."""
    calendar = pd.read_csv(CALENDAR, dtype=str)
    years = {
        kind: list(zip(rows["period_start"], rows["period_end"], strict=True))
        for kind, rows in calendar.groupby("period_type")
        if kind in ("calendar_year", "academic_year")
    }
    parts = {str(kind): sorted(rows["period_start"]) for kind, rows in calendar.groupby("period_type")}
    return {str(kind): spans for kind, spans in years.items()}, parts


def _periods(keys: set[Key]) -> Iterator[Equation]:
    years, parts = _spans()
    first_days: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for key in keys:
        if len(key) == 6 and key[3] == "total":
            first_days[(key[0], key[5], key[1])].add(key[2])
    for measure, part in sorted({(measure, part) for measure, part, _ in first_days}):
        small = "month" if measure in BY_MONTH else "term"
        distinct = (measure, part) in DISTINCT_PUPILS
        adds_up = (measure in BY_MONTH | BY_TERM and (measure, part) not in NOT_ADDED) or (measure, part) == (
            "CU4",
            "n",
        )
        if not distinct and not adds_up:
            continue
        shown = first_days[(measure, part, small)]
        for kind, spans in years.items():
            for first, last in spans:
                whole = (measure, kind, first, "total", "All", part)
                parts_of_it = [day for day in parts[small] if first <= day <= last]
                inside = [day for day in parts_of_it if day in shown]
                members: list[Key] = [(measure, small, day, "total", "All", part) for day in inside]
                if whole not in keys or not members or not parts_of_it:
                    continue
                if parts_of_it[0] < min(shown) or parts_of_it[-1] > max(shown):
                    yield at_most(members, [whole], f"the {small}s of {kind} {first} that are shown are part of it")
                    continue
                if not distinct:
                    yield equal(members, [whole], f"{small}s of {kind} {first} = the year")
                    continue
                yield at_most([whole], members, f"a pupil of {kind} {first} is one of a {small}")
                yield from (at_most([one], [whole], f"a pupil of a {small} is one of the year") for one in members)


def whole_of(key: Key) -> Key:
    """The denominator of a numerator, which several measures may share."""
    return (SAME_DENOMINATOR.get(key[0], key[0]), *key[1:-1], "d")


def _parts(keys: set[Key]) -> Iterator[Equation]:
    for key in keys:
        if key[-1] == "n" and key[0] in PROPORTIONS and whole_of(key) in keys:
            yield at_most([key], [whole_of(key)], "the numerator is part of the denominator")
        if key[0] == "EH2" and key[-1] == "d":
            top, all_top, bottom = (*key[:-1], "n"), ("EH1", *key[1:-1], "n"), ("EH1", *key[1:])
            if {top, all_top, bottom} <= keys:
                yield at_most([key], [bottom], "plans without exception are plans")
                yield at_most([top], [all_top], "plans in time without exception are plans in time")
                yield at_most([key, all_top], [bottom, top], "plans late without exception are plans late")
        if key[0] == "EX4" and key[-1] == "n" and ("EX1", *key[1:]) in keys:
            yield at_most([key], [("EX1", *key[1:])], "each suspended pupil has a suspension")
            yield _some(("EX1", *key[1:]), key, "where there are suspensions, a pupil was suspended")
        if key[0] == "EX5" and key[-1] == "n" and ("EX1", *key[1:]) in keys:
            suspended = ("EX1", *key[1:])
            yield Equation(((key, 1.0), (suspended, -90.0)), -inf, 0.0, "a suspension has at most 90 sessions")
            if key[4] in ("E", "K"):
                yield at_most([suspended], [key], "a suspension has at least one session")
        if key[0] == "EX5" and key[-1] == "d" and ("EX1", *key[1:]) in keys:
            yield at_most([key], [("EX1", *key[1:])], "pupils with SEN are pupils")
        if key[0] == "EX6_SEVERE" and key[-1] == "n" and ("EX6", *key[1:]) in keys:
            yield at_most([key], [("EX6", *key[1:])], "who missed half has missed a tenth")
        if key[0] == "GR3" and key[-1] == "d" and ("GR2", *key[1:-1], "n") in keys:
            yield _some(key, ("GR2", *key[1:-1], "n"), "where cycles were reviewed, a pupil had one reviewed")
        if key[0] == "CU4" and key[-1] == "n" and ("CU5", *key[1:-1], "d") in keys:
            yield at_most([key], [("CU5", *key[1:-1], "d")], "complaints of stage 1 are complaints")
        if key[0] == "EH12" and key[1] == "calendar_year" and key[-1] == "d" and ("EH11", *key[1:-1], "n") in keys:
            yield equal([key], [("EH11", *key[1:-1], "n")], "appeals lodged in the year")


def _some(many: Key, one: Key, why: str) -> Equation:
    return Equation(((many, 1.0), (one, -MANY_OF_ONE)), -inf, 0.0, why)


def _figures(counts: Counts) -> Iterator[Equation]:
    """Medians and centiles say on which side of the limit of 20 weeks plans lie; ratios are made of counts."""
    yield from counts.ratios
    keys = counts.all()
    for (measure, *place), value in counts.figures.items():
        if measure in MEDIANS and (MEDIANS[measure], *place, "d") in keys:
            base = (MEDIANS[measure], *place, "d")
            yield Equation(((base, 1.0),), MEDIAN_BASE, inf, "a median is shown of 10 children or more")
        top, bottom = ("EH1", *place, "n"), ("EH1", *place, "d")
        share = {"EH5": 0.5, "EH5_P90": 0.9}.get(measure)
        beyond_rounding = abs(value - LIMIT_WEEKS) > 0.06
        if share is not None and beyond_rounding and {top, bottom} <= keys:
            yield _quantile(top, bottom, share, value <= LIMIT_WEEKS, counts.known.get(bottom))
        if measure == "EX2":
            yield from _ratio(counts, keys, place, value)


def _quantile(top: Key, bottom: Key, share: float, in_time: bool, number: float | None) -> Equation:
    why = f"the quantile {share} of the weeks lies {'within' if in_time else 'beyond'} the limit"
    if number is None:
        factors = ((top, 1.0), (bottom, -share))
        return Equation(factors, -share, inf, why) if in_time else Equation(factors, -inf, 1.0 - share, why)
    place = share * (number - 1)
    if in_time:
        return Equation(((top, 1.0),), floor(place) + 1.0, inf, why)
    return Equation(((top, 1.0),), -inf, float(ceil(place)), why)


def _ratio(counts: Counts, keys: set[Key], place: list[str], value: float) -> Iterator[Equation]:
    kind, first, breakdown, group = place
    groups = [group] if breakdown == "sen_provision" else ["E", "K"]

    def key(provision: str, part: str) -> Key:
        return ("EX1", kind, first, "sen_provision", provision, part)

    if not {key(one, part) for one in [*groups, "N"] for part in "nd"} <= keys:
        return
    bottoms = [counts.known.get(key(one, "d")) for one in [*groups, "N"]]
    if any(number is None for number in bottoms):
        return
    numbers = [number for number in bottoms if number is not None]
    with_sen, without = sum(numbers[:-1]), numbers[-1]
    rates = tuple((key(one, "n"), without) for one in groups)
    why = "EX2 is a ratio of rates of EX1, to one decimal"
    yield Equation((*rates, (key("N", "n"), -(value - 0.05) * with_sen)), -0.01, inf, why)
    yield Equation((*rates, (key("N", "n"), -(value + 0.05) * with_sen)), -inf, 0.01, why)


def _cross_tabulations(keys: set[Key]) -> Iterator[Equation]:
    """The sums over each characteristic of each subject and day."""
    groups: dict[Key, list[Key]] = defaultdict(list)
    for key in keys:
        if key[0] != "x" or not key[3]:
            continue
        fixed = key[3].split("|")
        for place, characteristic in enumerate(fixed):
            rest = "|".join(fixed[:place] + fixed[place + 1 :])
            groups[("x", key[1], key[2], rest, characteristic.split("=")[0])].append(key)
    for group, members in groups.items():
        total = group[:4]
        if total in keys:
            yield equal(members, [total], f"{group[1]} {group[2]}: sum over {group[4]} = margin {group[3] or 'All'}")
    themes: dict[Key, list[Key]] = defaultdict(list)
    for key in keys:
        if key[0] == "theme":
            if key[2] != "All":
                themes[("theme", key[1], "All", key[3], key[4])].append(key)
            if key[3] != "All":
                themes[("theme", key[1], key[2], "All", key[4])].append(key)
    for total, members in themes.items():
        if total in keys:
            along = "theme" if total[2] == "All" else "SEN status"
            both = [key for key in members if (key[2] != "All") if along == "theme" or key[3] != "All"]
            yield equal(both, [total], f"answers: sum over {along}")


def _between_tables(keys: set[Key]) -> Iterator[Equation]:
    years, _ = _spans()
    for key in keys:
        if key[0] != "x" or "|" in key[3]:
            continue
        breakdown, value = key[3].split("=") if key[3] else ("total", "All")
        if key[1] == "suspension":
            same = ("EX1", "academic_year", key[2], breakdown, value, "n")
            if same in keys:
                yield equal([key], [same], "suspensions by need and provision are those of EX1")
        year = next((first for first, last in years["academic_year"] if first <= key[2] <= last), "")
        with_sen = ("EX5", "academic_year", year, breakdown, value, "d")
        if key[1] == "pupil_with_sen":
            support = cross_key("sen_support", key[2])
            if (breakdown, value) == ("sen_provision", "K") and support in keys:
                yield equal([key], [support], "pupils with SEN support are the same in both tables")
            if with_sen in keys:
                yield equal([key], [with_sen], "pupils with SEN are the denominator of EX5")
        if key[1] == "sen_support" and with_sen in keys:
            yield at_most([key], [with_sen], "pupils with SEN support are pupils with SEN")


def _answers(keys: set[Key]) -> Iterator[Equation]:
    """Answers of a role are at most its respondents; themes of one question are that question over all roles."""
    themes = pd.read_csv(REPOSITORY / "data" / "reference" / "question_bank.csv").set_index("question_id")["theme"]
    by_role: dict[Key, list[Key]] = defaultdict(list)
    groups: dict[Key, set[Key]] = defaultdict(set)
    for key in keys:
        if key[0] != "svy":
            continue
        _, start, role, question, breakdown, value, part = key
        theme = ("theme", start, str(themes[question]))
        if breakdown == "sen_status":
            by_role[(*theme, value, part)].append(key)
        if breakdown == "total":
            by_role[(*theme, "All", part)].append(key)
        if part == "d":
            people = ("people", start, role, breakdown, value)
            yield at_most([key], [people], "answers to a question are at most the respondents of the group")
            if breakdown != "total":
                groups[("people", start, role, breakdown)].add(people)
    for theme, members in by_role.items():
        if theme in keys:
            yield equal(members, [theme], "a theme is its question over all kinds of respondents")
    for (_, start, role, breakdown), members in groups.items():
        everybody = ("people", start, role, "total", "All")
        yield equal(sorted(members), [everybody], f"respondents by {breakdown} are all respondents")
        responses = ("responses", start, role, "n")
        if responses in keys:
            yield at_most([everybody], [responses], "who agreed to share has responded")


def _rows(keys: set[Key]) -> Iterator[Equation]:
    lines: dict[tuple[str, str], list[Key]] = defaultdict(list)
    for key in keys:
        if key[0] == "dq":
            lines[key[1:3]].append(key)
        if key[0] == "EV4" and key[3] == "source":
            lines[key[4], f"{key[1]} {key[-1]}"].append(key)
    for source in {source for source, _ in lines}:
        fates = [("dq", source, "rows", item) for item in ("accepted", "quarantined", "duplicate", "superseded")]
        received, quarantined = ("dq", source, "rows", "received"), ("dq", source, "rows", "quarantined")
        if {*fates, received} <= keys:
            yield equal(fates, [received], "each row received has one fate")
        for topic in ("rule", "critical"):
            for key in lines[source, topic]:
                yield at_most([key], [("dq", source, "checked", key[3])], "a rule fails in rows that it looked at")
        if quarantined in keys:
            for key in lines[source, "critical"]:
                yield at_most([key], [quarantined], "a row that fails a critical rule is quarantined")
        for kind in ("month", "calendar_year"):
            for whole, part in ((quarantined, "n"), (received, "d")):
                if whole in keys and lines[source, f"{kind} {part}"]:
                    yield at_most(lines[source, f"{kind} {part}"], [whole], f"rows of each {kind} are rows received")
