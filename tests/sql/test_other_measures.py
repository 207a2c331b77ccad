"""Graduated response, survey and data quality, worked by hand on a few rows."""

from datetime import UTC, date, datetime

from tests.sql.world import World

SPRING, SUMMER, YEAR = date(2026, 1, 1), date(2026, 4, 1), date(2025, 8, 1)
WAVE = date(2026, 6, 1)


def cycle(
    child: str | None, recorded: date, reviewed: date | None = None, outcome: str | None = None
) -> dict[str, object]:
    return {
        "child_id": child,
        "school_urn": "900001",
        "cycle_number": 1,
        "record_date": recorded,
        "review_date": reviewed,
        "review_outcome": outcome,
    }


def test_pupils_with_a_reviewed_cycle_count_once_a_term(world: World) -> None:
    rows = [
        cycle("a", date(2026, 1, 10), date(2026, 2, 20), "met"),
        cycle("a", date(2026, 2, 21), date(2026, 3, 20), "met"),
        cycle("b", date(2026, 1, 10)),
        cycle("c", date(2026, 3, 10), date(2026, 5, 1), "not_met"),
    ]
    world.put("staging.graduated_response", rows)
    assert world.look("GR2", "term", SPRING) == (1.0, 3.0, round(100 / 3, 6))
    assert world.look("GR2", "term", SUMMER) == (1.0, 1.0, 100.0)
    assert world.look("GR2", "academic_year", YEAR) == (2.0, 3.0, round(200 / 3, 6))


def test_a_review_after_the_day_of_the_refresh_has_not_happened_yet(world: World) -> None:
    world.put("staging.graduated_response", [cycle("a", date(2026, 9, 1), date(2026, 11, 1), "met")])
    assert world.look("GR2", "term", date(2026, 8, 1)) == (0.0, 1.0, 0.0)
    assert world.look("GR3", "term", date(2026, 8, 1)) is None


def test_outcomes_met_or_partly_met_are_counted_out_of_reviews_with_an_outcome(world: World) -> None:
    outcomes = ["met", "partly", "not_met", "not_met", None]
    rows = [cycle(f"c{n}", date(2026, 1, 10), date(2026, 2, 1), outcome) for n, outcome in enumerate(outcomes)]
    world.put("staging.graduated_response", rows)
    assert world.look("GR3", "term", SPRING) == (2.0, 4.0, 50.0)


def test_cycles_take_sex_and_age_from_the_newest_record_of_the_child(world: World) -> None:
    older = {
        "child_id": "a",
        "census_date": date(2025, 1, 16),
        "sex": "F",
        "birth_month": date(2015, 2, 1),
        "sen_provision": "N",
    }
    newer = {"child_id": "a", "census_date": date(2026, 1, 15), "sex": "M", "sen_provision": "K"}
    world.put("staging.pupil_roll", [older, newer])
    world.put("staging.graduated_response", [cycle("a", date(2026, 1, 10), date(2026, 2, 1), "met")])
    assert world.look("GR3", "term", SPRING, "sex", "M") == (1.0, 1.0, 100.0)
    assert world.look("GR3", "term", SPRING, "sen_provision", "K") == (1.0, 1.0, 100.0)
    assert world.look("GR3", "term", SPRING, "age_band", "11_15") == (1.0, 1.0, 100.0)
    assert world.look("GR2", "term", SPRING, "age_band", "5_10") == (1.0, 1.0, 100.0)


def answered(number: int, role: str, wave: str = "W-PC", **answers: object) -> dict[str, object]:
    return {
        "response_id": f"s{number}",
        "wave_id": wave,
        "respondent_role": role,
        "completed_date": date(2026, 6, 5),
        "consent_share": True,
        **answers,
    }


def waves(world: World) -> None:
    world.put(
        "reference.survey_wave",
        [
            {
                "wave_id": "W-PC",
                "population": "parent_carer",
                "start_date": WAVE,
                "end_date": date(2026, 6, 30),
                "invited": 20,
            },
            {
                "wave_id": "W-CYP",
                "population": "child_young_person",
                "start_date": WAVE,
                "end_date": date(2026, 6, 30),
                "invited": 5,
            },
            {
                "wave_id": "W-PR",
                "population": "practitioner",
                "start_date": WAVE,
                "end_date": date(2026, 6, 30),
                "invited": 50,
            },
        ],
    )


def test_agreement_is_counted_out_of_valid_answers_and_by_role(world: World) -> None:
    waves(world)
    rows = [answered(n, "parent_carer", q_listened=code) for n, code in enumerate(["1", "3", "4", "5", "9", None])]
    rows += [
        answered(10, "child_young_person", "W-CYP", q_listened="5"),
        answered(11, "practitioner", "W-PR", q_listened="1"),
    ]
    world.put("staging.family_survey", rows)
    assert world.look("CU1", "wave", WAVE) == (2.0, 4.0, 50.0)
    assert world.look("CU2", "wave", WAVE) == (1.0, 1.0, 100.0)


def test_an_answer_that_its_family_did_not_agree_to_share_is_in_no_measure(world: World) -> None:
    waves(world)
    kept = answered(1, "parent_carer", q_listened="4")
    world.put("staging.family_survey", [kept, answered(2, "parent_carer", q_listened="5", consent_share=False)])
    assert world.look("CU1", "wave", WAVE) == (1.0, 1.0, 100.0)


def test_services_are_good_in_the_eyes_of_parents_who_answer_good_or_very_good(world: World) -> None:
    waves(world)
    rows = [answered(n, "parent_carer", q_services_good=code) for n, code in enumerate(["1", "3", "4", "5", "5", "9"])]
    world.put("staging.family_survey", [*rows, answered(9, "child_young_person", "W-CYP", q_services_good="5")])
    assert world.look("CU3", "wave", WAVE) == (3.0, 5.0, 60.0)


def test_involvement_in_the_plan_and_confidence_in_school_are_asked_of_parents(world: World) -> None:
    waves(world)
    rows = [
        answered(1, "parent_carer", q_involved_in_plan="4", q_confident_school="2", has_diagnosis=True),
        answered(2, "parent_carer", q_involved_in_plan="2", q_confident_school="2", has_diagnosis=False),
        answered(3, "child_young_person", "W-CYP", q_involved_in_plan="5", q_confident_school="5"),
    ]
    world.put("staging.family_survey", rows)
    assert world.look("CO1", "wave", WAVE) == (1.0, 2.0, 50.0)
    assert world.look("CO1", "wave", WAVE, "has_diagnosis", "yes") == (1.0, 1.0, 100.0)
    assert world.look("GR6", "wave", WAVE) == (0.0, 2.0, 0.0)


def test_response_rate_is_over_the_waves_of_which_responses_have_come(world: World) -> None:
    waves(world)
    world.put(
        "staging.family_survey",
        [answered(n, "parent_carer") for n in range(5)] + [answered(9, "child_young_person", "W-CYP")],
    )
    assert world.look("EV2", "wave", WAVE) == (6.0, 25.0, 24.0)
    assert world.look("EV2", "wave", WAVE, "respondent_role", "parent_carer") == (5.0, 20.0, 25.0)
    assert world.look("EV2", "wave", WAVE, "respondent_role", "practitioner") is None


def test_rows_quarantined_are_counted_out_of_rows_received_by_source(world: World) -> None:
    received = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    world.put(
        "core.reconciliation",
        [
            {"source": "exclusions", "received_at": received, "rows_received": 80, "rows_quarantined": 4},
            {"source": "pupil_roll", "received_at": received, "rows_received": 120, "rows_quarantined": 6},
            {"source": "pupil_roll", "received_at": received, "rows_received": 0, "rows_quarantined": 0},
        ],
    )
    assert world.look("EV4", "month", WAVE) == (10.0, 200.0, 5.0)
    assert world.look("EV4", "calendar_year", date(2026, 1, 1), "source", "exclusions") == (4.0, 80.0, 5.0)


def test_a_child_is_one_row_with_the_newest_known_of_each_attribute(world: World) -> None:
    world.put(
        "staging.ehcp_timeliness",
        [{"request_id": "r", "child_id": "a", "received_date": date(2026, 3, 1), "primary_need": "ASD"}],
    )
    world.put(
        "staging.pupil_roll", [{"child_id": "a", "census_date": date(2026, 1, 15), "primary_need": "SLCN", "sex": "F"}]
    )
    world.put("staging.graduated_response", [cycle("a", date(2025, 12, 1)), cycle(None, date(2025, 12, 1))])
    world.run()
    (child,) = world.rows("core.child")
    assert (child["child_id"], child["primary_need"], child["sex"]) == ("a", "ASD", "F")
    assert (child["first_seen_date"], child["last_seen_date"]) == (date(2025, 12, 1), date(2026, 3, 1))
