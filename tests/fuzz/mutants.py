"""One mutated file of a seed and a number: always the same bytes, so that a failure can be had again."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.fuzz.byte_mutators import mutators_of
from tests.fuzz.corpus import FILE_MARK, Sample, Table, blades_of, samples, tables
from tests.fuzz.rendering import RENDERERS, zipped
from tests.fuzz.table_mutators import TABLE_MUTATORS

# Bytes that say one thing under a name that says another.
WRONG_SUFFIXES: Final = (".csv", ".xlsx", ".xls", ".xml", ".zip", ".gz", ".ods", ".xlsb", ".txt", ".docx", "")


@dataclass(frozen=True)
class Mutant:
    """A file to drop into the inbox of `source`. `told`: what it was made of, in words without values.

    `rows`: how many rows the pipeline has to count in it unless it refuses it; None where that is not sure.
    """

    number: int
    source: str
    name: str
    content: bytes
    told: str
    rows: int | None


def make(seed: int, number: int, sources: frozenset[str] | None = None) -> Mutant:
    """The mutant of a seed and a number. `sources`: only of these."""
    rng = random.Random(f"{seed}/{number}")
    flat = [table for table in tables() if sources is None or table.source in sources]
    finished = [sample for sample in samples() if sources is None or sample.source in sources]
    if flat and (not finished or rng.random() < 0.7):
        return _of_table(rng.choice(flat), number, rng)
    return _of_sample(rng.choice(finished), number, rng)


def _of_table(table: Table, number: int, rng: random.Random) -> Mutant:
    told = [table.name]
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        mutate = rng.choice(TABLE_MUTATORS)
        table = mutate(table, rng)
        told.append(_name(mutate))
    suffix = rng.choice(list(RENDERERS))
    content, is_held = RENDERERS[suffix](table, rng)
    told.append(suffix)
    is_known = table.is_known and is_held
    # Most of what a table was changed to would be lost again behind broken bytes.
    if len(told) == 2 or rng.random() < 0.25:
        content = _mutate_bytes(content, suffix, told, rng)
        is_known = False
    rows = sum(any(cell.strip() for cell in row) for row in table.body) if is_known else None
    return _mutant(number, table.source, suffix, content, told, rows, rng)


def _of_sample(sample: Sample, number: int, rng: random.Random) -> Mutant:
    told = [sample.name]
    if sample.suffix != ".set":
        content = _mutate_bytes(sample.content, sample.suffix, told, rng)
        return _mutant(number, sample.source, sample.suffix, content, told, None, rng)
    members = blades_of(sample)
    for _ in range(rng.choice([1, 1, 2])):
        name = rng.choice(list(members))
        if rng.random() < 0.2:
            told.append(f"without {name}")
            del members[name]
        else:
            told.append(name)
            members[name] = _mutate_bytes(members[name], ".csv", told, rng)
    named = [(f"{FILE_MARK} {number:06} {name}", content) for name, content in members.items()]
    return Mutant(number, sample.source, f"{FILE_MARK} {number:06}.zip", zipped(named), ", ".join(told), None)


def _mutate_bytes(content: bytes, suffix: str, told: list[str], rng: random.Random) -> bytes:
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        mutate = rng.choice(mutators_of(suffix))
        told.append(_name(mutate))
        content = mutate(content, rng)
    return content


def _mutant(
    number: int, source: str, suffix: str, content: bytes, told: list[str], rows: int | None, rng: random.Random
) -> Mutant:
    if rng.random() < 0.03:
        suffix, rows = rng.choice(WRONG_SUFFIXES), None
        told.append(f"called {suffix or 'nothing'}")
    return Mutant(number, source, f"{FILE_MARK} {number:06}{suffix}", content, ", ".join(told), rows)


def _name(mutate: Callable[..., object]) -> str:
    return mutate.__name__
