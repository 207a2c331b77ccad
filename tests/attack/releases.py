"""All releases as one system: a count keeps its number from release to release unless something says it was revised.

Each count has an epoch: it is counted up where the count is printed with another number, or stands in a sum of which
another part is. Within an epoch the equations and the printed numbers of all releases hold together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.attack.bounds import Row, Unknown
from tests.attack.counts import Counts, Equation, Key

SLACK = 1e-4


@dataclass(frozen=True)
class System:
    """`known`: what was ever printed. `rows`: equations with the known taken out. `epochs`: of each release.

    `broken`: equations between printed numbers only that do not hold, with by how much.
    `steps`: counts printed twice with different numbers, and the difference.
    """

    known: dict[Unknown, float]
    rows: list[Row]
    epochs: list[dict[Key, int]]
    broken: list[tuple[Equation, float]]
    steps: dict[Unknown, float]


def joint_system(releases: Sequence[Counts], equations: Sequence[Sequence[Equation]]) -> System:
    """Join the counts and equations of releases, the oldest first."""
    epochs: list[dict[Key, int]] = []
    known: dict[Unknown, float] = {}
    steps: dict[Unknown, float] = {}
    printed: dict[Key, float] = {}
    for counts, sums in zip(releases, equations, strict=True):
        changed = {key for key, number in counts.known.items() if abs(printed.get(key, number) - number) > SLACK}
        near = [one.factors for one in sums if changed and any(part in changed for part, _ in one.factors)]
        touched = {key for factors in near for key, _ in factors}
        unsure = changed | {key for key in touched if key in counts.hidden}
        before = epochs[-1] if epochs else {}
        epochs.append(before | {key: before.get(key, 0) + (key in unsure) for key in counts.all() | touched})
        for key in changed:
            steps[(key, epochs[-1][key])] = counts.known[key] - printed[key]
        known |= {(key, epochs[-1][key]): number for key, number in counts.known.items()}
        printed |= counts.known
    rows: dict[tuple[object, ...], Row] = {}
    broken: list[tuple[Equation, float]] = []
    for sums, epoch in zip(equations, epochs, strict=True):
        for one in sums:
            row, off = _reduced(one, epoch, known)
            if row is not None:
                rows[(tuple(sorted(row.factors.items())), row.low, row.high)] = row
            elif abs(off) > SLACK:
                broken.append((one, off))
    return System(known, list(rows.values()), epochs, broken, steps)


def _reduced(one: Equation, epoch: dict[Key, int], known: dict[Unknown, float]) -> tuple[Row | None, float]:
    factors: dict[Unknown, float] = {}
    taken = 0.0
    for key, factor in one.factors:
        unknown = (key, epoch.get(key, 0))
        if unknown in known:
            taken += factor * known[unknown]
        else:
            factors[unknown] = factors.get(unknown, 0.0) + factor
    low, high = one.low - taken, one.high - taken
    return (Row(factors, low, high, one.why) if factors else None), max(low, 0.0) + min(high, 0.0)
