"""Standard errors and intervals equal R survey; small bases are marked or withheld."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.methods.intervals import Floats, wilson
from pipelines.methods.survey_estimates import (
    Design,
    Scale,
    base_status,
    line_segments,
    mean_error,
    top_box,
    total_error,
    weighted_share,
)
from pipelines.methods.survey_intervals import korn_graubard, logit_limits, wilson_of_effective_size
from pipelines.methods.survey_weights import Respondents, SurveyError, rake


def expected(shared_dir: Path, case: str) -> tuple[float, float]:
    text = (shared_dir / "reference_cases" / "survey" / "expected.json").read_text(encoding="utf-8")
    (found,) = (each for each in json.loads(text)["cases"] if each["id"] == case)
    return found["est"], found["se"]


def population(shared_dir: Path) -> dict[str, dict[str, float]]:
    text = (shared_dir / "reference_cases" / "survey" / "expected.json").read_text(encoding="utf-8")
    return json.loads(text)["population"]


def table(shared_dir: Path, name: str) -> dict[str, list[str]]:
    with (shared_dir / "reference_cases" / "survey" / name).open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return {column: [row[column] for row in rows] for column in rows[0]}


def numbers(column: list[str]) -> Floats:
    return np.array(column, dtype=np.float64)


def raked(shared_dir: Path, schools: dict[str, list[str]]) -> tuple[Floats, Design]:
    people = population(shared_dir)
    categories: Respondents = {name: schools[name] for name in ("stype", "sch.wide")}
    base = numbers(schools["pw"])
    weights = rake(categories, {"stype": people["stype"], "sch.wide": people["sch_wide"]}, base, caps=None).weights
    return weights, Design(
        clusters=schools["dnum"], population=np.full(183, 757.0), margins=categories, base_weights=base
    )


def test_the_mean_and_error_of_a_raked_cluster_sample_equal_the_reference(shared_dir: Path) -> None:
    schools = table(shared_dir, "apiclus1.csv")
    weights, design = raked(shared_dir, schools)
    values = numbers(schools["api00"])
    estimate, error = expected(shared_dir, "clus1_rake_mean")
    assert round(float(weights @ values / weights.sum()), 2) == estimate
    assert round(mean_error(values, weights, design)[0], 3) == error
    assert mean_error(values, weights, design)[0] == pytest.approx(23.703616887933705, rel=1e-9)
    # Without the residuals of the margins the error is another: the raking would be ignored.
    ignored = Design(clusters=design.clusters, population=design.population)
    assert round(mean_error(values, weights, ignored)[0], 2) == 23.81


def test_the_total_of_a_raked_cluster_sample_equals_the_reference(shared_dir: Path) -> None:
    schools = table(shared_dir, "apiclus1.csv")
    weights, design = raked(shared_dir, schools)
    values = numbers(schools["enroll"])
    estimate, error = expected(shared_dir, "clus1_rake_total")
    assert (round(float(weights @ values)), round(total_error(values, weights, design)[0])) == (estimate, error)


def test_raking_to_a_joint_and_a_single_margin_equals_the_reference(shared_dir: Path) -> None:
    schools, people = table(shared_dir, "apiclus1.csv"), population(shared_dir)
    joint = [f"{kind} {wide}" for kind, wide in zip(schools["stype"], schools["sch.wide"], strict=True)]
    categories: Respondents = {"joint": joint, "comp.imp": schools["comp.imp"]}
    margin = {
        f"{kind} {wide}": size
        for kind, row in people["joint_stype_schwide"].items()
        for wide, size in dict(row).items()
    }
    base, values = numbers(schools["pw"]), numbers(schools["api00"])
    weights = rake(categories, {"joint": margin, "comp.imp": people["comp_imp"]}, base, caps=None).weights
    design = Design(clusters=schools["dnum"], population=np.full(183, 757.0), margins=categories, base_weights=base)
    found = (round(float(weights @ values / weights.sum()), 2), round(mean_error(values, weights, design)[0], 3))
    assert found == expected(shared_dir, "clus1_rake_partial_joint")


def test_raking_every_jackknife_replicate_equals_the_reference(shared_dir: Path) -> None:
    schools, people = table(shared_dir, "apiclus1.csv"), population(shared_dir)
    margins = {"stype": people["stype"], "sch.wide": people["sch_wide"]}
    values, district = numbers(schools["api00"]), np.array(schools["dnum"])
    estimates: list[float] = []
    for left_out in np.unique(district):
        kept = np.flatnonzero(district != left_out)
        categories = {name: [schools[name][position] for position in kept] for name in margins}
        weights = rake(categories, margins, caps=None).weights
        estimates.append(float(weights @ values[kept] / weights.sum()))
    units = len(estimates)
    spread = np.array(estimates) - np.mean(estimates)
    error = np.sqrt((1 - units / 757) * (units - 1) / units * float(spread @ spread))
    assert round(error, 3) == expected(shared_dir, "clus1_rake_jk1")[1]


def test_the_mean_of_a_stratified_sample_equals_the_reference(shared_dir: Path) -> None:
    schools = table(shared_dir, "apistrat.csv")
    values, weights = numbers(schools["api00"]), numbers(schools["pw"])
    design = Design(strata=schools["stype"], population=numbers(schools["fpc"]))
    error, freedom = mean_error(values, weights, design)
    found = (round(float(weights @ values / weights.sum()), 2), round(error, 4))
    assert found == expected(shared_dir, "strat_mean")
    assert freedom == 197


def test_intervals_of_proportions_equal_the_reference(shared_dir: Path) -> None:
    text = (shared_dir / "reference_cases" / "survey" / "expected.json").read_text(encoding="utf-8")
    for case in json.loads(text)["proportion_ci"]:
        beta = korn_graubard(case["p"], case["se"], case["n"], case["df"])
        assert beta == pytest.approx(case["beta"], rel=1e-12)
        if case["logit"]:
            assert logit_limits(case["p"], case["se"], case["df"]) == pytest.approx(case["logit"], rel=1e-12)


def test_wilson_of_a_simple_sample_is_wilson() -> None:
    # An error of sqrt(p(1-p)/n) makes the effective size n; with n - 1 degrees of freedom nothing is adjusted.
    found = wilson_of_effective_size(0.3, np.sqrt(0.3 * 0.7 / 50), 50, 49)
    plain = wilson([15], [50])
    assert found == pytest.approx((plain.lower[0], plain.upper[0]))
    few_clusters = wilson_of_effective_size(0.3, np.sqrt(0.3 * 0.7 / 50), 50, 5)
    assert few_clusters[1] - few_clusters[0] > found[1] - found[0]


ANSWERS = st.lists(st.sampled_from([0.0, 1.0, np.nan]), min_size=10, max_size=80)


@settings(deadline=None, max_examples=80)
@given(ANSWERS, st.integers(0, 5))
def test_the_interval_holds_the_share(answers: list[float], seed: int) -> None:
    weights = np.random.default_rng(seed).uniform(0.3, 3, len(answers))
    found = weighted_share(answers, weights)
    assert found.respondents == sum(not np.isnan(answer) for answer in answers)
    if found.respondents >= 10:
        assert 0 <= found.lower <= found.value <= found.upper <= 1
        assert found.upper > found.lower


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from([0.0, 1.0]), min_size=12, max_size=40))
def test_the_interval_shrinks_with_more_respondents(answers: list[float]) -> None:
    few = weighted_share(answers, np.ones(len(answers)))
    many = weighted_share(answers * 4, np.ones(len(answers) * 4))
    assert many.upper - many.lower < few.upper - few.lower


def test_equal_weights_give_the_textbook_error() -> None:
    found = weighted_share([1.0] * 12 + [0.0] * 28, np.full(40, 2.5))
    assert found.value == pytest.approx(0.3)
    assert found.standard_error == pytest.approx(np.sqrt(0.3 * 0.7 / 39))
    assert found.effective_size == pytest.approx(39)


def test_unequal_weights_lower_the_effective_size() -> None:
    answers = [1.0, 0.0] * 30
    equal = weighted_share(answers, np.ones(60))
    unequal = weighted_share(answers, np.tile([1.0, 1, 3, 3], 15))
    assert unequal.value == equal.value
    assert unequal.effective_size < equal.effective_size
    assert unequal.upper - unequal.lower > equal.upper - equal.lower


@pytest.mark.parametrize(("respondents", "status"), [(0, "c"), (9, "c"), (10, "u"), (29, "u"), (30, "")])
def test_small_bases_are_withheld_or_marked(respondents: int, status: str) -> None:
    assert base_status(respondents) == status
    answers = [1.0, 0.0] * (respondents // 2) + [1.0] * (respondents % 2) + [np.nan] * 5
    found = weighted_share(answers, np.ones(len(answers)))
    assert (found.respondents, found.status) == (respondents, status)
    assert np.isnan([found.value, found.lower, found.upper, found.standard_error]).all() == (status == "c")


def test_a_wide_interval_is_unreliable_and_a_narrow_one_is_not() -> None:
    assert weighted_share([1.0, 0.0] * 16, np.ones(32)).is_unreliable
    assert not weighted_share([1.0, 0.0] * 60, np.ones(120)).is_unreliable
    # 40 respondents of whom ten carry most of the weight count for about 23, although the interval is narrower.
    found = weighted_share(([1.0] + [0.0] * 9) * 4, np.array([1.0] * 30 + [5.0] * 10))
    assert found.upper - found.lower < 0.3
    assert (found.status, found.is_unreliable) == ("", True)


@pytest.mark.parametrize("answer", [0.0, 1.0])
def test_none_or_all_have_clopper_and_pearsons_limit_on_the_effective_size(answer: float) -> None:
    weights = np.array([1.0] * 20 + [2.0] * 20)
    found = weighted_share([answer] * 40, weights)
    size = 60**2 / (20 + 80)
    other_limit = 1 - 0.025 ** (1 / size)
    assert found.value == answer
    assert found.effective_size == pytest.approx(size)
    expected_limits = (0, other_limit) if answer == 0 else (1 - other_limit, 1)
    assert (found.lower, found.upper) == pytest.approx(expected_limits)


def test_a_margin_variable_has_no_interval() -> None:
    sex: list[str | None] = ["F"] * 40 + ["M"] * 20
    weights = rake({"sex": sex}, {"sex": {"F": 50, "M": 50}}).weights
    is_female = [float(each == "F") for each in sex]
    found = weighted_share(is_female, weights, Design(margins={"sex": sex}))
    assert found.value == pytest.approx(0.5)
    assert np.isnan([found.lower, found.upper]).all()
    # The same variable in weights that it did not make has one.
    assert np.isfinite(weighted_share(is_female, weights).lower)


def test_the_residuals_of_a_margin_that_explains_the_answer_make_the_error_smaller() -> None:
    role: list[str | None] = ["a"] * 40 + ["b"] * 40
    answers = [1.0] * 36 + [0.0] * 8 + [1.0] * 2 + [0.0] * 34
    weights = np.ones(80)
    with_margin = weighted_share(answers, weights, Design(margins={"role": role}))
    assert with_margin.standard_error < weighted_share(answers, weights).standard_error


def test_residuals_are_taken_with_the_weights_before_raking() -> None:
    group = np.array(["a"] * 4 + ["b"] * 4)
    base = np.array([1.0, 2, 3, 4, 1, 1, 2, 2])
    values = np.array([1.0, 0, 1, 1, 0, 0, 1, 0])
    margin: Respondents = {"group": group.tolist()}
    weights = rake(margin, {"group": {"a": 30, "b": 70}}, base).weights
    # With one margin the residual is what is left of the group's mean by base weights.
    score = (values - weights @ values / 100) / 100
    for name in "ab":
        chosen = group == name
        score[chosen] -= base[chosen] @ score[chosen] / base[chosen].sum()
    total = score * weights
    expected_error = np.sqrt(8 / 7 * float(((total - total.mean()) ** 2).sum()))
    found, freedom = mean_error(values, weights, Design(margins=margin, base_weights=base))
    assert (found, freedom) == (pytest.approx(expected_error), 7)


def test_degrees_of_freedom_are_those_of_the_units_that_answered() -> None:
    clusters = np.repeat(np.arange(6), 4).tolist()
    values = np.array([1.0, 0, 1, 1] * 3 + [np.nan] * 12)
    error, freedom = mean_error(values, np.ones(24), Design(clusters=clusters))
    assert freedom == 2
    assert mean_error(np.nan_to_num(values), np.ones(24), Design(clusters=clusters))[1] == 5
    # Silent units stay in the design: three equal clusters beside three silent ones have no spread about the mean.
    assert error == pytest.approx(0, abs=1e-12)


def test_one_unit_in_a_stratum_has_no_error() -> None:
    with pytest.raises(SurveyError, match="single unit"):
        weighted_share([1.0, 0.0] * 6, np.ones(12), Design(strata=["a"] * 11 + ["b"]))


@pytest.mark.parametrize("no", [0.0, 1.0])
def test_answers_from_one_cluster_have_no_error_and_are_unreliable(no: float) -> None:
    answers = [1.0, no] * 40 + [np.nan] * 20
    found = weighted_share(answers, np.ones(100), Design(clusters=["a"] * 80 + ["b"] * 10 + ["c"] * 10))
    assert found.value == (1 + no) / 2
    assert np.isnan([found.lower, found.upper, found.standard_error, found.effective_size]).all()
    assert found.is_unreliable


def test_more_units_than_the_population_has_are_refused() -> None:
    with pytest.raises(SurveyError, match="more units"):
        weighted_share([1.0, 0.0] * 6, np.ones(12), Design(population=np.full(12, 11.0)))


@pytest.mark.parametrize(("answers", "weights"), [([2.0], [1.0]), ([1.0], [0.0]), ([1.0, 0.0], [1.0])])
def test_answers_and_weights_that_cannot_be_are_refused(answers: list[float], weights: list[float]) -> None:
    with pytest.raises(SurveyError, match="0, 1 or missing"):
        weighted_share(answers, np.array(weights))


def test_the_top_box_of_scales_of_different_lengths() -> None:
    five, four = Scale((1, 2, 3, 4, 5), (4, 5)), Scale((1, 2, 3, 4), (3, 4), (8, 9))
    np.testing.assert_array_equal(top_box([1, 3, 4, 5, 9, np.nan], five), [0, 0, 1, 1, np.nan, np.nan])
    np.testing.assert_array_equal(top_box([1, 3, 4, 8, 9], four), [0, 1, 1, np.nan, np.nan])


def test_an_answer_that_its_scale_lacks_is_refused() -> None:
    with pytest.raises(SurveyError, match="its scale does not have"):
        top_box([5], Scale((1, 2, 3, 4), (3, 4)))
    for top in ((), (1, 2, 3, 4), (7,)):
        with pytest.raises(SurveyError, match="top box"):
            top_box([1], Scale((1, 2, 3, 4), top))


def test_a_line_never_joins_waves_that_asked_different_questions() -> None:
    old, new = {"wording": "Are you listened to?", "scale": "5"}, {"wording": "Do staff listen?", "scale": "5"}
    assert line_segments([old, old, new, new, old]) == [0, 0, 1, 1, 2]
    assert line_segments([old, old | {"population": "parents"}]) == [0, 1]
    assert line_segments([]) == []
