"""Plans needed a week: a queue small enough to work out by hand, and whose aim it is."""

from datetime import date, timedelta

import pytest

from pipelines.assess import plans
from pipelines.assess.plans import Aim, read_aims
from tests.assess.council import Council
from tests.sql.world import AS_AT

MODELS = ("core.area", "core.request")


def england(label: str, value: float) -> dict[str, object]:
    return {
        "measure_id": "EH1",
        "area_code": "E92000001",
        "is_latest": True,
        "breakdown_topic": "Total",
        "period_label": label,
        "value": value,
    }


def test_without_a_target_the_newest_figure_of_england_is_the_aim_for_12_and_18_months_on(council: Council) -> None:
    council.put("core.published_figure", [england("2024", 46.4), england("2023", 50.3)])
    rows = council.rows_of("plans_needed", *MODELS)
    assert [(row["aim_pct"], row["by"]) for row in rows] == [(46.4, date(2027, 9, 1)), (46.4, date(2028, 3, 1))]
    assert str(rows[0]["aim"]) == "no target is set: England 2024, 12 months on"
    assert "not known" in str(rows[0]["reason"])
    assert rows[0]["plans_per_week"] is None


def test_without_any_aim_one_row_says_so(council: Council) -> None:
    (row,) = council.rows_of("plans_needed", *MODELS)
    assert (row["open_cases"], row["plans_per_week"]) == (0, None)
    assert "no target" in str(row["reason"])


def test_a_backlog_must_be_done_before_any_plan_is_in_time(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    # 40 requests wait for 200 days; the one that ended got a plan after 100 days; none arrived since.
    waiting = [request(number, 200) for number in range(40)]
    done = request(99, 300) | {
        "request_outcome": "Y",
        "assessment_outcome": "Y",
        "plan_issued_date": AS_AT - timedelta(days=200),
    }
    council.put("staging.ehcp_timeliness", [*waiting, done])
    monkeypatch.setattr(plans, "read_aims", lambda *_: [Aim("a test", 100.0, AS_AT + timedelta(days=70))])
    (row,) = council.rows_of("plans_needed", *MODELS)
    assert (row["open_cases"], row["late"], row["plan_share_pct"]) == (40, 40, 100)
    # 41 requests in 365 days; all end in a plan.
    assert row["requests_per_week"] == pytest.approx(41 * 7 / 365)
    # The backlog must be gone before the last 28 of the 70 days: in 42 days, 6 weeks: 40 / 6 and the arrivals, so 7 or 8.
    assert row["plans_per_week"] in (7, 8)
    assert row["share_at_date_pct"] == pytest.approx(100)


def request(number: int, days: int) -> dict[str, object]:
    return {
        "request_id": f"r{number}",
        "received_date": AS_AT - timedelta(days=days),
        "request_outcome": "Y",
        "assessment_outcome": "A",
        "request_outcome_date": AS_AT - timedelta(days=days - 30),
    }


def test_a_target_of_the_register_comes_before_england(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    register = plans.load_register()
    for entry in register:
        if entry["id"] == "EH1":
            entry["target"] = {"value": 70.0, "by": date(2027, 3, 31), "note": None}
    monkeypatch.setattr(plans, "load_register", lambda: register)
    assert read_aims(council.connection, AS_AT) == [Aim("target of the register", 70.0, date(2027, 3, 31))]
