"""How far each expression of unknown counts can lie, given linear rows: programmes per block, then whole numbers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

import highspy
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

Unknown = tuple[tuple[str, ...], int]

"""A count, and how often it has been revised."""
SLACK = 1e-6
MANY = 1e6
WHOLE_BLOCK = 40


@dataclass(frozen=True)
class Row:
    """low ≤ sum of factor x unknown ≤ high, and how the attacker comes to it."""

    factors: Mapping[Unknown, float]
    low: float
    high: float
    why: str = ""


@dataclass(frozen=True)
class Interval:
    """Least and greatest value that agree with all rows; a high of `enough` or more was not looked at further.

    `how` says by which rows, where a programme says so.
    """

    low: float
    high: float
    how: tuple[str, ...] = ()


def intervals(
    rows: Sequence[Row],
    targets: Mapping[str, Mapping[Unknown, float]],
    fixed: Mapping[str, float],
    enough: Callable[[str], float],
) -> tuple[dict[str, Interval], list[Row]]:
    """The interval of every target over whole numbers from 0 up, and the rows that cannot hold with the others.

    To a target its `fixed` part is added, and it is looked at until it is seen to reach 0 and `enough`. Rows that
    contradict each other are left out.
    """
    found: dict[str, Interval] = {}
    broken: list[Row] = []
    for members, names in _blocks(rows, targets):
        block = _Block(members, {name: targets[name] for name in names}, [fixed[name] for name in names])
        broken += block.drop_contradictions()
        found |= block.intervals(enough)
    return found, broken


class _Block:
    """Rows and targets that share unknowns, as one programme that is solved again and again."""

    def __init__(
        self, rows: Sequence[Row], targets: Mapping[str, Mapping[Unknown, float]], fixed: Sequence[float]
    ) -> None:
        self.rows, self.names = list(rows), list(targets)
        used = (*(row.factors for row in rows), *targets.values())
        self.place = {key: place for place, key in enumerate(dict.fromkeys(key for one in used for key in one))}
        self.size = len(self.place)
        self.fixed = np.array(fixed)
        self.weights = _matrix(list(targets.values()), self.place)
        self.model = self._model(self.rows)
        self.chance = np.random.default_rng(1)

    def _model(self, rows: Sequence[Row]) -> highspy.Highs:
        matrix = _matrix([row.factors for row in rows], self.place)
        model = highspy.Highs()
        model.silent()
        model.setOptionValue("threads", 1)
        model.addCols(self.size, np.zeros(self.size), np.zeros(self.size), np.full(self.size, MANY), 0, [], [], [])
        low = np.array([row.low - SLACK * (row.low != row.high) for row in rows])
        high = np.array([row.high + SLACK * (row.low != row.high) for row in rows])
        starts, places = np.asarray(matrix.indptr, np.int32), np.asarray(matrix.indices, np.int32)
        model.addRows(len(rows), low, high, matrix.nnz, starts, places, np.asarray(matrix.data, np.float64))
        return model

    def drop_contradictions(self) -> list[Row]:
        """Leave out the rows that the cheapest way to agree has to break, until the others agree."""
        dropped: list[Row] = []
        while self._solve(np.zeros(self.size)) is None:
            elastic = self._model(self.rows)
            lines, new = len(self.rows), 2 * len(self.rows)
            cost, none, most = np.ones(new), np.zeros(new), np.full(new, highspy.kHighsInf)
            signs = np.tile([1.0, -1.0], lines)
            elastic.addCols(new, cost, none, most, new, np.arange(new), np.repeat(np.arange(lines), 2), signs)
            elastic.run()
            slack = np.array(elastic.getSolution().col_value)[self.size :].reshape(-1, 2).sum(axis=1)
            keep = slack < 1e-5
            if keep.all():
                keep[int(slack.argmax())] = False
            dropped += [row for row, kept in zip(self.rows, keep, strict=True) if not kept]
            self.rows = [row for row, kept in zip(self.rows, keep, strict=True) if kept]
            self.model = self._model(self.rows)
        return dropped

    def intervals(self, enough: Callable[[str], float]) -> dict[str, Interval]:
        wanted = np.array([enough(name) for name in self.names])
        low, high = np.full(len(wanted), inf), np.full(len(wanted), -inf)
        whole_low, whole_high = low.copy(), high.copy()

        def see(values: np.ndarray | None) -> None:
            if values is None:
                return
            sums = self.weights @ values + self.fixed
            np.minimum(low, sums, out=low)
            np.maximum(high, sums, out=high)
            if np.abs(values - values.round()).max(initial=0.0) < SLACK:
                np.minimum(whole_low, sums.round(), out=whole_low)
                np.maximum(whole_high, sums.round(), out=whole_high)

        # An optimum of a random sum of targets settles many of them at once.
        stale = 0
        while stale < 6:
            down, up = whole_low > SLACK, whole_high < wanted
            share = self.chance.random(len(wanted))
            see(self._solve(self.weights.T @ (share * (down if stale % 2 else -1.0 * up))))
            left = int((whole_low > SLACK).sum() + (whole_high < wanted).sum())
            stale = stale + 1 if left >= down.sum() + up.sum() else 0
            if not left:
                break
        how: list[set[str]] = [set() for _ in self.names]
        for line in range(len(wanted)):
            one = self.weights[[line]].toarray()[0]
            for sign, narrow in ((1.0, low[line] > SLACK), (-1.0, high[line] < wanted[line])):
                if narrow:
                    see(self._solve(sign * one))
                    how[line] |= self._reasons()
        if self.size <= WHOLE_BLOCK:
            low, high = self._whole(low, high, whole_low, whole_high, wanted)
        ends = zip(self.names, low, high, how, strict=True)
        return {
            name: Interval(ceil(least - SLACK), floor(most + SLACK), tuple(sorted(why)))
            for name, least, most, why in ends
        }

    def _whole(
        self, low: np.ndarray, high: np.ndarray, whole_low: np.ndarray, whole_high: np.ndarray, wanted: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The ends over whole numbers, where no whole-numbered table has been met yet that reaches them."""
        low, high = low.copy(), high.copy()
        self.model.changeColsIntegrality(
            self.size, np.arange(self.size), np.full(self.size, highspy.HighsVarType.kInteger)
        )
        self.model.setOptionValue("time_limit", 0.2)
        for line in range(len(wanted)):
            one = self.weights[[line]].toarray()[0]
            if low[line] <= SLACK < whole_low[line] and (values := self._solve(one)) is not None:
                low[line] = one @ values + self.fixed[line]
            if high[line] >= wanted[line] > whole_high[line] and (values := self._solve(-one)) is not None:
                high[line] = one @ values + self.fixed[line]
        return low, high

    def _reasons(self) -> set[str]:
        """The rows that hold the last optimum where it is."""
        duals = np.abs(np.array(self.model.getSolution().row_dual))
        return {row.why for row, dual in zip(self.rows, duals, strict=True) if dual > SLACK}

    def _solve(self, cost: np.ndarray) -> np.ndarray | None:
        self.model.changeColsCost(self.size, np.arange(self.size), cost)
        self.model.run()
        if self.model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self.model.getSolution().col_value)


def _matrix(lines: Sequence[Mapping[Unknown, float]], place: Mapping[Unknown, int]) -> csr_array:
    entries = [(line, place[key], factor) for line, factors in enumerate(lines) for key, factor in factors.items()]
    line, column, factor = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array(
        (np.array(factor, float), (np.array(line, np.int32), np.array(column, np.int32))),
        shape=(len(lines), len(place)),
    )


def _blocks(
    rows: Sequence[Row], targets: Mapping[str, Mapping[Unknown, float]]
) -> Iterable[tuple[list[Row], list[str]]]:
    """Rows and names of targets, parted by the unknowns that they share."""
    groups = [*(list(row.factors) for row in rows), *(list(one) for one in targets.values())]
    place = {key: number for number, key in enumerate(dict.fromkeys(key for group in groups for key in group))}
    pairs = [(place[key], place[group[0]]) for group in groups for key in group]
    if not pairs:
        return
    left, right = zip(*pairs, strict=True)
    graph = csr_array((np.ones(len(pairs)), (left, right)), shape=(len(place), len(place)))
    number, label = connected_components(graph, directed=False)
    blocks: list[tuple[list[Row], list[str]]] = [([], []) for _ in range(number)]
    for row, group in zip(rows, groups, strict=False):
        blocks[label[place[group[0]]]][0].append(row)
    for name, one in targets.items():
        blocks[label[place[next(iter(one))]]][1].append(name)
    yield from (block for block in blocks if block[1])
