"""A few mutated files through the real door in every run of the tests; `make fuzz` takes thousands."""

import random
from dataclasses import replace
from pathlib import Path

from tests.fuzz.corpus import Table
from tests.fuzz.door import through_the_door
from tests.fuzz.mutants import make
from tests.fuzz.rendering import as_csv

SEED = 2026
COUNT = 30
# Of these the rules are few, or the shapes many: what Great Expectations costs is per rule and source.
SOURCES = frozenset({"attendance", "exclusions"})


def test_mutated_files_are_taken_or_refused_with_a_reason_and_no_row_is_lost_and_no_value_told(tmp_path: Path) -> None:
    mutants = [make(SEED, number, SOURCES) for number in range(COUNT)]
    faults = through_the_door(mutants, tmp_path, check_every=COUNT)
    assert [
        f"{fault.words} [mutant {fault.mutant.number} of seed {SEED}: {fault.mutant.told}]" for fault in faults
    ] == []


def test_a_mutant_is_the_same_bytes_whenever_it_is_made() -> None:
    assert all(make(SEED, number) == make(SEED, number) for number in range(60))


def test_a_lost_row_would_be_seen(tmp_path: Path) -> None:
    made = (make(SEED, number, frozenset({"attendance"})) for number in range(2_000))
    known = next(mutant for mutant in made if mutant.told == "attendance, shuffle_rows, .csv")
    assert known.rows == 5
    (fault,) = through_the_door([replace(known, rows=6)], tmp_path)
    assert fault.words == "6 rows were written, 5 received and 0 taken for the foot"


def test_how_many_rows_a_csv_has_is_not_sure_where_a_line_break_stands_in_a_cell_without_quotes() -> None:
    table = Table("any", "any", (("a", "b"), ("1", "x\ny")))
    made = [as_csv(table, random.Random(number)) for number in range(100)]
    plain = [(content, is_sure) for content, is_sure in made if content.isascii() and b"\0" not in content]
    assert {is_sure for _, is_sure in plain} == {True, False}
    assert all(is_sure == (b'"x\ny"' in content) for content, is_sure in plain)
