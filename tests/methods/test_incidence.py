"""Aalen-Johansen equals the textbook, statsmodels, and a day-by-day count; shares always add up to one."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from pipelines.methods.incidence import IncidenceError, aalen_johansen

# Entry, days under observation, event: with ties, delayed entries and open cases.
CASES = st.lists(st.tuples(st.integers(0, 8), st.integers(1, 12), st.integers(0, 2)), min_size=1, max_size=40)


def test_kaplan_meier_and_greenwood_equal_the_reference(shared_dir: Path) -> None:
    path = shared_dir / "reference_cases" / "waiting_times" / "freireich_6mp.json"
    case = json.loads(path.read_text(encoding="utf-8"))
    found = aalen_johansen(case["time"], case["event"], causes=1)
    rows = zip(found.time, found.at_risk, found.survival.round(6), found.survival_error.round(6), strict=True)
    expected = [(row["t"], row["n"], row["S"], row["greenwood_se"]) for row in case["expected"]]
    assert list(rows) == expected
    assert found.time[found.survival <= 0.5][0] == case["median"]


def test_incidence_equals_the_reference_and_not_the_wrong_answer(shared_dir: Path) -> None:
    path = shared_dir / "reference_cases" / "waiting_times" / "aalen_johansen_small.json"
    case = json.loads(path.read_text(encoding="utf-8"))
    found = aalen_johansen(case["time"], case["event"])
    for cause in (1, 2):
        rows = [list(row) for row in zip(found.time, found.incidence[cause - 1], strict=True)]
        assert rows == case[f"expected_cif_cause{cause}"]
    assert found.at(10) != case["wrong_1_minus_km_cause1_at_10"]
    assert (found.at(1.9), found.at(2), found.at(7.9, cause=2), found.at(99, cause=2)) == (0, 0.125, 0.125, 0.28125)


@settings(deadline=None, max_examples=100)
@given(CASES)
def test_survival_and_incidence_add_up_to_one(cases: list[tuple[int, int, int]]) -> None:
    entry, stay, event = (np.array(column, dtype=np.float64) for column in zip(*cases, strict=True))
    found = aalen_johansen(entry + stay, event, entry)
    np.testing.assert_allclose(found.survival + found.incidence.sum(axis=0), 1, atol=1e-12)
    assert (np.diff(found.incidence, axis=1) >= -1e-12).all()
    # What is certain in sum has no variance in sum.
    np.testing.assert_allclose(found.covariance.sum(axis=(1, 2)), 0, atol=1e-12)


@settings(deadline=None, max_examples=100)
@given(CASES)
def test_incidence_equals_a_day_by_day_count(cases: list[tuple[int, int, int]]) -> None:
    entry, stay, event = (np.array(column, dtype=np.float64) for column in zip(*cases, strict=True))
    found = aalen_johansen(entry + stay, event, entry)
    still_open, ended = 1.0, np.zeros(2)
    for day in range(22):
        watched = [(e, s, k) for e, s, k in cases if e < day <= e + s]
        if watched:
            hazards = [sum(e + s == day and k == cause for e, s, k in watched) / len(watched) for cause in (1, 2)]
            ended += still_open * np.array(hazards)
            still_open *= 1 - sum(hazards)
        assert found.number_at_risk(day) == len(watched)
        assert (found.at(day), found.at(day, cause=2)) == pytest.approx(tuple(ended))


@settings(deadline=None, max_examples=40)
@given(CASES)
def test_survival_with_delayed_entry_equals_statsmodels(cases: list[tuple[int, int, int]]) -> None:
    entry, stay, event = (np.array(column, dtype=np.float64) for column in zip(*cases, strict=True))
    died = (event > 0).astype(np.float64)
    found = aalen_johansen(entry + stay, died, entry, causes=1)
    if found.time.size and (found.survival > 0).all():
        oracle = SurvfuncRight(entry + stay, died, entry=entry)
        at = np.searchsorted(oracle.surv_times, found.time)
        np.testing.assert_allclose(found.survival, oracle.surv_prob[at], atol=1e-12)
        np.testing.assert_allclose(found.survival_error, oracle.surv_prob_se[at], atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(CASES)
def test_incidence_and_its_error_equal_statsmodels(cases: list[tuple[int, int, int]]) -> None:
    _, time, event = (np.array(column, dtype=np.float64) for column in zip(*cases, strict=True))
    found = aalen_johansen(time, event)
    if not (np.isin([1, 2], event).all() and (found.survival > 0).all()):
        return
    with warnings.catch_warnings():
        # At times after the last event statsmodels divides by zero.
        warnings.simplefilter("ignore", RuntimeWarning)
        oracle = CumIncidenceRight(time, event.astype(np.int64))
    at = np.searchsorted(oracle.times, found.time)
    for cause in (0, 1):
        np.testing.assert_allclose(found.incidence[cause], oracle.cinc[cause][at], atol=1e-12)
        np.testing.assert_allclose(found.incidence_error[cause], oracle.cinc_se[cause][at], atol=1e-12)


def test_a_case_is_at_risk_after_its_entry_and_at_its_end() -> None:
    found = aalen_johansen([5, 5, 9], [1, 0, 1], [0, 2, 5])
    assert found.time.tolist() == [5, 9]
    # The case that enters at 5 is not at risk at 5; the one censored at 5 is.
    assert found.at_risk.tolist() == [2, 1]
    assert found.incidence[0].tolist() == [0.5, 1]


def test_a_case_that_leaves_as_it_enters_counts_for_nothing() -> None:
    assert aalen_johansen([5, 3], [1, 1], [0, 3]).at_risk.tolist() == [1]


def test_nothing_happened_is_an_empty_estimate() -> None:
    found = aalen_johansen([4, 5], [0, 0])
    assert (found.time.size, found.at(100), found.incidence.shape) == (0, 0, (2, 0))


@pytest.mark.parametrize(
    ("leave", "event", "entry"),
    [
        ([1.0], [3.0], None),
        ([np.nan], [1.0], None),
        ([1.0], [np.nan], None),
        ([1.0], [1.0], [2.0]),
        ([1.0], [1.0, 0], None),
    ],
)
def test_impossible_cases_are_refused(leave: list[float], event: list[float], entry: list[float] | None) -> None:
    with pytest.raises(IncidenceError):
        aalen_johansen(leave, event, entry)
