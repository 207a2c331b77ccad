"""The counts of shared.observation: numerators, denominators, and what follows from them.

A row is one measure × area × period × breakdown value. Its numerator and denominator are cells; what is left of the
denominator, the rows of a breakdown and their total, months and their year, and measures inside one another are tied by
sums.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from pipelines.disclosure.measure_rules import AT_MOST, CHILDREN_WITHIN, PERCENTAGE_BASE, TOTAL, MeasureRule
from pipelines.disclosure.system import SystemBuilder, key_of, whole_number

PLACE = ("area_code", "period_type", "period_start", "period_end", "breakdown", "breakdown_value")
_FIRST_MONTH_OF_A_SCHOOL_YEAR = 8
PARTS_OF_PERIODS = {"calendar_year": ("month",), "academic_year": ("month", "term")}

Row = Mapping[str, object]
Place = tuple[object, ...]


@dataclass(frozen=True)
class RowCounts:
    """Keys of the counts in one row; '' where the row shows no such count.

    leans_on: keys of other rows' counts that a reader of this row's figure could bound (`MeasureRule.shown_with`).
    """

    numerator: str = ""
    denominator: str = ""
    leans_on: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that there are."""
        return tuple(key for key in (self.numerator, self.denominator) if key)


def place_of(row: Row) -> Place:
    """Where a row stands: area, period, breakdown and its value."""
    return tuple(row[name] for name in PLACE)


def counts_of(row: Row, rule: MeasureRule) -> RowCounts:
    """The keys of one row's counts; it says nothing of what they are worth."""
    if rule.kind not in ("proportion", "rate"):
        return RowCounts()
    place = place_of(row)
    numerator = key_of(f"{row['measure_id']} numerator", place) if whole_number(row["numerator"]) is not None else ""
    denominator = ""
    if whole_number(row["denominator"]) is not None:
        denominator = key_of(f"{rule.headcount or row['measure_id']} denominator", place)
    return RowCounts(numerator, denominator)


def add_observation(builder: SystemBuilder, rows: Sequence[Row], rules: Mapping[str, MeasureRule]) -> list[RowCounts]:
    """Put every count of `rows` into the system, with all that ties them; the keys of each row, in the same order.

    rows: measure_id, PLACE, numerator, denominator. Raises ValueError for a row that is there twice.
    """
    at: dict[tuple[str, Place], RowCounts] = {}
    found: list[RowCounts] = []
    for row in rows:
        measure, place = str(row["measure_id"]), place_of(row)
        if (measure, place) in at:
            raise ValueError(f"{measure} has two rows for the same period, area and breakdown value")
        counts = at[measure, place] = counts_of(row, rules[measure])
        _add_row(builder, row, counts, rules[measure])
        found.append(counts)
    by_measure: dict[str, dict[Place, RowCounts]] = {measure: {} for measure in rules}
    for (measure, place), counts in at.items():
        by_measure[measure][place] = counts
    for measure, own in by_measure.items():
        rule = rules[measure]
        _add_breakdowns(builder, own)
        _add_periods(builder, own, stock=bool(rule.headcount))
        if rule.kind == "proportion" and not rule.headcount:
            _add_overlaps(builder, own)
        if rule.inside:
            _add_outside(builder, measure, rule.inside, at)
    for times, lower, upper in AT_MOST:
        _relate(builder, at, lower, upper, partial(builder.at_most_times, times))
    for some, whole in CHILDREN_WITHIN:
        _relate(
            builder, at, some, whole, lambda part, all_of: builder.complement(all_of, part, f"{all_of} less {part}")
        )
    return [
        replace(counts, leans_on=_leaned_on(row, rules[str(row["measure_id"])], at))
        for row, counts in zip(rows, found, strict=True)
    ]


def _leaned_on(row: Row, rule: MeasureRule, at: Mapping[tuple[str, Place], RowCounts]) -> tuple[str, ...]:
    beside = (at.get((measure, place_of(row)), RowCounts()) for measure in rule.shown_with)
    return tuple(key for counts in beside for key in counts.keys)


def _add_row(builder: SystemBuilder, row: Row, counts: RowCounts, rule: MeasureRule) -> None:
    numerator, denominator = whole_number(row["numerator"]), whole_number(row["denominator"])
    if counts.numerator and numerator is not None:
        builder.count(counts.numerator, numerator)
    if counts.denominator and denominator is not None:
        builder.count(counts.denominator, denominator, builder.policy.base if rule.survey else None)
    if not (counts.numerator and counts.denominator):
        return
    if denominator is not None and 0 < denominator < PERCENTAGE_BASE:
        builder.withheld.add(counts.numerator)
    if rule.kind == "proportion":
        builder.complement(counts.denominator, counts.numerator, f"{counts.denominator} less {counts.numerator}")


def _add_breakdowns(builder: SystemBuilder, own: Mapping[Place, RowCounts]) -> None:
    """Each breakdown of each period adds up to its total."""
    rows: dict[Place, list[RowCounts]] = defaultdict(list)
    for place, counts in own.items():
        if place[4] != TOTAL:
            rows[place[:5]].append(counts)
    for table, parts in rows.items():
        total = own.get((*table[:4], TOTAL, "All"))
        if total is not None:
            _sum_up(builder, total, parts, f"by {table[4]}")


def _add_periods(builder: SystemBuilder, own: Mapping[Place, RowCounts], stock: bool) -> None:
    """Months add up to their years, terms to their school year. A headcount is a stock: it does not add up."""
    series: dict[Place, dict[Place, RowCounts]] = defaultdict(dict)
    for place, counts in own.items():
        series[place[0], place[4], place[5]][place[1:4]] = counts
    for periods in series.values():
        for (kind, start, end), total in periods.items():
            for shorter in PARTS_OF_PERIODS.get(str(kind), ()):
                parts = [
                    counts
                    for (other, first, last), counts in periods.items()
                    if other == shorter and _within(first, last, start, end)
                ]
                _sum_up(builder, total, parts, f"by {shorter}", denominators=not stock)
                if stock:
                    _tie_same_headcount(builder, total, parts)
        _add_years_to_come(builder, periods, stock)


def _add_overlaps(builder: SystemBuilder, own: Mapping[Place, RowCounts]) -> None:
    """What a calendar year and a school year share: a reader has it from either and the months that the other one has more."""
    shared: dict[Place, list[RowCounts]] = defaultdict(list)
    kinds = {(place[0], place[1], place[4]) for place in own}
    for (area, kind, start, _, breakdown, value), counts in own.items():
        years = {(area, year, breakdown) for year in PARTS_OF_PERIODS}
        if kind == "month" and isinstance(start, date) and years <= kinds and counts.numerator and counts.denominator:
            shared[area, start.year, start.month >= _FIRST_MONTH_OF_A_SCHOOL_YEAR, breakdown, value].append(counts)
    for place, months in shared.items():
        if len(months) == (12 - _FIRST_MONTH_OF_A_SCHOOL_YEAR + 1 if place[2] else _FIRST_MONTH_OF_A_SCHOOL_YEAR - 1):
            name = key_of(f"{months[0].numerator.partition(' ')[0]} overlap", place)
            top = builder.overlap([month.numerator for month in months], f"{name} numerator")
            bottom = builder.overlap([month.denominator for month in months], f"{name} denominator")
            builder.complement(bottom, top, f"{name} rest")


def _tie_same_headcount(builder: SystemBuilder, total: RowCounts, parts: Sequence[RowCounts]) -> None:
    """A term has the headcount of its school year: that of the January census."""
    for part in parts:
        if (
            total.denominator
            and part.denominator
            and builder.value(total.denominator) == builder.value(part.denominator)
        ):
            builder.add_up(total.denominator, [part.denominator], part.denominator)


def _add_years_to_come(builder: SystemBuilder, periods: Mapping[Place, RowCounts], stock: bool) -> None:
    """The months of a calendar year that is not over: its total comes with the last of them."""
    over = {start.year for kind, start, _ in periods if kind == "calendar_year" and isinstance(start, date)}
    open_years: dict[int, list[RowCounts]] = defaultdict(list)
    for (kind, start, _), counts in periods.items():
        if kind == "month" and isinstance(start, date) and start.year not in over:
            open_years[start.year].append(counts)
    for year, months in open_years.items():
        numerators = [counts.numerator for counts in months if counts.numerator]
        denominators = [counts.denominator for counts in months if counts.denominator and not stock]
        for parts in (numerators, denominators):
            if len(parts) > 1:
                builder.total_to_come(f"{min(parts)} and on in {year}", parts)


def _within(first: object, last: object, start: object, end: object) -> bool:
    if not (isinstance(first, date) and isinstance(last, date) and isinstance(start, date) and isinstance(end, date)):
        return False
    return first >= start and last <= end


def _sum_up(
    builder: SystemBuilder, total: RowCounts, parts: Sequence[RowCounts], how: str, denominators: bool = True
) -> None:
    if total.numerator:
        keys = [part.numerator for part in parts if part.numerator]
        builder.add_up(total.numerator, keys, f"{total.numerator} {how}")
    if total.denominator and denominators:
        keys = [part.denominator for part in parts if part.denominator]
        builder.add_up(total.denominator, keys, f"{total.denominator} {how}")


def _add_outside(builder: SystemBuilder, inner: str, outer: str, at: Mapping[tuple[str, Place], RowCounts]) -> None:
    """What the outer measure counts and the inner one does not: plans with an exception, in time and late."""
    for (measure, place), counts in at.items():
        around = at.get((outer, place))
        if measure != inner or around is None or not (counts.denominator and around.denominator):
            continue
        outside = key_of(f"{outer} less {inner}", place)
        whole = builder.complement(around.denominator, counts.denominator, f"{outside} denominator")
        part = builder.complement(around.numerator, counts.numerator, f"{outside} numerator")
        if whole and part:
            builder.complement(whole, part, f"{outside} rest")


def _relate(
    builder: SystemBuilder,
    at: Mapping[tuple[str, Place], RowCounts],
    first: tuple[str, str],
    second: tuple[str, str],
    relation: Callable[[str, str], object],
) -> None:
    for (measure, place), counts in at.items():
        other = at.get((second[0], place))
        if measure == first[0] and other is not None:
            one, two = getattr(counts, first[1]), getattr(other, second[1])
            if one and two:
                relation(one, two)
