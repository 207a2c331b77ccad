"""The verifier: checks, by adding and comparing whole numbers, that a proof holds for what was published. No solver, no other
module of this project, nothing random. Anyone who may see the proof can run it; the proof holds true counts and stays private.

A proof is JSON:
    format       1
    cells        key of each cell; a cell is its position from here on
    threshold    of each cell; 0: never small
    protected    cells that are protected besides the small ones (zeros, by policy)
    sums         equations, each a list of [cell, times]; times x count adds up to 0
    table        the true count of each cell
    others       tables, each {"cells": [...], "counts": [...]}: equal to `table` except there
    witnesses    [cell, number of the table in which it is 0, number of the table in which it reaches its threshold];
                 -1 is `table` itself
    digest       SHA-256 of all that stands above
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict

FORMAT = 1


class Difference(TypedDict):
    """A table, by the cells in which it differs from the true one."""

    cells: list[int]
    counts: list[int]


class Proof(TypedDict):
    """See the module."""

    format: int
    cells: list[str]
    threshold: list[int]
    protected: list[int]
    sums: list[list[list[int]]]
    table: list[int]
    others: list[Difference]
    witnesses: list[list[int]]
    digest: str


class Percentage(TypedDict):
    """A percentage that is published: keys of its counts, and the number as printed (`12.3`)."""

    numerator: str
    denominator: str
    printed: str


def digest_of(proof: Mapping[str, object]) -> str:
    """SHA-256 over everything in the proof but the digest."""
    body = {name: part for name, part in proof.items() if name != "digest"}
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def verify(
    proof: Proof,
    published: Mapping[str, int],
    outside: Mapping[str, int] | None = None,
    percentages: Iterable[Percentage] = (),
) -> list[str]:
    """What is wrong; nothing if the guarantee holds. Sentences name cells, never counts.

    published: every count ever printed, by key. outside: counts that readers have from elsewhere; only these may be small.
    """
    if proof["format"] != FORMAT or digest_of(proof) != proof["digest"]:
        return ["The proof was altered after it was made, or is of another format."]
    position = {key: at for at, key in enumerate(proof["cells"])}
    size = len(proof["cells"])
    if len(position) != size or len(proof["table"]) != size or len(proof["threshold"]) != size:
        return ["The proof's lists do not have one entry for each cell."]
    known = {**(outside or {}), **published}
    strangers = [f"{key}: published, but the proof does not know it." for key in known if key not in position]
    if strangers:
        return strangers
    fixed = {position[key]: count for key, count in known.items()}
    problems = [
        f"{key}: published and outside figures differ." for key in (outside or {}) if known[key] != (outside or {})[key]
    ]
    problems += _true_table(proof, fixed)
    sums_of: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for number, equation in enumerate(proof["sums"]):
        for at, times in equation:
            sums_of[at].append((number, times))
    for number, other in enumerate(proof["others"]):
        problems += _other_table(proof, number, other, fixed, sums_of)
    exempt = {position[key] for key in (outside or {})}
    problems += _witnesses(proof, {position[key] for key in published}, exempt)
    for percentage in percentages:
        problems += _percentage(proof, position, percentage)
    return problems


def _true_table(proof: Proof, fixed: Mapping[int, int]) -> list[str]:
    keys, table = proof["cells"], proof["table"]
    problems = [f"{keys[at]}: not a whole number from 0." for at, count in enumerate(table) if not _is_count(count)]
    problems += [f"{keys[at]}: published with another count." for at, count in fixed.items() if table[at] != count]
    for number, equation in enumerate(proof["sums"]):
        if sum(times * table[at] for at, times in equation) != 0:
            problems.append(f"Sum {number} does not hold in the true table.")
    return problems


def _other_table(
    proof: Proof, number: int, other: Difference, fixed: Mapping[int, int], sums_of: Sequence[list[tuple[int, int]]]
) -> list[str]:
    table = proof["table"]
    cells, counts = other["cells"], other["counts"]
    if len(cells) != len(counts) or len(set(cells)) != len(cells) or not all(0 <= at < len(table) for at in cells):
        return [f"Table {number} is not well formed."]
    if not all(_is_count(count) for count in counts):
        return [f"Table {number} holds something else than whole numbers from 0."]
    wrong = [at for at, count in zip(cells, counts, strict=True) if at in fixed and fixed[at] != count]
    problems = [f"{proof['cells'][at]}: table {number} disagrees with what is published." for at in wrong]
    # The true table holds every sum, so this one does if the differences add up to 0 in each sum that they touch.
    left: dict[int, int] = {}
    for at, count in zip(cells, counts, strict=True):
        for equation, times in sums_of[at]:
            left[equation] = left.get(equation, 0) + times * (count - table[at])
    if any(left.values()):
        problems.append(f"Table {number} breaks a sum.")
    return problems


def _witnesses(proof: Proof, published: set[int], exempt: set[int]) -> list[str]:
    keys, threshold = proof["cells"], proof["threshold"]
    small = {at for at, count in enumerate(proof["table"]) if 1 <= count < threshold[at]} | set(proof["protected"])
    problems = [f"{keys[at]}: a small count is published." for at in sorted(small & published - exempt)]
    of_cell = {cell: (low, high) for cell, low, high in proof["witnesses"]}
    tables = [dict(zip(other["cells"], other["counts"], strict=False)) for other in proof["others"]]
    for at in sorted(small - exempt):
        low, high = of_cell.get(at, (-2, -2))
        if not (-1 <= low < len(tables) and -1 <= high < len(tables)):
            problems.append(f"{keys[at]}: no witness.")
            continue
        if _count_in(proof["table"], tables, low, at) != 0:
            problems.append(f"{keys[at]}: is not 0 in its witness.")
        if _count_in(proof["table"], tables, high, at) < threshold[at]:
            problems.append(f"{keys[at]}: does not reach the threshold in its witness.")
    return problems


def _percentage(proof: Proof, position: Mapping[str, int], percentage: Percentage) -> list[str]:
    """Every table must round to the percentage as printed."""
    top, base = position[percentage["numerator"]], position[percentage["denominator"]]
    whole, _, decimals = percentage["printed"].partition(".")
    places = 10 ** len(decimals)
    printed = int(whole + decimals)
    tables = [dict(zip(other["cells"], other["counts"], strict=False)) for other in proof["others"]]
    for number in range(-1, len(tables)):
        numerator = _count_in(proof["table"], tables, number, top)
        denominator = _count_in(proof["table"], tables, number, base)
        if 2 * abs(printed * denominator - 100 * places * numerator) > denominator:
            return [f"{percentage['numerator']}: its percentage does not agree with every witness."]
    return []


def _count_in(table: Sequence[int], others: Sequence[Mapping[int, int]], number: int, at: int) -> int:
    return table[at] if number < 0 else others[number].get(at, table[at])


def _is_count(count: object) -> bool:
    return isinstance(count, int) and not isinstance(count, bool) and count >= 0
