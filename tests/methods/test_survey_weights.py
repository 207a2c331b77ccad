"""Raking equals R survey, reproduces its margins, and keeps weights within their caps where that is possible."""

import csv
import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipelines.methods.survey_weights import (
    SurveyError,
    collapse,
    collapse_all,
    kish_design_effect,
    rake,
    response_profile,
)


def table(shared_dir: Path, name: str) -> dict[str, list[str]]:
    with (shared_dir / "reference_cases" / "survey" / name).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return {column: [row[column] for row in rows] for column in rows[0]}


def test_raked_weights_equal_the_reference(shared_dir: Path) -> None:
    expected = json.loads((shared_dir / "reference_cases" / "survey" / "expected.json").read_text(encoding="utf-8"))
    schools = table(shared_dir, "apiclus1.csv")
    population = expected["population"]
    margins = {"stype": population["stype"], "sch.wide": population["sch_wide"]}
    found = rake(schools, margins, np.array(schools["pw"], dtype=np.float64), caps=None)
    own = expected["own_check"]["apiclus1_rake"]
    mean = found.weights @ np.array(schools["api00"], dtype=np.float64) / found.weights.sum()
    assert mean == pytest.approx(own["mean"], rel=1e-10)
    assert found.design_effect == pytest.approx(own["kish_deff"], rel=1e-10)
    assert found.effective_size == pytest.approx(own["kish_ess"], rel=1e-10)
    assert (found.sweeps, found.capped) == (10, 0)
    assert found.weights.sum() == pytest.approx(6194)
    assert [row.respondents for row in found.margins] == [144, 14, 25, 23, 160]


def two_margins(cells: list[int]) -> tuple[dict[str, list[str | None]], dict[str, list[str | None]]]:
    pairs = [pair for pair, count in zip(product("abc", "xy"), cells, strict=True) for _ in range(count)]
    return {"first": [a for a, _ in pairs]}, {"second": [b for _, b in pairs]}


CELLS = st.lists(st.integers(1, 30), min_size=6, max_size=6)
SHARES = st.lists(st.integers(1, 50), min_size=3, max_size=3)


@settings(deadline=None, max_examples=80)
@given(CELLS, SHARES, st.integers(1, 9))
def test_weights_reproduce_every_margin(cells: list[int], people: list[int], x: int) -> None:
    first, second = two_margins(cells)
    total = sum(people)
    margins = {
        "first": dict(zip("abc", map(float, people), strict=True)),
        "second": {"x": total * x / 10, "y": total * (10 - x) / 10},
    }
    found = rake(first | second, margins)
    assert found.weights.sum() == pytest.approx(total)
    for variable, categories in (first | second).items():
        for category, size in margins[variable].items():
            chosen = np.array([each == category for each in categories])
            assert found.weights[chosen].sum() == pytest.approx(size, rel=1e-6)
    for row in found.margins:
        assert row.after == pytest.approx(row.target, rel=1e-6)
    assert (found.weights > 0).all()


@settings(deadline=None, max_examples=60)
@given(CELLS, SHARES)
def test_weights_stay_within_their_caps_or_say_that_they_could_not(cells: list[int], people: list[int]) -> None:
    first, _ = two_margins(cells)
    roll = {"first": dict(zip("abc", map(float, people), strict=True))}
    found = rake(first, roll)
    plain = rake(first, roll, caps=None)
    # With one margin the margin fixes the weights: the caps cannot be met, and the result says so.
    np.testing.assert_allclose(found.weights, plain.weights)
    assert (found.capped > 0) == (plain.smallest < 0.3 or plain.largest > 3)


def test_capping_lowers_the_greatest_weight_and_keeps_the_margins() -> None:
    # The rare pair (b, y) gets a weight of 5 times the mean without caps.
    cells = {("a", "x"): 80, ("a", "y"): 15, ("b", "x"): 15, ("b", "y"): 2}
    pairs = [pair for pair, count in cells.items() for _ in range(count)]
    respondents: dict[str, list[str | None]] = {"first": [a for a, _ in pairs], "second": [b for _, b in pairs]}
    margins = {"first": {"a": 60.0, "b": 40.0}, "second": {"x": 60.0, "y": 40.0}}
    plain, capped = rake(respondents, margins, caps=None), rake(respondents, margins)
    assert plain.largest > 3.3
    assert capped.largest == pytest.approx(3, abs=1e-4)
    assert capped.capped >= 2
    assert all(row.after == pytest.approx(row.target, abs=1e-9) for row in capped.margins)
    assert capped.design_effect < plain.design_effect


def test_post_stratification_by_hand() -> None:
    # 3 of one kind for 60 people, 1 of another for 40: weights 20 and 40.
    found = rake({"v": ["a", "a", "a", "b"]}, {"v": {"a": 60, "b": 40}})
    assert found.weights.tolist() == pytest.approx([20, 20, 20, 40])
    assert (found.smallest, found.largest) == pytest.approx((0.8, 1.6))
    # n Σw²/(Σw)² = 4 · (3·400 + 1600) / 100².
    assert found.design_effect == pytest.approx(1.12)
    assert [(row.before, row.after) for row in found.margins] == [
        (0.75, pytest.approx(0.6)),
        (0.25, pytest.approx(0.4)),
    ]


def test_an_unknown_category_keeps_the_share_that_it_has() -> None:
    found = rake({"v": ["a", "a", "b", None]}, {"v": {"a": 50, "b": 50}})
    assert found.weights.tolist() == pytest.approx([18.75, 18.75, 37.5, 25])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=50), st.floats(0.1, 10))
def test_the_design_effect_is_at_least_1_and_has_no_unit(weights: list[float], scale: float) -> None:
    found = kish_design_effect(np.array(weights))
    assert found >= 1 - 1e-12
    assert kish_design_effect(np.array(weights) * scale) == pytest.approx(found)


@pytest.mark.parametrize(
    ("categories", "roll", "message"),
    [
        (["a", "z"], {"a": 1.0, "b": 1.0}, "the margin lacks"),
        (["a", "a"], {"a": 1.0, "b": 1.0}, "no respondents"),
        (["a", "b"], {"a": 1.0, "b": 0.0}, "nobody on the roll"),
        (["a", "b"], {"a": 0.0, "b": 0.0}, "no people"),
        (["a", "b"], {"a": 2.0, "b": -1.0}, "fewer than none"),
        ([], {"a": 1.0}, "category of every respondent"),
    ],
)
def test_margins_that_cannot_be_reproduced_are_refused(
    categories: list[str | None], roll: dict[str, float], message: str
) -> None:
    with pytest.raises(SurveyError, match=message):
        rake({"v": categories}, {"v": roll})


def test_margins_that_contradict_each_other_are_refused() -> None:
    respondents: dict[str, list[str | None]] = {"v": ["a", "b"], "w": ["x", "y"]}
    with pytest.raises(SurveyError, match="did not settle"):
        rake(respondents, {"v": {"a": 1, "b": 1}, "w": {"x": 1, "y": 3}})


@pytest.mark.parametrize("base", [[1.0], [1.0, 0.0], [1.0, np.nan]])
def test_impossible_base_weights_are_refused(base: list[float]) -> None:
    with pytest.raises(SurveyError, match="base weight"):
        rake({"v": ["a", "b"]}, {"v": {"a": 1, "b": 1}}, np.array(base))


def test_small_categories_are_joined_until_they_are_large_enough() -> None:
    answers: list[str | None] = ["a"] * 50 + ["b"] * 29 + ["c"] * 30 + ["d"] * 2 + [None] * 9
    roll = dict.fromkeys("abcde", 10.0)
    found = collapse(answers, roll)
    assert found == {"a": "a", "b": "b + d + e", "c": "c", "d": "b + d + e", "e": "b + d + e"}
    # Alone the small ones are 12: the next smallest joins them.
    assert set(collapse(["a"] * 50 + ["b"] * 12 + ["c"] * 31, {"a": 1, "b": 1, "c": 1}).values()) == {"a", "b + c"}
    assert set(collapse(["a"] * 50 + ["b"] * 12, {"a": 1, "b": 1}).values()) == {"a + b"}
    assert collapse(["a"] * 30 + ["b"] * 30, {"a": 1, "b": 1}) == {"a": "a", "b": "b"}
    with pytest.raises(SurveyError, match="the roll lacks: 1"):
        collapse(["z"], {"a": 1})


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=8))
def test_after_joining_every_category_has_thirty_or_there_is_one(counts: list[int]) -> None:
    names = [f"c{position}" for position in range(len(counts))]
    answers: list[str | None] = [name for name, count in zip(names, counts, strict=True) for _ in range(count)]
    assume(answers)
    columns, margins = collapse_all({"v": answers}, {"v": dict.fromkeys(names, 5.0)})
    joined = collapse(answers, dict.fromkeys(names, 5.0))
    sizes = {new: sum(c for old, c in zip(names, counts, strict=True) if joined[old] == new) for new in joined.values()}
    if len(sizes) == 1:
        assert not columns and not margins
    else:
        assert min(sizes.values()) >= 30
        assert sum(margins["v"].values()) == 5 * len(names)
        assert set(columns["v"]) == set(margins["v"])


def test_the_response_profile_by_hand() -> None:
    rows = response_profile({"sex": ["F", "F", "F", "M", None, "X"]}, {"sex": {"F": 40, "M": 60}})
    by_category = {row.category: row for row in rows}
    assert list(by_category) == ["F", "M", "Unknown", "X"]
    women = by_category["F"]
    assert (women.respondents, women.respondent_pct, women.roll, women.roll_pct) == (3, 60, 40, 40)
    assert (women.difference_points, women.response_rate_pct) == (20, 7.5)
    assert by_category["Unknown"].respondents == 1
    assert np.isnan([by_category["Unknown"].respondent_pct, by_category["X"].response_rate_pct]).all()


def test_nobody_answered_is_a_profile_of_noughts() -> None:
    (row,) = response_profile({"v": []}, {"v": {"a": 10}})
    assert (row.respondents, row.response_rate_pct, row.roll_pct) == (0, 0, 100)
    assert np.isnan(row.respondent_pct)
