"""The audit against a reader who knows that records lie behind the tables: each combination of all characteristics (an atom) is
itself a count of at least 0, and every cell is a sum of atoms. Tables can be safe one by one and not for this reader.

For one local area. Only some atoms are given to the programme, those observed and random ones like them; the others are taken as
0, which narrows the reader's range and never widens it, so what is proven holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_matrix, hstack

from pipelines.disclosure.linked.audit import Audit, View, audit, exact_view
from pipelines.disclosure.linked.model import Flags, Integers, Kind, LinkedTables

_ROUNDS = 4


@dataclass(frozen=True)
class Records:
    """One row per child: `codes` (children × characteristics). together: groups of columns that depend on each other (a ward
    and its deprivation fifth) and are only ever drawn as one; columns in no group stand alone."""

    names: tuple[str, ...]
    codes: Integers
    together: tuple[tuple[str, ...], ...] = ()


def audit_atoms(
    tables: LinkedTables,
    hidden: Flags,
    primary: Flags,
    records: Records,
    where: Mapping[str, Mapping[str, int]],
    random_atoms: int = 3000,
    seed: int = 1,
) -> Audit:
    """Bounds that this reader has on the primary cells. where: key of a cell → characteristic → code (none: all children).

    Primary cells without an entry in `where` are not counts of records and are left out. Raises ValueError if a cell of
    `where` does not count the records that it names.
    """
    counted = np.array([key in where for key in tables.keys])
    asked = primary & counted
    found: Audit | None = None
    random = np.random.default_rng(seed)
    for step in range(_ROUNDS):
        atoms, counts = _atoms(records, random_atoms * 2**step, random)
        system, view = _system(tables, hidden, records.names, where, counted, atoms, counts)
        extra = np.zeros(system.value.size - len(tables.keys), dtype=bool)
        answer = audit(system, view, np.concatenate([asked, extra]))
        found = answer if found is None else _better(found, answer)
        failing = set(found.failing)
        if not failing:
            break
        asked = np.array([key in failing for key in tables.keys])
    assert found is not None
    return found


def _better(first: Audit, second: Audit) -> Audit:
    """`first` with what `second` proves more of the same cells."""
    low, high = first.low.copy(), first.high.copy()
    at = np.searchsorted(first.cells, second.cells)
    low[at], high[at] = np.minimum(low[at], second.low), np.maximum(high[at], second.high)
    return replace(first, low=low, high=high, programmes=first.programmes + second.programmes)


def _atoms(records: Records, number: int, random: np.random.Generator) -> tuple[Integers, Integers]:
    """Observed atoms with their counts, and random ones (count 0) that mix the children's characteristics."""
    grouped = {name for group in records.together for name in group}
    groups = [*records.together, *((name,) for name in records.names if name not in grouped)]
    drawn = np.empty((number, len(records.names)), dtype=np.int64)
    start = random.integers(0, len(records.codes), number)
    drawn[:] = records.codes[start]
    for group in groups:
        columns = [records.names.index(name) for name in group]
        # Half of the characteristics stay those of one child: such atoms lie in cells that are not empty.
        other = np.where(random.random(number) < 0.5, random.integers(0, len(records.codes), number), start)
        drawn[:, columns] = records.codes[other][:, columns]
    every, counts = np.unique(np.concatenate([records.codes, drawn]), axis=0, return_inverse=True)
    return every, np.bincount(counts.ravel()[: len(records.codes)], minlength=len(every)).astype(np.int64)


def _system(
    tables: LinkedTables,
    hidden: Flags,
    names: Sequence[str],
    where: Mapping[str, Mapping[str, int]],
    counted: Flags,
    atoms: Integers,
    counts: Integers,
) -> tuple[LinkedTables, View]:
    """Cells first, then atoms; an equation per counted cell (the tables' own sums follow from these)."""
    cells = np.flatnonzero(counted)
    member = np.ones((len(cells), len(atoms)), dtype=bool)
    for row, cell in enumerate(cells):
        for name, code in where[tables.keys[cell]].items():
            member[row] &= atoms[:, names.index(name)] == code
    wrong = np.flatnonzero(member @ counts != tables.value[cells])
    if wrong.size:
        raise ValueError(
            f"{tables.keys[cells[wrong[0]]]}: does not count the records that it names ({wrong.size} cells)."
        )
    empty = member[(~hidden & (tables.value == 0))[cells]].any(axis=0)
    member, counts = member[:, ~empty], counts[~empty]
    size, extra = len(tables.keys), len(counts)
    own = csr_matrix((-np.ones(len(cells), dtype=np.int64), (np.arange(len(cells)), cells)), shape=(len(cells), size))
    sums = csr_matrix(hstack([own, csr_matrix(member.astype(np.int64))]))
    nothing = np.zeros(extra, dtype=np.int64)
    system = LinkedTables(
        (*tables.keys, *(f"atom {number}" for number in range(extra))),
        np.concatenate([tables.value, counts]),
        np.concatenate([tables.kind, nothing + Kind.NEVER_SHOWN]),
        np.concatenate([tables.threshold, nothing]),
        np.concatenate([tables.cost, np.zeros(extra)]),
        sums,
    )
    return system, exact_view(system, np.concatenate([hidden, np.ones(extra, dtype=bool)]))
