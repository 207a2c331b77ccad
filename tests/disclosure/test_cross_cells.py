"""What cross-tabulations and measures say together."""

from datetime import date

from pipelines.disclosure.cross_cells import add_cross_tabulations, tie_to_measures
from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.observation_cells import RowCounts
from pipelines.disclosure.system import SystemBuilder

CENSUS = date(2025, 1, 16)
YEAR = ("academic_year", date(2024, 8, 1), date(2025, 7, 31))


def sen_support(need: str, pupils: int) -> dict[str, object]:
    return {
        "subject": "sen_support",
        "row_breakdown": "ward",
        "column_breakdown": "primary_need",
        "area_code": "E06000058",
        "period_type": "census",
        "period_start": CENSUS,
        "period_end": CENSUS,
        "row_value": "All",
        "column_value": need,
        "numerator": pupils,
        "denominator": None,
    }


def test_pupils_with_sen_less_those_on_support_are_pupils_with_a_plan_and_protected_where_few() -> None:
    builder = SystemBuilder(Policy(5, 10))
    rows = [sen_support("MSI", 12), sen_support("ASD", 300)]
    found = add_cross_tabulations(builder, rows)
    headcounts = {
        ("EX5", *YEAR, "primary_need", need): RowCounts("", builder.count(f"{need} with SEN", number))
        for need, number in (("MSI", 15), ("ASD", 700))
    }
    tie_to_measures(builder, rows, found, headcounts)
    plans = {key: cell for key, cell in builder.cells.items() if " with SEN less " in key}
    assert sorted(cell.value for cell in plans.values()) == [3, 400]
    assert all(cell.threshold == 5 for cell in plans.values())
    tied = {one.total: one.parts for one in builder.sums}
    assert tied["MSI with SEN"] == (found[0].numerator, f"MSI with SEN less {found[0].numerator}")


def test_headcounts_of_another_school_year_are_not_tied() -> None:
    builder = SystemBuilder(Policy(5, 10))
    rows = [sen_support("MSI", 12)]
    found = add_cross_tabulations(builder, rows)
    before = ("EX5", "academic_year", date(2023, 8, 1), date(2024, 7, 31), "primary_need", "MSI")
    tie_to_measures(builder, rows, found, {before: RowCounts("", builder.count("before", 15))})
    assert builder.sums == []
