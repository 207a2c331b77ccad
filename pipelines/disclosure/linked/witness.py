"""Integer witnesses: for each small count a whole-numbered table that agrees with all that is shown and in which the count is 0,
and one in which it is at least its threshold. Where both exist no reader, whatever the method, can exclude either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csc_matrix, hstack

from pipelines.disclosure.linked.audit import Attacker, attackers, exact_view
from pipelines.disclosure.linked.flows import Flow, FlowModel, Proofs, Target, flow_between
from pipelines.disclosure.linked.model import Flags, Integers, Kind, LinkedTables, parts_of
from pipelines.disclosure.linked.solver import LinearProgram

_SECONDS = 5.0
# Measured on a part of 12,277 cells whose whole past was revised: one by one each target takes 1 s, so all 2,251 take 22 s.
_AT_ONCE = 64


class UnwitnessedError(RuntimeError):
    """Small counts without an integer witness. Names cells only."""

    def __init__(self, targets: list[Target], keys: list[str]) -> None:
        self.targets = targets
        self.keys = keys
        super().__init__(
            f"No whole-numbered table proves that {', '.join(keys[:10])} could be 0 and could reach the threshold. "
            "Nothing may be published until more is hidden."
        )


@dataclass
class Witnesses:
    """`others`: tables that differ from the true one, as changes in some cells; `of`: which of them proves a target."""

    tables: LinkedTables
    targets: list[Target]
    others: list[Flow] = field(default_factory=list)
    of: dict[Target, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._waiting: dict[int, list[Target]] = {}
        for target in self.targets:
            self._waiting.setdefault(target.cell, []).append(target)

    def add(self, flow: Flow) -> None:
        """Keep the table that `flow` leads to if it is whole, holds every sum, has no negative count and proves a new target."""
        change = np.rint(flow.change).astype(np.int64)
        if not flow.is_whole() or not change.size:
            return
        if (self.tables.sums_of(flow.cells)[1] @ change).any() or (self.tables.value[flow.cells] + change < 0).any():
            return
        waiting = [t for cell in flow.cells.tolist() for t in self._waiting.get(cell, ())]
        by_cell = dict(zip(flow.cells.tolist(), change.tolist(), strict=True))
        proven = [t for t in waiting if self._proves(t, by_cell[t.cell])]
        if proven:
            self.of.update(dict.fromkeys(proven, len(self.others)))
            for target in proven:
                self._waiting[target.cell].remove(target)
            self.others.append(Flow(flow.cells, change.astype(float)))

    def take_over(self, part: "Witnesses", columns: Integers) -> None:
        """Add the witnesses of a part of the system, whose cells stand at `columns` here."""
        offset = len(self.others)
        self.others += [Flow(columns[flow.cells], flow.change) for flow in part.others]
        self.of |= {Target(int(columns[t.cell]), t.need): offset + number for t, number in part.of.items()}

    def missing(self) -> list[Target]:
        """Targets without a witness."""
        return [target for target in self.targets if target not in self.of]

    @staticmethod
    def _proves(target: Target, change: int) -> bool:
        return change == target.need if target.need < 0 else change >= target.need


def add_witnesses(witnesses: Witnesses, hidden: Flags, proofs: Proofs | None = None) -> None:
    """Find witnesses for the targets that have none: corners of the reader's programme, `proofs`, then whole-number programmes.
    Those that were found while less was hidden stay good.

    Raises UnwitnessedError naming the cells that have none.
    """
    tables = witnesses.tables
    waiting: dict[int, Attacker] = {}
    wanted = np.zeros(len(hidden), dtype=bool)
    wanted[[target.cell for target in witnesses.missing()]] = True
    for attacker in attackers(tables, exact_view(tables, hidden), wanted):
        attacker.ask_for(witnesses.missing())
        for up in (True, False):
            for found in attacker.certificates(up):
                witnesses.add(flow_between(tables, attacker.part, found))
        waiting.update(dict.fromkeys(attacker.part.tolist(), attacker))
    for target in witnesses.missing():
        if proofs is not None and target in proofs.flow:
            witnesses.add(proofs.flow[target])
    for attacker in dict.fromkeys(waiting.values()):
        for flow in _short_flows(tables, attacker.part, witnesses):
            witnesses.add(flow)
        for up in (True, False):
            wanting = [t for t in witnesses.missing() if waiting.get(t.cell) is attacker and (t.need > 0) is up]
            for first in range(0, len(wanting), _AT_ONCE):
                for flow in _whole_tables(tables, attacker, wanting[first : first + _AT_ONCE]):
                    witnesses.add(flow)
    missing = witnesses.missing()
    if missing:
        raise UnwitnessedError(missing, sorted({tables.keys[target.cell] for target in missing}))


def cheapest_whole_flow(tables: LinkedTables, hidden: Flags, target: Target) -> Flow | None:
    """The cheapest whole-numbered flow for a target over all cells that can still be hidden; None if there is none in time."""
    part = next(p for p in parts_of(tables, tables.kind != Kind.KNOWN) if target.cell in p)
    size, at = len(part), int(np.searchsorted(part, target.cell))
    weight = np.where(hidden[part], 1e-3, tables.cost[part])
    rows, matrix = tables.sums_of(part)
    value = tables.value[part].astype(float)
    cap = float(2 * value.max() + 10 * tables.threshold.max() + 1)
    lower, upper = np.zeros(2 * size), np.concatenate([np.full(size, cap), value])
    lower[at if target.need > 0 else at + size] = abs(target.need)
    upper[at + size if target.need > 0 else at] = 0
    programme = LinearProgram(
        csc_matrix(hstack([matrix, -matrix])),
        np.zeros(rows.size),
        lower,
        upper,
        np.concatenate([weight, weight]),
        True,
        _SECONDS,
    )
    found = programme.minimum()
    return None if found is None else flow_between(tables, part, value + found[:size] - found[size:])


def _short_flows(tables: LinkedTables, part: Integers, witnesses: Witnesses) -> Iterator[Flow]:
    """For each target without a witness the flow through hidden cells that changes least: few cells, so mostly whole numbers."""
    inside = set(part.tolist())
    wanting = [target for target in witnesses.missing() if target.cell in inside]
    if not wanting:
        return
    model = FlowModel(tables, part, np.where(tables.threshold[part] > 0, 1.0, 1e-3))
    for target in wanting:
        if target in witnesses.of or (flow := model.cheapest(target)) is None:
            continue
        yield flow
        if not flow.is_whole() and (rounded := _rounded(tables, part, flow)) is not None:
            yield rounded


def _rounded(tables: LinkedTables, part: Integers, flow: Flow) -> Flow | None:
    """A whole-numbered flow beside this one: each count rounded up or down, and what no table counts as it comes."""
    value = tables.value[part].astype(float)
    change = np.zeros(len(part))
    change[np.searchsorted(part, flow.cells)] = flow.change
    counted = tables.threshold[part] > 0
    lower = np.where(counted, value + np.floor(change), 0.0)
    upper = np.where(counted, value + np.ceil(change), np.inf)
    _, matrix = tables.sums_of(part)
    programme = LinearProgram(matrix, matrix @ value, lower, upper, np.zeros(len(part)), True, _SECONDS)
    found = programme.minimum()
    return None if found is None else flow_between(tables, part, found)


def _whole_tables(tables: LinkedTables, attacker: Attacker, targets: Sequence[Target]) -> Iterator[Flow]:
    """Whole-numbered tables of the reader's part for the targets, many in one where there is such a table."""
    flow = _whole_table(tables, attacker, targets)
    if flow is not None:
        yield flow
    elif len(targets) > 1:
        middle = len(targets) // 2
        yield from _whole_tables(tables, attacker, targets[:middle])
        yield from _whole_tables(tables, attacker, targets[middle:])


def _whole_table(tables: LinkedTables, attacker: Attacker, targets: Sequence[Target]) -> Flow | None:
    """A whole-numbered table of the reader's part with each target's count at 0, or at its threshold or more."""
    matrix, right, lower, upper = attacker.system()
    for target in targets:
        at = int(np.searchsorted(attacker.part, target.cell))
        if target.need > 0:
            lower[at] = tables.value[target.cell] + target.need
        else:
            upper[at] = 0
    programme = LinearProgram(matrix, right, lower, upper, np.zeros(len(lower)), True, _SECONDS)
    found = programme.minimum()
    return None if found is None else flow_between(tables, attacker.part, found)
