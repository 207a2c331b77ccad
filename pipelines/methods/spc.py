"""XmR control charts as NHS "Making Data Count": limits, special causes, variation and assurance.

Source: NHSRplotthedots 0.2.2 (MIT). Limits are mean ± 2.66 mean moving range; near limits lie at two thirds of that. For
figures of one series in order of time, at equal steps (months, terms). The limits know nothing of denominators: of
percentages with fewer than about 30 behind each point, show the base beside the chart or use quarters.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pipelines.methods.intervals import Flags, Floats, Integers, Numbers
from pipelines.methods.spc_rules import (
    part_of_seven,
    part_of_two_in_three,
    seven_point_one_side,
    trend_direction,
)

LIMIT = 2.66
NEAR_LIMIT = 2 * LIMIT / 3
SCREEN = 3.267
# With fewer points the limits are "trial limits": they still move a lot with each new point.
SETTLED_POINTS = 12


class ChartError(ValueError):
    """A chart was asked for with phases or options that cannot be."""


class Direction(StrEnum):
    """Which way is improvement."""

    INCREASE = "increase"
    DECREASE = "decrease"
    NEUTRAL = "neutral"


class Rule(StrEnum):
    """The special-cause rule that marks a point: the first that applies, in this order."""

    OUTSIDE = "outside_limits"
    TREND = "seven_point_trend"
    TWO_IN_THREE = "two_in_three"
    SHIFT = "seven_points_one_side"
    NONE = ""


class PointType(StrEnum):
    """What a point says; MISSING where there is no value."""

    COMMON_CAUSE = "common_cause"
    IMPROVEMENT = "special_cause_improvement"
    CONCERN = "special_cause_concern"
    NEUTRAL_HIGH = "special_cause_neutral_high"
    NEUTRAL_LOW = "special_cause_neutral_low"
    MISSING = "missing"


class Assurance(StrEnum):
    """What the newest limits say of the target."""

    CONSISTENT_PASS = "consistent_pass"
    CONSISTENT_FAIL = "consistent_fail"
    INCONSISTENT = "inconsistent"


@dataclass(frozen=True)
class Phase:
    """A new mean and new limits from position `start` (0 is the first point) on, with the case for them.

    Limits move only after (i) a sustained shift, (ii) with a known cause, (iii) for a recorded reason: all three are
    required texts, and ChartError says which one is missing.
    """

    start: int
    reason: str
    known_cause: str
    sustained_shift: str

    def __post_init__(self) -> None:
        for name in ("reason", "known_cause", "sustained_shift"):
            if not getattr(self, name).strip():
                raise ChartError(f"A phase needs {name.replace('_', ' ')} on record.")


@dataclass(frozen=True)
class Chart:
    """A control chart: the arrays have one entry per point, in the unit of the values.

    phase: 0, 1, 2 ...; limits are NaN in a phase with fewer than two neighbouring points; direction: 1 where the rule says
    high or rising, -1 low or falling, 0 for common cause; is_trial: the limits of the point rest on fewer than 12 points.
    variation: type of the newest point that has a value, None without one. assurance: None without a target, for a neutral
    measure, or without limits. screen_outliers and fix_after_n_points say how the limits were made.
    """

    values: Floats
    phase: Integers
    mean: Floats
    lower_limit: Floats
    upper_limit: Floats
    near_lower_limit: Floats
    near_upper_limit: Floats
    rule: NDArray[np.str_]
    direction: Integers
    point_type: NDArray[np.str_]
    is_trial: Flags
    variation: PointType | None
    assurance: Assurance | None
    improvement: Direction
    screen_outliers: bool
    fix_after_n_points: int | None
    phases: tuple[Phase, ...]


def control_chart(
    values: Numbers,
    improvement: Direction,
    target: float | None = None,
    phases: Sequence[Phase] = (),
    screen_outliers: bool = True,
    fix_after_n_points: int | None = None,
) -> Chart:
    """XmR chart of a series; a missing value (NaN) breaks runs and moving ranges and is no point itself.

    `screen_outliers`: leave moving ranges of 3.267 times their mean or more out of the limits, once (the R package's
    default; the Excel tool of NHS England does not screen). `fix_after_n_points`: the first so many points of each phase
    make its limits, later points do not move them. Raises ChartError.
    """
    y = np.asarray(values, dtype=np.float64)
    if np.isinf(y).any():
        raise ChartError("A chart cannot show an infinite value.")
    if fix_after_n_points is not None and fix_after_n_points < 2:
        raise ChartError("Limits cannot be fixed after fewer than two points.")
    ordered = _ordered(phases, len(y))
    starts = [0, *(phase.start for phase in ordered)]
    phase_of_point = np.searchsorted(starts, np.arange(len(y)), side="right") - 1
    lines, rules, directions, trials = _empty(len(y))
    for begin, end in zip(starts, [*starts[1:], len(y)], strict=True):
        baseline = y[begin:end][:fix_after_n_points]
        limits = process_limits(baseline, screen_outliers)
        lines[:, begin:end] = limits[:, None]
        trials[begin:end] = np.count_nonzero(~np.isnan(baseline)) < SETTLED_POINTS
        rules[begin:end], directions[begin:end] = special_causes(y[begin:end], limits)
    point_type = _point_types(y, directions, improvement)
    present = np.flatnonzero(~np.isnan(y))
    mean, lower, upper, near_lower, near_upper = lines
    last_limits = (float(lower[-1]), float(upper[-1])) if len(y) else (np.nan, np.nan)
    return Chart(
        values=y,
        phase=phase_of_point.astype(np.int64),
        mean=mean,
        lower_limit=lower,
        upper_limit=upper,
        near_lower_limit=near_lower,
        near_upper_limit=near_upper,
        rule=rules,
        direction=directions,
        point_type=point_type,
        is_trial=trials,
        variation=PointType(str(point_type[present[-1]])) if present.size else None,
        assurance=assurance(improvement, *last_limits, target),
        improvement=improvement,
        screen_outliers=screen_outliers,
        fix_after_n_points=fix_after_n_points,
        phases=ordered,
    )


def process_limits(values: Floats, screen_outliers: bool = True) -> Floats:
    """Mean, lower and upper process limit, lower and upper near limit of one phase, in the unit of the values."""
    centre = _mean(values)
    ranges = np.abs(np.diff(values))
    ranges = ranges[~np.isnan(ranges)]
    width = _mean(ranges)
    # Equal values have no moving range to screen: their limits are the mean itself.
    if screen_outliers and width > 0:
        width = _mean(ranges[ranges < SCREEN * width])
    return np.append(centre, centre + width * np.array([-LIMIT, LIMIT, -NEAR_LIMIT, NEAR_LIMIT]))


def special_causes(values: Floats, limits: Floats) -> tuple[NDArray[np.str_], Integers]:
    """Rule and direction of every point of one phase, given what `process_limits` returned."""
    mean, lower, upper, near_lower, near_upper = limits
    # Figures that are equal on paper may differ in their last bits, which must not put a point beyond a line that it is on.
    slack = 8 * np.finfo(np.float64).eps * float(np.nanmax(np.abs(np.append(values, 0.0))))
    side = (values > mean + slack).astype(np.int64) - (values < mean - slack).astype(np.int64)
    outside = (values > upper + slack) | (values < lower - slack)
    near = (~outside & ((values > near_upper + slack) | (values < near_lower - slack))).astype(np.int64)
    trend = trend_direction(values)
    pair = part_of_two_in_three(near, side) == 1
    shift = part_of_seven(seven_point_one_side(side)) == 1
    conditions = [outside, trend != 0, pair, shift]
    rule = np.select(conditions, [Rule.OUTSIDE, Rule.TREND, Rule.TWO_IN_THREE, Rule.SHIFT], Rule.NONE)
    return rule, np.select(conditions, [side, trend, side, side], 0).astype(np.int64)


def assurance(improvement: Direction, lower_limit: float, upper_limit: float, target: float | None) -> Assurance | None:
    """Whether the process will pass the target, fail it, or do either by chance, by the limits of the newest phase."""
    if target is None or improvement is Direction.NEUTRAL or np.isnan([target, lower_limit, upper_limit]).any():
        return None
    if lower_limit <= target <= upper_limit:
        return Assurance.INCONSISTENT
    above = target > upper_limit
    return Assurance.CONSISTENT_FAIL if above == (improvement is Direction.INCREASE) else Assurance.CONSISTENT_PASS


def _ordered(phases: Sequence[Phase], points: int) -> tuple[Phase, ...]:
    ordered = tuple(sorted(phases, key=lambda phase: phase.start))
    starts = [phase.start for phase in ordered]
    if len(set(starts)) < len(starts):
        raise ChartError("Two phases start at the same point.")
    if starts and not (starts[0] > 0 and starts[-1] < points):
        raise ChartError("A phase must start after the first point and not after the last one.")
    return ordered


def _empty(points: int) -> tuple[Floats, NDArray[np.str_], Integers, Flags]:
    return (
        np.full((5, points), np.nan),
        np.full(points, Rule.NONE, dtype="<U24"),
        np.zeros(points, dtype=np.int64),
        np.zeros(points, dtype=np.bool_),
    )


def _point_types(values: Floats, direction: Integers, improvement: Direction) -> NDArray[np.str_]:
    if improvement is Direction.NEUTRAL:
        high, low = PointType.NEUTRAL_HIGH, PointType.NEUTRAL_LOW
    elif improvement is Direction.INCREASE:
        high, low = PointType.IMPROVEMENT, PointType.CONCERN
    else:
        high, low = PointType.CONCERN, PointType.IMPROVEMENT
    return np.select(
        [np.isnan(values), direction > 0, direction < 0], [PointType.MISSING, high, low], PointType.COMMON_CAUSE
    )


def _mean(values: Floats) -> float:
    """Mean of the values that are there, exact enough that equal values have their own value as mean (NaN of none)."""
    present = values[~np.isnan(values)]
    if not present.size:
        return np.nan
    rough = math.fsum(present) / present.size
    return rough + math.fsum(present - rough) / present.size
