"""How far a figure could move if rows that could not be counted were counted: data-quality bounds.

Rows are uncounted because they are quarantined or have no usable date. A bound is not a confidence limit: it supposes
nothing about the rows, so it is the widest range that they allow. Everything but `quantile_bounds` is vectorised.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.methods.intervals import Floats, Numbers


class BoundsError(ValueError):
    """Bounds were asked for counts that cannot be."""


@dataclass(frozen=True)
class Bounds:
    """Lowest and highest value, in the unit of what was asked; NaN where there is nothing to count."""

    lowest: Floats
    highest: Floats


def proportion_bounds(
    numerator: Numbers, denominator: Numbers, left_out: Numbers = (0.0,), undecided: Numbers = (0.0,)
) -> Bounds:
    """Lowest and highest proportion, from 0 to 1.

    `left_out`: rows in neither numerator nor denominator that may belong in the denominator or in both (quarantined rows;
    plans without a date when the measure drops them). `undecided`: rows in the denominator that are not in the numerator
    only because something is missing. A row that belonged in neither would move the figure less, so the bounds hold for it
    too. NaN where no row is counted or left out. Raises BoundsError where a count is negative, the numerator is above the
    denominator, or more rows are undecided than are outside the numerator.
    """
    x, n, out, open_ = _arrays(numerator, denominator, left_out, undecided)
    if (x < 0).any() or (n < 0).any() or (out < 0).any() or (open_ < 0).any():
        raise BoundsError("No bounds: a count is negative.")
    if (x > n).any():
        raise BoundsError("No bounds: a numerator is greater than its denominator.")
    if (x + open_ > n).any():
        raise BoundsError("No bounds: more rows are undecided than are outside the numerator.")
    return Bounds(_divide(x, n + out), _divide(x + out + open_, n + out))


def rate_bounds(events: Numbers, exposure: Numbers, left_out: Numbers, multiplier: float = 1.0) -> Bounds:
    """Lowest and highest rate per `multiplier` when `left_out` rows may each be one more event; exposure does not change.

    NaN where the exposure is 0. Raises BoundsError where a number is negative.
    """
    x, n, out = _arrays(events, exposure, left_out)
    if (x < 0).any() or (n < 0).any() or (out < 0).any():
        raise BoundsError("No bounds: a count is negative.")
    return Bounds(_divide(x, n) * multiplier, _divide(x + out, n) * multiplier)


def quantile_bounds(values: Numbers, left_out: int, quantile: float, floor: float, ceiling: float) -> Bounds:
    """Lowest and highest quantile (0.5 is the median) when `left_out` more values lie anywhere from floor to ceiling.

    Missing values are not counted here: say how many they are in `left_out`. Raises BoundsError where left_out is negative,
    or floor and ceiling do not enclose the values.
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    if left_out < 0:
        raise BoundsError("No bounds: a count is negative.")
    if floor > ceiling or (known < floor).any() or (known > ceiling).any():
        raise BoundsError("No bounds: a value is outside floor and ceiling.")
    if not known.size + left_out:
        return Bounds(np.array([np.nan]), np.array([np.nan]))
    ends = [np.quantile(np.append(known, np.full(left_out, end)), quantile) for end in (floor, ceiling)]
    return Bounds(np.array([ends[0]]), np.array([ends[1]]))


def _arrays(*numbers: Numbers) -> list[Floats]:
    return [
        array.astype(np.float64)
        for array in np.broadcast_arrays(*[np.asarray(each, dtype=np.float64) for each in numbers])
    ]


def _divide(numerator: Floats, denominator: Floats) -> NDArray[np.float64]:
    return np.divide(numerator, denominator, out=np.full(numerator.shape, np.nan), where=denominator > 0)
