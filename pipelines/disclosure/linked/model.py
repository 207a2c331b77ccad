"""Published tables as one additive system: a cell that several tables show is one variable, every sum is one equation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class TablesError(ValueError):
    """The tables do not fit together. The message names cells, never a value."""


class Kind(IntEnum):
    """What may be done with a cell. PUBLISHABLE: may be shown or hidden. KNOWN: the reader has it whatever we do (an outside
    total, a structural zero, an earlier release). NEVER_SHOWN: printed nowhere (a remainder, or hidden in an earlier release).
    """

    PUBLISHABLE = 0
    KNOWN = 1
    NEVER_SHOWN = 2


@dataclass(frozen=True)
class Cell:
    """A count under a key that is unique over all tables and periods. threshold: counts of 1 to threshold - 1 are small;
    0: never small (a sum of money, a distance). cost: of hiding it; None: ln(1 + value) + 1/2."""

    key: str
    value: int
    kind: Kind = Kind.PUBLISHABLE
    threshold: int = 5
    cost: float | None = None


@dataclass(frozen=True)
class Sum:
    """total = sum of parts, and a rest that no cell shows if `rest` names one.

    With a rest: a breakdown that leaves some out; a numerator in its denominator (the rest is the complement, so that
    a percentage and its denominator are one system); a measure without exceptions in the one with them.
    """

    total: str
    parts: tuple[str, ...]
    rest: str = ""


@dataclass(frozen=True)
class LinkedTables:
    """One position per cell in every array. `sums`: equations × cells of whole numbers with sums @ value = 0."""

    keys: tuple[str, ...]
    value: Integers
    kind: Integers
    threshold: Integers
    cost: Floats
    sums: csr_matrix

    @property
    def position(self) -> dict[str, int]:
        """Where each key stands."""
        return {key: at for at, key in enumerate(self.keys)}

    @cached_property
    def by_cell(self) -> csc_matrix:
        """`sums`, stored by cell."""
        return csc_matrix(self.sums)

    def sums_of(self, cells: Integers) -> tuple[Integers, csc_matrix]:
        """The equations (positions) that `cells` are in, and their columns of them."""
        columns = self.by_cell[:, cells]
        rows = np.unique(columns.indices).astype(np.int64)
        place = np.zeros(len(self.sums.indptr) - 1, dtype=np.int64)
        place[rows] = np.arange(rows.size)
        return rows, csc_matrix((columns.data, place[columns.indices], columns.indptr), shape=(rows.size, cells.size))

    def named(self, flags: Flags) -> list[str]:
        """Keys of the cells that are flagged."""
        return [self.keys[at] for at in np.flatnonzero(flags)]


def link_tables(cells: Iterable[Cell], sums: Iterable[Sum]) -> LinkedTables:
    """The system of all cells and sums. A cell may come again from another table, if it says the same.

    Raises TablesError for a negative count, a key that two tables give different counts, a sum that names an unknown cell
    or does not hold.
    """
    found: dict[str, Cell] = {}
    for cell in cells:
        if cell.value < 0:
            raise TablesError(f"{cell.key}: a count cannot be negative.")
        known = found.setdefault(cell.key, cell)
        if known.value != cell.value:
            raise TablesError(f"{cell.key}: two tables give different counts for this cell.")
        if cell.kind is Kind.KNOWN:
            found[cell.key] = cell
    equations = [_equation(one, found) for one in dict.fromkeys(sums)]
    keys = tuple(found)
    position = {key: at for at, key in enumerate(keys)}
    row = [at for at, equation in enumerate(equations) for _ in equation]
    column = [position[key] for equation in equations for key in equation]
    times = [t for equation in equations for t in equation.values()]
    value = np.array([c.value for c in found.values()], dtype=np.int64)
    default = np.log1p(value) + 0.5
    cost = np.array(
        [d if c.cost is None else c.cost for c, d in zip(found.values(), default, strict=True)], dtype=float
    )
    kind = np.array([c.kind for c in found.values()], dtype=np.int64)
    threshold = np.array([c.threshold for c in found.values()], dtype=np.int64)
    matrix = csr_matrix(
        (np.array(times, dtype=np.int64), (row, column)), shape=(len(equations), len(keys)), dtype=np.int64
    )
    return LinkedTables(keys, value, kind, threshold, cost, matrix)


def sums_over(
    columns: Mapping[str, Sequence[str]],
    key: str,
    dimension: str,
    total: str,
    parent: Mapping[str, str] | None = None,
    others: Sequence[str] = (),
) -> list[Sum]:
    """The sums of one dimension in tables of cells: `columns[dimension]` holds each cell's category, `others` the columns that
    a sum keeps fixed, `columns[key]` the cells' keys. parent: category → the category above it (ward → area); what has none
    adds up to `total`. Groups without their total, or with no part, give no sum.
    """
    above = parent or {}
    groups: dict[tuple[str, ...], dict[str, str]] = {}
    fixed = zip(*(columns[name] for name in others), strict=True) if others else iter([()] * len(columns[key]))
    for cell, category, rest in zip(columns[key], columns[dimension], fixed, strict=True):
        groups.setdefault(tuple(rest), {})[category] = cell
    made: list[Sum] = []
    for group in groups.values():
        children: dict[str, list[str]] = {}
        for category, cell in group.items():
            if category != total:
                children.setdefault(above.get(category, total), []).append(cell)
        made += [Sum(group[head], tuple(parts)) for head, parts in children.items() if head in group]
    return made


def part_of(tables: LinkedTables, cells: Integers) -> tuple[LinkedTables, Integers]:
    """The system of these cells alone, and where its cells stand in the whole: they and what is known of their sums."""
    rows = np.unique(tables.by_cell[:, cells].indices)
    some = tables.sums[rows]
    columns = np.unique(np.concatenate([cells, some.indices]))
    return (
        LinkedTables(
            tuple(tables.keys[at] for at in columns),
            tables.value[columns],
            tables.kind[columns],
            tables.threshold[columns],
            tables.cost[columns],
            csr_matrix(some[:, columns]),
        ),
        columns,
    )


def parts_of(tables: LinkedTables, take: Flags, at_least: int = 1) -> list[Integers]:
    """Positions of the flagged cells, split into parts that share no equation, in the order of their first cell.

    at_least: smaller parts are put together until they have so many cells.
    """
    columns = np.flatnonzero(take)
    if not columns.size:
        return []
    rows, some = tables.sums_of(columns)
    entries = some.tocoo()
    size = rows.size + columns.size
    graph = csr_matrix((np.ones(entries.nnz), (entries.row, entries.col + rows.size)), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    label = label[rows.size :]
    order = np.argsort(label, kind="stable")
    parts = np.split(columns[order], np.flatnonzero(np.diff(label[order])) + 1)
    gathered: list[list[Integers]] = [[]]
    for part in sorted(parts, key=lambda part: int(part[0])):
        if gathered[-1] and sum(map(len, gathered[-1])) >= at_least:
            gathered.append([])
        gathered[-1].append(part)
    return [np.sort(np.concatenate(some)) for some in gathered]


def _equation(one: Sum, found: dict[str, Cell]) -> dict[str, int]:
    """Cell → times, of an equation that adds up to nought; adds the rest to `found`."""
    missing = [key for key in (one.total, *one.parts) if key not in found]
    if missing:
        raise TablesError(f"The sum of {one.total} names cells that no table has: {', '.join(missing)}.")
    rest = found[one.total].value - sum(found[key].value for key in one.parts)
    if one.rest and rest >= 0:
        added = found.setdefault(one.rest, Cell(one.rest, rest, Kind.NEVER_SHOWN, found[one.total].threshold))
        if added.value != rest:
            raise TablesError(f"{one.rest}: two sums leave different rests under this name.")
    elif rest != 0:
        raise TablesError(f"The parts of {one.total} do not add up to it ({len(one.parts)} parts).")
    equation: dict[str, int] = {one.total: -1}
    for key in (*one.parts, *([one.rest] if one.rest else [])):
        equation[key] = equation.get(key, 0) + 1
    return {key: times for key, times in equation.items() if times}
