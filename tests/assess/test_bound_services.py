"""Bounds of health waits, disputes and the workforce, each worked by hand."""

from datetime import date

from pytest import approx

from tests.assess.bound_cells import MAY, TERM, YEAR, bounds, figure, limits_of
from tests.assess.council import Council


def test_a_referral_in_quarantine_waits_at_the_end_of_each_month_until_it_stops(council: Council) -> None:
    no_upn = {"rule_ids": "HWT_001", "service": "slt"}
    council.put(
        "quarantine.health_waits",
        [
            {"referral_id": "1", **no_upn, "referred_date": date(2026, 3, 1)},
            {"referral_id": "2", "rule_ids": "HWT_003", "service": "ot"},
            # Seen within May, so not waiting on the 31st; closed before May; referred after it.
            {"referral_id": "3", **no_upn, "referred_date": date(2026, 4, 1), "first_seen_date": date(2026, 5, 20)},
            {"referral_id": "4", **no_upn, "referred_date": date(2026, 2, 1), "closed_date": date(2026, 4, 2)},
            {"referral_id": "5", **no_upn, "referred_date": date(2026, 6, 2)},
        ],
    )
    in_speech, total = bounds(council, figure("JC3", 6, 8, MAY), figure("JC3", 3, 4, MAY, ("service", "slt")))
    assert (total["quarantined"], *limits_of(total)) == (2, 60, 80)
    assert (in_speech["quarantined"], *limits_of(in_speech)) == (1, 60, 80)


def test_the_age_of_a_child_who_waits_is_that_at_the_end_of_the_month(council: Council) -> None:
    council.put(
        "staging.ehcp_timeliness",
        [
            {
                "request_id": "1",
                "child_id": "c",
                "row_number": 1,
                "received_date": date(2026, 1, 1),
                "birth_month": date(2021, 5, 1),
            }
        ],
    )
    waits = {"referral_id": "1", "child_id": "c", "rule_ids": "HWT_002", "referred_date": date(2026, 3, 1)}
    council.put("quarantine.health_waits", [waits])
    bands = [figure("JC3", 3, 4, MAY, ("age_band", band)) for band in ("under_5", "5_10")]
    assert [row["quarantined"] for row in bounds(council, *bands)] == [1, 0]


def test_a_child_in_quarantine_was_seen_in_the_month_of_the_day_or_in_any_if_the_day_cannot_be(
    council: Council,
) -> None:
    referred = {"referred_date": date(2026, 3, 1)}
    council.put(
        "quarantine.health_waits",
        [
            {"referral_id": "1", "rule_ids": "HWT_001", **referred, "first_seen_date": date(2026, 5, 20)},
            # Seen before the referral; seen in the future; a day that cannot be read.
            {"referral_id": "2", "rule_ids": "HWT_005", **referred, "first_seen_date": date(2026, 1, 20)},
            {"referral_id": "3", "rule_ids": "HWT_004", **referred, "first_seen_date": date(2027, 5, 20)},
            {"referral_id": "4", "rule_ids": "HWT_001", **referred, "unreadable_columns": ",first_seen_date,"},
            # Not seen; seen in June.
            {"referral_id": "5", "rule_ids": "HWT_001", **referred},
            {"referral_id": "6", "rule_ids": "HWT_001", **referred, "first_seen_date": date(2026, 6, 1)},
        ],
    )
    (row,) = bounds(council, figure("JC3_SEEN", 9, 12, MAY))
    # 9 of 12 and 4 that are left out.
    assert (row["quarantined"], *limits_of(row)) == (4, approx(900 / 16), approx(1300 / 16))


def test_an_appeal_that_was_concluded_was_lodged_on_some_day_and_a_meeting_without_outcome_is_left_out(
    council: Council,
) -> None:
    council.put(
        "quarantine.appeals",
        [
            {
                "case_id": "1",
                "rule_ids": "APP_001",
                "lodged_date": date(2026, 3, 1),
                "mediation_date": date(2026, 2, 1),
            },
            {"case_id": "2", "rule_ids": "APP_003", "outcome": "upheld"},
            {"case_id": "3", "rule_ids": "APP_001", "lodged_date": date(2025, 3, 1)},
            {"case_id": "4", "rule_ids": "APP_001", "mediation_date": date(2026, 4, 1), "mediation_outcome": "agreed"},
        ],
    )
    council.put(
        "staging.appeals",
        [
            {"case_id": "5", "mediation_date": date(2026, 2, 1), "concluded_date": date(2026, 6, 1)},
            {"case_id": "6", "lodged_date": date(2026, 4, 1), "mediation_outcome": "not_agreed"},
            {"case_id": "7", "lodged_date": date(2026, 5, 1)},
        ],
    )
    before, resolved = bounds(council, figure("EH12", 4, 10, YEAR), figure("EH12_RESOLVED", 3, 5, YEAR))
    # Appeals: two in quarantine, one without its day; the meeting before another has no day.
    assert [before[kind] for kind in ("quarantined", "missing", "undecided")] == [2, 1, 1]
    assert limits_of(before) == (approx(400 / 13), approx(800 / 13))
    # Meetings: two in quarantine and a dispute without any day; in use, one without its outcome and one without its day.
    assert [resolved[kind] for kind in ("quarantined", "missing", "undecided")] == [3, 2, 0]
    assert limits_of(resolved) == (30, 80)


def test_a_decision_in_quarantine_lowers_the_appeal_rate_and_an_appeal_raises_it(council: Council) -> None:
    council.put("quarantine.appeals", [{"case_id": "1", "rule_ids": "APP_002", "lodged_date": date(2026, 3, 1)}])
    decided = {"rule_ids": "EHC_004", "request_outcome": "Y", "assessment_outcome": "Y"}
    new_year = date(2026, 1, 1)
    council.put(
        "quarantine.ehcp_timeliness",
        [
            {"request_id": "1", "request_outcome": "N", "request_outcome_date": date(2026, 2, 1)},
            {"request_id": "2", "request_outcome": "N", "request_outcome_date": date(2025, 2, 1)},
            {"request_id": "3", **decided, "assessment_outcome": "N", "assessment_outcome_date": date(2026, 2, 1)},
            # In force on 1 January and ended in the year because needs are met: two decisions.
            {
                "request_id": "4",
                **decided,
                "plan_issued_date": date(2024, 5, 1),
                "plan_ceased_date": date(2026, 5, 1),
                "cease_reason": "2",
            },
            # Ended on 1 January for another reason: in force for the last time. Issued on 1 January: not before it.
            {
                "request_id": "5",
                **decided,
                "plan_issued_date": date(2024, 5, 1),
                "plan_ceased_date": new_year,
                "cease_reason": "1",
            },
            {"request_id": "6", **decided, "plan_issued_date": new_year},
        ],
    )
    # In use: a plan that ended for a reason that is not known, and that was counted as in force.
    ended = {"plan_issued_date": date(2024, 5, 1), "plan_ceased_date": date(2026, 5, 1), "request_outcome": "Y"}
    council.put("staging.ehcp_timeliness", [{"request_id": "7", **ended}])
    (row,) = bounds(council, figure("EH11", 12, 90, YEAR))
    assert (row["quarantined"], row["denominator_left_out"]) == (1, 6)
    assert limits_of(row) == (12.5, approx(1300 / 90))


def test_a_case_in_quarantine_may_be_of_a_family_that_is_counted_already(council: Council) -> None:
    case = {"rule_ids": "CAS_005", "allocated_date": date(2025, 1, 1)}
    council.put(
        "quarantine.caseworker_allocation",
        [
            {"request_id": "1", **case},
            {"request_id": "2", **case, "ended_date": date(2025, 8, 1)},
            # Ended before the 12 months to 31 July 2026; begun after them.
            {"request_id": "3", **case, "ended_date": date(2025, 7, 31)},
            {"request_id": "4", "rule_ids": "CAS_005", "allocated_date": date(2026, 8, 1)},
        ],
    )
    (row,) = bounds(council, figure("WF5", 6, 8, TERM))
    # Two new families with one caseworker, or two of the 8 with a second one.
    assert (row["quarantined"], *limits_of(row)) == (2, 60, 100)


def test_a_senco_post_of_which_nothing_is_known_was_counted_as_not_qualified(council: Council) -> None:
    month_end = {"month_end": MAY[2]}
    senco = {"role": "senco", **month_end}
    council.put(
        "staging.workforce",
        [
            {"post_id": "1", **senco, "filled_fte": 1.0},
            {"post_id": "2", **senco},
            # Qualified; vacant; of the SEND team.
            {"post_id": "3", **senco, "filled_fte": 1.0, "is_qualified": True},
            {"post_id": "4", **senco, "filled_fte": 0.0},
            {"post_id": "5", **senco, "role": "manager"},
        ],
    )
    council.put(
        "quarantine.workforce",
        [
            {"post_id": "6", "rule_ids": "WFC_004", **senco},
            {"post_id": "7", "rule_ids": "WFC_003", **senco, "role": "not_a_code"},
            {"post_id": "8", "rule_ids": "WFC_004", **senco, "role": "manager"},
        ],
    )
    sencos, total = bounds(council, figure("WF6", 3, 8, MAY), figure("WF6", 3, 8, MAY, ("role", "senco")))
    # 3 of 8, two of them perhaps wrongly, and two left out: 1 of 6 for certain, 4 either way.
    assert (total["quarantined"], total["uncertain"], *limits_of(total)) == (2, 2, 10, 50)
    assert (sencos["quarantined"], *limits_of(sencos)) == (1, approx(100 / 9), approx(400 / 9))
