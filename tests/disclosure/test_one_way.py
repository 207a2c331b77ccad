"""No count of 1 to 4 children can be had from a safe observation, by reading, subtracting or linear algebra."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables import observation, solved_exactly

from pipelines.disclosure.audit import DisclosureError, attack, audit_observation
from pipelines.disclosure.one_way import NUMBERS, safe_observation

FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
TABLES = {
    "seed": st.integers(0, 2**32 - 1),
    "children": st.integers(0, 900).map(lambda n: n + 20),
    "groups": st.integers(2, 7),
}


def small_rows(truth: pd.DataFrame) -> np.ndarray:
    rest = truth["denominator"] - truth["numerator"]
    return np.logical_or.reduce([c.between(1, 4).to_numpy() for c in (truth["numerator"], truth["denominator"], rest)])


def rows_of(truth: pd.DataFrame, **where: object) -> np.ndarray:
    return np.logical_and.reduce([(truth[c] == v).to_numpy() for c, v in where.items()])


@FEW
@given(**TABLES)
def test_no_attacker_with_exact_linear_algebra_recovers_a_small_count(seed: int, children: int, groups: int) -> None:
    truth = observation(seed, children, groups)
    safe = safe_observation(truth, 5)
    secret = small_rows(truth)
    assert not (secret & (safe["status"] != "c").to_numpy()).any()
    for measure in ("EH1", "EH2"):
        own = rows_of(truth, measure_id=measure)
        solved = solved_exactly(truth[own].reset_index(drop=True), safe[own].reset_index(drop=True))
        assert not secret[own][sorted(solved)].any()


@FEW
@given(**TABLES)
def test_a_suppressed_row_shows_no_number_at_all(seed: int, children: int, groups: int) -> None:
    safe = safe_observation(observation(seed, children, groups), 5)
    assert safe.loc[safe["status"] == "c", NUMBERS].isna().all(axis=None)
    assert safe.loc[safe["status"].isna(), ["numerator", "denominator", "value"]].notna().all(axis=None)


@FEW
@given(**TABLES)
def test_exceptions_between_the_two_timeliness_figures_are_protected_too(seed: int, children: int, groups: int) -> None:
    truth = observation(seed, children, groups)
    safe = safe_observation(truth, 5)
    place = ["period_type", "period_start", "breakdown", "breakdown_value"]
    both = safe[safe["measure_id"] == "EH1"].merge(safe[safe["measure_id"] == "EH2"], on=place)
    for count in ("numerator", "denominator"):
        assert not (both[f"{count}_x"] - both[f"{count}_y"]).between(1, 4).any()


def test_hiding_only_the_small_rows_is_found_by_the_audit() -> None:
    truth = observation(7, 400, 5)
    naive = truth.assign(status=None)
    naive.loc[small_rows(truth), [*NUMBERS]] = np.nan
    finding = attack(naive, truth, 5)
    assert finding.printed.size == 0 or finding.recovered.size > 0
    with pytest.raises(DisclosureError, match="can be had by subtraction"):
        audit_observation(naive, truth, 5)


def test_a_printed_small_count_is_found_by_the_audit() -> None:
    truth = observation(7, 400, 5)
    with pytest.raises(DisclosureError, match="small counts stand in it"):
        audit_observation(truth, truth, 5)


def test_large_rows_far_from_any_small_one_stay() -> None:
    truth = observation(3, 20_000, 2, ("EH1",))
    safe = safe_observation(truth, 5)
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
        (one_row("EH5", base=10), None),
        (one_row("EH6_LONGEST", base=10), "c"),
        (one_row("EH6_LONGEST", "sex", base=500), "c"),
        (one_row("EX1", numerator=38, denominator=40, base=40), None),
    ],
)
def test_what_becomes_of_a_row_that_stands_alone(row: dict[str, object], status: str | None) -> None:
    safe = safe_observation(pd.DataFrame([row]), 5)
    assert [None if pd.isna(found) else found for found in safe["status"]] == [status]


def test_a_repeated_row_is_refused() -> None:
    row = one_row("EH1", numerator=20, denominator=40, base=40)
    with pytest.raises(ValueError, match="more than one row"):
        safe_observation(pd.DataFrame([row, row]), 5)
