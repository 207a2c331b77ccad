"""Answers of a survey wave and its respondents."""

from datetime import date

from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.measure_rules import rule_of
from pipelines.disclosure.observation_cells import Row, add_observation
from pipelines.disclosure.survey_cells import add_lived_experience
from pipelines.disclosure.system import SystemBuilder

WAVE = (date(2026, 2, 1), date(2026, 2, 28))


def answers(breakdown: str, value: str, base: int) -> Row:
    return {
        "question_id": "q_listened",
        "wave_id": "2026-SPR-PR",
        "wave_start_date": WAVE[0],
        "wave_end_date": WAVE[1],
        "respondent_role": "practitioner",
        "area_code": "E06000058",
        "breakdown": breakdown,
        "breakdown_value": value,
        "numerator": base // 2,
        "denominator": base,
        "measure_ids": None,
    }


def respondents(role: str, responses: int) -> Row:
    return {
        "measure_id": "EV2",
        "area_code": "E06000058",
        "period_type": "wave",
        "period_start": WAVE[0],
        "period_end": WAVE[1],
        "breakdown": "respondent_role",
        "breakdown_value": role,
        "numerator": responses,
        "denominator": 100,
    }


def test_a_question_has_no_more_answers_than_there_are_respondents_of_that_kind() -> None:
    builder = SystemBuilder(Policy(5, 10))
    observed = [respondents("practitioner", 9), respondents("parent_carer", 60)]
    rules = {"EV2": rule_of("EV2", "%")}
    practitioners, _ = add_observation(builder, observed, rules)
    whole, _ = add_lived_experience(builder, [answers("total", "All", 7), answers("sex", "F", 7)], observed, rules)
    bounded = {one.total: one.parts for one in builder.sums if whole.denominator in one.parts}
    slack = f"{practitioners.numerator} over {whole.denominator}"
    assert bounded[practitioners.numerator] == (whole.denominator, slack)
    assert builder.value(slack) == 2
