"""Measures of staff, logs, actions and consent, worked by hand on a few rows. The day of the refresh is 30 September 2026."""

from datetime import date, timedelta

from tests.sql.world import World

JUNE, SUMMER, AUTUMN = date(2026, 6, 1), date(2026, 4, 1), date(2026, 8, 1)
YEAR_2026, SCHOOL_YEAR = date(2026, 1, 1), date(2025, 8, 1)


def month_ends(count: int) -> list[date]:
    """The ends of the last `count` months up to June 2026."""
    months = [2026 * 12 + 5 - back for back in range(count)]
    return sorted(date((month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1) for month in months)


def post(number: int, end: date = date(2026, 6, 30), role: str = "caseworker", **changes: object) -> dict[str, object]:
    filled = {"established_fte": 1.0, "filled_fte": 1.0, "agency_fte": 0.0, "headcount": 1, "leavers": 0}
    return {"post_id": f"p{number}", "month_end": end, "role": role, **filled, **changes}


def test_turnover_is_the_leavers_of_12_months_over_their_average_headcount(world: World) -> None:
    rows = [post(number, end) for end in month_ends(12) for number in range(4)]
    rows[0]["leavers"] = 1
    # A vacant post in half of the months: 42 heads over 12 months are 3.5 on average.
    for row in rows[:24:4]:
        row["headcount"] = 0
    world.put("staging.workforce", [*rows, post(9, role="senco", leavers=5)])
    assert world.look("WF1", "month", JUNE) == (1.0, 3.5, round(100 / 3.5, 6))


def test_turnover_waits_until_12_months_are_there(world: World) -> None:
    world.put("staging.workforce", [post(1, end) for end in month_ends(11)])
    assert world.look("WF1", "month", JUNE) is None


def test_vacancy_and_agency_rates_count_full_time_equivalents_without_sencos(world: World) -> None:
    rows = [
        post(1),
        post(2, filled_fte=0.0, agency_fte=0.6, headcount=0),
        post(3, role="educational_psychologist", filled_fte=0.4),
        post(4, role="senco", filled_fte=0.0),
    ]
    world.put("staging.workforce", rows)
    assert world.look("WF2", "month", JUNE) == (1.6, 3.0, round(160 / 3, 6))
    assert world.look("WF2", "month", JUNE, "role", "educational_psychologist") == (0.6, 1.0, 60.0)
    assert world.look("WF3", "month", JUNE) == (0.6, 2.0, 30.0)


def test_senco_posts_are_counted_when_vacant_or_held_without_the_qualification(world: World) -> None:
    rows = [
        post(1, role="senco", is_qualified=True),
        post(2, role="senco", is_qualified=False),
        post(3, role="senco", is_qualified=None),
        post(4, role="senco", filled_fte=0.0, is_qualified=True),
    ]
    world.put("staging.workforce", rows)
    assert world.look("WF6", "month", JUNE) == (3.0, 4.0, 75.0)


def allocated(request: str, worker: str, begun: date, ended: date | None, child: str = "a") -> dict[str, object]:
    return {
        "request_id": request,
        "child_id": child,
        "caseworker_ref": worker,
        "allocated_date": begun,
        "ended_date": ended,
    }


def test_cases_per_caseworker_are_those_open_on_the_last_day_of_the_month(world: World) -> None:
    world.put("staging.workforce", [post(1), post(2, filled_fte=0.0, agency_fte=0.5)])
    rows = [
        allocated("r1", "w1", date(2026, 1, 5), date(2026, 3, 1)),
        allocated("r1", "w2", date(2026, 3, 1), None),
        allocated("r2", "w1", date(2026, 6, 30), date(2026, 7, 31)),
        allocated("r3", "w1", date(2026, 2, 1), date(2026, 6, 30)),
        allocated("r4", "w1", date(2026, 7, 1), None),
        allocated("r5", "w2", date(2026, 5, 1), None),
    ]
    world.put("staging.caseworker_allocation", rows)
    assert world.look("WF4", "month", JUNE) == (3.0, 1.5, 2.0)


def test_a_family_counts_once_with_all_caseworkers_of_the_12_months(world: World) -> None:
    rows = [
        allocated("r1", "w1", date(2025, 9, 1), date(2026, 1, 10), "a"),
        allocated("r1", "w2", date(2026, 1, 11), None, "a"),
        allocated("r2", "w1", date(2026, 1, 5), None, "b"),
        allocated("r3", "w1", date(2026, 1, 5), date(2026, 2, 1), "b"),
        # Left before the 12 months to 31 July 2026 began.
        allocated("r4", "w1", date(2025, 1, 5), date(2025, 7, 31), "c"),
        allocated("r4", "w2", date(2025, 8, 1), None, "c"),
    ]
    world.put("staging.caseworker_allocation", rows)
    assert world.look("WF5", "term", SUMMER) == (1.0, 3.0, round(100 / 3, 6))


def feedback(number: int, kind: str, day: date, **changes: object) -> dict[str, object]:
    return {"record_id": f"f{number}", "kind": kind, "received_date": day, **changes}


def test_complaints_are_per_1000_plans_in_force_at_the_end_of_the_period(world: World) -> None:
    plans = [
        {"request_id": f"r{n}", "received_date": date(2025, 1, 6), "plan_issued_date": date(2025, 6, 1)}
        for n in range(40)
    ]
    plans[0]["plan_ceased_date"] = date(2026, 6, 30)
    world.put("staging.ehcp_timeliness", plans)
    rows = [
        feedback(1, "complaint", date(2026, 1, 5), stage=1),
        feedback(2, "complaint", date(2026, 6, 3), stage=1),
        feedback(3, "complaint", date(2026, 6, 4), stage=None),
        feedback(4, "complaint", date(2026, 6, 5), stage=2),
        feedback(5, "compliment", date(2026, 6, 6)),
        feedback(6, "compliment", date(2026, 6, 6)),
        feedback(7, "compliment", date(2026, 6, 6)),
        feedback(8, "ombudsman", date(2026, 6, 8), outcome="upheld"),
        feedback(9, "ombudsman", date(2026, 2, 8), outcome="partly_upheld"),
        feedback(10, "ombudsman", date(2026, 2, 9), outcome="not_upheld"),
    ]
    world.put("staging.complaints", rows)
    assert world.look("CU4", "month", JUNE) == (2.0, 39.0, round(2000 / 39, 6))
    assert world.look("CU4", "month", date(2026, 2, 1)) == (0.0, 40.0, 0.0)
    assert world.look("CU4", "calendar_year", YEAR_2026) == (3.0, 39.0, round(3000 / 39, 6))
    # The log begins in January: the school year before is not covered.
    assert world.look("CU4", "academic_year", SCHOOL_YEAR) is None
    assert world.look("CU5", "month", JUNE) == (3.0, 3.0, 1.0)
    assert world.look("CU6", "calendar_year", YEAR_2026) == (2.0, 3.0, 2.0)


def test_praise_without_a_complaint_has_no_ratio(world: World) -> None:
    world.put("staging.complaints", [feedback(1, "compliment", date(2026, 6, 6))])
    assert world.look("CU5", "month", JUNE) == (1.0, None, None)


def said(number: int, kind: str, workstream: str, raised: date, closed: date | None, by: str) -> dict[str, object]:
    return {
        "item_id": f"i{number}",
        "kind": kind,
        "workstream": workstream,
        "raised_date": raised,
        "closed_date": closed,
        "raised_by": by,
    }


def test_a_workstream_is_co_led_when_a_parent_and_a_young_person_lead_at_the_end_of_the_term(world: World) -> None:
    begun = date(2026, 4, 20)
    rows = [
        said(1, "co_lead", "1", begun, None, "parent_carer"),
        said(2, "co_lead", "1", begun, None, "child_young_person"),
        said(3, "co_lead", "2", begun, None, "parent_carer"),
        said(4, "co_lead", "3", begun, None, "parent_carer"),
        said(5, "co_lead", "3", begun, date(2026, 7, 31), "child_young_person"),
        said(6, "you_said", "2", begun, date(2026, 6, 1), "child_young_person"),
        said(7, "you_said", "2", begun, None, "parent_carer"),
        said(8, "you_said", "2", date(2026, 5, 1), date(2026, 11, 1), "parent_carer"),
    ]
    world.put("staging.coproduction_log", rows)
    assert world.look("CO2", "term", SUMMER) == (1.0, 8.0, 12.5)
    assert world.look("CO2", "term", SUMMER, "workstream", "1") == (1.0, 1.0, 100.0)
    # Closed on a day that has not come yet is not closed.
    assert world.look("CO3", "term", SUMMER) == (1.0, 3.0, round(100 / 3, 6))


def test_an_action_done_a_day_late_is_not_done_by_its_date(world: World) -> None:
    due = date(2026, 6, 15)
    rows = [
        {"action_id": "1", "workstream": "6", "due_date": due, "completed_date": due},
        {"action_id": "2", "workstream": "6", "due_date": due, "completed_date": date(2026, 6, 16)},
        {"action_id": "3", "workstream": "6", "due_date": due, "completed_date": None},
        {"action_id": "4", "workstream": "7", "due_date": due, "completed_date": date(2026, 5, 1)},
        {"action_id": "5", "workstream": "7", "due_date": date(2026, 12, 1), "completed_date": None},
    ]
    world.put("staging.actions", rows)
    assert world.look("EV6", "term", SUMMER) == (2.0, 4.0, 50.0)
    assert world.look("EV6", "term", SUMMER, "workstream", "6") == (1.0, 3.0, round(100 / 3, 6))


def test_consent_is_recorded_when_sharing_and_for_a_comment_quoting_are_answered(world: World) -> None:
    day = date(2026, 6, 5)
    answers = [
        (True, None, None),
        (False, None, None),
        (True, "Sample", True),
        (True, "Sample", None),
        (None, None, None),
    ]
    rows = [
        {
            "response_id": f"s{n}",
            "completed_date": day,
            "consent_share": share,
            "comment": comment,
            "consent_quote": quote,
        }
        for n, (share, comment, quote) in enumerate(answers)
    ]
    world.put("staging.family_survey", rows)
    assert world.look("EV5", "term", SUMMER) == (3.0, 5.0, 60.0)


def test_the_gap_is_the_largest_difference_of_shares_between_respondents_and_pupils_with_sen(world: World) -> None:
    wave = {
        "wave_id": "W",
        "population": "parent_carer",
        "start_date": JUNE,
        "end_date": date(2026, 6, 30),
        "invited": 9,
    }
    world.put("reference.survey_wave", [wave])
    told = [("M", "ASD"), ("M", "ASD"), ("M", "SLCN"), ("F", None)]
    world.put(
        "staging.family_survey",
        [
            {
                "response_id": f"s{n}",
                "wave_id": "W",
                "respondent_role": "parent_carer",
                "completed_date": date(2026, 6, 5),
                "sex": sex,
                "primary_need": need,
                "consent_share": True,
            }
            for n, (sex, need) in enumerate(told)
        ],
    )
    roll = [("M", "ASD", "E"), ("F", "SEMH", "K"), ("M", "SEMH", "K"), ("F", "SLCN", "K"), ("M", None, "N")]
    world.put(
        "staging.pupil_roll",
        [
            {
                "child_id": f"p{n}",
                "census_date": date(2026, 1, 15),
                "sex": s,
                "primary_need": need,
                "sen_provision": sen,
            }
            for n, (s, need, sen) in enumerate(roll)
        ],
    )
    # Sex: 75 % boys against 50 %. Need: 2 of 3 ASD against 1 of 4, SEMH none against half: half is the largest.
    assert world.look("EV3", "wave", JUNE) == (None, None, 50.0)


def test_a_measure_is_current_for_its_lag_and_one_interval(world: World) -> None:
    # 31 July is 61 days before the refresh: WF2 has 31 days of lag and a month, and is current by one day.
    world.put("staging.workforce", [post(1, date(2026, 7, 31))])
    numerator, denominator, value = world.look("EV1", "as_at", date(2026, 9, 30)) or (0, 0, 0)
    assert (numerator, denominator) == (2.0, 68.0)
    assert value == round(200 / 68, 6)
