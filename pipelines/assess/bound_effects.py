"""What the rows that are left out of a figure can do to it: one function for each effect of pipelines/assess/left_out_rule.py.

Bounds are per unit of the numerator: a share from 0 to 1, a rate per one, a count.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np

from pipelines.assess.left_out_rule import Effect
from pipelines.methods.bounds import Bounds, proportion_bounds, rate_bounds
from pipelines.methods.intervals import Flags, Floats

NOTHING: Final = np.zeros(1)


@dataclass(frozen=True)
class Counts:
    """Counts of each cell: its figure's parts, and the rows that it leaves out by what is known of them (see LeftOut).

    left_out: rows that may be one more case, in quarantine or without a date or answer.
    """

    numerator: Floats
    denominator: Floats
    left_out: Floats
    undecided: Floats
    uncertain: Floats
    uncertain_met: Floats
    denominator_left_out: Floats

    def of(self, cells: Flags) -> "Counts":
        """The counts of some of the cells."""
        return Counts(**{field.name: getattr(self, field.name)[cells] for field in fields(self)})


def _share(of: Counts) -> Bounds:
    """One more case, met or not. What may not belong is taken out and counted either way like any other row left out."""
    met, cases = of.numerator - of.uncertain_met, of.denominator - of.uncertain
    return proportion_bounds(met, cases, of.left_out + of.uncertain, np.minimum(of.undecided, cases - met))


def _one_of_them(of: Counts) -> Bounds:
    """No more cases: one of those that are counted may be met."""
    undecided = np.minimum(of.left_out + of.undecided, of.denominator - of.numerator)
    return proportion_bounds(of.numerator, of.denominator, undecided=undecided)


def _person(of: Counts) -> Bounds:
    """Somebody new, met or not, or somebody who is counted already and would be met."""
    as_new = proportion_bounds(of.numerator, of.denominator, of.left_out)
    return Bounds(as_new.lowest, _one_of_them(of).highest)


def _person_either_way(of: Counts) -> Bounds:
    """The same, but somebody who is counted already may no longer be met. That is more than one more case can do."""
    turned = np.maximum(of.numerator - of.left_out, 0)
    return Bounds(proportion_bounds(turned, of.denominator).lowest, _one_of_them(of).highest)


def _event(of: Counts) -> Bounds:
    """One more event over the same denominator; what is left out of the denominator lowers the rate."""
    per = of.denominator + of.denominator_left_out
    lowest = rate_bounds(of.numerator - of.uncertain_met, per, NOTHING).lowest
    return Bounds(lowest, rate_bounds(of.numerator, of.denominator, of.left_out + of.undecided).highest)


def _count(of: Counts) -> Bounds:
    """One more of what is counted."""
    one, none = np.ones_like(of.numerator), np.zeros_like(of.numerator)
    return _event(replace(of, denominator=one, denominator_left_out=none))


BOUNDS_OF: Final[Mapping[Effect, Callable[[Counts], Bounds]]] = {
    "share": _share,
    "person": _person,
    "person_either_way": _person_either_way,
    "one_of_them": _one_of_them,
    "event": _event,
    "count": _count,
}
# Where the numerator is no part of the denominator, or nothing is divided.
NO_SHARE: Final[tuple[Effect, ...]] = ("event", "count")
