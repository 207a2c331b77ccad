"""The run rules of a control chart, one function per rule; each takes the points of one phase in order.

Source: NHS "Making Data Count" as in NHSRplotthedots 0.2.2 `ptd_calculate_point_type`. Sides are 1 above the mean, -1
below it, 0 exactly on it or missing.
"""

import numpy as np

from pipelines.methods.intervals import Floats, Integers

RUN = 7


def seven_point_one_side(side: Integers) -> Integers:
    """1 at every point that completes a run of seven on one side of the mean; a point on the mean breaks the run."""
    ends = np.zeros(len(side), dtype=np.int64)
    if len(side) >= RUN:
        window = np.lib.stride_tricks.sliding_window_view(side, RUN)
        ends[RUN - 1 :] = np.abs(window.sum(axis=1)) == RUN
    return ends


def seven_point_trend(values: Floats) -> Integers:
    """1 (or -1) at every point that completes seven points each higher (lower) than the one before; a tie breaks it."""
    ends = np.zeros(len(values), dtype=np.int64)
    if len(values) >= RUN:
        steps = np.nan_to_num(np.sign(np.diff(values))).astype(np.int64)
        total = np.lib.stride_tricks.sliding_window_view(steps, RUN - 1).sum(axis=1)
        ends[RUN - 1 :] = np.where(np.abs(total) == RUN - 1, np.sign(total), 0)
    return ends


def part_of_seven(ends: Integers) -> Integers:
    """1 at every point of a run of seven, given the points that complete one."""
    part = np.zeros(len(ends), dtype=np.int64)
    for end in np.flatnonzero(ends):
        part[max(0, end - RUN + 1) : end + 1] = 1
    return part


def two_in_three(near: Integers, side: Integers) -> Integers:
    """1 at every point of three in a row, all on one side of the mean, of which two or three are near a limit.

    near: 1 where a point is beyond a near limit and not beyond the process limit.
    """
    part = np.zeros(len(near), dtype=np.int64)
    if len(near) >= 3:
        close = np.lib.stride_tricks.sliding_window_view(near, 3).sum(axis=1) >= 2
        one_side = np.abs(np.lib.stride_tricks.sliding_window_view(side, 3).sum(axis=1)) == 3
        for start in np.flatnonzero(close & one_side):
            part[start : start + 3] = 1
    return part


def part_of_two_in_three(near: Integers, side: Integers) -> Integers:
    """1 at the points of `two_in_three` that are themselves near a limit: only they are flagged."""
    return two_in_three(near, side) * near


def trend_direction(values: Floats) -> Integers:
    """1 for points of a rising run of seven, -1 of a falling one, else 0; a turning point takes the way to its right."""
    ends = seven_point_trend(values)
    rising, falling = part_of_seven((ends == 1).astype(np.int64)), part_of_seven((ends == -1).astype(np.int64))
    to_the_right = np.zeros(len(values), dtype=np.int64)
    if len(values):
        to_the_right[:-1] = np.nan_to_num(np.sign(np.diff(values))).astype(np.int64)
    return np.where((rising == 1) & (falling == 1), to_the_right, rising - falling)
