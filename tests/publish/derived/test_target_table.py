"""On track, off track or cannot say; and whether a change is more than noise."""

from datetime import date

import pytest
from small_tables import AREA, REGISTER, figure, month, with_target

from pipelines.phases import RecordedPhase
from pipelines.publish.derived.figures import Figure, headline_series
from pipelines.publish.derived.target import target, trajectory
from pipelines.register import Measure

RISING = with_target("EH1", (40.0, "2023"), 80.0, date(2025, 12, 31))
# From 31 December 2023 to 31 December 2024 are 366 of 731 days: 40 + 40 × 366 / 731.
EXPECTED = 60.0274
DECEMBER = month(2024, 12)


def row_of(*figures: Figure, measure: Measure = RISING, phases: tuple[RecordedPhase, ...] = ()) -> dict[str, object]:
    register = {measure.id: measure}
    made = target(headline_series(figures, register), {AREA}, register, {measure.id: phases})
    assert len(made) == 1
    return made[0]


def test_the_trajectory_is_a_straight_line_to_the_day_of_the_target_and_flat_after_it() -> None:
    assert trajectory(RISING, date(2023, 12, 30)) is None
    assert trajectory(RISING, date(2023, 12, 31)) == 40
    assert trajectory(RISING, date(2024, 12, 31)) == pytest.approx(EXPECTED, abs=1e-4)
    assert trajectory(RISING, date(2026, 12, 31)) == 80
    school_year = with_target("EX1", (10.0, "2022/23"), 5.0, date(2024, 7, 31))
    assert trajectory(school_year, date(2023, 7, 31)) == 10
    assert trajectory(with_target("EH1", (None, None), 80.0, date(2025, 12, 31)), date(2024, 1, 1)) is None


@pytest.mark.parametrize(
    ("limits", "status"), [((60.1, 70.0), "on track"), ((52.2, 70.9), "cannot say"), ((50.0, 60.0), "off track")]
)
def test_the_interval_must_lie_on_one_side_of_the_trajectory(limits: tuple[float, float], status: str) -> None:
    row = row_of(figure("EH1", *DECEMBER, 58.0, limits=limits))
    assert row["trajectory"] == pytest.approx(EXPECTED, abs=1e-4)
    assert row["status"] == status
    assert "60.0 expected by 2024-12-31" in str(row["reason"])


@pytest.mark.parametrize(("limits", "status"), [((12.0, 14.0), "off track"), ((6.0, 7.0), "on track")])
def test_less_is_better_where_the_direction_is_down(limits: tuple[float, float], status: str) -> None:
    measure = with_target("EX4", (10.0, "2023"), 10.0, date(2025, 12, 31))
    row = row_of(
        figure("EX4", date(2024, 8, 1), date(2024, 12, 31), 9.0, limits=limits, period_type="term"), measure=measure
    )
    assert row["status"] == status


def test_what_cannot_be_said_comes_with_its_reason() -> None:
    shown = figure("EH1", *DECEMBER, 90.0, limits=(85.0, 95.0))
    reasons = {
        "no figure": row_of()["reason"],
        "hidden": row_of(figure("EH1", *DECEMBER, None, status="c"))["reason"],
        "no target": row_of(shown, measure=with_target("EH1", (40.0, "2023"), None, None))["reason"],
        "no baseline": row_of(shown, measure=with_target("EH1", (None, None), 80.0, date(2025, 12, 31)))["reason"],
        "too early": row_of(figure("EH1", *month(2023, 6), 90.0, limits=(85.0, 95.0)))["reason"],
        "low base": row_of(figure("EH1", *DECEMBER, 90.0, limits=(85.0, 95.0), status="u"))["reason"],
        "no interval": row_of(figure("EH1", *DECEMBER, 90.0))["reason"],
        "context": row_of(
            figure("GR4", *DECEMBER, 90.0, limits=(85.0, 95.0)),
            measure=with_target("GR4", (4.0, "2023"), 8.0, date(2025, 1, 1)),
        )["reason"],
    }
    assert len(set(reasons.values())) == len(reasons)
    assert "has not set a target" in str(reasons["no target"])
    assert "withheld" in str(reasons["hidden"])


def test_the_newest_shown_figure_counts_and_the_hidden_ones_after_it_are_named() -> None:
    row = row_of(figure("EH1", *DECEMBER, 90.0, limits=(85.0, 95.0)), figure("EH1", *month(2025, 1), None, status="c"))
    assert (row["value"], row["status"], row["period_label"]) == (90.0, "on track", "December 2024")
    assert "Newer figures, up to January 2025, are withheld." in str(row["reason"])


def test_a_change_of_a_percentage_has_newcombes_interval() -> None:
    # Newcombe 1998, table II, method 10: 56/70 less 48/80 is 0.2, from 0.0524 to 0.3339.
    before = figure("EH1", *month(2024, 11), 60.0, (48, 80))
    row = row_of(before, figure("EH1", *DECEMBER, 80.0, (56, 70)))
    assert row["change"] == pytest.approx(20)
    assert row["change_lower_95"] == pytest.approx(5.24, abs=0.005)
    assert row["change_upper_95"] == pytest.approx(33.39, abs=0.005)
    assert (row["is_change_beyond_noise"], row["previous_period_label"]) == (True, "November 2024")


def test_58_after_62_percent_of_a_hundred_is_noise() -> None:
    row = row_of(figure("EH1", *month(2024, 11), 62.0, (62, 100)), figure("EH1", *DECEMBER, 58.0, (58, 100)))
    assert row["change"] == pytest.approx(-4)
    assert row["is_change_beyond_noise"] is False


def test_a_change_of_a_rate_is_per_its_multiplier() -> None:
    terms = (date(2024, 8, 1), date(2025, 1, 1))
    few, many = (
        figure("EX1", start, start, 100 * x / 1000, (x, 1000), period_type="term")
        for start, x in zip(terms, (20, 80), strict=True)
    )
    row = row_of(few, many, measure=REGISTER["EX1"])
    # 8 less 2 per 100 pupils. Byar's limits of 80 are 63.43 and 99.57, of 20 they are 12.21 and 30.89, so that
    # 60 - √((80 - 63.43)² + (30.89 - 20)²) = 40.2 and 60 + √((99.57 - 80)² + (20 - 12.21)²) = 81.1 per 1,000.
    assert row["change"] == pytest.approx(6)
    assert row["change_lower_95"] == pytest.approx(4.02, abs=0.01)
    assert row["change_upper_95"] == pytest.approx(8.11, abs=0.01)


def test_nothing_is_compared_across_a_break_in_the_series() -> None:
    phase = RecordedPhase(
        measure_id="EH1", start=date(2024, 12, 1), reason="Another way of counting", known_cause="A new return",
        sustained_shift="For good from then on", decided_by="Lead for data", decided_on=date(2025, 1, 1),
    )  # fmt: skip
    row = row_of(
        figure("EH1", *month(2024, 11), 62.0, (62, 100)), figure("EH1", *DECEMBER, 58.0, (58, 100)), phases=(phase,)
    )
    assert (row["change"], row["is_change_beyond_noise"]) == (None, None)
    assert "breaks" in str(row["change_reason"])


def test_a_figure_without_counts_has_a_change_and_no_verdict_on_it() -> None:
    row = row_of(figure("EH5", *month(2024, 11), 20.0), figure("EH5", *DECEMBER, 30.0), measure=REGISTER["EH5"])
    assert (row["change"], row["change_lower_95"], row["is_change_beyond_noise"]) == (10.0, None, None)
