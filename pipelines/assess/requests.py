"""The requests of core.request as the waiting-time methods take them: days of receipt and end, and how each ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray

from pipelines.assess.rows import read_numbers
from pipelines.methods.intervals import Flags, Floats
from pipelines.methods.waiting_times import NO_PLAN, OPEN, PLAN

EPOCH = date(1970, 1, 1)
YEAR = 365
ALL = "All"
GROUPS: Mapping[str, str] = {"primary_need": "primary_need", "ward": "ward_code"}
# A withdrawn request has no day of its own in the return: the day beside its outcome is one if it is there.
_REQUESTS = f"""
select
    unix_date(received_date) as received,
    unix_date(
        case
            when plan_issued_date is not null then plan_issued_date
            when assessment_outcome in ('N', 'W') then assessment_outcome_date
            when request_outcome in ('N', 'W') then request_outcome_date
        end
    ) as ended,
    case
        when plan_issued_date is not null then {PLAN}
        when request_outcome in ('N', 'W') or assessment_outcome in ('N', 'W') then {NO_PLAN}
        else {OPEN}
    end as outcome,
    cast(is_open as int) as is_open
from core.request
where plan_issued_date is not null or not coalesce(request_outcome = 'H' or assessment_outcome = 'H', false)
"""


@dataclass(frozen=True)
class Requests:
    """One entry per request, but for those that were decided before the collection and have no plan.

    received, ended: days since 1 January 1970, NaN where unknown or not yet; outcome: 0 open, 1 plan, 2 ended without one;
    is_open: as core.request says. as_at: the day of the refresh.
    """

    received: Floats
    ended: Floats
    outcome: Floats
    is_open: Flags
    as_at: int

    @property
    def usable(self) -> Flags:
        """Whether the days are such that a wait can be told: received, and ended not before that if it ended."""
        ended_in_order = np.where(self.outcome == OPEN, True, self.ended >= self.received)
        return ~np.isnan(self.received) & ended_in_order


def read_requests(connection: duckdb.DuckDBPyConnection) -> Requests:
    """All requests. Reads core.request and reference.refresh."""
    columns = read_numbers(connection, _REQUESTS)
    return Requests(
        columns["received"],
        columns["ended"],
        columns["outcome"],
        columns["is_open"] == 1,
        read_as_at(connection),
    )


def read_open(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Floats]:
    """(breakdown, value) → days of receipt of the open requests; ("total", "All") is always there."""
    found: dict[tuple[str, str], Floats] = {("total", ALL): np.array([])}
    for breakdown, column in {"total": f"'{ALL}'", **GROUPS}.items():
        rows = connection.execute(
            f"""
            select coalesce({column}, 'Unknown') as value, list(unix_date(received_date))
            from core.request where is_open group by value order by value
            """
        ).fetchall()
        found |= {(breakdown, str(value)): _days(received) for value, received in rows}
    return found


def read_as_at(connection: duckdb.DuckDBPyConnection) -> int:
    """The day of the refresh, in days since 1 January 1970."""
    (as_at,) = connection.execute("select unix_date(as_at) from reference.refresh").fetchall()[0]
    return int(as_at)


def day(number: int) -> date:
    """The date of a number of days since 1 January 1970."""
    return EPOCH + timedelta(days=number)


def number_of(day: date) -> int:
    """Days from 1 January 1970 to a date."""
    return (day - EPOCH).days


def _days(received: Sequence[int]) -> NDArray[np.float64]:
    return np.array(received, dtype=np.float64)
