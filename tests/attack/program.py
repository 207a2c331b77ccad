"""`attack`: everything that somebody who holds the partner files can find out and should not."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.attack.bounds import Interval, Unknown, intervals
from tests.attack.counts import Counts, Key, counts_of
from tests.attack.equations import equations_of
from tests.attack.partner_file import PartnerFile, read_partner_file
from tests.attack.releases import System, joint_system
from tests.attack.respondents import respondent_equations
from tests.attack.surfaces import surface_findings
from tests.attack.targets import counts_children, targets_of

THRESHOLD = 5


@dataclass(frozen=True)
class Finding:
    """What was found: `kind`, what it is about, the range of the count where it is one, and how.

    Kinds: `printed` (a small count stands there), `small` (cannot reach the threshold), `not 0` (may be small and cannot
    be 0), `revised` (a printed count moved by a few), `no law` (an equation of the attacker does not hold), and the
    kinds of `surfaces`.
    """

    kind: str
    about: str
    low: float = 0.0
    high: float = 0.0
    how: tuple[str, ...] = ()
    factors: tuple[tuple[Key, float], ...] = ()
    threshold: int = THRESHOLD


@dataclass(frozen=True)
class Attacked:
    """The findings, and how many counts were attacked in how many equations."""

    findings: list[Finding]
    counts: int
    hidden: int
    equations: int


def attack(paths: Sequence[Path]) -> Attacked:
    """Attack the newest of these files (the oldest first) with all of them."""
    files = [read_partner_file(path) for path in paths]
    surface = [
        Finding(kind, about)
        for path, file in zip(paths, files, strict=True)
        for kind, about in surface_findings(path, file)
    ]
    counted = attack_counts(files)
    return Attacked([*surface, *counted.findings], counted.counts, counted.hidden, counted.equations)


def attack_counts(files: Sequence[PartnerFile]) -> Attacked:
    """Attack the counts of these files, the oldest first."""
    releases = [counts_of(file) for file in files]
    system = joint_system(releases, [[*equations_of(one), *respondent_equations(one)] for one in releases])
    findings = [
        Finding("revised", _name(key, epoch), step, step)
        for (key, epoch), step in system.steps.items()
        if counts_children(key) and 0 < abs(step) < THRESHOLD
    ]
    findings += [Finding("no law", str(one.factors), off, off, (one.why,)) for one, off in system.broken]
    findings += [Finding("conflict", " ".join(key)) for one in releases for key in one.conflicts]
    targets, thresholds = _targets(releases, system)
    attacked = {name: one for name, one in targets.items() if any(key not in system.known for key in one)}
    for name in targets.keys() - attacked.keys():
        number = sum(factor * system.known[key] for key, factor in targets[name].items())
        if 0 < number < thresholds[name]:
            findings.append(Finding("printed", name, number, number))
    shifted = {
        name: sum(factor * system.known.get(key, 0.0) for key, factor in one.items()) for name, one in attacked.items()
    }
    unknown = {
        name: {key: factor for key, factor in one.items() if key not in system.known} for name, one in attacked.items()
    }
    found, broken = intervals(system.rows, unknown, shifted, lambda name: thresholds[name])
    findings += [Finding("no law", str(dict(row.factors)), row.low, row.high, (row.why,)) for row in broken]
    findings += [
        one for name, interval in found.items() if (one := _judged(name, interval, thresholds[name], targets[name]))
    ]
    return Attacked(sorted(findings, key=str), len(targets), len(attacked), len(system.rows))


def _targets(releases: Sequence[Counts], system: System) -> tuple[dict[str, dict[Unknown, float]], dict[str, int]]:
    targets, thresholds = {}, {}
    for counts, epoch in zip(releases, system.epochs, strict=True):
        for name, target in targets_of(counts).items():
            factors = {(key, epoch[key]): factor for key, factor in target.factors.items()}
            full = _name((name,), max(number for _, number in factors))
            targets[full], thresholds[full] = factors, target.threshold
    return targets, thresholds


def _name(key: tuple[str, ...], epoch: int) -> str:
    return " ".join(key) + (f" (revised {epoch} times)" if epoch else "")


def _judged(name: str, interval: Interval, threshold: int, factors: dict[Unknown, float]) -> Finding | None:
    kind = "small" if 0 < interval.high < threshold else "not 0" if 0 < interval.low < threshold else None
    if kind is None:
        return None
    plain = tuple((key, factor) for (key, _), factor in factors.items())
    return Finding(kind, name, interval.low, interval.high, interval.how, plain, threshold)


def real(findings: Sequence[Finding], truth: Counts) -> list[Finding]:
    """The findings without the ranges of counts that are 0 or large in truth: there the attacker knows nothing small.

    `truth`: the counts as the council holds them, with a row where there is somebody. A count that has no table, the respondents
    of a group, stays a finding.
    """
    return [one for one in findings if not one.factors or _is_small(one, truth)]


def _is_small(one: Finding, truth: Counts) -> bool:
    if any(key[0] == "people" for key, _ in one.factors):
        return True
    return 0 < sum(factor * truth.known.get(key, 0.0) for key, factor in one.factors) < one.threshold
