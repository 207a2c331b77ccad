"""Secondary suppression: hide, as cheaply as is found, what would let a reader narrow a small count.

For each small count the cheapest flow to 0 and to the threshold is found (a linear programme, Kelly et al. 1992) and all that
it crosses is hidden. Protection does not depend on the value: every small count may be anything between 0 and its threshold.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.disclosure.linked.audit import attackers, exact_view
from pipelines.disclosure.linked.flows import FlowModel, Proofs, flow_between, targets_of
from pipelines.disclosure.linked.model import Flags, Floats, Integers, Kind, LinkedTables, parts_of

_WHOLE_SYSTEM = 4000
# Measured on survey waves of 1,500 cells: of 2,300 programmes 2,250 crossed nothing that was not hidden already.
_FREE_IN_A_ROW = 8


class UnprotectableError(RuntimeError):
    """Small counts that stay given away whatever is hidden, because readers know too much already. Names cells only."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        shown = ", ".join(keys[:10]) + (f" and {len(keys) - 10} more" if len(keys) > 10 else "")
        super().__init__(
            f"Nothing that can still be hidden protects {shown}: what was published before, or outside, gives them away. "
            "Nothing may be published until a table is withdrawn or made coarser."
        )


@dataclass(frozen=True)
class Protection:
    """hidden: per cell, never printed. proofs: the flows that show why it is enough."""

    hidden: Flags
    proofs: Proofs

    def cost(self) -> float:
        """Sum of the costs of what is hidden."""
        tables = self.proofs.tables
        return float(tables.cost[self.hidden & (tables.kind == Kind.PUBLISHABLE)].sum())


def protect(
    tables: LinkedTables, primary: Flags, must_hide: Flags | None = None, cost: Floats | None = None
) -> Protection:
    """Hide the primary cells, those of `must_hide`, and what protects the primary ones. cost: instead of the tables' own.

    Raises UnprotectableError, naming cells.
    """
    hidden = primary | (tables.kind == Kind.NEVER_SHOWN)
    if must_hide is not None:
        hidden |= must_hide & (tables.kind != Kind.KNOWN)
    proofs = Proofs(tables, targets_of(tables, primary))
    weight = tables.cost if cost is None else cost
    certify(tables, hidden, primary, proofs)
    changeable = tables.kind != Kind.KNOWN
    for part in parts_of(tables, changeable):
        if not primary[part].any():
            continue
        inside = np.zeros(len(primary), dtype=bool)
        inside[part] = True
        if part.size > _WHOLE_SYSTEM:
            for block in parts_of(tables, inside & (hidden | ~_joints(tables))):
                _hide_in(tables, block, weight, hidden, proofs)
        _hide_in(tables, part, weight, hidden, proofs)
    missing = proofs.missing()
    if missing:
        raise UnprotectableError(sorted({tables.keys[target.cell] for target in missing}))
    return Protection(hidden, proofs)


def certify(tables: LinkedTables, hidden: Flags, primary: Flags, proofs: Proofs) -> None:
    """Add the flows that run through `hidden` as it is and prove many targets at once."""
    for attacker in attackers(tables, exact_view(tables, hidden), primary):
        attacker.ask_for(proofs.missing())
        for up in (True, False):
            for found in attacker.certificates(up):
                proofs.add(flow_between(tables, attacker.part, found))


def _hide_in(tables: LinkedTables, part: Integers, weight: Floats, hidden: Flags, proofs: Proofs) -> None:
    """Find flows inside `part` for its targets that have none; what they cross is added to `hidden`. Some may find none.

    Once several in a row have crossed hidden cells only, many of the others will too: those are asked for together.
    """
    here = np.zeros(len(hidden), dtype=bool)
    here[part] = True
    waiting = [target for target in proofs.missing() if here[target.cell]]
    if not waiting:
        return
    model = FlowModel(tables, part, weight[part])
    model.free(part[hidden[part]].tolist())
    free_in_a_row, hidden_since = 0, True
    for target in waiting:
        if target in proofs.flow:
            continue
        model.scale(target.need)
        flow = model.cheapest(target)
        if flow is None:
            continue
        fresh = flow.cells[~hidden[flow.cells]]
        hidden[fresh] = True
        model.free(fresh.tolist())
        proofs.add(flow)
        free_in_a_row = 0 if fresh.size else free_in_a_row + 1
        hidden_since |= bool(fresh.size)
        if hidden_since and free_in_a_row == _FREE_IN_A_ROW:
            wanting = np.zeros(len(hidden), dtype=bool)
            wanting[[other.cell for other in waiting if other not in proofs.flow]] = True
            certify(tables, hidden & here, wanting, proofs)
            hidden_since = False


def _joints(tables: LinkedTables) -> Flags:
    """Totals of more than one sum: without them a linked system falls into its tables."""
    entries = tables.sums.tocoo()
    times_total = np.bincount(entries.col[entries.data < 0], minlength=len(tables.keys))
    return times_total > 1
