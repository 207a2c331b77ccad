"""Every figure of BCP's reference table, typed out, must come out of the comparison table made from the real files."""

from typing import TypeAlias

import pytest

from tests.published.conftest import BCP, ENGLAND, SOUTH_WEST, Published

Cell: TypeAlias = float | str

CALENDAR: dict[str, dict[str, Cell]] = {
    "EH1": {"2019": 88.7, "2020": 19.3, "2021": 27.0, "2022": 6.7, "2023": 4.8, "2024": 74.1, "2025": 70.1},
    "EH2": {"2019": 91.3, "2020": 21.9, "2021": 31.2, "2022": 7.3, "2023": 4.8, "2024": 77.6, "2025": 69.0},
    "EHCP_PLANS_OVER_1_YEAR": {"2019": "x", "2020": "x", "2021": "x", "2022": "x", "2023": 5, "2024": 42},
    "EHCP_REQUESTS": {"2019": 541, "2020": 481, "2021": 592, "2022": 837, "2023": 903, "2024": 1230},
    "EHCP_REQUESTS_REFUSED": {"2019": 114, "2020": 101, "2021": 79, "2022": 95, "2023": 354, "2024": 295},
    "EH3": {"2019": "x", "2020": "x", "2021": "x", "2022": "x", "2023": 50.9, "2024": 98.2},
    "EHCP_ASSESSMENTS_ISSUE": {"2019": 344, "2020": 277, "2021": 507, "2022": 407, "2023": 314, "2024": 925},
    "EHCP_ASSESSMENTS_NOT_ISSUE": {"2019": 18, "2020": 16, "2021": 25, "2022": 24, "2023": 51, "2024": 170},
    "SEND_APPEALS_REGISTERED": {"2019": 29, "2020": 21, "2021": 35, "2022": 35, "2023": 89, "2024": 145},
    "SEND_APPEAL_RATE": {"2019": 1.1, "2020": 0.8, "2021": 1.1, "2022": 1.0, "2023": 2.1, "2024": 2.9},
    "SEND_APPEAL_RATE_NEW_METHOD": {"2024": 4.4},
    "EHCP_PLANS_CEASED": {"2022": 258, "2023": 306, "2024": 447},
    "EHCP_AVERAGE_WEEKS": {"2025": 18.4},
    "EHCP_AVERAGE_WEEKS_EXCLUDING": {"2025": 17.4},
    "ANNUAL_REVIEWS_EXPECTED": {"2024": 3379},
    "EH8": {"2024": 10.6},
    "EHCP_CASES_DURING_YEAR": {"2024": 1034},
}
FRACTIONS: dict[str, dict[str, tuple[int, int]]] = {
    "EH1": {
        "2019": (305, 344), "2020": (51, 264), "2021": (123, 455), "2022": (26, 386), "2023": (13, 273),
        "2024": (581, 784), "2025": (460, 656),
    },
    "EH2": {
        "2019": (305, 334), "2020": (51, 233), "2021": (123, 394), "2022": (26, 356), "2023": (13, 273),
        "2024": (493, 635), "2025": (423, 613),
    },
    "EH3": {"2023": (508, 998), "2024": (1157, 1178)},
    "ANNUAL_REVIEW_MEETINGS": {"2024": (3281, 3379)},
    "EH8": {"2024": (179, 1684)},
}  # fmt: skip
# Stocks are counted on the census day in January of the academic year: 2024/25 is January 2025.
JANUARY: dict[str, dict[str, Cell]] = {
    "EHCP_CASELOAD": {
        "2019/20": 2448, "2020/21": 2627, "2021/22": 3063, "2022/23": 3266, "2023/24": 3769, "2024/25": 4432,
    },
    "PRIMARY_NEED_ASD": {"2024/25": 1356},
    "PRIMARY_NEED_SEMH": {"2024/25": 1095},
    "PRIMARY_NEED_SLCN": {"2024/25": 913},
    "PRIMARY_NEED_MLD": {"2024/25": 452},
    "PERSONAL_BUDGETS": {"2024/25": 21},
    "WORK_BASED_PLACEMENTS": {"2024/25": 36},
}  # fmt: skip
# The interactive tool publishes more decimals than the reference table: figure, decimals.
LAIT: dict[str, tuple[int, dict[str, float]]] = {
    "EX1": (2, {"2019/20": 5.90, "2020/21": 5.68, "2021/22": 8.79, "2022/23": 10.96, "2023/24": 13.88}),
    "EX3": (3, {"2019/20": 0.117, "2020/21": 0.093, "2021/22": 0.144, "2022/23": 0.225, "2023/24": 0.172}),
    "EX4": (2, {"2019/20": 2.24, "2020/21": 2.36, "2021/22": 3.09, "2022/23": 3.48, "2023/24": 4.03}),
    "EX6": (
        2, {"2020/21": 10.89, "2021/22": 22.26, "2022/23": 20.11, "2023/24": 18.78, "2024/25": 16.56},
    ),
    "EX6_SEVERE": (2, {"2024/25": 2.23}),
    "PUPILS_EHC_PLAN": (1, {"2024/25": 5.8}),
    "GR1": (1, {"2024/25": 14.2}),
    "GR5_A8": (1, {"2024/25": 40.0}),
    "ATTAINMENT_8_EHC_PLAN": (1, {"2024/25": 14.4}),
    "PA1": (1, {"2022/23": 90.6}),
    "PA2": (1, {"2025": 89.0}),
    "PA2_NEET": (1, {"2025": 5.5}),
}  # fmt: skip
# Figure, period, area, decimals, value.
OTHER_AREAS: list[tuple[str, str, str, int, float]] = [
    ("EH1", "2024", ENGLAND, 1, 45.9),
    ("EH2", "2024", ENGLAND, 1, 46.4),
    ("EH1", "2024", SOUTH_WEST, 1, 31.0),
    ("EH2", "2024", SOUTH_WEST, 1, 28.5),
    ("EH8", "2024", ENGLAND, 1, 44.4),
    ("EX1", "2023/24", ENGLAND, 2, 11.31),
    ("EX3", "2023/24", ENGLAND, 3, 0.129),
    ("EX6", "2024/25", ENGLAND, 2, 18.14),
    ("PUPILS_EHC_PLAN", "2024/25", ENGLAND, 1, 5.3),
    ("GR1", "2024/25", ENGLAND, 1, 14.2),
]
CELLS = [
    (figure, period, value)
    for table in (CALENDAR, JANUARY)
    for figure, years in table.items()
    for period, value in years.items()
]
LAIT_CELLS = [
    (figure, period, decimals, value) for figure, (decimals, years) in LAIT.items() for period, value in years.items()
]
FRACTION_CELLS = [(figure, period, pair) for figure, years in FRACTIONS.items() for period, pair in years.items()]


def cell(published: Published, figure: str, period: str, area: str = BCP) -> tuple[object, ...]:
    """Value, status, numerator and denominator of the one row there is."""
    rows = published.rows(
        "select value, status, numerator, denominator from comparison where breakdown = 'total'"
        f" and measure_id = '{figure}' and period_label = '{period}' and area_code = '{area}'"
    )
    assert len(rows) == 1, f"{figure} {period} {area} is there {len(rows)} times"
    return rows[0]


def rounded(value: object, decimals: int) -> float:
    """Half up, as published tables round."""
    assert isinstance(value, float)
    return int(value * 10**decimals + 0.5 + 1e-9) / 10**decimals


@pytest.mark.parametrize(("figure", "period", "expected"), CELLS)
def test_a_cell_of_the_reference_table_is_in_the_comparison(
    published: Published, figure: str, period: str, expected: Cell
) -> None:
    value, status, *_ = cell(published, figure, period)
    assert (status, value) == (expected, None) if isinstance(expected, str) else (value, status) == (expected, None)


@pytest.mark.parametrize(("figure", "period", "expected"), FRACTION_CELLS)
def test_the_counts_behind_a_share_are_in_the_comparison(
    published: Published, figure: str, period: str, expected: tuple[int, int]
) -> None:
    *_, numerator, denominator = cell(published, figure, period)
    assert (numerator, denominator) == expected


@pytest.mark.parametrize(("figure", "period", "decimals", "expected"), LAIT_CELLS)
def test_a_figure_of_the_interactive_tool_is_in_the_comparison(
    published: Published, figure: str, period: str, decimals: int, expected: float
) -> None:
    assert rounded(cell(published, figure, period)[0], decimals) == expected


@pytest.mark.parametrize(("figure", "period", "area", "decimals", "expected"), OTHER_AREAS)
def test_the_region_and_england_stand_beside_bcp(
    published: Published, figure: str, period: str, area: str, decimals: int, expected: float
) -> None:
    assert rounded(cell(published, figure, period, area)[0], decimals) == expected


def test_england_issued_41448_of_90392_plans_within_20_weeks_in_2024(published: Published) -> None:
    assert cell(published, "EH1", "2024", ENGLAND)[2:] == (41448, 90392)


def test_meetings_held_are_97_1_percent_of_the_reviews_expected(published: Published) -> None:
    assert rounded(cell(published, "ANNUAL_REVIEW_MEETINGS", "2024")[0], 1) == 97.1


def test_the_ten_statistical_neighbours_have_every_figure_of_2024(published: Published) -> None:
    neighbours = published.rows("""
        select area_name from comparison
        where area_role = 'neighbour' and measure_id = 'EH1' and period_label = '2024' and value is not null
        order by area_name""")
    assert [name for (name,) in neighbours] == [
        "Bedford", "Bexley", "Devon", "East Sussex", "Essex", "Kent", "Milton Keynes", "Norfolk", "Southend-on-Sea",
        "West Sussex",
    ]  # fmt: skip


def test_no_figure_is_there_twice_for_one_period_and_area(published: Published) -> None:
    assert (
        published.rows("""
        select measure_id, breakdown_value, period_type, period_label, area_code, count(*) from comparison
        group by all having count(*) > 1""")
        == []
    )


def test_a_row_has_a_value_or_a_symbol_and_never_both(published: Published) -> None:
    assert published.rows("select count(*) from comparison where (value is null) = (status is null)") == [(0,)]


def test_the_rates_by_sen_group_are_there_by_term(published: Published) -> None:
    rows = published.rows(f"""
        select breakdown_value, value from comparison
        where measure_id = 'EX1' and area_code = '{BCP}' and period_label = 'Autumn term 2024/25' order by 1""")
    assert rows == [("E", 17.215), ("K", 14.201), ("N", 2.936)]
