"""No count of 1 to 4 children can be had from a safe observation, by reading, subtracting or linear algebra."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables import narrowed, observation

from pipelines.disclosure.linked.control import make_safe
from pipelines.disclosure.linked.model import link_tables
from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.measure_rules import rule_of
from pipelines.disclosure.observation_cells import add_observation
from pipelines.disclosure.safe_rows import VALUES, safe_observation
from pipelines.disclosure.system import SystemBuilder

FEW = settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
TABLES = {
    "seed": st.integers(0, 2**32 - 1),
    "children": st.integers(300, 900),
    "groups": st.integers(2, 4),
}


def safe_of(truth: pd.DataFrame) -> pd.DataFrame:
    rows = truth.astype(object).where(truth.notna(), None).to_dict("records")
    rules = {str(row["measure_id"]): rule_of(str(row["measure_id"]), str(row["unit"])) for row in rows}
    builder = SystemBuilder(Policy(5, 10))
    counts = add_observation(builder, rows, rules)
    tables = link_tables(builder.cells.values(), builder.sums)
    safe = make_safe(tables, builder.policy, np.isin(tables.keys, list(builder.withheld)))
    return pd.DataFrame(safe_observation(rows, counts, rules, set(tables.named(safe.hidden))))


def small_rows(truth: pd.DataFrame) -> np.ndarray:
    rest = truth["denominator"] - truth["numerator"]
    return np.logical_or.reduce([c.between(1, 4).to_numpy() for c in (truth["numerator"], truth["denominator"], rest)])


def rows_of(truth: pd.DataFrame, **where: object) -> np.ndarray:
    return np.logical_and.reduce([(truth[c] == v).to_numpy() for c, v in where.items()])


@pytest.mark.parametrize(("seed", "children", "groups"), [(1, 200, 2), (2, 400, 3)])
def test_no_attacker_with_linear_programmes_narrows_a_small_count(seed: int, children: int, groups: int) -> None:
    truth = observation(seed, children, groups)
    safe = safe_of(truth)
    assert narrowed(truth, safe, 5) == []


def test_the_attacker_finds_what_hiding_only_the_small_rows_gives_away() -> None:
    truth = observation(2, 400, 3)
    naive = truth.copy()
    naive.loc[small_rows(truth), ["numerator", "denominator"]] = np.nan
    assert narrowed(truth, naive, 5)


@FEW
@given(**TABLES)
def test_a_row_that_hides_a_count_shows_no_percentage_and_one_that_hides_none_shows_all(
    seed: int, children: int, groups: int
) -> None:
    safe = safe_of(observation(seed, children, groups))
    hides = safe[["numerator", "denominator"]].isna().any(axis=1)
    assert (hides == (safe["status"] == "c")).all()
    assert safe.loc[hides, [*VALUES]].isna().all(axis=None)
    assert safe.loc[~hides, [*VALUES]].notna().all(axis=None)


def test_large_rows_far_from_any_small_one_stay() -> None:
    truth = observation(3, 20_000, 2, ("EH1",))
    safe = safe_of(truth)
    years = rows_of(truth, period_type="calendar_year", breakdown="total")
    assert safe.loc[years, "status"].isna().all()
    assert (safe.loc[years, "denominator"] == truth.loc[years, "denominator"]).all()


def one_row(measure: str, breakdown: str = "total", **numbers: float) -> dict[str, object]:
    told = {"measure_id": measure, "area_code": "E06000058", "period_type": "wave", "breakdown": breakdown, "unit": "%"}
    limits = dict.fromkeys(["lower_95", "upper_95", "lower_998", "upper_998"], 1.0)
    period = {
        "period_start": "2025-01-01",
        "period_end": "2025-01-31",
        "breakdown_value": "All" if breakdown == "total" else "a",
    }
    return {**told, **period, "numerator": None, "denominator": None, "value": 1.0, "base": None, **limits, **numbers}


@pytest.mark.parametrize(
    ("row", "status"),
    [
        (one_row("CU1", numerator=5, denominator=9, base=9), "c"),
        (one_row("CU1", numerator=12, denominator=29, base=29), "u"),
        (one_row("CU1", numerator=12, denominator=30, base=30), None),
        (one_row("EH1", numerator=0, denominator=9, base=9), "c"),
        (one_row("EH1", numerator=0, denominator=40, base=40), None),
        (one_row("EH1", numerator=38, denominator=40, base=40), "c"),
        (one_row("EH1", numerator=0, denominator=0, base=0, value=float("nan")), "x"),
        (one_row("EH5", base=9), "c"),
        (one_row("EH5", base=10), "c"),
        (one_row("EH6_LONGEST", base=10), "c"),
        (one_row("EH6_LONGEST", "sex", base=500), "c"),
        (one_row("EX1", numerator=38, denominator=40, base=40), None),
    ],
)
def test_what_becomes_of_a_row_that_stands_alone(row: dict[str, object], status: str | None) -> None:
    safe = safe_of(pd.DataFrame([row]))
    assert [None if pd.isna(found) else found for found in safe["status"]] == [status]


def test_a_repeated_row_is_refused() -> None:
    row = one_row("EH1", numerator=20, denominator=40, base=40)
    with pytest.raises(ValueError, match="EH1 has two rows"):
        safe_of(pd.DataFrame([row, row]))


def test_a_term_has_the_headcount_of_its_school_year() -> None:
    year = one_row("EX1", numerator=38, denominator=40, base=40) | {
        "period_type": "academic_year",
        "period_start": date(2024, 8, 1),
        "period_end": date(2025, 7, 31),
    }
    term = year | {"period_type": "term", "period_end": date(2024, 12, 31), "numerator": 20}
    builder = SystemBuilder(Policy(5, 10))
    of_year, of_term = add_observation(builder, [year, term], {"EX1": rule_of("EX1", "per 100 pupils")})
    assert of_year.denominator != of_term.denominator
    assert (of_year.denominator, (of_term.denominator,)) in [(one.total, one.parts) for one in builder.sums]


@pytest.mark.parametrize(("late", "is_small"), [(0, True), (1, False)])
def test_what_two_kinds_of_years_share_is_a_count_too(late: int, is_small: bool) -> None:
    # Twenty plans a month; three were late in August 2024, and so many more in each month after it.
    def period(kind: str, start: date, end: date, plans: int, few: int) -> dict[str, object]:
        place = {"period_type": kind, "period_start": start, "period_end": end, "numerator": plans - few}
        return one_row("EH4", denominator=plans, base=plans) | place

    of_month = [10] * 7 + [3] + [late] * 4
    months = [period("month", date(2024, m, 1), date(2024, m, 28), 20, of_month[m - 1]) for m in range(1, 13)]
    years = [
        period("calendar_year", date(2024, 1, 1), date(2024, 12, 31), 240, sum(of_month)),
        period("academic_year", date(2024, 8, 1), date(2025, 7, 31), 400, 60),
    ]
    builder = SystemBuilder(Policy(5, 10))
    add_observation(builder, [*months, *years], {"EH4": rule_of("EH4", "%")})
    shared = builder.cells["EH4 overlap E06000058 2024 True total All rest"]
    assert shared.value == 3 + 4 * late
    assert (1 <= shared.value < shared.threshold) is is_small


def test_in_every_table_that_a_reader_may_hold_reviewed_cycles_have_a_reviewed_pupil() -> None:
    pupils = {"total": (41, 60), "a": (30, 44), "b": (8, 12), "c": (3, 4)}
    reviews = {"total": (62, 81), "a": (48, 62), "b": (10, 13), "c": (4, 6)}
    rows = [
        one_row(measure, "total" if band == "total" else "age_band", numerator=n, denominator=d)
        | {"breakdown_value": "All" if band == "total" else band, "period_type": "term"}
        for measure, bands in (("GR2", pupils), ("GR3", reviews))
        for band, (n, d) in bands.items()
    ]
    builder = SystemBuilder(Policy(5, 10))
    counts = add_observation(builder, rows, {measure: rule_of(measure, "%") for measure in ("GR2", "GR3")})
    safe = make_safe(link_tables(builder.cells.values(), builder.sums), builder.policy)
    position = safe.tables.position
    pairs = [
        (position[two.denominator], position[one.numerator]) for one, two in zip(counts[:4], counts[4:], strict=True)
    ]
    tables = [dict(zip(other["cells"], other["counts"], strict=True)) for other in safe.proof["others"]]
    assert any(table.get(pupil) == 0 for table in tables for _, pupil in pairs)
    for table in tables:
        of = {cell: table.get(cell, int(safe.tables.value[cell])) for pair in pairs for cell in pair}
        assert all(of[cycles] <= 52 * of[pupil] for cycles, pupil in pairs)
