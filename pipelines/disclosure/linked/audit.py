"""The audit: between which bounds does a reader know each small count, from everything that is shown and every sum?

Certificates make it cheap: one linear programme that raises (or lowers) all counts still unproven at once proves many; the
rest are bounded one by one. Nothing of how cells were hidden is used, only what is shown.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix

from pipelines.disclosure.linked.flows import Target
from pipelines.disclosure.linked.model import Flags, Floats, Integers, LinkedTables, parts_of
from pipelines.disclosure.linked.solver import TOLERANCE, LinearProgram

_SEED = 20_26
_ROUNDS = 30
_TOGETHER = 400


@dataclass(frozen=True)
class View:
    """What a reader knows of each cell: bounds (equal where it is shown as it is)."""

    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class Audit:
    """Per primary cell (`cells`, positions): the bounds that are proven to lie within a reader's range, cut at 0 and threshold.

    `programmes`: how many were solved.
    """

    keys: tuple[str, ...]
    cells: Integers
    low: Floats
    high: Floats
    threshold: Integers
    programmes: int

    @property
    def failing(self) -> list[str]:
        """Keys of small counts that a reader can keep away from 0 or from the threshold."""
        bad = (self.low > TOLERANCE) | (self.high < self.threshold - TOLERANCE)
        return [self.keys[cell] for cell in self.cells[bad]]


def exact_view(tables: LinkedTables, hidden: Flags) -> View:
    """Shown cells as they are, hidden ones at least 0."""
    shown = tables.value.astype(float)
    return View(np.where(hidden, 0.0, shown), np.where(hidden, np.inf, shown))


def rounded_view(tables: LinkedTables, hidden: Flags, base: int, exact: Flags | None = None) -> View:
    """Shown cells rounded to the nearest multiple of `base`, so within half a base of it; `exact` cells are known as they are."""
    rounded = base * np.floor(tables.value / base + 0.5)
    lower = np.maximum(np.ceil(rounded - base / 2), 0.0)
    upper = np.floor(rounded + base / 2)
    known = np.zeros(len(hidden), dtype=bool) if exact is None else exact
    value = tables.value.astype(float)
    lower, upper = np.where(known, value, lower), np.where(known, value, upper)
    return View(np.where(hidden, 0.0, lower), np.where(hidden, np.inf, upper))


def audit(tables: LinkedTables, view: View, primary: Flags) -> Audit:
    """Bounds of every primary cell under `view`; those that hold 0 and the threshold are reported as 0 and threshold."""
    low, high = tables.value.astype(float), tables.value.astype(float)
    programmes = 0
    for attacker in attackers(tables, view, primary):
        for up in (True, False):
            for _ in attacker.certificates(up):
                pass
            for cell in attacker.unproven(up):
                attacker.bound(int(cell), up)
        low[attacker.part], high[attacker.part] = attacker.low, attacker.high
        programmes += attacker.programmes
    cells = np.flatnonzero(primary)
    low, high = np.where(low <= TOLERANCE, 0.0, low), np.minimum(high, tables.threshold)
    return Audit(tables.keys, cells, low[cells], high[cells], tables.threshold[cells], programmes)


def attackers(tables: LinkedTables, view: View, primary: Flags) -> Iterator["Attacker"]:
    """One attacker for each part of the open cells that holds a primary cell."""
    is_open = view.lower < view.upper
    known = tables.sums @ np.where(is_open, 0.0, view.lower)
    for part in parts_of(tables, is_open, _TOGETHER):
        if primary[part].any():
            yield Attacker(tables, view, primary, part, known)


class Attacker:
    """A reader's linear programme over the open cells of one part (`part`, positions of cells).

    closed: what the cells that the reader knows add up to in each equation.
    `low`, `high`: how far each cell of the part is proven to reach.
    """

    def __init__(self, tables: LinkedTables, view: View, primary: Flags, part: Integers, closed: Floats) -> None:
        self.part = part
        self.programmes = 0
        self._place = {cell: place for place, cell in enumerate(part.tolist())}
        self._wanted = {up: np.flatnonzero(primary[part]) for up in (True, False)}
        self._threshold = tables.threshold[part].astype(float)
        self._lower, self._upper = view.lower[part], view.upper[part]
        touched, self._matrix = tables.sums_of(part)
        self._right = -closed[touched]
        self._true = tables.value[part].astype(float)
        self.low, self.high = self._true.copy(), self._true.copy()
        # A count far above all that is known is no more proof than one just above it, and keeps every programme bounded.
        self._cap = float(2 * tables.value.max(initial=0) + 10 * tables.threshold.max(initial=0) + 1)
        self._programme = LinearProgram(
            self._matrix, self._right, self._lower, np.minimum(self._upper, self._cap), np.zeros(len(part))
        )

    def unproven(self, up: bool) -> Integers:
        """Primary cells (places in the part) that are not yet shown to reach the threshold, or 0."""
        at = self._wanted[up]
        if up:
            return at[self.high[at] < self._threshold[at] - TOLERANCE]
        return at[self.low[at] > TOLERANCE]

    def ask_for(self, targets: Iterable[Target]) -> None:
        """Forget what is proven; from now on ask only for those of these targets whose cell is in the part."""
        inside = [(place, target) for target in targets if (place := self._place.get(target.cell)) is not None]
        self._wanted = {
            up: np.array([place for place, target in inside if (target.need > 0) is up], dtype=np.int64)
            for up in (True, False)
        }
        self.low, self.high = self._true.copy(), self._true.copy()

    def show(self, place: int) -> None:
        """From now on the reader knows this cell."""
        self._lower[place] = self._upper[place] = self._true[place]
        self._programme.set_bounds(np.array([place]), self._lower[[place]], self._upper[[place]])

    def hide(self, place: int) -> None:
        """From now on the reader knows nothing of this cell."""
        self._lower[place], self._upper[place] = 0.0, np.inf
        self._programme.set_bounds(np.array([place]), np.zeros(1), np.array([self._cap]))

    def certificates(self, up: bool) -> Iterator[Floats]:
        """Tables (values over the part) that agree with the view, while each proves at least one more cell."""
        random = np.random.default_rng(_SEED)
        for _ in range(_ROUNDS):
            waiting = self.unproven(up)
            if not waiting.size:
                return
            weight = np.zeros(len(self.part))
            weight[waiting] = random.uniform(1, 2, waiting.size)
            # Raised no further than the threshold, one count doesn't use up what others could have.
            found = self._optimum(-weight if up else weight, waiting if up else waiting[:0])
            if found is not None:
                yield found
            if found is None or self.unproven(up).size == waiting.size:
                return

    def bound(self, cell: int, up: bool) -> Floats | None:
        """Push one cell as far as it goes; `low` or `high` is then exact (up to the threshold)."""
        weight = np.zeros(len(self.part))
        weight[cell] = -1 if up else 1
        return self._optimum(weight, np.array([cell] if up else [], dtype=np.int64))

    def system(self) -> tuple[csc_matrix, Floats, Floats, Floats]:
        """Equations, right-hand side, lower and upper bounds of the part (copies), no count above the cap."""
        return self._matrix, self._right, self._lower.copy(), np.minimum(self._upper, self._cap)

    def _optimum(self, cost: Floats, held: Integers) -> Floats | None:
        """Solve with the cells of `held` capped at their threshold; widens `low` and `high` by what is found."""
        self.programmes += 1
        everything = np.arange(len(self.part))
        self._programme.set_costs(everything, cost)
        capped = np.minimum(self._upper[held], np.maximum(self._threshold[held], self._lower[held]))
        self._programme.set_bounds(held, self._lower[held], capped)
        found = self._programme.minimum()
        self._programme.set_bounds(held, self._lower[held], np.minimum(self._upper[held], self._cap))
        if found is not None:
            self.low, self.high = np.minimum(self.low, found), np.maximum(self.high, found)
        return found
