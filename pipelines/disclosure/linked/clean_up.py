"""Show again what need not be hidden: dearest first, each hidden cell is shown if every small count finds a way without it."""

import numpy as np

from pipelines.disclosure.linked.audit import Attacker, exact_view
from pipelines.disclosure.linked.flows import Flow, FlowModel, Proofs, Target, flow_between
from pipelines.disclosure.linked.model import Flags, Integers, Kind, LinkedTables, parts_of
from pipelines.disclosure.linked.protect import Protection

_FEW = 6


def clean_up(
    tables: LinkedTables, primary: Flags, protection: Protection, must_hide: Flags | None = None
) -> Protection:
    """A protection that hides the same or less. Primary cells and `must_hide` stay hidden."""
    hidden = protection.hidden.copy()
    fixed = primary | (tables.kind != Kind.PUBLISHABLE)
    if must_hide is not None:
        fixed |= must_hide
    flows = dict(protection.proofs.flow)
    unused = hidden & ~fixed
    for flow in flows.values():
        unused[flow.cells] = False
    hidden &= ~unused
    for part in parts_of(tables, hidden):
        if not fixed[part].all():
            _Part(tables, part, primary, fixed, hidden, flows).show_in_turn(hidden)
    return Protection(hidden, Proofs(tables, protection.proofs.targets, flows))


class _Part:
    """One part of the hidden cells, with the flows of its targets (`flows` is shared by all parts and kept up to date)."""

    def __init__(
        self,
        tables: LinkedTables,
        part: Integers,
        primary: Flags,
        fixed: Flags,
        hidden: Flags,
        flows: dict[Target, Flow],
    ) -> None:
        self._tables, self._cells, self._flows = tables, part, flows
        secondary = ~fixed[part]
        self._candidates = part[secondary]
        self._model = FlowModel(tables, part, np.where(secondary, tables.cost[part], 0.0))
        self._model.free(part[~secondary].tolist())
        self._attacker = Attacker(
            tables, exact_view(tables, hidden), primary, part, tables.sums @ np.where(hidden, 0, tables.value)
        )
        self._secondary = set(self._candidates.tolist())
        self._place = {cell: at for at, cell in enumerate(part.tolist())}
        self._users: dict[int, set[Target]] = {}
        for target, flow in flows.items():
            if target.cell in self._place:
                self._enter(target, flow)

    def show_in_turn(self, hidden: Flags) -> None:
        """Take each secondary cell out of `hidden` if the targets whose flow crosses it have another."""
        for cell in self._candidates[np.argsort(-self._tables.cost[self._candidates], kind="stable")].tolist():
            self._model.block(cell, True)
            self._attacker.show(self._place[cell])
            replaced = self._ways(cell)
            if replaced is None:
                self._model.block(cell, False)
                self._attacker.hide(self._place[cell])
                continue
            hidden[cell] = False
            for target, flow in replaced.items():
                for crossed in self._secondary.intersection(self._flows[target].cells.tolist()):
                    self._users[crossed].discard(target)
                self._flows[target] = flow
                self._enter(target, flow)

    def _enter(self, target: Target, flow: Flow) -> None:
        for cell in self._secondary.intersection(flow.cells.tolist()):
            self._users.setdefault(cell, set()).add(target)

    def _ways(self, cell: int) -> dict[Target, Flow] | None:
        """New flows for all targets whose flow crosses `cell`, now that it is shown; None if one has none."""
        near = self._beside(cell)
        ordered = sorted(self._users.get(cell, ()), key=lambda t: (t.cell not in near, -abs(t.need), t.cell, t.need))
        proofs = Proofs(self._tables, ordered)
        # One that shares a sum with the cell is the likeliest to need it, so it is asked first.
        for target in ordered[:_FEW]:
            if not self._has_way(proofs, target):
                return None
        if len(proofs.missing()) > _FEW:
            self._many_at_once(proofs)
        return proofs.flow if all(self._has_way(proofs, target) for target in ordered) else None

    def _has_way(self, proofs: Proofs, target: Target) -> bool:
        if target not in proofs.flow:
            flow = self._model.cheapest(target)
            if flow is None:
                return False
            proofs.add(flow)
        return True

    def _beside(self, cell: int) -> set[int]:
        sums = self._tables.sums
        column = self._tables.by_cell[:, [cell]]
        return {int(at) for row in column.indices for at in sums.indices[sums.indptr[row] : sums.indptr[row + 1]]}

    def _many_at_once(self, proofs: Proofs) -> None:
        self._attacker.ask_for(proofs.missing())
        for up in (True, False):
            for found in self._attacker.certificates(up):
                proofs.add(flow_between(self._tables, self._cells, found))
