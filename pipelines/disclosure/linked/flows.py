"""Flows: changes to the true table that keep every sum. Where a flow takes a small count to 0 or to the threshold through
hidden cells only, no reader can exclude that value.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_matrix, hstack

from pipelines.disclosure.linked.model import Flags, Floats, Integers, LinkedTables
from pipelines.disclosure.linked.solver import TOLERANCE, LinearProgram

_NEXT_TO_NOTHING = 1e-3


@dataclass(frozen=True)
class Flow:
    """Change of each cell named; 0 elsewhere."""

    cells: Integers
    change: Floats

    def times(self, factor: float) -> "Flow":
        """The flow made longer, shorter or turned round."""
        return Flow(self.cells, self.change * factor)

    def is_whole(self) -> bool:
        """Of whole numbers, as counts of children are."""
        return bool((np.abs(self.change - np.rint(self.change)) < TOLERANCE).all())


def flow_between(tables: LinkedTables, columns: Integers, found: Floats) -> Flow:
    """The flow from the true table to another one, of which `found` are the values of `columns`."""
    change = _tidy(found - tables.value[columns])
    moved = np.flatnonzero(change)
    return Flow(columns[moved], change[moved])


def _tidy(change: Floats) -> Floats:
    """Without the solver's rounding."""
    whole = np.rint(change)
    return np.where(np.abs(change - whole) < TOLERANCE, whole, change)


class Target(NamedTuple):
    """A primary cell and the change that it must be able to make: to 0 (negative) or to the threshold (positive)."""

    cell: int
    need: int


def targets_of(tables: LinkedTables, primary: Flags) -> list[Target]:
    """Both targets of every primary cell, those that need most first; a cell that is 0 has no way down."""
    cells = np.flatnonzero(primary)
    both = [Target(int(c), int(tables.threshold[c] - tables.value[c])) for c in cells]
    both += [Target(int(c), -int(tables.value[c])) for c in cells if tables.value[c] > 0]
    return sorted(both, key=lambda t: (-abs(t.need), t.cell, t.need))


@dataclass
class Proofs:
    """Which targets have a flow, and which. Grows as flows are found: each also serves other cells that it crosses."""

    tables: LinkedTables
    targets: list[Target]
    flow: dict[Target, Flow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._of_cell: dict[int, list[Target]] = {}
        for target in self.targets:
            self._of_cell.setdefault(target.cell, []).append(target)

    def add(self, flow: Flow) -> None:
        """Note every target that the flow, made longer or turned round, reaches without taking a count below 0."""
        forth, back = self._reach(flow), self._reach(flow.times(-1))
        for cell, change in zip(flow.cells.tolist(), flow.change.tolist(), strict=True):
            for target in self._of_cell.get(cell, ()):
                factor = target.need / change
                if target not in self.flow and -back - TOLERANCE <= factor <= forth + TOLERANCE:
                    self.flow[target] = flow if factor == 1 else flow.times(factor)

    def missing(self) -> list[Target]:
        """Targets without a flow."""
        return [target for target in self.targets if target not in self.flow]

    def _reach(self, flow: Flow) -> float:
        falling = flow.change < 0
        if not falling.any():
            return np.inf
        return float((self.tables.value[flow.cells[falling]] / -flow.change[falling]).min())


class FlowModel:
    """The cheapest flow for one target after another over `columns` (positions of cells), kept warm in one model."""

    def __init__(self, tables: LinkedTables, columns: Integers, weight: Floats) -> None:
        self.columns = columns
        self._value = tables.value[columns].astype(float)
        self._at = {cell: at for at, cell in enumerate(columns.tolist())}
        self._weight = weight.astype(float)
        self._need = 1.0
        rows, some = tables.sums_of(columns)
        size = len(columns)
        self._programme = LinearProgram(
            csc_matrix(hstack([some, -some])),
            np.zeros(rows.size),
            np.zeros(2 * size),
            np.concatenate([np.full(size, np.inf), self._value]),
            self._costs(),
        )

    def free(self, cells: Iterable[int]) -> None:
        """These are hidden now: a flow through them costs next to nothing."""
        at = np.array([self._at[cell] for cell in cells if cell in self._at], dtype=np.int64)
        if at.size:
            self._weight[at] = _NEXT_TO_NOTHING
            both = np.concatenate([at, at + len(self.columns)])
            self._programme.set_costs(both, self._costs()[both])

    def scale(self, need: int) -> None:
        """Price cells for changes of this size: one that can give less than is needed costs as much for less."""
        if abs(need) != self._need:
            self._need = float(abs(need))
            self._programme.set_costs(np.arange(2 * len(self.columns)), self._costs())

    def block(self, cell: int, blocked: bool) -> None:
        """Forbid a cell any change, or allow it again."""
        at = self._at[cell]
        upper = np.zeros(2) if blocked else np.array([np.inf, self._value[at]])
        self._programme.set_bounds(np.array([at, at + len(self.columns)]), np.zeros(2), upper)

    def cheapest(self, target: Target) -> Flow | None:
        """A cheapest flow that makes the target's change; None if there is none."""
        at, size = self._at[target.cell], len(self.columns)
        both = np.array([at, at + size])
        fixed = np.array([max(target.need, 0), max(-target.need, 0)], dtype=float)
        self._programme.set_bounds(both, fixed, fixed)
        found = self._programme.minimum()
        self.block(target.cell, False)
        if found is None:
            return None
        change = _tidy(found[:size] - found[size:])
        moved = np.flatnonzero(change)
        return Flow(self.columns[moved], change[moved])

    def _costs(self) -> Floats:
        able = np.maximum(np.minimum(self._value, self._need), 0.5)
        return np.concatenate([self._weight / self._need, self._weight / able])
