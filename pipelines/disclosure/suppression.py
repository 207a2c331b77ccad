"""Which cells must be hidden so that no small count can be had by subtraction.

First the small cells, then as many others as every sum needs, then a check by linear algebra of what is left to solve,
until nothing changes. Hiding only ever grows, so it ends.
"""

# pandas 3 annotates its results as unions (DataFrame | Series | scalar) that no caller can narrow: these checks are off here.
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false, reportAttributeAccessIssue=false
# pyright: reportIndexIssue=false, reportOptionalSubscript=false, reportOperatorIssue=false

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import lsmr

from pipelines.disclosure.cells import SPAN, Cells, Flags, Floats, Integers, Sums

_SOLVED = 1e-6
_SEED = 20140901


def small(channels: Floats, threshold: int) -> Flags:
    """Counts from 1 to one below the threshold."""
    return (channels > 0) & (channels < threshold)


def protect(cells: Cells, sums: Sums, primary: Flags, threshold: int) -> Flags:
    """Cells to hide: `primary` and what protects them. Grain: one flag per cell. Span cells are always hidden."""
    span = (cells.index["period_type"] == SPAN).to_numpy(dtype=bool)
    hidden = primary | span
    order = _stable_order(cells)
    sensitive = small(cells.channels, threshold) & ~span[:, None]
    secret = (primary | sensitive.any(axis=1)) & ~span
    look_at = secret
    while True:
        _fill_sums(cells, sums, hidden, sensitive, order, threshold)
        solved = _solved_cells(sums, hidden, look_at) & secret
        look_at = solved
        if not solved.any() or not _hide_beside(cells, sums, hidden, solved, order):
            return hidden


def _stable_order(cells: Cells) -> Floats:
    """A rank for choosing: the value that is smallest over all periods first, so that periods choose alike."""
    series = ["group", "area_code", "period_type", "breakdown", "breakdown_value"]
    overall = (
        cells.index.assign(size=cells.size).groupby(series, dropna=False)["size"].transform("sum").to_numpy(dtype=float)
    )
    rank = np.empty(len(overall))
    rank[np.lexsort((cells.size, overall))] = np.arange(len(overall))
    return rank


def _fill_sums(cells: Cells, sums: Sums, hidden: Flags, sensitive: Flags, order: Floats, threshold: int) -> None:
    members = _members_of(sums)
    while True:
        _hide_rows_of_hidden_totals(sums, hidden)
        short = np.flatnonzero(_short_sums(cells, sums, hidden, sensitive, threshold))
        if not short.size:
            return
        for equation in short:
            _hide_one_more(cells, hidden, members[equation], int(sums.parent[equation]), order)


def _hide_rows_of_hidden_totals(sums: Sums, hidden: Flags) -> None:
    below = hidden[sums.parent[sums.of]] & sums.by_breakdown[sums.of]
    hidden[sums.child[below]] = True


def _short_sums(cells: Cells, sums: Sums, hidden: Flags, sensitive: Flags, threshold: int) -> Flags:
    """Equations that give away a hidden cell: it stands alone, or what is hidden adds up to a small count."""
    number = len(sums.parent)
    away = hidden[sums.child]
    of, child = sums.of[away], sums.child[away]
    count = np.bincount(of, minlength=number)
    parent_hidden = hidden[sums.parent]
    short = (count + parent_hidden) == 1
    short |= sums.leftover & ~parent_hidden & (count < 2)
    for channel in range(cells.channels.shape[1]):
        values = cells.channels[child, channel]
        total = np.bincount(of, values, number)
        has_small = np.bincount(of, sensitive[child, channel], number) > 0
        short |= ~parent_hidden & sums.holds[:, channel] & has_small & (total < threshold)
    return short & (cells.index["period_type"].to_numpy()[sums.parent] != SPAN)


def _hide_one_more(cells: Cells, hidden: Flags, children: Integers, parent: int, order: Floats) -> None:
    shown = children[~hidden[children] & (cells.size[children] > 0)]
    if shown.size:
        hidden[shown[np.argmin(order[shown])]] = True
    else:
        hidden[parent] = True


def _members_of(sums: Sums) -> list[Integers]:
    by_equation = np.argsort(sums.of, kind="stable")
    bounds = np.searchsorted(sums.of[by_equation], np.arange(1, len(sums.parent)))
    return np.split(sums.child[by_equation], bounds)


def _solved_cells(sums: Sums, hidden: Flags, look_at: Flags) -> Flags:
    """Hidden cells whose value follows from what is shown: every solution of the sums agrees on them.

    A random vector is projected onto the null space of the sums; where it is 0, nothing can move. Only the connected
    parts of the system that hold a cell of `look_at` are solved.
    """
    solved = np.zeros(len(hidden), dtype=bool)
    matrix, unknown = _system(sums, hidden)
    if not unknown.size or not matrix.shape[0]:
        return solved
    start = np.random.default_rng(_SEED).uniform(1, 2, unknown.size)
    for columns, rows in _parts(matrix, look_at[unknown]):
        part = matrix[rows][:, columns]
        free = start[columns] - part.T @ _least_squares(csr_matrix(part.T), start[columns])
        solved[unknown[columns]] = np.abs(free) < _SOLVED
    return solved


def _system(sums: Sums, hidden: Flags) -> tuple[csr_matrix, Integers]:
    """The equations in the hidden cells (columns); the second answer says which cell a column is."""
    unknown = np.flatnonzero(hidden)
    column = np.full(len(hidden), -1, dtype=np.int64)
    column[unknown] = np.arange(unknown.size)
    away, own = hidden[sums.child], hidden[sums.parent]
    rows = np.concatenate([sums.of[away], np.flatnonzero(own)])
    columns = np.concatenate([column[sums.child[away]], column[sums.parent[own]]])
    signs = np.concatenate([np.ones(int(away.sum())), -np.ones(int(own.sum()))])
    return csr_matrix((signs, (rows, columns)), shape=(len(sums.parent), unknown.size)), unknown


def _parts(matrix: csr_matrix, look_at: Flags) -> list[tuple[Integers, Integers]]:
    """Connected parts (columns, rows) of the system that hold a column to look at."""
    linked = abs(matrix)
    count, label = connected_components(linked.T @ linked, directed=False)
    wanted = np.zeros(count, dtype=bool)
    wanted[label[look_at]] = True
    of_row = np.full(matrix.shape[0], -1, dtype=np.int64)
    entries = matrix.tocoo()
    of_row[entries.row] = label[entries.col]
    return [(np.flatnonzero(label == part), np.flatnonzero(of_row == part)) for part in np.flatnonzero(wanted)]


def _least_squares(matrix: csr_matrix, target: Floats) -> npt.NDArray[np.float64]:
    return np.asarray(lsmr(matrix, target, atol=1e-10, btol=1e-10, conlim=0, maxiter=20_000)[0], dtype=np.float64)


def _hide_beside(cells: Cells, sums: Sums, hidden: Flags, solved: Flags, order: Floats) -> bool:
    """Hide one more cell in the equations of each solved cell; says whether any could be hidden.

    A cell that calendar and academic years give away together needs the help of both, so both sums of a span are taken.
    A parent is hidden only if nothing beside the cell is left to hide.
    """
    before = int(hidden.sum())
    touched = np.union1d(np.unique(sums.of[solved[sums.child]]), np.flatnonzero(solved[sums.parent]))
    span = (cells.index["period_type"] == SPAN).to_numpy(dtype=bool)
    spans = np.unique(sums.parent[touched][span[sums.parent[touched]]])
    touched = np.union1d(touched, np.flatnonzero(np.isin(sums.parent, spans)))
    members = _members_of(sums)
    for equation in touched:
        children = members[equation]
        if (~hidden[children] & (cells.size[children] > 0)).any():
            _hide_one_more(cells, hidden, children, int(sums.parent[equation]), order)
    if int(hidden.sum()) == before:
        hidden[sums.parent[touched]] = True
    return int(hidden.sum()) > before
