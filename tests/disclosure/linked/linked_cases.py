"""Small linked tables with seeded counts, for the tests of this folder."""

from itertools import product

import numpy as np

from pipelines.disclosure.linked.model import Cell, LinkedTables, Sum, link_tables

Pairs = tuple[tuple[str, str], ...]
RING: Pairs = (("need", "age"), ("age", "ward"), ("need", "ward"))
STAR: Pairs = (("need", "age"), ("need", "ward"))


def two_way(counts: list[list[int]] | np.ndarray, names: tuple[list[str], list[str]] | None = None) -> LinkedTables:
    """One table with its margins; keys `row|column`, `total` for a margin."""
    inner = np.asarray(counts)
    rows, columns = names or ([f"r{i}" for i in range(inner.shape[0])], [f"c{j}" for j in range(inner.shape[1])])
    return link_tables(*grid(inner, [list(rows), list(columns)]))


def grid(inner: np.ndarray, names: list[list[str]]) -> tuple[list[Cell], list[Sum]]:
    """Cells and sums of a table of any number of dimensions with all margins."""
    full = inner
    for axis in range(inner.ndim):
        full = np.concatenate([full, full.sum(axis=axis, keepdims=True)], axis=axis)
    labels = [[*own, "total"] for own in names]
    cells = [
        Cell("|".join(label[i] for label, i in zip(labels, at, strict=True)), int(full[at]))
        for at in np.ndindex(full.shape)
    ]
    sums: list[Sum] = []
    for axis in range(inner.ndim):
        others = [range(n) if i != axis else [0] for i, n in enumerate(full.shape)]
        for at in product(*others):

            def key(part: str, at: tuple[int, ...] = at, axis: int = axis) -> str:
                return "|".join(part if i == axis else labels[i][k] for i, k in enumerate(at))

            sums.append(Sum(key("total"), tuple(key(part) for part in names[axis])))
    return cells, sums


def random_grid(seed: int, shape: tuple[int, ...], mean: float = 8.0) -> LinkedTables:
    """A table of skewed counts, many of them small."""
    random = np.random.default_rng(seed)
    counts = random.poisson(random.gamma(0.8, mean, shape))
    return link_tables(*grid(counts, [[f"{'abcd'[d]}{i}" for i in range(n)] for d, n in enumerate(shape)]))


def random_linked(seed: int, children: int = 160, pairs: Pairs = RING) -> LinkedTables:
    """Two-way tables over three characteristics that share their margins; not decomposable where they form a ring."""
    random = np.random.default_rng(seed)
    sizes = {"need": 5, "age": 4, "ward": 3}
    codes = {name: random.choice(n, children, p=random.dirichlet(np.full(n, 1.5))) for name, n in sizes.items()}
    cells: list[Cell] = []
    sums: list[Sum] = []
    for first, second in pairs:
        counts = np.zeros((sizes[first], sizes[second]), dtype=int)
        np.add.at(counts, (codes[first], codes[second]), 1)
        own, own_sums = grid(counts, [[f"{n}{i}" for i in range(sizes[n])] for n in (first, second)])
        renamed = {cell.key: "&".join(sorted(set(cell.key.split("|")) - {"total"})) or "all" for cell in own}
        cells += [Cell(renamed[cell.key], cell.value) for cell in own]
        sums += [Sum(renamed[s.total], tuple(renamed[p] for p in s.parts)) for s in own_sums]
    return link_tables(cells, sums)
