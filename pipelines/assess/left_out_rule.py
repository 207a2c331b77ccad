"""What one measure leaves out of an extract: the shape of a rule, and the conditions that several rules share."""

from dataclasses import dataclass
from typing import Final, Literal

# How a row moves the figure; pipelines/assess/bound_effects.py says what each comes to.
Effect = Literal["share", "person", "person_either_way", "one_of_them", "event", "count"]
# Which day of a period a row is looked at on (and somebody's age told): its own, the first day of the period that its own day
# lies in, or, for those who wait or a plan in force, one day of the period.
On = Literal["its_day", "its_period", "first_day", "last_day", "census"]
NEVER: Final = "false"
EARLIEST: Final = "date '1900-01-01'"


@dataclass(frozen=True)
class LeftOut:
    """What may belong to a measure.

    day: the date that puts a row in a period, last_day where a row may count on any day up to it; on: see On. day_columns: if
    one of them cannot be read, or broke a rule for which the row is in quarantine, the row may belong to any period. may_count:
    quarantined rows that may be counted. missing: rows in use that are left out because something is missing, from missing_from
    to missing_to. undecided: rows in use that count as not met where only a date or an answer is missing. uncertain: rows in use
    that are counted although it is not known that they belong, and is_met whether they are met. weight: what one row adds (EX5:
    sessions). term_effect: the effect in a term, where a person has one row. of_denominator: the rows are of what the figure is
    per, and of it alone (pupils, plans in force).
    """

    measure_id: str
    source: str
    day: str
    day_columns: tuple[str, ...]
    may_count: str
    last_day: str = ""
    on: On = "its_day"
    missing: str = NEVER
    missing_from: str = ""
    missing_to: str = ""
    undecided: str = NEVER
    uncertain: str = NEVER
    is_met: str = NEVER
    weight: str = "1e0"
    effect: Effect = "share"
    term_effect: Effect | None = None
    of_denominator: bool = False


def given(column: str) -> str:
    """Whether something is written in a column, be it readable or not."""
    return f"(row.{column} is not null or contains(row.unreadable_columns, ',{column},'))"


def may_be(column: str, *codes: str) -> str:
    """Whether a column holds one of the codes, or nothing that says that it does not."""
    known = ", ".join(f"'{code}'" for code in (*codes, "not_a_code"))
    return f"coalesce(row.{column} in ({known}), true)"


def is_over(column: str, days: int) -> str:
    """Whether more than a number of days have gone by since the date in a column."""
    return f"unix_date(refresh.as_at) - unix_date(row.{column}) > {days}"


def not_after_refresh(column: str) -> str:
    """The date in a column; a date after the day of the refresh is none, so that its row may belong to any period."""
    return f"case when row.{column} <= refresh.as_at then row.{column} end"


def up_to(*ends: str) -> str:
    """The last day before the first of some dates that is there, or the day of the refresh."""
    return f"coalesce({', '.join(f'row.{end}' for end in ends)}, refresh.as_at + 1) - 1"
