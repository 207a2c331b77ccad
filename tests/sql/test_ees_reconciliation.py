"""Our own year in the columns of the DfE's files, beside the published one: worked by hand."""

from datetime import date, timedelta

import pytest

from tests.sql.world import AREA, World

DAY = date(2024, 1, 8)


def request(number: int, days_to_plan: int | None, exception: bool = False, **more: object) -> dict[str, object]:
    issued = None if days_to_plan is None else DAY + timedelta(days=days_to_plan)
    return {
        "request_id": f"r{number}",
        "received_date": DAY,
        "plan_issued_date": issued,
        "week20_exception": exception,
        **more,
    }


def published(
    indicator: str, value: float | None, year: str = "2024", series: str = "ehcp_timeliness"
) -> dict[str, object]:
    return {
        "series_id": series,
        "area_code": AREA,
        "indicator": indicator,
        "period_type": "calendar_year",
        "period_label": year,
        "breakdown_topic": "Total",
        "is_latest": True,
        "value": value,
        "symbol": "x" if value is None else None,
    }


def own_figures(world: World, year: str = "2024") -> dict[object, object]:
    world.run()
    return {row["ees_column"]: row["value"] for row in world.rows("measures.ees_local") if row["period_label"] == year}


def test_plans_are_counted_by_140_and_364_days_and_without_exceptions(world: World) -> None:
    days = [140, 141, 300, 357]
    world.put("staging.ehcp_timeliness", [request(n, d, exception=d == 300) for n, d in enumerate(days)])
    figures = own_figures(world)
    assert figures["plans_issued_den"] == 4 and figures["plans_issued_den_ex"] == 3
    assert figures["plans_issued_within_20_weeks"] == 1 and figures["plans_issued_gt20weeks_ltYear"] == 3
    assert figures["PC_plans_issued_gt20weeks_ltYear_ex"] == pytest.approx(200 / 3)
    assert figures["plans_issued_gt_1_year"] == 0


def test_a_plan_after_52_weeks_is_over_a_year(world: World) -> None:
    world.put("staging.ehcp_timeliness", [request(1, 364), request(2, 365)])
    assert own_figures(world, "2025")["plans_issued_gt20weeks_ltYear"] == 1
    assert own_figures(world, "2025")["plans_issued_gt_1_year"] == 1


def test_requests_count_in_the_year_of_receipt_and_decisions_in_time_in_the_year_of_the_decision(world: World) -> None:
    world.put(
        "staging.ehcp_timeliness",
        [
            request(1, None, request_outcome="Y", request_outcome_date=DAY + timedelta(days=42), mediation=True),
            request(2, None, request_outcome="N", request_outcome_date=DAY + timedelta(days=43), tribunal=True),
            request(3, None, request_outcome="N", request_outcome_date=date(2025, 1, 2)),
            request(4, None),
            request(5, None, request_outcome="W"),
        ],
    )
    figures = own_figures(world)
    wanted = {
        "requests_received_in_year": 5,
        "requests_decided_to_assess": 1,
        "requests_decided_not_to_assess": 2,
        "requests_decision_not_made": 1,
        "requests_withdrawn": 1,
        "request_assess_pc": 20,
        "request_outcome_six_weeks": 1,
        "request_outcome_over_6_weeks": 1,
        "request_outcome_six_weeks_pc": 50,
        "mediation_related_request": 1,
        "tribunal_related_request": 1,
        "tribunal_after_mediation_request": 0,
    }
    assert {name: figures[name] for name in wanted} == wanted


def test_a_decision_not_to_issue_is_in_time_until_day_112(world: World) -> None:
    refused = [
        request(n, None, assessment_outcome="N", assessment_outcome_date=DAY + timedelta(days=days))
        for n, days in enumerate((112, 113))
    ]
    world.put("staging.ehcp_timeliness", refused)
    figures = own_figures(world)
    assert (figures["outcome_decision_within_time"], figures["outcome_decision_over_time"]) == (1, 1)
    assert figures["assess_not_issued_pc"] == 100


def test_each_gap_has_its_reason(world: World) -> None:
    oldest = {"request_id": "old", "received_date": date(2021, 1, 4), "plan_issued_date": date(2022, 3, 1)}
    this_year = {"request_id": "new", "received_date": date(2026, 1, 5), "plan_issued_date": date(2026, 3, 1)}
    world.put("staging.ehcp_timeliness", [oldest, this_year, request(1, 100), request(2, 100), request(3, 200)])
    world.put(
        "core.published_figure",
        [
            published("plans_issued_den", 3),
            published("plans_issued_den_ex", 4),
            published("pc_plans_issued_within_20_weeks", 66.7),
            published("avg_weeks_issue_plan", 20.0),
            published("plans_issued_gt_1_year", None),
            published("plans_issued_den", 7, "2022"),
            published("plans_issued_den", 7, "2020"),
            published("plans_issued_den", 7, "2026"),
        ],
    )
    world.run()
    reasons = {
        (row["ees_column"], row["period_label"]): row["reason_code"]
        for row in world.rows("measures.ees_reconciliation")
    }
    wanted = {
        ("plans_issued_den", "2024"): "same",
        ("plans_issued_den_ex", "2024"): "revised",
        ("pc_plans_issued_within_20_weeks", "2024"): "rounding",
        ("avg_weeks_issue_plan", "2024"): "not_in_extract",
        ("plans_issued_gt_1_year", "2024"): "not_published",
        ("plans_issued_den", "2022"): "break_in_series",
        ("plans_issued_den", "2020"): "before_extract",
        ("plans_issued_den", "2026"): "year_not_over",
    }
    assert {key: reasons[key] for key in wanted} == wanted
