"""Measures of health waits, attendance, audits, disputes and later steps of a case, worked by hand on a few children."""

from datetime import date

from tests.sql.world import World

AS_AT, JUNE, SEPTEMBER = date(2026, 9, 30), date(2026, 6, 1), date(2026, 9, 1)
SUMMER, SPRING, SCHOOL_YEAR, YEAR_2026 = date(2026, 4, 1), date(2026, 1, 1), date(2025, 8, 1), date(2026, 1, 1)


def referred(
    number: int, day: date, seen: date | None = None, closed: date | None = None, service: str = "slt"
) -> dict[str, object]:
    return {
        "referral_id": f"h{number}",
        "child_id": f"c{number}",
        "service": service,
        "referred_date": day,
        "first_seen_date": seen,
        "closed_date": closed,
    }


def test_children_waiting_are_those_neither_seen_nor_closed_on_the_day(world: World) -> None:
    rows = [
        referred(1, date(2026, 5, 27)),  # 126 days before 30 September: 18 weeks to the day
        referred(2, date(2026, 5, 26)),
        referred(3, date(2026, 9, 16), service="ot"),  # 2 weeks
        referred(4, date(2026, 1, 1), seen=date(2026, 9, 30)),
        referred(5, date(2026, 1, 1), closed=date(2026, 9, 1)),
        referred(6, date(2026, 9, 9), seen=date(2026, 10, 5)),  # 3 weeks; seen later
    ]
    world.put("staging.health_waits", rows)
    assert world.look("JC3", "month", SEPTEMBER) == (3.0, 4.0, 75.0)
    assert world.look("JC3", "month", SEPTEMBER, "service", "slt") == (2.0, 3.0, round(200 / 3, 6))
    # 127, 126, 21 and 14 days: the middle lies between 21 and 126.
    assert world.look("JC3_MEDIAN", "month", SEPTEMBER) == (None, 4.0, round(73.5 / 7, 6))
    assert world.look("JC3_SEEN", "month", SEPTEMBER) == (0.0, 1.0, 0.0)


def test_a_wait_is_broken_down_by_what_is_known_of_the_child(world: World) -> None:
    world.put(
        "staging.health_waits", [referred(1, date(2026, 6, 1), seen=date(2026, 6, 20)), referred(2, date(2026, 6, 1))]
    )
    world.put(
        "staging.pupil_roll", [{"child_id": "c1", "census_date": date(2026, 1, 15), "sex": "F", "sen_provision": "K"}]
    )
    assert world.look("JC3_SEEN", "month", JUNE, "sex", "F") == (1.0, 1.0, 100.0)
    assert world.look("JC3", "month", JUNE, "sex", "Unknown") == (1.0, 1.0, 100.0)
    assert world.look("JC3_SEEN", "month", JUNE, "sen_provision", "K") == (1.0, 1.0, 100.0)


def test_children_seen_are_counted_in_periods_that_the_extract_covers_to_their_first_day(world: World) -> None:
    days = [date(2024, 9, 30), date(2024, 10, 1), date(2025, 3, 1)]
    world.put("staging.health_waits", [referred(n, date(2024, 9, 1), seen=day) for n, day in enumerate(days)])
    assert world.look("JC3_SEEN", "month", date(2024, 9, 1)) is None
    assert world.look("JC3_SEEN", "month", date(2024, 10, 1)) == (1.0, 1.0, 100.0)
    assert world.look("JC3_SEEN", "calendar_year", date(2024, 1, 1)) is None
    assert world.look("JC3_SEEN", "calendar_year", date(2025, 1, 1)) == (0.0, 1.0, 0.0)
    assert world.look("JC3_SEEN", "academic_year", date(2024, 8, 1)) is None


def attended(child: str, missed: int | None, term: date = date(2026, 4, 14), **changes: object) -> dict[str, object]:
    usual = {"sen_provision": "K", "setting_status": "in_school", "sessions_possible": 100, "reduced_timetable": False}
    return {"child_id": child, "term_start_date": term, "sessions_missed": missed, **usual, **changes}


def test_absence_is_of_a_pupils_own_sessions_and_a_tenth_is_persistent_and_half_severe(world: World) -> None:
    rows = [
        attended("a", 10),
        attended("b", 9),
        attended("c", 50, sen_provision="N"),
        attended("d", None),
        attended("e", 0, sessions_possible=0, setting_status="home_educated"),
    ]
    world.put("staging.attendance", rows)
    assert world.look("EX6_OVERALL", "term", SUMMER) == (69.0, 300.0, 23.0)
    assert world.look("EX6", "term", SUMMER) == (2.0, 3.0, round(200 / 3, 6))
    assert world.look("EX6", "term", SUMMER, "sen_provision", "N") == (1.0, 1.0, 100.0)
    assert world.look("EX6_SEVERE", "term", SUMMER) == (1.0, 3.0, round(100 / 3, 6))


def test_a_school_year_adds_up_the_terms_of_each_pupil(world: World) -> None:
    rows = [attended("a", 30, date(2026, 1, 6)), attended("a", 0), attended("a", 0, date(2025, 9, 3))]
    world.put("staging.attendance", rows)
    assert world.look("EX6", "term", SPRING) == (1.0, 1.0, 100.0)
    assert world.look("EX6", "academic_year", SCHOOL_YEAR) == (1.0, 1.0, 100.0)
    assert world.look("EX6_OVERALL", "academic_year", SCHOOL_YEAR) == (30.0, 300.0, 10.0)


def test_reduced_timetables_and_children_out_of_school_are_counted_among_those_with_sen(world: World) -> None:
    rows = [
        attended("a", 5, reduced_timetable=True),
        attended("b", 5),
        attended("c", 0, sessions_possible=0, setting_status="not_in_school", sen_provision="E"),
        attended("d", 0, sessions_possible=0, setting_status="home_educated", sen_provision="E"),
        attended("e", 5, reduced_timetable=True, sen_provision="N"),
        attended("f", 0, sessions_possible=0, setting_status="home_educated", sen_provision="N"),
    ]
    world.put("staging.attendance", rows)
    assert world.look("EX7", "term", SUMMER) == (1.0, 4.0, 25.0)
    assert world.look("EX7_OUT", "term", SUMMER) == (1.0, 4.0, 25.0)
    assert world.look("EX9", "term", SUMMER) == (1.0, 4.0, 1.0)


def audited(number: int, grade: str, *items: bool | None) -> dict[str, object]:
    names = (
        "section_a_in_own_words",
        "health_outcomes_specified",
        "care_outcomes_specified",
        "child_took_part_in_review",
        "adulthood_outcomes",
    )
    return {
        "audit_id": f"a{number}",
        "audited_date": date(2026, 6, 15),
        "grade": grade,
        **dict(zip(names, items, strict=True)),
    }


def test_each_item_of_an_audit_is_counted_out_of_the_plans_where_it_was_answered(world: World) -> None:
    rows = [
        audited(1, "outstanding", True, True, True, True, True),
        audited(2, "good", True, True, False, False, None),
        audited(3, "requires_improvement", False, True, True, None, None),
        audited(4, "inadequate", None, None, None, True, False),
    ]
    world.put("staging.plan_audit", rows)
    assert world.look("EH7", "term", SUMMER) == (2.0, 4.0, 50.0)
    assert world.look("CO4", "term", SUMMER) == (2.0, 3.0, round(200 / 3, 6))
    assert world.look("JC5", "term", SUMMER) == (2.0, 3.0, round(200 / 3, 6))
    assert world.look("CO5", "term", SUMMER) == (2.0, 3.0, round(200 / 3, 6))
    assert world.look("PA4", "term", SUMMER) == (1.0, 2.0, 50.0)


def requested(number: int, **changes: object) -> dict[str, object]:
    return {"request_id": f"r{number}", "received_date": date(2026, 1, 5), **changes}


def test_the_appeal_rate_is_over_all_decisions_that_can_be_appealed(world: World) -> None:
    old_plan = {"plan_issued_date": date(2025, 6, 1), "received_date": date(2025, 1, 6)}
    world.put(
        "staging.ehcp_timeliness",
        [
            requested(1, request_outcome="N", request_outcome_date=date(2026, 2, 2)),
            requested(2, request_outcome="Y", assessment_outcome="N", assessment_outcome_date=date(2026, 4, 2)),
            requested(3, **old_plan),
            requested(4, **old_plan, plan_ceased_date=date(2026, 5, 1), cease_reason="2"),
            requested(5, **old_plan, plan_ceased_date=date(2025, 12, 31), cease_reason="5"),
            requested(6, request_outcome="N", request_outcome_date=date(2025, 2, 2)),
        ],
    )
    disputes = [
        (date(2026, 1, 20), "not_agreed", date(2026, 2, 1)),
        (date(2026, 3, 1), "agreed", None),
        (None, None, date(2026, 5, 1)),
        (date(2026, 8, 1), "not_agreed", date(2026, 7, 1)),
    ]
    world.put(
        "staging.appeals",
        [
            {"case_id": f"t{n}", "mediation_date": held, "mediation_outcome": outcome, "lodged_date": lodged}
            for n, (held, outcome, lodged) in enumerate(disputes)
        ],
    )
    # Two refusals, one plan that ceased because needs are met, and two plans in force on 1 January.
    assert world.look("EH11", "calendar_year", YEAR_2026) == (3.0, 5.0, 60.0)
    assert world.look("EH12", "calendar_year", YEAR_2026) == (1.0, 3.0, round(100 / 3, 6))
    assert world.look("EH12_RESOLVED", "calendar_year", YEAR_2026) == (1.0, 3.0, round(100 / 3, 6))


def test_appeals_and_mediations_are_counted_in_years_that_the_log_covers(world: World) -> None:
    world.put(
        "staging.appeals",
        [
            {"case_id": f"t{n}", "mediation_date": day, "mediation_outcome": "agreed", "lodged_date": day}
            for n, day in enumerate([date(2025, 8, 20), date(2026, 2, 1)])
        ],
    )
    for measure in ("EH12", "EH12_RESOLVED"):
        assert world.look(measure, "calendar_year", date(2025, 1, 1)) is None
        assert world.look(measure, "calendar_year", YEAR_2026) == (1.0, 1.0, 100.0)
        assert world.look(measure, "academic_year", SCHOOL_YEAR) == (2.0, 2.0, 100.0)


def test_decisions_not_to_issue_are_in_time_on_day_112_and_late_on_day_113(world: World) -> None:
    refused = {"request_outcome": "Y", "request_outcome_date": date(2026, 2, 2), "assessment_outcome": "N"}
    world.put(
        "staging.ehcp_timeliness",
        [
            requested(1, **refused, assessment_outcome_date=date(2026, 4, 27)),
            requested(2, **refused, assessment_outcome_date=date(2026, 4, 28)),
            requested(3, request_outcome="N", request_outcome_date=date(2026, 2, 3)),
        ],
    )
    assert world.look("EH4", "month", date(2026, 4, 1)) == (1.0, 2.0, 50.0)
    assert world.look("GR4", "month", date(2026, 2, 1)) == (1.0, 3.0, round(100 / 3, 6))


def test_a_review_without_a_decision_is_late_once_28_days_have_passed(world: World) -> None:
    plan = {"plan_issued_date": date(2025, 3, 1), "received_date": date(2024, 11, 1)}
    met = date(2026, 9, 1)
    world.put(
        "staging.ehcp_timeliness",
        [
            requested(1, **plan, review_meeting_date=met, review_decision_date=date(2026, 9, 29)),
            requested(2, **plan, review_meeting_date=met),
            requested(3, **plan, review_meeting_date=date(2026, 9, 2)),
            requested(4, **plan, review_meeting_date=date(2025, 9, 29)),
            requested(5, **plan, plan_ceased_date=date(2026, 9, 30)),
            requested(6, plan_issued_date=date(2025, 10, 1)),
        ],
    )
    assert world.look("EH8", "month", SEPTEMBER) == (1.0, 2.0, 50.0)
    # Plans 1 to 4 are in force for a year; the meeting of the fourth was 366 days ago.
    assert world.look("EH9", "as_at", AS_AT) == (3.0, 4.0, 75.0)


def test_reviews_are_counted_in_periods_whose_reviews_are_not_yet_replaced_by_the_next_ones(world: World) -> None:
    plan = {"plan_issued_date": date(2024, 1, 1), "received_date": date(2023, 9, 1)}
    days = [date(2025, 10, 31), date(2025, 11, 1), date(2026, 2, 1)]
    world.put("staging.ehcp_timeliness", [requested(n, **plan, review_meeting_date=day) for n, day in enumerate(days)])
    assert world.look("EH8", "month", date(2025, 10, 1)) is None
    assert world.look("EH8", "month", date(2025, 11, 1)) == (0.0, 1.0, 0.0)
    assert world.look("EH8", "academic_year", SCHOOL_YEAR) is None
    assert world.look("EH8", "calendar_year", date(2025, 1, 1)) is None
    assert world.look("EH8", "calendar_year", YEAR_2026) == (0.0, 1.0, 0.0)


def test_advice_is_in_time_on_day_42_and_what_is_not_due_yet_is_left_out(world: World) -> None:
    asked, later = date(2026, 6, 1), date(2026, 8, 19)
    world.put(
        "staging.ehcp_timeliness",
        [
            requested(1, health_advice_requested_date=asked, health_advice_received_date=date(2026, 7, 13)),
            requested(2, health_advice_requested_date=asked, health_advice_received_date=date(2026, 7, 14)),
            requested(3, health_advice_requested_date=asked),
            requested(4, health_advice_requested_date=later),
            requested(6, health_advice_requested_date=later, health_advice_received_date=date(2026, 8, 21)),
            requested(5, social_care_advice_requested_date=asked, social_care_advice_received_date=date(2026, 6, 30)),
        ],
    )
    assert world.look("JC1", "month", JUNE) == (1.0, 3.0, round(100 / 3, 6))
    assert world.look("JC1", "month", date(2026, 8, 1)) is None
    assert world.look("JC2", "month", JUNE) == (1.0, 1.0, 100.0)


def test_a_published_measure_is_the_newest_figure_of_the_area_in_the_year_of_its_name(world: World) -> None:
    whole = {"breakdown_topic": "Total", "breakdown": "Total", "area_code": "E06000058", "is_latest": True}
    figures = [
        ("GR1", "academic_year", "2024/25", 14.2, {}),
        ("GR1", "academic_year", "2024/25", 14.0, {"is_latest": False}),
        ("GR1", "academic_year", "2024/25", 14.6, {"area_code": "E92000001"}),
        ("GR1", "academic_year", "2023/24", None, {"symbol": "x"}),
        ("GR5_A8", "academic_year", "2024/25", 40.0, {}),
        ("GR5_KS2", "academic_year", "2024/25", 25.0, {}),
        ("EX8", "academic_year", "2024/25", 40.3, {"numerator": 1787.0, "denominator": 4432.0}),
        ("PA1", "academic_year", "2022/23", 90.6, {}),
        ("PA1_SUPPORT", "academic_year", "2022/23", 86.2, {}),
        ("PA2", "financial_year", "2025", 89.02, {}),
        ("PA2_NEET", "financial_year", "2025", 5.5, {}),
        ("PA3", "academic_year", "2024/25", 13.0, {"numerator": 13.0}),
        ("EX6", "academic_year", "2024/25", 16.56, {}),
    ]
    world.put(
        "core.published_figure",
        [
            {**whole, "measure_id": measure, "period_type": kind, "period_label": label, "value": value, **changes}
            for measure, kind, label, value, changes in figures
        ],
    )
    year, before = date(2024, 8, 1), date(2022, 8, 1)
    assert world.look("GR1", "academic_year", year) == (None, None, 14.2)
    assert world.look("GR1", "academic_year", date(2023, 8, 1)) is None
    assert world.look("GR5_A8", "academic_year", year) == (None, None, 40.0)
    assert world.look("GR5_KS2", "academic_year", year) == (None, None, 25.0)
    assert world.look("EX8", "academic_year", year) == (1787.0, 4432.0, 40.3)
    assert world.look("PA1", "academic_year", before) == (None, None, 90.6)
    assert world.look("PA1_SUPPORT", "academic_year", before) == (None, None, 86.2)
    assert world.look("PA2", "calendar_year", date(2025, 1, 1)) == (None, None, 89.02)
    assert world.look("PA2_NEET", "calendar_year", date(2025, 1, 1)) == (None, None, 5.5)
    assert world.look("PA3", "academic_year", year) == (13.0, None, 13.0)
    # EX6 comes from the attendance extract: its published figure is for comparison, and makes no observation.
    assert world.look("EX6", "academic_year", year) is None
