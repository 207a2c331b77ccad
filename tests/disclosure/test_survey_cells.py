"""Answers of a survey wave and its respondents."""

from datetime import date

from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.measure_rules import rule_of
from pipelines.disclosure.observation_cells import Row, add_observation
from pipelines.disclosure.survey_cells import add_lived_experience
from pipelines.disclosure.system import SystemBuilder

WAVE = (date(2026, 2, 1), date(2026, 2, 28))


def answers(breakdown: str, value: str, base: int, question: str = "q_listened") -> Row:
    return {
        "question_id": question,
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


def system_of(responses: int, *rows: Row) -> tuple[SystemBuilder, str, list[str]]:
    """The system, the count of respondents, and the bases of the rows."""
    builder = SystemBuilder(Policy(5, 10))
    observed = [respondents("practitioner", responses), respondents("parent_carer", 60)]
    rules = {"EV2": rule_of("EV2", "%")}
    practitioners, _ = add_observation(builder, observed, rules)
    found = add_lived_experience(builder, rows, observed, rules)
    return builder, practitioners.numerator, [counts.denominator for counts in found]


def limits(builder: SystemBuilder, upper: str, lower: str) -> bool:
    """Whether the system says that `lower` is at most `upper`."""
    return any(one.total == upper and lower in one.parts for one in builder.sums)


def test_a_group_has_no_more_answers_to_any_question_than_respondents_and_all_groups_no_more_than_ev2() -> None:
    builder, everybody, bases = system_of(
        15,
        answers("sex", "F", 7),
        answers("sex", "M", 5),
        answers("sex", "F", 9, "q_trust"),
        answers("total", "All", 12),
    )
    women, men, all_of_them = (
        next(name for name in builder.cells if name.startswith("respondents") and name.endswith(group))
        for group in ("sex F", "sex M", "total All")
    )
    assert limits(builder, women, bases[0]) and limits(builder, women, bases[2]) and limits(builder, men, bases[1])
    assert not limits(builder, men, bases[0])
    assert limits(builder, everybody, women) and limits(builder, everybody, men)
    assert limits(builder, everybody, all_of_them) and limits(builder, all_of_them, bases[3])
    assert [builder.value(name) for name in (women, men, all_of_them)] == [9, 5, 12]
    assert all(builder.cells[people].threshold == 0 for people in (women, men, all_of_them))


def test_no_respondents_no_tie() -> None:
    builder, _, _ = system_of(15, answers("sex", "F", 7) | {"respondent_role": "child_young_person"})
    assert not any(name.startswith("respondents") for name in builder.cells)
