"""`python -m benchmarks.disclosure`: what disclosure control of linked tables costs, and what it leaves to read.

Counts are synthetic and seeded. One HiGHS thread. Prints a Markdown table.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import numpy.typing as npt

from pipelines.disclosure.linked.audit import audit, exact_view
from pipelines.disclosure.linked.control import make_safe
from pipelines.disclosure.linked.joint import Cumulative, Joint, Release, join_releases
from pipelines.disclosure.linked.model import Cell, Flags, Kind, LinkedTables, Sum, link_tables
from pipelines.disclosure.linked.primary import Policy, primary_cells
from pipelines.disclosure.linked.verify import verify

Integers = npt.NDArray[np.int64]

DIMENSIONS = {"ward": 33, "need": 14, "age": 5, "sex": 2, "ethnicity": 6, "quintile": 5, "provision": 8}
LOCAL_TABLES = [
    ("ward", "need"),
    ("ward", "age"),
    ("need", "age"),
    ("need", "ethnicity"),
    ("need", "sex"),
    ("need", "provision"),
    ("provision", "quintile"),
    ("ethnicity", "quintile"),
    ("age", "sex"),
    ("age", "provision"),
]


def children(number: int, dimensions: Mapping[str, int], seed: int) -> dict[str, Integers]:
    """One row per child, a code per dimension; some categories are common and some rare, and they hang together a little."""
    random = np.random.default_rng(seed)
    leaning = random.normal(size=number)
    made: dict[str, Integers] = {}
    for name, size in dimensions.items():
        share = random.dirichlet(np.full(size, 1.2 if size > 2 else 20))
        rank = np.argsort(np.argsort(0.35 * leaning + random.normal(size=number)))
        made[name] = np.searchsorted(np.cumsum(share)[:-1], (rank + 0.5) / number).astype(np.int64)
    return made


def two_way_tables(
    rows: Mapping[str, Integers], dimensions: Mapping[str, int], tables: Sequence[tuple[str, str]], prefix: str = ""
) -> tuple[list[Cell], list[Sum]]:
    """Cells and sums of two-way tables with their margins; margins that two tables share have one key."""
    cells: dict[str, Cell] = {}
    sums: list[Sum] = []

    def key(**codes: int) -> str:
        return prefix + ("|".join(f"{name}={code}" for name, code in sorted(codes.items())) or "all")

    def add(count: int, **codes: int) -> None:
        cells[key(**codes)] = Cell(key(**codes), count)

    add(len(next(iter(rows.values()))))
    for name in sorted({name for pair in tables for name in pair}):
        for code, count in enumerate(np.bincount(rows[name], minlength=dimensions[name]).tolist()):
            add(count, **{name: code})
        sums.append(Sum(key(), tuple(key(**{name: code}) for code in range(dimensions[name]))))
    for first, second in tables:
        shape = dimensions[first], dimensions[second]
        counts = np.bincount(rows[first] * shape[1] + rows[second], minlength=shape[0] * shape[1]).reshape(shape)
        for i, j in product(range(shape[0]), range(shape[1])):
            add(int(counts[i, j]), **{first: i, second: j})
        for i in range(shape[0]):
            sums.append(Sum(key(**{first: i}), tuple(key(**{first: i, second: j}) for j in range(shape[1]))))
        for j in range(shape[1]):
            sums.append(Sum(key(**{second: j}), tuple(key(**{first: i, second: j}) for i in range(shape[0]))))
    return list(cells.values()), sums


def local_area(seed: int, number: int = 5400) -> LinkedTables:
    """Ten linked two-way tables of one local area."""
    rows = children(number, DIMENSIONS, seed)
    return link_tables(*two_way_tables(rows, DIMENSIONS, LOCAL_TABLES))


def areas_by_breakdowns(seed: int, areas: int = 150, breakdowns: int = 15, categories: int = 12) -> LinkedTables:
    """Every area by every category of every breakdown, with area totals and nine regions' and England's figures."""
    random = np.random.default_rng(seed)
    size = random.lognormal(8.1, 0.55, areas)
    region = np.arange(areas) % 9
    cells: list[Cell] = []
    sums: list[Sum] = []
    whole = np.round(size).astype(np.int64)
    total = {f"area={a}": int(n) for a, n in enumerate(whole)}
    total |= {f"region={r}": int(whole[region == r].sum()) for r in range(9)} | {"England": int(whole.sum())}
    cells += [Cell(key, count) for key, count in total.items()]
    sums += list(_upwards("", region))
    for b in range(breakdowns):
        number = categories
        share = random.dirichlet(np.full(number, 0.9))
        counts = np.array([random.multinomial(n, random.dirichlet(share * 60 + 1e-3)) for n in whole])
        for c in range(number):
            name = f"|{b}={c}"
            cells += [Cell(f"area={a}{name}", int(counts[a, c])) for a in range(areas)]
            cells += [Cell(f"region={r}{name}", int(counts[region == r, c].sum())) for r in range(9)]
            cells.append(Cell(f"England{name}", int(counts[:, c].sum())))
            sums += list(_upwards(name, region))
        sums += [Sum(place, tuple(f"{place}|{b}={c}" for c in range(number))) for place in total]
    return link_tables(cells, sums)


def _upwards(name: str, region: Integers) -> Iterator[Sum]:
    for r in range(9):
        yield Sum(f"region={r}{name}", tuple(f"area={a}{name}" for a in np.flatnonzero(region == r)))
    yield Sum(f"England{name}", tuple(f"region={r}{name}" for r in range(9)))


def months(number: int = 12) -> list[Release]:
    """Year-to-date counts of three linked tables, one release a month."""
    dimensions = {"ward": 12, "need": 8, "age": 4}
    tables = [("ward", "need"), ("need", "age"), ("ward", "age")]
    rows = children(5400, dimensions, 5)
    order = np.random.default_rng(9).permutation(5400)
    made: list[Release] = []
    for month in range(number):
        known = order[: 5400 * (month + 1) // number]
        cells, sums = two_way_tables(
            {n: codes[known] for n, codes in rows.items()}, dimensions, tables, f"m{month:02d} "
        )
        made.append(Release(f"r{month:02d}", tuple(cells), tuple(sums)))
    return made


def joint_of_months(releases: Sequence[Release]) -> tuple[Joint, Flags]:
    """The joint system of all releases, each hiding its small counts, flows and margins below 40, and what is hidden in it.

    The pattern is a stand-in, so that the audit is measured at full size: it finds what such a rule gives away.
    """
    shown = [replace(r, shown=frozenset(c.key for c in r.cells if c.value >= 40)) for r in releases[:-1]]
    links = [
        Cumulative(a.key, b.key) for one, two in pairwise(releases) for a, b in zip(one.cells, two.cells, strict=True)
    ]
    joint = join_releases(releases[-1], shown, links)
    tables = joint.tables
    return joint, (tables.kind == Kind.NEVER_SHOWN) | ((tables.kind == Kind.PUBLISHABLE) & (tables.value < 40))


def neighbour_suppression(tables: LinkedTables) -> Flags:
    """The plain rule: small counts, and in each sum with one hidden cell the smallest other cell, until none has just one.

    Safe for no linked table; the yardstick for what is kept.
    """
    hidden = primary_cells(tables)
    rows = tables.sums
    while True:
        before = int(hidden.sum())
        for r in range(len(rows.indptr) - 1):
            members = rows.indices[rows.indptr[r] : rows.indptr[r + 1]]
            away = members[hidden[members]]
            others = members[~hidden[members] & (tables.value[members] > 0)]
            if away.size == 1 and others.size:
                hidden[others[np.argmin(tables.value[others])]] = True
        if int(hidden.sum()) == before:
            return hidden


def kept(tables: LinkedTables, hidden: Flags) -> str:
    """Shares of cells shown, and of the children counted by them (a child counts once in each cell)."""
    cells = 100 * (~hidden).mean()
    return f"{cells:.1f} % / {100 * tables.value[~hidden].sum() / tables.value.sum():.1f} %"


def row(name: str, tables: LinkedTables) -> str:
    """Protect, prove, audit and verify one system; a line of the report."""
    primary = primary_cells(tables)
    started = time.perf_counter(), time.process_time()
    safe = make_safe(tables, Policy())
    seconds, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    verifying = time.perf_counter()
    problems = verify(safe.proof, safe.published())
    verified = time.perf_counter() - verifying
    plain = neighbour_suppression(tables)
    open_still = len(audit(tables, exact_view(tables, plain), primary).failing)
    figures = [
        name,
        f"{len(tables.keys):,}",
        f"{int(primary.sum())}",
        f"{int((safe.hidden & ~primary).sum())}",
        f"{seconds:.2f} ({cpu:.2f})",
        f"{verified:.2f}{' FAILED' if problems else ''}",
        kept(tables, safe.hidden),
        f"{kept(tables, plain)}, {open_still} open",
    ]
    return f"| {' | '.join(figures)} |"


def main() -> None:
    """Measure and print."""
    print(
        "| tables | cells | small | also hidden | protect, prove, audit: s (CPU) | verify: s | kept | plain rule keeps |"
    )
    print("|---|---|---|---|---|---|---|---|")
    make_safe(local_area(7, 500), Policy())
    print(row("10 linked, one local area", local_area(1)), flush=True)
    print(row("150 areas by 15 breakdowns", areas_by_breakdowns(1)), flush=True)
    joint, hidden = joint_of_months(months())
    primary = primary_cells(joint.tables)
    started = time.perf_counter(), time.process_time()
    found = audit(joint.tables, exact_view(joint.tables, hidden), primary)
    print(
        f"\nJoint audit of 12 releases: {len(joint.tables.keys):,} cells and flows, {len(found.cells)} small,"
        f" {found.programmes} programmes, {time.perf_counter() - started[0]:.2f} s ({time.process_time() - started[1]:.2f} CPU);"
        f" a plain rule (nothing below 40 shown) leaves {len(found.failing)} open."
    )


if __name__ == "__main__":
    main()
