"""Seeded numbers: attributes that depend only on a child's number, so that a child is the same in every extract."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_STEP = 0x9E3779B97F4A7C15
_WORD = (1 << 64) - 1


def uniform_of(numbers: Ints, salt: int) -> Floats:
    """A number in [0, 1) for each number and salt (SplitMix64): no state, so chunks agree with the whole."""
    word = numbers.astype(np.uint64) + np.uint64((salt * _STEP) & _WORD)
    word ^= word >> np.uint64(30)
    word *= _MIX_1
    word ^= word >> np.uint64(27)
    word *= _MIX_2
    word ^= word >> np.uint64(31)
    return (word >> np.uint64(11)).astype(np.float64) * 2.0**-53


def pick(shares: Mapping[str, float], uniform: Floats) -> Ints:
    """Index into the codes of `shares` for each number in [0, 1); shares need not add up to one."""
    cumulative = np.cumsum(np.fromiter(shares.values(), dtype=np.float64))
    return np.minimum(np.searchsorted(cumulative / cumulative[-1], uniform, side="right"), len(shares) - 1)


def any_weekdays(rng: np.random.Generator, first: int, last: int, count: int) -> Ints:
    """`count` Mondays to Fridays between two days since 1970, both included."""
    days = np.arange(first, last + 1, dtype=np.int64)
    weekdays = days[(days + 3) % 7 < 5]
    return weekdays[rng.integers(0, len(weekdays), count)]
