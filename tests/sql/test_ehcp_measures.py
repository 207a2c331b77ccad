"""EHC plan measures, worked by hand on a few requests."""

from datetime import date, timedelta

import pytest

from tests.sql.world import AS_AT, World

YEAR, MONTH = date(2026, 1, 1), date(2026, 5, 1)
RECEIVED = date(2026, 1, 5)


def request(number: int, **changes: object) -> dict[str, object]:
    return {
        "request_id": f"R{number}",
        "child_id": f"c{number}",
        "received_date": RECEIVED,
        "request_outcome": "Y",
        "request_outcome_date": RECEIVED + timedelta(days=30),
        "assessment_outcome": "Y",
        "week20_exception": False,
        "sex": "M",
        **changes,
    }


def issued(number: int, days: int, **changes: object) -> dict[str, object]:
    return request(number, plan_issued_date=RECEIVED + timedelta(days=days), **changes)


def test_plan_issued_on_day_140_is_within_20_weeks_and_on_day_141_is_not(world: World) -> None:
    world.put("staging.ehcp_timeliness", [issued(1, 140), issued(2, 141)])
    assert world.look("EH1", "calendar_year", YEAR) == (1.0, 2.0, 50.0)


def test_an_exception_case_leaves_numerator_and_denominator_of_eh2(world: World) -> None:
    world.put(
        "staging.ehcp_timeliness",
        [
            issued(1, 100, week20_exception=True),
            issued(2, 100),
            issued(3, 200),
            issued(4, 200, week20_exception=True),
            issued(5, 90),
        ],
    )
    assert world.look("EH1", "calendar_year", YEAR) == (3.0, 5.0, 60.0)
    assert world.look("EH2", "calendar_year", YEAR) == (2.0, 3.0, round(200 / 3, 6))


def test_an_unrecorded_exception_counts_as_none(world: World) -> None:
    world.put("staging.ehcp_timeliness", [issued(1, 100, week20_exception=None)])
    assert world.look("EH2", "calendar_year", YEAR) == (1.0, 1.0, 100.0)


def test_decision_on_day_42_is_within_six_weeks_and_on_day_43_is_not(world: World) -> None:
    rows = [
        request(1, request_outcome_date=RECEIVED + timedelta(days=42)),
        request(2, request_outcome_date=RECEIVED + timedelta(days=43)),
        request(3, request_outcome="N", request_outcome_date=RECEIVED + timedelta(days=10)),
        request(4, request_outcome="W", request_outcome_date=None),
        request(5, request_outcome="A", request_outcome_date=None),
    ]
    world.put("staging.ehcp_timeliness", rows)
    assert world.look("EH3", "calendar_year", YEAR) == (2.0, 3.0, round(200 / 3, 6))
    assert world.look("EH3", "month", date(2026, 1, 1)) == (1.0, 1.0, 100.0)
    assert world.look("EH3", "month", date(2026, 2, 1)) == (1.0, 2.0, 50.0)


def test_median_and_90th_percentile_of_weeks_to_issue(world: World) -> None:
    world.put("staging.ehcp_timeliness", [issued(n, 7 * weeks) for n, weeks in enumerate((10, 12, 20, 30, 36))])
    assert world.look("EH5", "calendar_year", YEAR) == (None, 5.0, 20.0)
    assert world.look("EH5_P90", "calendar_year", YEAR) == (None, 5.0, 33.6)


def test_plans_fall_in_the_month_calendar_year_and_academic_year_of_issue(world: World) -> None:
    world.put("staging.ehcp_timeliness", [issued(1, 130), issued(2, 239)])
    assert world.look("EH1", "month", MONTH) == (1.0, 1.0, 100.0)
    assert world.look("EH1", "academic_year", date(2025, 8, 1)) == (1.0, 1.0, 100.0)
    assert world.look("EH1", "academic_year", date(2026, 8, 1)) == (0.0, 1.0, 0.0)
    assert world.look("EH1", "calendar_year", YEAR) == (1.0, 2.0, 50.0)


def test_open_cases_past_20_weeks_and_the_longest_wait_are_counted_on_the_day_of_the_refresh(world: World) -> None:
    day_140, day_141 = AS_AT - timedelta(days=140), AS_AT - timedelta(days=141)
    rows = [
        request(1, received_date=day_140),
        request(2, received_date=day_141),
        request(3, received_date=AS_AT - timedelta(days=210), assessment_outcome="A"),
        request(4, received_date=AS_AT + timedelta(days=1)),
        request(5, request_outcome="N"),
        request(6, assessment_outcome="N"),
        request(7, request_outcome="W"),
        request(8, assessment_outcome="W"),
        request(9, request_outcome="H"),
        issued(10, 120),
    ]
    world.put("staging.ehcp_timeliness", rows)
    assert world.look("EH6", "as_at", AS_AT) == (2.0, 3.0, 2.0)
    assert world.look("EH6_LONGEST", "as_at", AS_AT) == (None, 3.0, 30.0)
    assert world.look("EH6_LONGEST", "as_at", AS_AT, "sex", "M") is None


def test_a_plan_issued_and_a_refusal_after_the_day_of_the_refresh_have_not_happened_yet(world: World) -> None:
    later = AS_AT + timedelta(days=3)
    rows = [
        request(1, plan_issued_date=later),
        request(2, request_outcome="N", request_outcome_date=later),
    ]
    world.put("staging.ehcp_timeliness", rows)
    assert world.look("EH6", "as_at", AS_AT) == (2.0, 2.0, 2.0)
    assert world.look("EH1", "calendar_year", YEAR) is None


def test_requests_backed_by_two_cycles_leave_out_requests_where_the_number_is_not_known(world: World) -> None:
    world.put(
        "staging.ehcp_timeliness",
        [request(n, apdr_cycles_evidenced=cycles) for n, cycles in enumerate((0, 1, 2, 3, None))],
    )
    assert world.look("GR7", "month", date(2026, 1, 1)) == (2.0, 4.0, 50.0)


@pytest.mark.parametrize(
    ("breakdown", "group", "expected"),
    [
        ("sex", "F", (1.0, 1.0, 100.0)),
        ("sex", "Unknown", (0.0, 1.0, 0.0)),
        ("age_band", "under_5", (1.0, 1.0, 100.0)),
        ("age_band", "5_10", (0.0, 1.0, 0.0)),
        ("age_band", "Unknown", (1.0, 1.0, 100.0)),
        ("ethnicity_group", "ASIAN", (1.0, 1.0, 100.0)),
        ("ethnicity_group", "Unknown", (1.0, 2.0, 50.0)),
        ("primary_need", "ASD", (1.0, 1.0, 100.0)),
        ("ward", "E05012651", (1.0, 1.0, 100.0)),
        ("ward", "Unknown", (1.0, 2.0, 50.0)),
        ("imd_quintile", "4", (1.0, 1.0, 100.0)),
    ],
)
def test_plans_are_broken_down_by_what_is_known_of_the_child(
    world: World, breakdown: str, group: str, expected: tuple[float, float, float]
) -> None:
    known = {"ethnicity": "CHNE", "primary_need": "ASD", "lsoa_code": "E01015272"}
    rows = [
        issued(1, 140, sex="F", birth_month=date(2021, 6, 1), **known),
        issued(2, 147, sex=None, birth_month=date(2021, 6, 1), ethnicity="REFU", lsoa_code="E01000001"),
        issued(3, 100),
    ]
    world.put("staging.ehcp_timeliness", rows)
    assert world.look("EH1", "calendar_year", YEAR, breakdown, group) == expected
