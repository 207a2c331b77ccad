"""Collects the counts of all shared tables into one additive system for `pipelines.disclosure.linked`.

A count that several tables show has one key, so that they hide or show it together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pipelines.disclosure.linked.joint import Release
from pipelines.disclosure.linked.model import Cell, Kind, Sum
from pipelines.disclosure.linked.primary import Policy

_COST_OF_A_TOTAL_TO_COME = 1000.0


@dataclass
class SystemBuilder:
    """Cells and sums so far, and the keys of counts that are withheld whatever they protect, and of totals to come."""

    policy: Policy
    cells: dict[str, Cell] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)
    withheld: set[str] = field(default_factory=set)
    to_come: set[str] = field(default_factory=set)

    def count(self, key: str, value: int, threshold: int | None = None) -> str:
        """A count that a table shows, or would. Raises ValueError where two tables give it different values."""
        return self._add(key, value, Kind.PUBLISHABLE, self.policy.threshold if threshold is None else threshold)

    def total_to_come(self, key: str, parts: Sequence[str]) -> None:
        """A total that a later release will show: its parts are protected for it now, as long as that is possible."""
        together = sum(self.value(part) for part in parts)
        self.cells[key] = Cell(key, together, Kind.PUBLISHABLE, 0, _COST_OF_A_TOTAL_TO_COME)
        self.sums.append(Sum(key, tuple(sorted(parts))))
        self.to_come.add(key)

    def unprinted(self, key: str, value: int) -> str:
        """A number that no table shows and that recognises nobody, but that others are tied to."""
        return self._add(key, value, Kind.NEVER_SHOWN, 0)

    def known_outside(self, key: str) -> None:
        """Readers have this count from somewhere else, so that hiding it would protect nothing."""
        cell = self.cells[key]
        self.cells[key] = Cell(key, cell.value, Kind.KNOWN, cell.threshold)

    def value(self, key: str) -> int:
        """The count behind a key."""
        return self.cells[key].value

    def complement(self, whole: str, part: str, name: str) -> str:
        """`whole` less `part`, a count of children that no table shows but every reader of both can work out."""
        left = self.value(whole) - self.value(part)
        if left < 0:
            return ""
        self._add(name, left, Kind.NEVER_SHOWN, self.policy.threshold)
        self.sums.append(Sum(whole, (part, name)))
        return name

    def overlap(self, parts: Sequence[str], name: str) -> str:
        """The sum of `parts`, a count of children that no table shows but every reader can have from other sums."""
        self._add(name, sum(self.value(part) for part in parts), Kind.NEVER_SHOWN, self.policy.threshold)
        self.sums.append(Sum(name, tuple(sorted(parts))))
        return name

    def add_up(self, total: str, parts: Iterable[str], name: str) -> None:
        """What `parts` say of `total`. Where they leave something out, that is a count too; where they add up to more (a
        child that several parts count), the total is at most their sum."""
        listed = tuple(sorted(parts))
        if not listed:
            return
        together = sum(self.value(part) for part in listed)
        left = self.value(total) - together
        if left == 0:
            self.sums.append(Sum(total, listed))
        elif left > 0:
            rest = self._add(f"{name} left out", left, Kind.NEVER_SHOWN, self.policy.threshold)
            self.sums.append(Sum(total, (*listed, rest)))
        else:
            self.at_most_together(total, listed, name)

    def at_most(self, lower: str, upper: str) -> None:
        """`lower` can never exceed `upper`; nothing where it does."""
        self.together_at_most([lower], upper)

    def at_most_together(self, lower: str, parts: Sequence[str], name: str) -> None:
        """`lower` can never exceed the sum of `parts`; nothing where it does."""
        several = self.unprinted(f"{name} together", sum(self.value(part) for part in parts))
        self.sums.append(Sum(several, tuple(parts)))
        self.at_most(lower, several)

    def together_at_most(self, parts: Sequence[str], upper: str) -> None:
        """`parts`, which count nobody twice, can never exceed `upper` together; nothing where they do."""
        left = self.value(upper) - sum(self.value(part) for part in parts)
        if left >= 0:
            slack = self.unprinted(f"{upper} over {' and '.join(parts)}", left)
            self.sums.append(Sum(upper, (*parts, slack)))

    def at_most_times(self, times: int, lower: str, upper: str) -> None:
        """`lower` can never exceed so many times `upper`; nothing where it does. Where `upper` is 0, so is `lower`."""
        most = upper
        if times > 1:
            most = self.unprinted(f"{times} times {upper}", times * self.value(upper))
            self.sums.append(Sum(most, (upper,) * times))
        self.at_most(lower, most)

    def release(self, release_id: str) -> Release:
        """The whole system, as the release that is being made."""
        return Release(release_id, tuple(self.cells.values()), tuple(self.sums))

    def _add(self, key: str, value: int, kind: Kind, threshold: int) -> str:
        known = self.cells.setdefault(key, Cell(key, value, kind, threshold))
        if known.value != value:
            raise ValueError(f"{key}: two tables give different counts")
        return key


def whole_number(number: object) -> int | None:
    """The count in a cell of a table; None where there is none, or where it is not a count."""
    if isinstance(number, bool) or not isinstance(number, int | float) or number != number or number < 0:
        return None
    return int(number) if number == int(number) else None


def key_of(count: str, place: Sequence[object]) -> str:
    """`count` at a place: area, period, breakdown."""
    return " ".join([count, *(str(part) for part in place)])
