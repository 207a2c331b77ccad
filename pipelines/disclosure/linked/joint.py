"""A new release and every earlier one as one system, for a reader who has kept them all and subtracts.

A count that did not change is one variable in all releases. A changed one is a variable per version. What was shown is known
for ever; what was hidden stays hidden for its period. Changes themselves are counts of children and can be small.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from pipelines.disclosure.linked.ledger import Status
from pipelines.disclosure.linked.model import Cell, Flags, Kind, LinkedTables, Sum, TablesError, link_tables


@dataclass(frozen=True)
class Release:
    """One release's cells and sums; keys name measure, area, breakdown, period and universe, and mean the same in all releases.

    shown: keys that were printed; None for the release that is being made.
    """

    release_id: str
    cells: tuple[Cell, ...]
    sums: tuple[Sum, ...]
    shown: frozenset[str] | None = None


@dataclass(frozen=True)
class Cumulative:
    """`later` is `earlier` and what was added since (year-to-date counts); what was added can be small and is protected."""

    earlier: str
    later: str


@dataclass(frozen=True)
class Stock:
    """Counts on two days that a reader takes to differ by no more than `change_pct` percent."""

    earlier: str
    later: str
    change_pct: int = 10


@dataclass(frozen=True)
class Joint:
    """variable: (release, key) → key in `tables`. revised: keys of the new release that were shown before with another count.
    changes: for each count that the new release changes, the keys in `tables` of its last and of its new version."""

    tables: LinkedTables
    release_id: str
    variable: dict[tuple[str, str], str]
    revised: frozenset[str]
    changes: tuple[tuple[str, str], ...] = ()

    def statuses(self, hidden: Flags) -> dict[str, Status]:
        """Each cell of the new release: `shown`, `suppressed`, or `held` (revised, but the new figure would give a child away:
        the figure shown before stands)."""
        position = self.tables.position
        made: dict[str, Status] = {}
        for (release, key), variable in self.variable.items():
            if release == self.release_id:
                away = bool(hidden[position[variable]])
                made[key] = ("held" if key in self.revised else "suppressed") if away else "shown"
        return made

    def printed(self, files: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        """Counts printed in each release (release → key → count) by variable, for the verifier. Raises TablesError if two
        releases print different counts for one variable."""
        found: dict[str, int] = {}
        for release, counts in files.items():
            for key, count in counts.items():
                if found.setdefault(self.variable[release, key], count) != count:
                    raise TablesError(f"{key}: two releases print different counts for one variable.")
        return found


def join_releases(
    new: Release,
    earlier: Sequence[Release],
    links: Iterable[Cumulative | Stock] = (),
    protect_changes: bool = True,
) -> Joint:
    """The joint system. `earlier` in order of publication. protect_changes: a revision of a shown count by less than the
    threshold is a small count too.

    Raises TablesError where tables or links do not fit.
    """
    cells: dict[str, Cell] = {}
    sums: list[Sum] = []
    variable: dict[tuple[str, str], str] = {}
    newest: dict[str, str] = {}
    ever_shown: set[str] = set()
    revised: set[str] = set()
    changes: list[tuple[str, str]] = []
    for release in (*earlier, new):
        explicit, whole = _with_rests(release)
        for cell in explicit:
            name = newest.get(cell.key, "")
            before = cells.get(name)
            kind = _kind(release, cell)
            if before is None or before.value != cell.value:
                name = f"{cell.key} @ {release.release_id}" if before else cell.key
                hidden_so_far = before is not None and before.kind is Kind.NEVER_SHOWN and cell.key not in ever_shown
                if kind is Kind.PUBLISHABLE and hidden_so_far:
                    kind = Kind.NEVER_SHOWN
                if release is new and cell.key in ever_shown:
                    revised.add(cell.key)
                cells[name] = replace(cell, key=name, kind=kind)
                if before is not None and protect_changes:
                    sums += _change(before, cells[name], cells)
                    if release is new:
                        changes.append((before.key, name))
            elif kind is Kind.KNOWN:
                cells[name] = replace(before, kind=kind)
            elif (
                release is new
                and kind is Kind.PUBLISHABLE
                and before.kind is Kind.NEVER_SHOWN
                and cell.key in ever_shown
            ):
                revised.add(cell.key)
            if release is not new and kind is Kind.KNOWN:
                ever_shown.add(cell.key)
            newest[cell.key] = variable[release.release_id, cell.key] = name
        sums += [_renamed(one, newest) for one in whole]
    for link in links:
        sums += _link(link, newest, cells)
    return Joint(link_tables(cells.values(), sums), new.release_id, variable, frozenset(revised), tuple(changes))


def _with_rests(release: Release) -> tuple[list[Cell], list[Sum]]:
    """Cells with the rests of the sums among them, and sums without a rest of their own."""
    tables = link_tables(release.cells, release.sums)
    known = {cell.key for cell in release.cells}
    made = list(release.cells)
    for key, value, kind, threshold in zip(tables.keys, tables.value, tables.kind, tables.threshold, strict=True):
        if key not in known:
            made.append(Cell(key, int(value), Kind(kind), int(threshold)))
    whole = [Sum(one.total, (*one.parts, one.rest) if one.rest else one.parts) for one in release.sums]
    return made, whole


def _kind(release: Release, cell: Cell) -> Kind:
    if release.shown is None or cell.kind is Kind.KNOWN:
        return cell.kind
    return Kind.KNOWN if cell.key in release.shown else Kind.NEVER_SHOWN


def _renamed(one: Sum, names: Mapping[str, str]) -> Sum:
    return Sum(names[one.total], tuple(names[key] for key in one.parts))


def parts_of_change(after: str) -> tuple[str, str, str]:
    """Keys of what a count rose and fell by to its new version, and of the larger of both."""
    return f"rise: {after}", f"fall: {after}", f"sum: {after}"


def _change(before: Cell, after: Cell, cells: dict[str, Cell]) -> list[Sum]:
    """before + rise = after + fall; rise and fall are counts of children and can be small."""
    rise, fall, both = parts_of_change(after.key)
    threshold = after.threshold
    cells[rise] = Cell(rise, max(after.value - before.value, 0), Kind.NEVER_SHOWN, threshold)
    cells[fall] = Cell(fall, max(before.value - after.value, 0), Kind.NEVER_SHOWN, threshold)
    cells[both] = Cell(both, max(before.value, after.value), Kind.NEVER_SHOWN, 0)
    return [Sum(both, (before.key, rise)), Sum(both, (after.key, fall))]


def _link(link: Cumulative | Stock, names: Mapping[str, str], cells: dict[str, Cell]) -> list[Sum]:
    if link.earlier not in names or link.later not in names:
        raise TablesError(f"The link of {link.earlier} and {link.later} names cells that no release has.")
    earlier, later = cells[names[link.earlier]], cells[names[link.later]]
    if isinstance(link, Cumulative):
        if later.value < earlier.value:
            return _change(earlier, later, cells)
        added = f"added: {earlier.key} to {later.key}"
        cells[added] = Cell(added, later.value - earlier.value, Kind.NEVER_SHOWN, later.threshold)
        return [Sum(later.key, (earlier.key, added))]
    made: list[Sum] = []
    for sign in (1, -1):
        share = Fraction(100 + sign * link.change_pct, 100)
        limit, times = share.numerator * earlier.value, share.denominator
        spare = sign * (limit - times * later.value)
        if spare < 0:
            return []
        name = f"{'most' if sign > 0 else 'least'}: {earlier.key} to {later.key}"
        cells[f"{name}, spare"] = Cell(f"{name}, spare", spare, Kind.NEVER_SHOWN, 0)
        cells[name] = Cell(name, max(limit, times * later.value), Kind.NEVER_SHOWN, 0)
        bounded, bounding = (later.key,) * times, (earlier.key,) * share.numerator
        smaller, larger = (bounded, bounding) if sign > 0 else (bounding, bounded)
        made += [Sum(name, larger), Sum(name, (*smaller, f"{name}, spare"))]
    return made
