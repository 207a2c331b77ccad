"""`measures.open_caseload`: who waits on the day of the refresh, how long already, and who is about to wait too long."""

from collections.abc import Sequence

import duckdb
import numpy as np

from pipelines.assess.requests import Requests, day, read_open, read_requests
from pipelines.assess.rows import Row
from pipelines.assess.tables_of_requests import BANDS
from pipelines.methods.intervals import Floats
from pipelines.methods.waiting_times import NO_PLAN, PLAN, open_caseload

FLOW_DAYS = 28


def caseload_rows(connection: duckdb.DuckDBPyConnection) -> Sequence[Row]:
    """One row per group with an open request, and the total."""
    requests = read_requests(connection)
    rows: list[Row] = []
    for (breakdown, value), received in read_open(connection).items():
        flow = _flow(requests) if breakdown == "total" else {}
        rows.append(_row(breakdown, value, received, requests.as_at) | flow)
    return rows


def _row(breakdown: str, value: str, received: Floats, as_at: int) -> dict[str, object]:
    found = open_caseload(received, np.full(received.shape, np.nan), as_at)
    return {
        "as_at": day(as_at),
        "breakdown": breakdown,
        "breakdown_value": value,
        "open_cases": found.open_cases,
        **{BANDS[band.from_day][0]: band.cases for band in found.bands},
        "late": found.late,
        **{f"late_within_{days // 7}_weeks": cases for days, cases in found.crossing},
        "longest_weeks": None if found.longest_days is None else found.longest_days / 7,
    }


def _flow(requests: Requests) -> dict[str, object]:
    """What came in and went out in the last four weeks: the queue grows where more come in."""
    since = requests.as_at - FLOW_DAYS
    ended = (requests.ended > since) & (requests.ended <= requests.as_at)
    arrived = (requests.received > since) & (requests.received <= requests.as_at)
    return {
        "received_in_4_weeks": int(np.count_nonzero(arrived)),
        "plans_in_4_weeks": int(np.count_nonzero(ended & (requests.outcome == PLAN))),
        "ended_without_plan_in_4_weeks": int(np.count_nonzero(ended & (requests.outcome == NO_PLAN))),
    }
