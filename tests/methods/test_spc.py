"""Control charts equal those of NHSRplotthedots, and the past changes only with new points or a recorded phase."""

import json
from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.methods import spc_rules
from pipelines.methods.spc import (
    Assurance,
    Chart,
    ChartError,
    Direction,
    Phase,
    PointType,
    Rule,
    assurance,
    control_chart,
    process_limits,
)

# Mean 10, every moving range 2: limits 4.68 and 15.32, near limits 6.4533 and 13.5467.
BASELINE = [9.0, 11.0] * 6
SERIES = st.lists(st.integers(0, 12).map(float), min_size=1, max_size=40)
SEVEN = spc_rules.RUN


def chart(values: Sequence[float], fixed: int | None = None, **options: Direction) -> Chart:
    return control_chart(values, options.get("improvement", Direction.INCREASE), fix_after_n_points=fixed)


def after_baseline(*points: float) -> list[str]:
    return chart([*BASELINE, *points], fixed=12).rule[len(BASELINE) :].tolist()


def phase(start: int) -> Phase:
    return Phase(start, "limits no longer describe the process", "new panel rota", "eight points above the mean")


def test_limits_equal_the_reference(shared_dir: Path) -> None:
    cases = json.loads((shared_dir / "reference_cases" / "spc" / "cases.json").read_text(encoding="utf-8"))
    for case in cases["limits"]:
        found = control_chart(case["y"], Direction.INCREASE, screen_outliers=case["screen"])
        limits = {"mean": found.mean[0], "lpl": found.lower_limit[0], "upl": found.upper_limit[0]}
        for name, digits in (("expected", 7), ("expected_3sf", 3)):
            for line, value in case.get(name, {}).items():
                assert float(f"{limits[line]:.{digits}g}") == pytest.approx(value, rel=1e-12), case["id"]
        for line, value in case.get("expected_2dp", {}).items():
            # R prints 6.9515 as 6.95: one unit of the last printed digit covers how it rounds.
            assert limits[line] == pytest.approx(value, abs=0.005), case["id"]
        if "special_cause_index0" in case:
            assert np.flatnonzero(found.rule != Rule.NONE).tolist() == case["special_cause_index0"]


def test_the_published_vignette_has_both_screening_modes() -> None:
    values = [1.0, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1]
    screened = control_chart(values, Direction.INCREASE, screen_outliers=True)
    assert (round(screened.upper_limit[0], 1), round(screened.lower_limit[0], 2)) == (4.6, -0.72)
    unscreened = control_chart(values, Direction.INCREASE, screen_outliers=False)
    assert (round(unscreened.upper_limit[0], 2), round(unscreened.lower_limit[0], 2)) == (6.95, -3.06)
    assert (screened.screen_outliers, unscreened.screen_outliers) == (True, False)


def test_rules_equal_the_reference(shared_dir: Path) -> None:
    cases = json.loads((shared_dir / "reference_cases" / "spc" / "cases.json").read_text(encoding="utf-8"))
    rules = {
        "seven_point_one_side": spc_rules.seven_point_one_side,
        "part_of_seven": spc_rules.part_of_seven,
        "two_in_three": spc_rules.two_in_three,
        "part_of_two_in_three": spc_rules.part_of_two_in_three,
    }
    for case in cases["rule_vectors"]:
        if case["fn"] == "seven_point_trend":
            found = spc_rules.seven_point_trend(np.array(case["args"][0], dtype=np.float64))
        else:
            found = rules[case["fn"]](*(np.array(each, dtype=np.int64) for each in case["args"]))
        assert found.tolist() == case["expected"], case


def test_assurance_equals_the_reference(shared_dir: Path) -> None:
    cases = json.loads((shared_dir / "reference_cases" / "spc" / "cases.json").read_text(encoding="utf-8"))
    for case in cases["assurance"]:
        assert assurance(Direction(case["direction"]), case["lpl"], case["upl"], case["target"]) == case["expected"]


@pytest.mark.parametrize(
    ("improvement", "target", "expected"),
    [
        (Direction.INCREASE, 0.5, Assurance.CONSISTENT_PASS),
        (Direction.DECREASE, 0.5, Assurance.CONSISTENT_FAIL),
        (Direction.DECREASE, 4.0, Assurance.CONSISTENT_PASS),
        (Direction.INCREASE, 1.0, Assurance.INCONSISTENT),
        (Direction.INCREASE, 3.0, Assurance.INCONSISTENT),
        (Direction.INCREASE, None, None),
    ],
)
def test_assurance_of_a_target_beyond_on_and_between_the_limits(
    improvement: Direction, target: float | None, expected: Assurance | None
) -> None:
    assert assurance(improvement, 1.0, 3.0, target) is expected


def test_assurance_looks_at_the_newest_phase_only() -> None:
    values = [*BASELINE, *[value + 90 for value in BASELINE]]
    whole = control_chart(values, Direction.INCREASE, target=50)
    rebased = control_chart(values, Direction.INCREASE, target=50, phases=[phase(12)])
    assert (whole.assurance, rebased.assurance) == (Assurance.INCONSISTENT, Assurance.CONSISTENT_PASS)
    assert rebased.phases == (phase(12),)


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        # On the limit is not outside it, but near; just beyond is outside.
        ((15.32, 15.32), [Rule.TWO_IN_THREE, Rule.TWO_IN_THREE]),
        ((15.33,), [Rule.OUTSIDE]),
        ((4.68, 10.0), [Rule.NONE, Rule.NONE]),
        ((4.67,), [Rule.OUTSIDE]),
        # Two of three near: only those near are flagged, all three on one side.
        ((14.0, 10.5, 14.0), [Rule.TWO_IN_THREE, Rule.NONE, Rule.TWO_IN_THREE]),
        ((14.0, 9.9, 14.0), [Rule.NONE, Rule.NONE, Rule.NONE]),
        ((14.0, 10.0, 14.0), [Rule.NONE, Rule.NONE, Rule.NONE]),
        ((6.0, 6.1), [Rule.NONE, Rule.NONE]),
        ((9.0, 6.0, 6.1), [Rule.NONE, Rule.TWO_IN_THREE, Rule.TWO_IN_THREE]),
        # A point outside is not near.
        ((14.0, 16.0, 10.5), [Rule.NONE, Rule.OUTSIDE, Rule.NONE]),
        # Seven on one side, and one on the mean between them.
        ((10.5, 11, 10.5, 11, 10.5, 11, 10.5), [Rule.SHIFT] * 7),
        ((10.5, 11, 10.5, 10, 10.5, 11, 10.5), [Rule.NONE] * 7),
        # Seven rising points go before the shift; a tie breaks them.
        ((9.8, 10.1, 10.4, 10.7, 11.0, 11.3, 11.6), [Rule.TREND] * 7),
        ((9.8, 10.1, 10.4, 10.4, 11.0, 11.3, 11.6), [Rule.NONE] * 7),
        ((9.8, 10.1, 10.4, 10.7, 11.0, 11.3), [Rule.NONE] * 6),
        # Outside goes before the trend.
        ((9.8, 10.1, 10.4, 10.7, 11.0, 11.3, 16.0), [*[Rule.TREND] * 6, Rule.OUTSIDE]),
        # Two in three go before the shift.
        ((10.5, 11, 10.5, 11, 10.5, 14, 14.1), [*[Rule.SHIFT] * 5, Rule.TWO_IN_THREE, Rule.TWO_IN_THREE]),
    ],
)
def test_rules_and_their_precedence(points: tuple[float, ...], expected: list[Rule]) -> None:
    # The last point of the baseline lies above the mean: a pair above the mean has it as third.
    assert after_baseline(*points) == expected


@pytest.mark.parametrize(
    ("improvement", "high", "low"),
    [
        (Direction.INCREASE, PointType.IMPROVEMENT, PointType.CONCERN),
        (Direction.DECREASE, PointType.CONCERN, PointType.IMPROVEMENT),
        (Direction.NEUTRAL, PointType.NEUTRAL_HIGH, PointType.NEUTRAL_LOW),
    ],
)
def test_a_special_cause_is_improvement_or_concern_by_direction(
    improvement: Direction, high: PointType, low: PointType
) -> None:
    up, down = (chart([*BASELINE, point], fixed=12, improvement=improvement) for point in (20.0, 0.0))
    assert (up.variation, down.variation) == (high, low)
    assert (up.point_type[0], down.point_type[0]) == (PointType.COMMON_CAUSE, PointType.COMMON_CAUSE)


def test_a_rising_run_below_the_mean_is_good_when_more_is_better() -> None:
    found = chart([*BASELINE, 6.5, 6.9, 7.3, 7.7, 8.1, 8.5, 8.9], fixed=12)
    assert found.rule[-1] == Rule.TREND
    assert found.variation is PointType.IMPROVEMENT


def test_a_turning_point_takes_the_way_to_its_right() -> None:
    found = spc_rules.trend_direction(np.array([1.0, 2, 3, 4, 5, 6, 7, 6, 5, 4, 3, 2, 1]))
    assert found.tolist() == [1] * 6 + [-1] * 7


def test_trial_limits_rest_on_fewer_than_twelve_points() -> None:
    assert chart(BASELINE[:11]).is_trial.all()
    assert not chart(BASELINE).is_trial.any()
    assert chart(BASELINE, fixed=11).is_trial.all()
    assert chart([*BASELINE[:11], np.nan]).is_trial.all()
    found = control_chart([*BASELINE, 1.0, 2.0], Direction.INCREASE, phases=[phase(12)])
    assert found.is_trial.tolist() == [False] * 12 + [True] * 2


def test_equal_values_have_their_own_value_as_limits_and_no_special_cause() -> None:
    for value, count in product((0.0, 0.1, 100 / 3), (3, 6, 20)):
        for screened in (True, False):
            found = control_chart([value] * count, Direction.DECREASE, target=value, screen_outliers=screened)
            assert (found.mean == value).all() and (found.upper_limit == value).all()
            assert (found.rule == Rule.NONE).all()
            assert found.assurance is Assurance.INCONSISTENT


def test_one_point_has_a_mean_and_no_limits_and_none_has_nothing() -> None:
    found = control_chart([4.0], Direction.INCREASE, target=5)
    assert (found.mean[0], found.variation, found.assurance) == (4, PointType.COMMON_CAUSE, None)
    assert np.isnan([found.lower_limit[0], found.upper_limit[0]]).all()
    empty = control_chart([], Direction.INCREASE, target=5)
    assert (empty.variation, empty.assurance, empty.rule.size) == (None, None, 0)


def test_a_missing_value_is_no_point_and_breaks_a_run() -> None:
    above = [10.5, 11.0, 10.6, 11.1]
    assert after_baseline(*above, np.nan, *above) == [Rule.NONE] * 9
    found = chart([*BASELINE, 20.0, np.nan], fixed=12)
    assert found.point_type[-1] == PointType.MISSING
    assert found.variation is PointType.IMPROVEMENT
    # No moving range is taken across the gap.
    np.testing.assert_allclose(process_limits(np.array([1.0, 2.0, np.nan, 50.0, 51.0]))[2], 26 + 2.66)


def test_near_limits_lie_at_two_thirds_of_the_limits() -> None:
    assert process_limits(np.array(BASELINE)) == pytest.approx([10, 4.68, 15.32, 10 - 2 * 5.32 / 3, 10 + 2 * 5.32 / 3])


@pytest.mark.parametrize(("jump", "width"), [(4.3, (9 + 4.3) / 10), (4.4, 1.0)])
def test_screening_leaves_out_a_moving_range_of_3_267_times_their_mean(jump: float, width: float) -> None:
    # Nine ranges of 1 and one jump: 4.3 is 3.23 times the mean of 1.33, 4.4 is 3.28 times that of 1.34.
    values = np.array([0.0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1 + jump])
    found = process_limits(values)
    assert found[2] - found[0] == pytest.approx(2.66 * width)
    unscreened = process_limits(values, screen_outliers=False)
    assert unscreened[2] - unscreened[0] == pytest.approx(2.66 * (9 + jump) / 10)


@pytest.mark.parametrize("missing", ["reason", "known_cause", "sustained_shift"])
def test_a_phase_needs_its_case_on_record(missing: str) -> None:
    texts = {"reason": "r", "known_cause": "k", "sustained_shift": "s"} | {missing: " "}
    with pytest.raises(ChartError, match=missing.replace("_", " ")):
        Phase(3, **texts)


@pytest.mark.parametrize("starts", [(0,), (12,), (5, 5)])
def test_a_phase_must_start_inside_the_series_and_alone(starts: tuple[int, ...]) -> None:
    with pytest.raises(ChartError):
        control_chart(BASELINE, Direction.INCREASE, phases=[phase(start) for start in starts])


def test_impossible_options_are_refused() -> None:
    with pytest.raises(ChartError, match="infinite"):
        chart([1.0, np.inf])
    with pytest.raises(ChartError, match="fewer than two"):
        chart(BASELINE, fixed=1)


def flags(found: Chart, upto: int) -> list[tuple[str, int]]:
    return list(zip(found.rule[:upto].tolist(), found.direction[:upto].tolist(), strict=True))


@settings(deadline=None, max_examples=80)
@given(SERIES, st.lists(st.integers(0, 12).map(float), max_size=9))
def test_with_fixed_limits_new_points_change_only_the_run_that_they_complete(
    values: list[float], more: list[float]
) -> None:
    values = [*BASELINE, *values]
    settled = len(values) - SEVEN + 1
    assert flags(chart([*values, *more], fixed=12), settled) == flags(chart(values, fixed=12), settled)


@settings(deadline=None, max_examples=80)
@given(SERIES, SERIES, SERIES)
def test_points_after_a_phase_never_change_the_phases_before(
    first: list[float], second: list[float], more: list[float]
) -> None:
    before = control_chart([*first, *second], Direction.INCREASE, phases=[phase(len(first))])
    after = control_chart([*first, *second, *more], Direction.INCREASE, phases=[phase(len(first))])
    assert flags(after, len(first)) == flags(before, len(first))
    assert flags(before, len(first)) == flags(chart(first), len(first))
    np.testing.assert_array_equal(before.upper_limit[: len(first)], after.upper_limit[: len(first)])


@settings(deadline=None, max_examples=150)
@given(SERIES)
def test_rules_equal_a_plain_reading_of_them(values: list[float]) -> None:
    found = chart(values)
    mean, upper, lower = float(np.mean(values)), found.upper_limit[0], found.lower_limit[0]
    near_upper, near_lower = found.near_upper_limit[0], found.near_lower_limit[0]
    for i, rule in enumerate(found.rule):
        runs = [values[j : j + 7] for j in range(max(0, i - 6), i + 1) if j + 7 <= len(values)]
        trios = [values[j : j + 3] for j in range(max(0, i - 2), i + 1) if j + 3 <= len(values)]

        def is_near(y: float) -> bool:
            return (lower <= y <= upper) and not near_lower <= y <= near_upper

        def one_side(points: list[float]) -> bool:
            return all(y > mean + 1e-9 for y in points) or all(y < mean - 1e-9 for y in points)

        if values[i] > upper + 1e-9 or values[i] < lower - 1e-9:
            expected = Rule.OUTSIDE
        elif any(all(a < b for a, b in pairwise(r)) or all(a > b for a, b in pairwise(r)) for r in runs):
            expected = Rule.TREND
        elif is_near(values[i]) and any(one_side(t) and sum(map(is_near, t)) >= 2 for t in trios):
            expected = Rule.TWO_IN_THREE
        elif any(one_side(r) for r in runs):
            expected = Rule.SHIFT
        else:
            expected = Rule.NONE
        assert rule == expected


@settings(deadline=None, max_examples=60)
@given(SERIES)
def test_the_mirror_image_of_a_series_has_mirrored_flags(values: list[float]) -> None:
    found, mirrored = chart(values), chart([-value for value in values])
    assert mirrored.rule.tolist() == found.rule.tolist()
    assert mirrored.direction.tolist() == (-found.direction).tolist()
