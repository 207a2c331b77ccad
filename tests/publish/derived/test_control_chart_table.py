"""The control chart that partners see, against limits worked out by hand."""

from datetime import date

import pytest
from small_tables import AREA, REGISTER, figure, month, monthly

from pipelines.phases import RecordedPhase
from pipelines.publish.derived.control_chart import control_chart
from pipelines.publish.derived.figures import Figure, by_measure, headline_series

PHASE = RecordedPhase(
    measure_id="EH1",
    start=date(2023, 1, 1),
    reason="Counted in another way",
    known_cause="A new national return",
    sustained_shift="For good from then on",
    decided_by="Lead for data",
    decided_on=date(2023, 2, 1),
)


def chart(rows: tuple[Figure, ...], *phases: RecordedPhase) -> list[dict[str, object]]:
    return control_chart(headline_series(rows, REGISTER), REGISTER, by_measure(phases))


def test_limits_are_the_mean_and_two_point_six_six_moving_ranges() -> None:
    made = chart(monthly("EH1", 2024, [10, 12, 10, 12]))
    assert len(made) == 4
    # Mean 11; moving ranges 2, 2, 2; 2.66 × 2 = 5.32.
    for row in made:
        assert row["mean"] == pytest.approx(11)
        assert row["lower_process_limit"] == pytest.approx(5.68)
        assert row["upper_process_limit"] == pytest.approx(16.32)
        assert (row["signal"], row["phase"], row["is_trial_limit"]) == ("none", 1, True)
    assert [row["is_newest"] for row in made] == [False, False, False, True]


@pytest.mark.parametrize(
    ("measure_id", "signal"), [("EH1", "improvement"), ("JC3_MEDIAN", "concern"), ("GR4", "neutral")]
)
def test_a_point_above_the_limits_is_good_or_bad_by_the_direction_of_the_measure(measure_id: str, signal: str) -> None:
    first = monthly(measure_id, 2024, [10, 12] * 6)
    made = chart((*first, figure(measure_id, *month(2025, 1), 40)))
    # Ranges eleven times 2 and once 28: the 28 is screened. Mean 172 / 13 = 13.23, upper limit 13.23 + 5.32 = 18.55.
    assert made[-1]["upper_process_limit"] == pytest.approx(172 / 13 + 5.32)
    assert (made[-1]["special_cause_rule"], made[-1]["signal"]) == ("outside_limits", signal)
    assert (made[-1]["outliers_screened"], made[-1]["is_trial_limit"]) == (True, False)
    assert {row["variation"] for row in made} == {made[-1]["point_type"]}


def test_a_hidden_month_is_in_the_table_and_not_in_the_limits() -> None:
    made = chart(monthly("EH1", 2024, [10, 12, None, 10, 12]))
    hidden = made[2]
    assert (hidden["value"], hidden["point_type"], hidden["signal"]) == (None, "missing", None)
    assert hidden["mean"] == pytest.approx(11)
    assert hidden["upper_process_limit"] == pytest.approx(16.32)


def test_a_month_that_is_not_there_breaks_the_moving_range() -> None:
    january, february, april = (figure("EH1", *month(2024, n), value) for n, value in ((1, 10), (2, 12), (4, 30)))
    made = chart((january, february, april))
    assert len(made) == 3
    # Mean 52 / 3; the only moving range is 2, as March is missing before the 30.
    assert made[0]["upper_process_limit"] == pytest.approx(52 / 3 + 5.32)


def test_a_recorded_phase_has_its_own_mean_and_says_why() -> None:
    rows = (*monthly("EH1", 2022, [10, 12], first=11), *monthly("EH1", 2023, [50, 52]))
    made = chart(rows, PHASE)
    assert [row["phase"] for row in made] == [1, 1, 2, 2]
    assert [row["mean"] for row in made] == pytest.approx([11, 11, 51, 51])
    assert [row["signal"] for row in made] == ["none"] * 4
    assert made[0]["phase_reason"] is None
    assert made[2]["phase_reason"] == "Counted in another way. Cause: A new national return."
    assert (made[2]["phase_decided_by"], made[2]["phase_decided_on"]) == ("Lead for data", date(2023, 2, 1))


def test_a_phase_before_the_series_begins_starts_nothing() -> None:
    made = chart(monthly("EH1", 2023, [50, 52]), PHASE)
    assert [(row["phase"], row["phase_reason"]) for row in made] == [(1, None), (1, None)]


def test_survey_waves_that_are_not_one_series_have_no_chart() -> None:
    waves = [figure("CU1", *month(2024, n), 40.0 + n, period_type="wave") for n in (2, 6, 11)]
    assert REGISTER["CU1"].break_in_series
    assert chart(tuple(waves)) == []
    asked_alike = REGISTER | {"CU1": REGISTER["CU1"].model_copy(update={"break_in_series": None})}
    made = control_chart(headline_series(waves, asked_alike), asked_alike, {})
    assert [row["period_type"] for row in made] == ["wave"] * 3


def test_terms_are_one_step_apart_over_the_year() -> None:
    terms = [(date(2023, 8, 1), 10), (date(2024, 1, 1), 12), (date(2024, 4, 1), 10), (date(2025, 1, 1), 30)]
    made = chart(tuple(figure("EX1", start, start, value, period_type="term") for start, value in terms))
    # Autumn 2024 is missing: ranges 2 and 2 only; mean 62 / 4 = 15.5.
    assert made[0]["mean"] == pytest.approx(15.5)
    assert made[0]["upper_process_limit"] == pytest.approx(15.5 + 5.32)


def test_the_headline_is_the_kind_of_period_that_has_figures() -> None:
    hidden = monthly("EH1", 2024, [None, None])
    year = figure("EH1", date(2024, 1, 1), date(2024, 12, 31), 60.0, period_type="calendar_year")
    by_sex = figure("EH1", *month(2024, 3), 61.0, breakdown=("sex", "F"))
    assert headline_series((*hidden, year, by_sex), REGISTER) == {("EH1", AREA): (year,)}
