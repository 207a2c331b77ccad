"""The open caseload on 30 September 2026, counted by hand."""

from datetime import date, timedelta

from tests.assess.council import Council
from tests.sql.world import AS_AT

MODELS = ("core.area", "core.request")


def open_for(days: int, number: int, **more: object) -> dict[str, object]:
    """A request that was received so many days ago and is not decided."""
    received = AS_AT - timedelta(days=days)
    return {"request_id": f"r{number}", "received_date": received, "request_outcome": "A", **more}


def test_open_requests_are_counted_by_age_lateness_and_what_is_about_to_be_late(council: Council) -> None:
    ages = (0, 42, 43, 112, 113, 126, 127, 140, 141, 400)
    rows = [open_for(days, number, primary_need="ASD") for number, days in enumerate(ages)]
    rows += [open_for(50, 20), open_for(141, 21, request_outcome="N"), open_for(-3, 22)]
    council.put("staging.ehcp_timeliness", rows)
    total, autism, unknown, ward = council.rows_of("open_caseload", *MODELS)
    assert (total["breakdown"], total["open_cases"], total["late"]) == ("total", 11, 2)
    bands = ("to_6", "6_to_16", "16_to_20", "20_to_26", "26_to_52", "over_52")
    assert [total[f"cases_{band}_weeks"] for band in bands] == [2, 3, 4, 1, 0, 1]
    # 140 − 14 = 126: open for 127 days or more is late in two weeks; 113 or more in four; 85 or more in eight.
    assert [total[f"late_within_{weeks}_weeks"] for weeks in (2, 4, 8)] == [2, 4, 5]
    assert total["longest_weeks"] == 400 / 7
    assert (autism["breakdown_value"], autism["open_cases"]) == ("ASD", 10)
    assert (unknown["breakdown_value"], unknown["open_cases"]) == ("Unknown", 1)
    assert (ward["breakdown"], ward["breakdown_value"], ward["open_cases"]) == ("ward", "Unknown", 11)


def test_the_flow_of_four_weeks_counts_what_came_and_what_ended(council: Council) -> None:
    issued = {"request_outcome": "Y", "assessment_outcome": "Y", "plan_issued_date": AS_AT - timedelta(days=27)}
    long_ago = {**issued, "plan_issued_date": AS_AT - timedelta(days=28)}
    refused = {"request_outcome": "N", "request_outcome_date": AS_AT}
    rows = [open_for(200, 1, **issued), open_for(300, 2, **long_ago), open_for(30, 3, **refused), open_for(27, 4)]
    council.put("staging.ehcp_timeliness", rows)
    total = council.rows_of("open_caseload", *MODELS)[0]
    flow = ("received_in_4_weeks", "plans_in_4_weeks", "ended_without_plan_in_4_weeks")
    assert [total[name] for name in flow] == [1, 1, 1]


def test_nobody_waiting_is_a_row_of_zeros(council: Council) -> None:
    (total,) = council.rows_of("open_caseload", *MODELS)
    assert (total["open_cases"], total["late"], total["longest_weeks"], total["as_at"]) == (
        0,
        0,
        None,
        date(2026, 9, 30),
    )
