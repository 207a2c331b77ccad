"""Plans come and go: what stands between two counts of plans in force are the plans issued (EH1) and those that ended.

CU4 is per plans in force on the last day of its period, EH9 counts those of a year or more on the day of a refresh. Nobody
prints how many plans ended, but whoever has the others can work it out.
"""

from collections.abc import Mapping
from datetime import date, timedelta

from pipelines.disclosure.measure_rules import TOTAL
from pipelines.disclosure.observation_cells import RowCounts
from pipelines.disclosure.system import SystemBuilder

Places = Mapping[tuple[object, ...], RowCounts]
"""(measure, period type, first day, last day, breakdown, value) → keys."""

_DAY = timedelta(days=1)
_OF_A_YEAR = "EH9 denominator"


def tie_plans_in_force(builder: SystemBuilder, places: Places, past: Mapping[str, int]) -> None:
    """Tie the plans in force at the end of following periods to those issued between, and a past day's plans of a year or
    more to the plans in force on that day.

    past: key → newest number of all that earlier releases counted; EH9 is of the day of its release alone.
    """
    in_force: dict[tuple[object, date], str] = {}
    issued: dict[tuple[object, date], str] = {}
    for (measure, kind, start, end, breakdown, _), keys in places.items():
        if breakdown == TOTAL and keys.denominator and isinstance(start, date) and isinstance(end, date):
            if measure == "CU4":
                in_force[kind, end] = keys.denominator
            if measure == "EH1":
                issued[kind, start] = keys.denominator
    for (kind, start), new in issued.items():
        ends = [end for other, end in in_force if other == kind and end > start]
        before = in_force.get((kind, start - _DAY))
        if before is not None and ends:
            _tie(builder, [before, new], in_force[kind, min(ends)], f"plans that ended in {kind} {start}")
    for key, number in past.items():
        if key.startswith(f"{_OF_A_YEAR} ") and key.endswith(f" {TOTAL} All"):
            day = date.fromisoformat(key.split(" ")[-3])
            months = [issued.get(("month", first)) for first in _year_up_to(day)]
            now = in_force.get(("month", day))
            if now is not None and months and None not in months:
                builder.count(key, number)
                parts = [key, *(month for month in months if month is not None)]
                _tie(builder, parts, now, f"plans of under a year that ended by {day}")


def _year_up_to(day: date) -> list[date]:
    """The first days of the twelve months that end on a day; nothing for a day within a month, or a year of 366 days."""
    if (day + _DAY).day != 1:
        return []
    firsts = [date(day.year - (month > day.month), month, 1) for month in range(1, 13)]
    return firsts if day - min(firsts) == timedelta(days=364) else []


def _tie(builder: SystemBuilder, came: list[str], stayed: str, ended: str) -> None:
    """What came, less what stayed, has ended; nothing where that is below 0."""
    together = sum(builder.value(key) for key in came)
    if together >= builder.value(stayed):
        whole = builder.unprinted(f"{ended}, and those in force", together)
        builder.add_up(whole, came, whole)
        builder.complement(whole, stayed, ended)
