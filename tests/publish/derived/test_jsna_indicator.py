"""The figures as public health teams load them."""

from datetime import date

import pytest
from small_tables import AREA, ENGLAND, REGION, REGISTER, figure, published, with_target

from pipelines.phases import RecordedPhase
from pipelines.publish.derived.figures import Figure
from pipelines.publish.derived.jsna_indicator import Names, jsna_indicator
from pipelines.publish.derived.jsna_labels import sortable
from pipelines.publish.derived.published import PublishedFigure
from pipelines.publish.shared_contract import load_shared_contract

WARD = "E05012651"
NAMES = Names(
    {("primary_need", "ASD"): "Autistic spectrum disorder", ("ethnicity_group", "WHITE"): "White"},
    {AREA: "The area", WARD: "The ward", ENGLAND: "England", REGION: "South West"},
    {AREA: REGION},
)
QUINTILES = "Deprivation quintiles in England (IMD2019)"
# The columns of a Fingertips download, in its order.
DOWNLOAD = (
    "Indicator ID,Indicator Name,Parent Code,Parent Name,Area Code,Area Name,Area Type,Sex,Age,Category Type,Category,"
    "Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,Lower CI 99.8 limit,Upper CI 99.8 limit,Count,Denominator,"
    "Value note,Recent Trend,Compared to England value or percentiles,Column not used,Time period Sortable,New data,"
    "Compared to goal,Time period range"
)


def year_of(
    year: int, value: float | None, limits: tuple[float | None, float | None] = (None, None), measure_id: str = "EH1",
    breakdown: tuple[str, str] = ("total", "All"), status: str | None = None,
) -> Figure:  # fmt: skip
    days = date(year, 1, 1), date(year, 12, 31)
    return figure(
        measure_id, *days, value, limits=limits, period_type="calendar_year", breakdown=breakdown, status=status
    )


def made(
    *figures: Figure, comparison: tuple[PublishedFigure, ...] = (), phases: tuple[RecordedPhase, ...] = ()
) -> list[dict[str, object]]:
    return jsna_indicator(figures, comparison, REGISTER, {"EH1": phases}, NAMES)


def test_the_csv_has_the_columns_of_a_fingertips_download() -> None:
    table = load_shared_contract().table("jsna_indicator")
    assert ",".join(column.header for column in table.columns) == DOWNLOAD
    assert set(made(year_of(2024, 50.0))[0]) == {column.name for column in table.columns}


@pytest.mark.parametrize(
    ("breakdown", "expected"),
    [
        (("total", "All"), (AREA, "Persons", "All ages", None, None)),
        (("sex", "F"), (AREA, "Female", "All ages", None, None)),
        (("age_band", "5_10"), (AREA, "Persons", "5-10 yrs", None, None)),
        (("ward", WARD), (WARD, "Persons", "All ages", None, None)),
        (("ward", "Unknown"), (AREA, "Persons", "All ages", "Ward", "Not recorded")),
        (("primary_need", "ASD"), (AREA, "Persons", "All ages", "Primary type of need", "Autistic spectrum disorder")),
        (("ethnicity_group", "Unknown"), (AREA, "Persons", "All ages", "Ethnic groups", "Not recorded")),
        (("imd_quintile", "1"), (AREA, "Persons", "All ages", QUINTILES, "Most deprived quintile")),
    ],
)  # fmt: skip
def test_every_breakdown_has_its_columns(breakdown: tuple[str, str], expected: tuple[str | None, ...]) -> None:
    (row,) = made(year_of(2024, 50.0, breakdown=breakdown))
    assert tuple(row[name] for name in ("area_code", "sex", "age", "category_type", "category")) == expected


def test_a_ward_lies_in_the_area_and_the_area_in_its_region() -> None:
    ward, area = made(year_of(2024, 50.0, breakdown=("ward", WARD)), year_of(2024, 50.0))
    assert [ward[name] for name in ("area_name", "area_type", "parent_code", "parent_name")] == [
        "The ward", "Ward", AREA, "The area",
    ]  # fmt: skip
    assert [area[name] for name in ("area_type", "parent_name")] == ["Counties & UAs (from Apr 2023)", "South West"]


def test_a_suppressed_value_has_a_note_and_no_number() -> None:
    (row,) = made(year_of(2024, None, status="c"))
    assert row["value_note"] == "Value suppressed for disclosure control due to small count"
    assert [row[name] for name in ("value", "count", "denominator", "lower_95", "upper_998")] == [None] * 5


@pytest.mark.parametrize(
    ("measure_id", "limits", "words"),
    [
        ("EH1", (51.0, 60.0), "Better 95%"),
        ("EH1", (40.0, 60.0), "Similar"),
        ("EH1", (40.0, 49.0), "Worse 95%"),
        ("EX4", (51.0, 60.0), "Worse 95%"),
        ("GR4", (51.0, 60.0), "Higher 95%"),
        ("EH1", (None, None), "Not compared"),
    ],
)
def test_compared_to_england_is_by_the_own_interval_and_the_direction(
    measure_id: str, limits: tuple[float | None, float | None], words: str
) -> None:
    england = published("england", ENGLAND, 50.0, measure_id=measure_id)
    rows = made(year_of(2024, 45.0, limits, measure_id), comparison=(england,))
    assert [row["compared_to_england"] for row in rows if row["area_code"] == AREA] == [words]


def test_a_figure_of_another_year_than_englands_is_not_compared() -> None:
    rows = made(year_of(2023, 45.0, (40.0, 49.0)), comparison=(published("england", ENGLAND, 50.0),))
    assert [row["compared_to_england"] for row in rows if row["area_code"] == AREA] == ["Not compared"]


def test_england_and_the_region_come_with_limits_from_their_published_counts() -> None:
    england, region = published("england", ENGLAND, 50.0, (300, 600)), published("region", REGION, 30.0, (30, 100))
    rows = made(comparison=(england, region))
    assert [(row["area_type"], row["parent_name"], row["compared_to_england"]) for row in rows] == [
        ("England", None, "Not compared"),
        ("Regions (statistical)", "England", "Worse 95%"),
    ]
    # Wilson limits of 30/100.
    assert rows[1]["lower_95"] == pytest.approx(21.90, abs=0.01)
    assert rows[1]["upper_95"] == pytest.approx(39.58, abs=0.01)


def test_the_trend_stands_in_the_newest_year_and_never_runs_over_a_break() -> None:
    rising = [
        year_of(year, value, (value - 4, value + 4))
        for year, value in zip(range(2020, 2025), (30, 40, 50, 60, 70), strict=True)
    ]
    # Slope 10 a year; standard error 8 / 3.92 = 2.04; chi-squared 10² × 10 / 2.04² = 240, over 9.55.
    assert [row["recent_trend"] for row in made(*rising)] == [None] * 4 + ["Increasing and getting better"]
    phase = RecordedPhase(
        measure_id="EH1", start=date(2022, 1, 1), reason="Another way of counting", known_cause="A new return",
        sustained_shift="For good from then on", decided_by="Lead for data", decided_on=date(2025, 1, 1),
    )  # fmt: skip
    assert made(*rising, phases=(phase,))[-1]["recent_trend"] == "Cannot be calculated"
    flat = [year_of(year, 50.0, (46.0, 54.0)) for year in range(2020, 2025)]
    assert made(*flat)[-1]["recent_trend"] == "No significant change"
    assert made(*rising[1:])[-1]["recent_trend"] == "Cannot be calculated"


def test_the_goal_is_the_target_of_the_register() -> None:
    register = {"EH1": with_target("EH1", (40.0, "2023"), 80.0, date(2025, 12, 31))}
    rows = jsna_indicator([year_of(2024, 60.0, (55.0, 65.0))], (), register, {}, NAMES)
    assert rows[0]["compared_to_goal"] == "Worse 95%"
    assert made(year_of(2024, 60.0, (55.0, 65.0)))[0]["compared_to_goal"] is None


def test_periods_sort_by_a_number() -> None:
    assert sortable("academic_year", date(2023, 8, 1)) == 20230000
    assert sortable("month", date(2024, 3, 1)) == 20240300
    assert sortable("as_at", date(2024, 3, 9)) == 20240309
