"""The area beside England, its region, its neighbours and its own past."""

from datetime import date

import pytest
from small_tables import AREA, ENGLAND, REGION, REGISTER, published

from pipelines.phases import RecordedPhase
from pipelines.publish.derived.benchmark import benchmark
from pipelines.publish.derived.published import PublishedFigure

OWN = published("own", AREA, 30.0, (30, 100))


def only(rows: list[PublishedFigure], *phases: RecordedPhase) -> dict[str, object]:
    made = benchmark(rows, REGISTER, {"EH1": phases})
    assert len(made) == 1
    return made[0]


@pytest.mark.parametrize(("role", "area_code"), [("england", ENGLAND), ("region", REGION)])
def test_the_area_is_taken_out_of_the_whole_that_holds_it(role: str, area_code: str) -> None:
    row = only([OWN, published(role, area_code, 50.0, (300, 600))])
    # The rest is 270 of 500 = 54 %. Wilson limits: of 30/100 21.90 and 39.58, of 270/500 49.62 and 58.32.
    # Own less rest: -24 - √(8.10² + 4.32²) = -33.18 and -24 + √(9.58² + 4.38²) = -13.47; times 500/600.
    assert (row["comparator"], row["difference"]) == (role, -20)
    assert row["lower_95"] == pytest.approx(-27.65, abs=0.02)
    assert row["upper_95"] == pytest.approx(-11.22, abs=0.02)
    assert (row["is_beyond_noise"], row["judgement"]) == (True, "worse")


def test_of_the_neighbours_the_median_is_taken_as_it_stands() -> None:
    others = [published("neighbour", f"E0600000{n}", value) for n, value in enumerate((10.0, 25.0, 60.0))]
    row = only([OWN, *others, published("neighbour", "E06000009", None)])
    # Own Wilson limits 21.90 and 39.58, less 25.
    assert (row["comparator_value"], row["comparator_name"], row["difference"]) == (25, "3 neighbours", 5)
    assert row["lower_95"] == pytest.approx(-3.10, abs=0.01)
    assert row["upper_95"] == pytest.approx(14.58, abs=0.01)
    assert (row["judgement"], row["interval_basis"]) == (
        "no clear difference",
        "own figure only: the other is taken as it stands",
    )


def test_the_own_past_is_the_year_before() -> None:
    # Newcombe 1998, table II, method 10: 56/70 less 48/80 is 0.2, from 0.0524 to 0.3339.
    now, before = published("own", AREA, 80.0, (56, 70)), published("own", AREA, 60.0, (48, 80), year="2023")
    row = only([now, before])
    assert (row["comparator"], row["comparator_name"], row["period_label"]) == ("own_previous", "2023", "2024")
    assert row["difference"] == pytest.approx(20)
    assert row["lower_95"] == pytest.approx(5.24, abs=0.005)
    assert row["upper_95"] == pytest.approx(33.39, abs=0.005)
    assert row["judgement"] == "better"


def test_neither_a_gap_of_a_year_nor_a_break_in_the_series_is_compared_across() -> None:
    now, long_ago = published("own", AREA, 80.0, (56, 70)), published("own", AREA, 60.0, (48, 80), year="2022")
    assert benchmark([now, long_ago], REGISTER, {}) == []
    phase = RecordedPhase(
        measure_id="EH1", start=date(2024, 1, 1), reason="Another way of counting", known_cause="A new return",
        sustained_shift="For good from then on", decided_by="Lead for data", decided_on=date(2025, 1, 1),
    )  # fmt: skip
    before = published("own", AREA, 60.0, (48, 80), year="2023")
    assert benchmark([now, before], REGISTER, {"EH1": (phase,)}) == []


def test_without_counts_there_is_a_difference_and_no_verdict() -> None:
    row = only([published("own", AREA, 30.0), published("england", ENGLAND, 50.0)])
    assert (row["difference"], row["lower_95"], row["is_beyond_noise"], row["judgement"]) == (
        -20,
        None,
        None,
        "cannot say",
    )


def test_counts_that_do_not_make_the_value_are_not_used() -> None:
    row = only([published("own", AREA, 30.0, (31, 100)), published("england", ENGLAND, 50.0, (300, 600))])
    assert row["lower_95"] is None


def test_a_measure_that_is_not_in_the_register_is_higher_or_lower() -> None:
    own = published("own", AREA, 30.0, (30, 100), measure_id="OTHER")
    row = only([own, published("england", ENGLAND, 50.0, (300, 600), measure_id="OTHER")])
    assert row["judgement"] == "lower"


def test_rates_are_compared_per_what_they_are_printed() -> None:
    own = published("own", AREA, 8.0, (80, 1000), unit="per 100 pupils", measure_id="EX1")
    row = only([own, published("own", AREA, 2.0, (20, 1000), year="2023", unit="per 100 pupils", measure_id="EX1")])
    # As in the table target: 4.02 to 8.11 per 100.
    assert row["lower_95"] == pytest.approx(4.02, abs=0.01)
    assert row["upper_95"] == pytest.approx(8.11, abs=0.01)
    assert row["judgement"] == "worse"
