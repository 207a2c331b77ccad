"""Bounds of complaints, co-production, the improvement plan and the responses to the survey, each worked by hand."""

from datetime import date

from pytest import approx

from tests.assess.bound_cells import MAY, TERM, YEAR, Period, bounds, figure, limits_of
from tests.assess.council import Council

THIS_TERM: Period = ("term", date(2026, 8, 1), date(2026, 12, 31))


def test_a_complaint_in_quarantine_raises_the_rate_and_a_plan_in_quarantine_lowers_it(council: Council) -> None:
    received = {"received_date": date(2026, 5, 4)}
    council.put(
        "quarantine.complaints",
        [
            {"record_id": "1", "rule_ids": "CMP_005", "kind": "complaint", "stage": 1, **received},
            {"record_id": "2", "rule_ids": "CMP_002", "kind": "not_a_code", **received},
            {"record_id": "3", "rule_ids": "CMP_003", "kind": "complaint", "stage": 1},
            {"record_id": "4", "rule_ids": "CMP_005", "kind": "complaint", "stage": 2, **received},
            {"record_id": "5", "rule_ids": "CMP_005", "kind": "compliment", **received},
        ],
    )
    # In use: a complaint without a stage, which counts as one of stage 1.
    council.put("staging.complaints", [{"record_id": "6", "kind": "complaint", **received}])
    issued = {"rule_ids": "EHC_004", "plan_issued_date": date(2026, 5, 20)}
    council.put(
        "quarantine.ehcp_timeliness",
        [
            {"request_id": "1", **issued},
            # In force in May but not at its end; issued after it.
            {"request_id": "2", **issued, "plan_ceased_date": date(2026, 5, 31)},
            {"request_id": "3", **issued, "plan_issued_date": date(2026, 6, 1)},
        ],
    )
    # In use: a plan that was reviewed and has no day of issue.
    reviewed = {"received_date": date(2025, 1, 1), "review_meeting_date": date(2026, 4, 1)}
    council.put("staging.ehcp_timeliness", [{"request_id": "4", **reviewed}])
    complaints, compliments = bounds(council, figure("CU4", 10, 98, MAY), figure("CU5", 8, 16, MAY))
    assert [complaints[kind] for kind in ("quarantined", "uncertain", "denominator_left_out")] == [3, 1, 2]
    assert limits_of(complaints) == (90, approx(13000 / 98))
    # Compliments: one, and one of which the kind is not known; complaints: three and that one.
    assert (compliments["quarantined"], compliments["denominator_left_out"]) == (2, 4)
    assert limits_of(compliments) == (8 / 20, 10 / 16)


def test_an_ombudsmans_decision_without_its_outcome_may_have_been_upheld(council: Council) -> None:
    case = {"kind": "ombudsman", "received_date": date(2026, 5, 4)}
    council.put(
        "quarantine.complaints",
        [
            {"record_id": "1", "rule_ids": "CMP_005", **case, "outcome": "partly_upheld"},
            {"record_id": "2", "rule_ids": "CMP_005", **case, "outcome": "not_upheld"},
            {"record_id": "3", "rule_ids": "CMP_005", **case, "kind": "complaint", "outcome": "upheld"},
        ],
    )
    council.put("staging.complaints", [{"record_id": "4", **case}, {"record_id": "5", **case, "outcome": "upheld"}])
    (row,) = bounds(council, figure("CU6", 3, 9, YEAR))
    assert (row["quarantined"], row["undecided"], *limits_of(row)) == (1, 1, 3, 5)


def test_a_co_lead_in_quarantine_adds_no_workstream_and_one_who_stopped_before_the_end_of_the_term_leads_none(
    council: Council,
) -> None:
    lead = {"kind": "co_lead", "raised_by": "parent_carer", "raised_date": date(2026, 5, 4), "workstream": "3"}
    council.put(
        "quarantine.coproduction_log",
        [
            {"item_id": "1", "rule_ids": "COP_008", **lead},
            {"item_id": "2", "rule_ids": "COP_002", **lead, "workstream": "not_a_code"},
            {"item_id": "3", "rule_ids": "COP_008", **lead, "closed_date": date(2026, 7, 31)},
            {"item_id": "4", "rule_ids": "COP_008", **lead, "raised_by": "practitioner"},
        ],
    )
    # In use: who leads is not told.
    council.put("staging.coproduction_log", [{"item_id": "5", **lead, "raised_by": None}])
    total, third = bounds(council, figure("CO2", 2, 8, TERM), figure("CO2", 0, 1, TERM, ("workstream", "3")))
    assert (total["quarantined"], total["missing"], *limits_of(total)) == (2, 1, 25, 62.5)
    assert (third["quarantined"], third["missing"], *limits_of(third)) == (1, 1, 0, 100)


def test_an_item_that_was_done_and_has_no_day_of_closing_is_undecided(council: Council) -> None:
    item = {"kind": "you_said", "raised_date": date(2026, 5, 4)}
    council.put(
        "quarantine.coproduction_log",
        [
            {"item_id": "1", "rule_ids": "COP_002", **item},
            {"item_id": "2", "rule_ids": "COP_003", "kind": "you_said"},
            {"item_id": "3", "rule_ids": "COP_002", **item, "raised_date": date(2026, 8, 1)},
            {"item_id": "4", "rule_ids": "COP_002", **item, "kind": "co_lead"},
        ],
    )
    council.put("staging.coproduction_log", [{"item_id": "5", **item, "we_did": "x"}, {"item_id": "6", **item}])
    (row,) = bounds(council, figure("CO3", 5, 8, TERM))
    assert (row["quarantined"], row["undecided"], *limits_of(row)) == (2, 1, 50, 80)


def test_an_action_that_is_complete_may_have_been_done_in_time_and_one_that_is_not_due_counts_nowhere(
    council: Council,
) -> None:
    due = {"due_date": date(2026, 9, 10), "workstream": "3"}
    council.put(
        "quarantine.actions",
        [
            {"action_id": "1", "rule_ids": "ACT_002", **due},
            {"action_id": "2", "rule_ids": "ACT_004", "workstream": "3"},
            {"action_id": "3", "rule_ids": "ACT_002", **due, "due_date": date(2026, 12, 1)},
        ],
    )
    council.put("staging.actions", [{"action_id": "4", **due, "status": "complete"}, {"action_id": "5", **due}])
    third, total = bounds(council, figure("EV6", 4, 8, THIS_TERM, ("workstream", "3")), figure("EV6", 4, 8, THIS_TERM))[
        ::-1
    ]
    assert (total["quarantined"], total["undecided"], *limits_of(total)) == (2, 1, 40, 70)
    assert limits_of(third) == limits_of(total)


def test_a_response_in_quarantine_raises_the_response_rate_and_may_have_its_consent_recorded(council: Council) -> None:
    council.put("reference.survey_wave", [{"wave_id": "W", "start_date": MAY[1], "end_date": MAY[2]}])
    answer = {"rule_ids": "SUR_006", "wave_id": "W", "completed_date": date(2026, 5, 9)}
    council.put(
        "quarantine.family_survey",
        [
            {"response_id": "1", **answer},
            {"response_id": "2", **answer, "rule_ids": "SUR_003", "wave_id": None},
            {"response_id": "3", **answer, "rule_ids": "SUR_008", "completed_date": None},
            {"response_id": "4", **answer, "completed_date": date(2026, 8, 2)},
        ],
    )
    wave: Period = ("wave", MAY[1], MAY[2])
    rate, recorded = bounds(council, figure("EV2", 30, 100, wave), figure("EV5", 12, 17, TERM))
    assert (rate["quarantined"], *limits_of(rate)) == (4, 30, 34)
    assert (recorded["quarantined"], *limits_of(recorded)) == (3, 60, 75)
