"""When files of a source are due, and which period a file brings: both from the contract and the calendar alone.

Periods are those of data/reference/calendar.csv. Each consists of whole months, so that the months of which a file has
data tell its periods.
"""

import csv
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final, Literal, Self, get_args

from pydantic import BaseModel, Field, model_validator
from pydantic.alias_generators import to_camel

from pipelines.settings import REFERENCE

Frequency = Literal["month", "term", "academic_year", "calendar_year"]
MonthName = Literal[
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
_MONTHS: Final[tuple[str, ...]] = get_args(MonthName)


@dataclass(frozen=True)
class Period:
    """One period of the calendar; `end` is its last day."""

    start: date
    end: date
    label: str


class Deliveries(BaseModel, frozen=True, extra="forbid", alias_generator=to_camel):
    """How often a source is sent, and by when: the schema property `deliveries` of a contract.

    `data_up_to` names date columns of things that have happened; the newest of a file's dates says which period it brings.
    Without any, the file does not say how far it goes, and the day on which it came stands for that. A delivery is due
    `days_after_end` days after the end of its period, if it brings the whole of it, or else `days_after_start` after the
    start; days of the months in `not_due` do not count.
    """

    frequency: Frequency
    data_up_to: tuple[str, ...] = ()
    days_after_end: int | None = Field(default=None, ge=1)
    days_after_start: int | None = Field(default=None, ge=1)
    not_due: tuple[MonthName, ...] = ()

    @model_validator(mode="after")
    def _due_is_said_once(self) -> Self:
        if (self.days_after_end is None) == (self.days_after_start is None):
            raise ValueError("give either daysAfterEnd or daysAfterStart")
        if len(set(self.not_due)) == len(_MONTHS):
            raise ValueError("notDue leaves no month")
        return self

    def due(self, period: Period) -> date:
        """The last day on which the delivery of a period is on time."""
        day = period.end if self.days_after_start is None else period.start
        left = self.days_after_end or self.days_after_start or 0
        while left:
            day += timedelta(days=1)
            left -= _MONTHS[day.month - 1] not in self.not_due
        return day

    def may_come_from(self, period: Period) -> date:
        """The first day on which a file can be the delivery of a period: what comes earlier has too little of it."""
        return period.start if self.days_after_end is None else period.end - timedelta(days=self.days_after_end)

    def periods(self) -> tuple[Period, ...]:
        """Every period of the calendar, in order."""
        return _calendar(REFERENCE / "calendar.csv")[self.frequency]

    def period_of(self, day: date) -> Period:
        """The period that holds a day; a day outside the calendar belongs to its first or last period."""
        periods = self.periods()
        return periods[max(bisect_right(periods, day, key=lambda period: period.start) - 1, 0)]


@cache
def _calendar(path: Path) -> dict[str, tuple[Period, ...]]:
    periods: dict[str, list[Period]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            start, end = (date.fromisoformat(line[name]) for name in ("period_start", "period_end"))
            periods.setdefault(line["period_type"], []).append(Period(start, end, line["label"]))
    return {kind: tuple(sorted(found, key=lambda period: period.start)) for kind, found in periods.items()}
