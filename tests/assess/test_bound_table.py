"""Bounds of measures: the rows that are left out are counted by hand, and no bound leaves out its figure."""

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.assess.bound import limits
from pipelines.assess.left_out import LEFT_OUT
from pipelines.assess.left_out_groups import GROUPS
from pipelines.reference import load_register
from tests.assess.council import ASSESSED, Council

MAY = (date(2026, 5, 1), date(2026, 5, 31))
TERM = (date(2026, 4, 1), date(2026, 7, 31))
CENSUS = date(2026, 1, 15)
IN_USE = {"file_id": "f1", "source": "any", "supplier": "any", "status": "current"}


def figure(
    measure: str, numerator: float, denominator: float, group: tuple[str, str] = ("total", "All"), per: float = 100
) -> dict[str, object]:
    start, end = TERM if measure[:2] in ("EX", "GR") and measure not in ("GR4", "GR7") else MAY
    return {
        "measure_id": measure,
        "period_type": "month" if start == MAY[0] else "term",
        "period_start": start,
        "period_end": end,
        "breakdown": group[0],
        "breakdown_value": group[1],
        "unit": "%",
        "numerator": numerator,
        "denominator": denominator,
        "value": per * numerator / denominator,
    }


def bounds(council: Council, *figures: dict[str, object]) -> list[dict[str, object]]:
    council.put("core.reconciliation", [IN_USE])
    council.give("measures.assessed", pa.Table.from_pylist([*figures], ASSESSED))
    return council.rows_of("bound", "core.area", "core.pupil", "core.child")


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
    girls, total = bounds(council, figure("EH1", 62, 100), figure("EH1", 30, 40, ("sex", "F")))
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
    (row,) = bounds(council, figure("EH2", 2, 4))
    assert (row["uncertain"], row["lower_bound"], row["upper_bound"]) == (1, 25, 50)


def test_a_review_without_the_day_of_its_decision_is_undecided(council: Council) -> None:
    meeting = {"review_meeting_date": date(2026, 5, 5)}
    late = {**meeting, "review_decision_date": date(2026, 8, 1)}
    council.put("staging.ehcp_timeliness", [{"request_id": "1", **meeting}, {"request_id": "2", **late}])
    (row,) = bounds(council, figure("EH8", 1, 4))
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
            figure("EX1", 10, 200),
            figure("EX3", 1, 200),
            figure("EX4", 8, 200),
            figure("EX5", 60, 40, per=1),
        )
    }
    assert [found[f"EX{number}"]["quarantined"] for number in (1, 3, 4, 5)] == [2, 2, 2, 93]
    assert [found[f"EX{number}"]["roll_quarantined"] for number in (1, 5)] == [2, 1]
    assert (found["EX1"]["lower_bound"], found["EX1"]["upper_bound"]) == (pytest.approx(1000 / 202), 6)
    assert (found["EX4"]["lower_bound"], found["EX4"]["upper_bound"]) == (pytest.approx(800 / 202), 5)
    # Sessions: 3 that are known, and at most 90 for the one whose number is missing.
    assert (found["EX5"]["lower_bound"], found["EX5"]["upper_bound"]) == (pytest.approx(60 / 41), 153 / 40)


def test_the_ratio_of_rates_is_bounded_by_the_bounds_of_both(council: Council) -> None:
    suspension = {"category": "SUSP", "start_date": date(2026, 5, 11), "rule_ids": "EXC_002"}
    rows = [{"child_id": f"{place}", "sen_provision": code, **suspension} for place, code in enumerate("EKNN")]
    council.put("quarantine.exclusions", rows)
    rates = [
        figure("EX1", x, n, ("sen_provision", code)) for code, x, n in (("E", 6, 20), ("K", 8, 80), ("N", 18, 900))
    ]
    found = bounds(council, *rates, figure("EX2", 14, 2, per=1))
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
    reviewed, outcomes = bounds(council, figure("GR2", 6, 10), figure("GR3", 6, 10))
    # The first cycle was recorded before the term and reviewed in it; the second belongs to the term before.
    assert (reviewed["quarantined"], outcomes["quarantined"]) == (1, 2)
    assert (reviewed["lower_bound"], reviewed["upper_bound"]) == (pytest.approx(600 / 11), 70)
    assert (outcomes["lower_bound"], outcomes["upper_bound"]) == (50, pytest.approx(800 / 12))


def test_answers_in_quarantine_count_in_their_wave_if_they_may_be_shared(council: Council) -> None:
    council.put("reference.survey_wave", [{"wave_id": "W", "start_date": MAY[0], "end_date": MAY[1]}])
    answer = {"wave_id": "W", "respondent_role": "parent_carer", "consent_share": True, "q_listened": "4"}
    rows = [answer, answer | {"consent_share": False}, answer | {"q_listened": "9"}, answer | {"wave_id": None}]
    numbered = [{"response_id": f"{place}", "rule_ids": "SUR_010", **row} for place, row in enumerate(rows)]
    council.put("quarantine.family_survey", [*numbered, numbered[0] | {"respondent_role": "practitioner"}])
    (row,) = bounds(council, figure("CU1", 3, 8))
    assert (row["quarantined"], row["lower_bound"], row["upper_bound"]) == (2, 30, 50)


def test_an_audited_plan_without_a_grade_is_missing_and_an_item_that_does_not_apply_is_not(council: Council) -> None:
    audited = {"audited_date": MAY[0]}
    council.put("staging.plan_audit", [{"audit_id": "1", **audited}, {"audit_id": "2", "grade": "GOOD", **audited}])
    council.put("quarantine.plan_audit", [{"audit_id": "3", "adulthood_outcomes": True, **audited}])
    found = {row["measure_id"]: row for row in bounds(council, figure("EH7", 1, 2), figure("PA4", 1, 2))}
    assert [(found[name]["quarantined"], found[name]["missing"]) for name in ("EH7", "PA4")] == [(1, 1), (1, 0)]
    assert (found["EH7"]["lower_bound"], found["EH7"]["upper_bound"]) == (25, 75)


def test_every_covered_measure_is_in_the_register_and_every_source_has_its_groups() -> None:
    known = {str(entry["id"]) for entry in load_register()}
    covered = [rule.measure_id for rule in LEFT_OUT]
    assert len(covered) == len(set(covered))
    assert set(covered) <= known
    assert {rule.source for rule in LEFT_OUT} <= set(GROUPS)
    assert {"EH1", "EH2", "EH3", "EX1", "EX3", "EX4", "EX5", "GR2", "GR3", "GR4", "GR6", "GR7"} <= set(covered)


counts = st.integers(0, 40).map(float)
KINDS = ("quarantined", "missing", "undecided", "roll_quarantined")


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([rule.measure_id for rule in LEFT_OUT]), st.tuples(counts, counts), st.tuples(*[counts] * 4))
def test_bounds_hold_the_figure(measure: str, parts: tuple[float, float], kinds: tuple[float, ...]) -> None:
    met, rest = parts
    shown = figure(measure, met, met + rest + 1, per=1 if measure == "EX5" else 100)
    row = shown | dict(zip(KINDS, kinds, strict=True)) | {"uncertain": min(rest, 3.0), "uncertain_met": 0.0}
    lowest, highest = limits(pa.Table.from_pylist([row]))
    assert lowest[0] <= shown["value"] <= highest[0]
