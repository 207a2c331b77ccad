"""Bounds of measures: the rows that are left out are counted by hand, and no bound leaves out its figure."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.assess.bound import limits
from pipelines.assess.left_out import COVERED, DENOMINATORS, LEFT_OUT, NO_BOUND
from pipelines.assess.left_out_groups import GROUPS
from tests.assess.bound_cells import MAY, TERM, Period, bounds, figure, register
from tests.assess.council import AS_AT, Council

CENSUS = date(2026, 1, 15)
AS_AT_DAY: Period = ("as_at", AS_AT, AS_AT)


def test_plans_in_quarantine_count_in_the_month_of_their_day_or_in_any_if_the_day_is_at_fault(council: Council) -> None:
    issued = {"plan_issued_date": date(2026, 5, 20), "assessment_outcome": "Y"}
    council.put(
        "quarantine.ehcp_timeliness",
        [
            {"request_id": "1", "rule_ids": "EHC_004", "sex": "F", **issued},
            # The plan is before the request: its day may be wrong, so it may be a plan of any month.
            {"request_id": "2", "rule_ids": "EHC_039", "sex": "M", "plan_issued_date": date(2020, 1, 1)},
            {"request_id": "3", "rule_ids": "EHC_036", "unreadable_columns": ",plan_issued_date,"},
            # Another month; no plan at all; a file that is not in use; a key that is in use from another row.
            {"request_id": "4", "rule_ids": "EHC_004", "plan_issued_date": date(2026, 6, 1)},
            {"request_id": "5", "rule_ids": "EHC_004"},
            {"request_id": "6", "file_id": "refused", **issued},
            {"request_id": "7", "rule_ids": "EHC_002", **issued},
        ],
    )
    # In use: a plan that ended and has no day of issue, received in April.
    ended = {"request_id": "8", "received_date": date(2026, 4, 2), "plan_ceased_date": date(2026, 9, 1)}
    council.put("staging.ehcp_timeliness", [{"request_id": "7", "received_date": date(2026, 1, 1)}, ended])
    girls, total = bounds(council, figure("EH1", 62, 100, MAY), figure("EH1", 30, 40, MAY, ("sex", "F")))
    assert (total["quarantined"], total["missing"]) == (3, 1)
    # 62 of 100 and 4 that are left out: 62/104 to 66/104.
    assert (total["lower_bound"], total["upper_bound"]) == (pytest.approx(6200 / 104), pytest.approx(6600 / 104))
    assert (girls["quarantined"], girls["lower_bound"], girls["upper_bound"]) == (
        1,
        pytest.approx(3000 / 41),
        pytest.approx(3100 / 41),
    )


def test_an_exception_that_is_not_known_may_take_a_plan_out(council: Council) -> None:
    plan = {"received_date": date(2026, 1, 1), "plan_issued_date": date(2026, 5, 5)}
    rows = [{"request_id": "1", **plan}, {"request_id": "2", "week20_exception": False, **plan}]
    council.put("staging.ehcp_timeliness", rows)
    # Both are in time (124 days): 2 of 4; without the first 1 of 3, which may be counted either way.
    (row,) = bounds(council, figure("EH2", 2, 4, MAY))
    assert (row["uncertain"], row["lower_bound"], row["upper_bound"]) == (1, 25, 50)


def test_a_review_without_the_day_of_its_decision_is_undecided(council: Council) -> None:
    meeting = {"review_meeting_date": date(2026, 5, 5)}
    late = {**meeting, "review_decision_date": date(2026, 8, 1)}
    council.put("staging.ehcp_timeliness", [{"request_id": "1", **meeting}, {"request_id": "2", **late}])
    (row,) = bounds(council, figure("EH8", 1, 4, MAY))
    assert (row["undecided"], row["lower_bound"], row["upper_bound"]) == (1, 25, 50)


def test_a_suspension_in_quarantine_raises_the_rate_and_a_pupil_in_quarantine_lowers_it(council: Council) -> None:
    day = date(2026, 5, 11)
    suspension = {"category": "SUSP", "start_date": day, "rule_ids": "EXC_002", "sen_provision": "K", "sessions": 3}
    council.put(
        "quarantine.exclusions",
        [
            {"child_id": "1", **suspension},
            {"child_id": "2", **suspension, "category": "not_a_code", "rule_ids": "EXC_022", "sessions": None},
            {"child_id": "3", **suspension, "category": "PERM"},
            {"child_id": "4", **suspension, "category": "LNCH"},
        ],
    )
    pupil = {"census_date": CENSUS, "sen_provision": "K"}
    council.put("staging.pupil_roll", [{"child_id": "9", **pupil}])
    pupils = [{"child_id": "1", **pupil}, {"child_id": "2", **pupil, "sen_provision": "N"}]
    council.put("quarantine.pupil_roll", [*pupils, {"child_id": "3", **pupil, "census_date": date(2025, 1, 16)}])
    found = {
        row["measure_id"]: row
        for row in bounds(
            council,
            figure("EX1", 10, 200, TERM),
            figure("EX3", 1, 200, TERM),
            figure("EX4", 8, 200, TERM),
            figure("EX5", 60, 40, TERM),
        )
    }
    assert [found[f"EX{number}"]["quarantined"] for number in (1, 3, 4, 5)] == [2, 2, 2, 93]
    assert [found[f"EX{number}"]["denominator_left_out"] for number in (1, 5)] == [2, 1]
    assert (found["EX1"]["lower_bound"], found["EX1"]["upper_bound"]) == (pytest.approx(1000 / 202), 6)
    assert (found["EX4"]["lower_bound"], found["EX4"]["upper_bound"]) == (pytest.approx(800 / 202), 5)
    # Sessions: 3 that are known, and at most 90 for the one whose number is missing.
    assert (found["EX5"]["lower_bound"], found["EX5"]["upper_bound"]) == (pytest.approx(60 / 41), 153 / 40)


def test_the_ratio_of_rates_is_bounded_by_the_bounds_of_both(council: Council) -> None:
    suspension = {"category": "SUSP", "start_date": date(2026, 5, 11), "rule_ids": "EXC_002"}
    rows = [{"child_id": f"{place}", "sen_provision": code, **suspension} for place, code in enumerate("EKNN")]
    council.put("quarantine.exclusions", rows)
    rates = [
        figure("EX1", x, n, TERM, ("sen_provision", code))
        for code, x, n in (("E", 6, 20), ("K", 8, 80), ("N", 18, 900))
    ]
    found = bounds(council, *rates, figure("EX2", 14, 2, TERM))
    (ratio,) = (row for row in found if row["measure_id"] == "EX2")
    # With SEN 14 to 16 of 100, without 18 to 20 of 900.
    assert ratio["lower_bound"] == pytest.approx(14 / (20 / 9))
    assert ratio["upper_bound"] == pytest.approx(16 / 2)
    assert ratio["quarantined"] == 4


def test_a_cycle_in_quarantine_may_be_of_a_pupil_who_is_counted_already(council: Council) -> None:
    cycle = {"rule_ids": "GRR_039", "record_date": date(2026, 3, 20)}
    council.put(
        "quarantine.graduated_response",
        [
            {"child_id": "1", "cycle_number": 1, **cycle, "review_date": date(2026, 4, 10)},
            {"child_id": "2", "cycle_number": 1, **cycle, "review_outcome": "met"},
        ],
    )
    reviewed, outcomes = bounds(council, figure("GR2", 6, 10, TERM), figure("GR3", 6, 10, TERM))
    # The first cycle was recorded before the term and reviewed in it; the second belongs to the term before.
    assert (reviewed["quarantined"], outcomes["quarantined"]) == (1, 2)
    assert (reviewed["lower_bound"], reviewed["upper_bound"]) == (pytest.approx(600 / 11), 70)
    assert (outcomes["lower_bound"], outcomes["upper_bound"]) == (50, pytest.approx(800 / 12))


def test_answers_in_quarantine_count_in_their_wave_if_they_may_be_shared(council: Council) -> None:
    council.put("reference.survey_wave", [{"wave_id": "W", "start_date": MAY[1], "end_date": MAY[2]}])
    answer = {"wave_id": "W", "respondent_role": "parent_carer", "consent_share": True, "q_listened": "4"}
    rows = [answer, answer | {"consent_share": False}, answer | {"q_listened": "9"}, answer | {"wave_id": None}]
    numbered = [{"response_id": f"{place}", "rule_ids": "SUR_010", **row} for place, row in enumerate(rows)]
    council.put("quarantine.family_survey", [*numbered, numbered[0] | {"respondent_role": "practitioner"}])
    (row,) = bounds(council, figure("CU1", 3, 8, MAY))
    assert (row["quarantined"], row["lower_bound"], row["upper_bound"]) == (2, 30, 50)


def test_an_audited_plan_without_a_grade_is_missing_and_an_item_that_does_not_apply_is_not(council: Council) -> None:
    audited = {"audited_date": MAY[1]}
    council.put("staging.plan_audit", [{"audit_id": "1", **audited}, {"audit_id": "2", "grade": "GOOD", **audited}])
    council.put("quarantine.plan_audit", [{"audit_id": "3", "adulthood_outcomes": True, **audited}])
    found = {row["measure_id"]: row for row in bounds(council, figure("EH7", 1, 2, TERM), figure("PA4", 1, 2, TERM))}
    assert [(found[name]["quarantined"], found[name]["missing"]) for name in ("EH7", "PA4")] == [(1, 1), (1, 0)]
    assert (found["EH7"]["lower_bound"], found["EH7"]["upper_bound"]) == (25, 75)


def test_an_open_request_may_be_closed_by_a_plan_whose_day_is_missing(council: Council) -> None:
    open_long = {"received_date": date(2026, 1, 1), "request_outcome": "Y"}
    council.put(
        "quarantine.ehcp_timeliness",
        [
            {"request_id": "1", **open_long},
            {"request_id": "2", "request_outcome": "A", "unreadable_columns": ",received_date,"},
            # Refused; not yet 20 weeks old; with a plan.
            {"request_id": "3", **open_long, "request_outcome": "N"},
            {"request_id": "4", **open_long, "received_date": date(2026, 9, 1)},
            {"request_id": "5", **open_long, "plan_issued_date": date(2026, 5, 1)},
        ],
    )
    reviewed = {"request_id": "6", **open_long, "review_meeting_date": date(2026, 8, 1)}
    council.put("staging.ehcp_timeliness", [reviewed, {"request_id": "7", **open_long}])
    (row,) = bounds(council, figure("EH6", 9, 20, AS_AT_DAY))
    # 9 are open for more than 20 weeks: one was perhaps reviewed as a plan, two are in quarantine.
    assert (row["quarantined"], row["uncertain"], row["lower_bound"], row["upper_bound"]) == (2, 1, 8, 11)


def test_every_measure_of_the_register_has_bounds_or_a_reason_why_not() -> None:
    covered = [rule.measure_id for rule in LEFT_OUT]
    assert len(covered) == len(set(covered))
    assert not set(COVERED) & set(NO_BOUND)
    assert {*COVERED, *NO_BOUND} == set(register())
    assert {rule.measure_id for rule in DENOMINATORS} <= set(COVERED)
    assert {rule.source for rule in (*LEFT_OUT, *DENOMINATORS)} <= set(GROUPS)


def test_rows_are_those_of_the_sources_that_the_register_names() -> None:
    sources = {rule.measure_id: set[str]() for rule in LEFT_OUT}
    for rule in (*LEFT_OUT, *DENOMINATORS):
        sources[rule.measure_id].add(rule.source)
    named = {measure: set(str(register()[measure]["source"]).split(", ")) for measure in sources}
    assert sources == named


counts = st.integers(0, 40).map(float)
KINDS = ("quarantined", "missing", "undecided", "denominator_left_out")


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([rule.measure_id for rule in LEFT_OUT]),
    st.sampled_from([MAY, TERM]),
    st.tuples(counts, counts),
    st.tuples(*[counts] * 4),
)
def test_bounds_hold_the_figure(
    measure: str, period: Period, parts: tuple[float, float], kinds: tuple[float, ...]
) -> None:
    met, rest = parts
    shown = figure(measure, met, met + rest + 1, period)
    row = shown | dict(zip(KINDS, kinds, strict=True)) | {"uncertain": min(rest, 3.0), "uncertain_met": 0.0}
    lowest, highest = limits(pa.Table.from_pylist([row]))
    assert lowest[0] <= shown["value"] <= highest[0]
