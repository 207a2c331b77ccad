"""The period Aalen-Johansen curves, worked by hand on four requests, and their sums on any requests."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.assess.requests import Requests
from pipelines.assess.waiting import CALENDAR_YEAR, LAST_90_DAYS, LAST_YEAR, WEEKS, Window, window_rows, windows
from pipelines.methods.waiting_times import NO_PLAN, OPEN, PLAN

AS_AT = 20_000
YEAR = Window(LAST_YEAR, AS_AT - 364, AS_AT)


def requests(*cases: tuple[float, float, int]) -> Requests:
    """From (days before AS_AT when it was received, days before when it ended, outcome); NaN for no day."""
    received, ended, outcome = (np.array(column, dtype=float) for column in zip(*cases, strict=True))
    return Requests(AS_AT - received, AS_AT - ended, outcome, outcome == OPEN, AS_AT)


def test_four_requests_by_hand() -> None:
    # Waits: plan after 70 days, refused after 42, plan after 140, open for 100.
    found = requests((200, 130, PLAN), (300, 258, NO_PLAN), (250, 110, PLAN), (100, np.nan, OPEN))
    rows = window_rows(found, YEAR)
    assert [row["week"] for row in rows] == list(range(WEEKS + 1))
    # Day 42: 1 of 4 refused. Day 70: 1 of 3 has a plan, of the 3/4 left. Day 140: the one still seen, of the 1/2 left.
    assert (rows[5]["no_plan_pct"], rows[6]["no_plan_pct"]) == (0, 25)
    assert (rows[9]["plan_pct"], rows[10]["plan_pct"]) == (0, pytest.approx(25))
    assert (rows[20]["plan_pct"], rows[20]["open_pct"]) == (pytest.approx(75), 0)
    assert [rows[week]["at_risk"] for week in (0, 6, 7, 10, 15, 20, 21)] == [4, 4, 3, 3, 1, 1, 0]
    assert rows[0]["median_weeks_to_plan"] == 20
    assert (rows[0]["plans"], rows[0]["ended_without_plan"], rows[0]["left_out"]) == (2, 1, 0)
    # Both plans came within 140 days.
    assert rows[0]["plan_in_time_pct"] == pytest.approx(100)


def test_a_case_that_waited_before_the_window_enters_at_the_age_that_it_had_then() -> None:
    window = Window(LAST_90_DAYS, AS_AT - 89, AS_AT)
    # At the start of the window the first was 110 days old; it got its plan at 150. The second was seen from day 0 to 60.
    rows = window_rows(requests((200, 50, PLAN), (60, np.nan, OPEN)), window)
    assert [rows[week]["at_risk"] for week in (0, 8, 9, 15, 16, 21)] == [1, 1, 0, 0, 1, 1]
    # Nobody was observed from day 61 to 110: the curve is not known from there on.
    assert (rows[8].get("plan_pct"), rows[9].get("plan_pct"), rows[22].get("plan_pct")) == (0, None, None)
    assert "no case was observed" in str(rows[0]["reason"])


def test_an_end_without_a_day_is_left_out_and_counted() -> None:
    rows = window_rows(requests((200, 130, PLAN), (200, np.nan, NO_PLAN)), YEAR)
    assert (rows[0]["left_out"], rows[0]["at_risk"], rows[0]["ended_without_plan"]) == (1, 1, 0)


def test_the_year_of_the_oldest_request_has_no_curve_and_the_newest_ends_on_the_day() -> None:
    found = windows(requests((800, np.nan, OPEN)))
    assert [window.kind for window in found] == [CALENDAR_YEAR, CALENDAR_YEAR, LAST_YEAR, LAST_90_DAYS]
    assert [window.days for window in found] == [365, AS_AT - found[1].first_day + 1, 365, 90]
    assert found[1].last_day == AS_AT
    assert windows(requests((np.nan, np.nan, OPEN))) == []


cases = st.lists(
    st.tuples(st.integers(0, 700), st.integers(0, 400), st.sampled_from((OPEN, PLAN, NO_PLAN))).map(
        lambda case: (case[0], np.nan if case[2] == OPEN else max(case[0] - case[1], -20), case[2])
    ),
    min_size=1,
    max_size=40,
)


@settings(deadline=None, max_examples=30)
@given(cases)
def test_plans_other_ends_and_open_cases_add_up_to_all(drawn: list[tuple[float, float, int]]) -> None:
    rows = window_rows(requests(*drawn), YEAR)
    known = [row for row in rows if "plan_pct" in row]
    parts = np.array([[row[name] for name in ("plan_pct", "no_plan_pct", "open_pct")] for row in known])
    parts = parts.astype(float).reshape(-1, 3)
    np.testing.assert_allclose(parts.sum(axis=1), 100)
    assert (np.diff(parts[:, :2], axis=0) >= -1e-9).all()
    for row in known:
        if row["plan_lower_95"] is not None:
            assert row["plan_lower_95"] <= row["plan_pct"] <= row["plan_upper_95"]  # pyright: ignore[reportOperatorIssue]
