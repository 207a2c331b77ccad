"""What is to be fixed in a delivery: the lines that `extract` kept, put together by rule, the most useful first."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, get_args

import pyarrow.parquet as pq

from pipelines.contracts import Contract, Severity
from pipelines.ledgers.states import correction_lines
from pipelines.letters.guidance import Guidance, guidance_of
from pipelines.letters.measures_touched import MeasuresTouched, Touched
from pipelines.outcomes import FileOutcome, to_fix_path
from pipelines.settings import Settings

READ_AS: Final = "READ_AS"
ROWS_SHOWN: Final = 12
Line = Mapping[str, object]


@dataclass(frozen=True)
class Place:
    """Where a thing is in one table of one file. `row_numbers`: those that are listed; none where it is the whole table."""

    file_name: str
    file_id: str
    sheet: str
    column: str
    column_letter: str
    row_numbers: tuple[int, ...]
    rows_touched: int

    @property
    def where(self) -> str:
        """Sheet, column and the first of the rows, as they stand in Excel."""
        named = f"column {self.column_letter} ({self.column})" if self.column_letter else f"column {self.column}"
        shown = [f"{number}" for number in self.row_numbers[:ROWS_SHOWN]]
        more = f" and {self.rows_touched - len(shown):,} more" if self.rows_touched > len(shown) else ""
        rows = f"{'rows' if self.rows_touched > 1 else 'row'} {', '.join(shown)}{more}" if shown else ""
        parts = (f"sheet {self.sheet}" if self.sheet else "", named if self.column else "", rows)
        return ", ".join(part for part in parts if part) or "the whole file"


@dataclass(frozen=True)
class Thing:
    """One thing to fix: one rule that files of a delivery break, or one remark on them.

    `rows_touched` are all rows that break the rule; of a thing about a whole file, its rows. `is_rule`: the words are of a
    rule, and say what should be so. `is_new`: the supplier's delivery before had it not; None where there is nothing to
    compare with.
    """

    rule_id: str
    severity: Severity
    plain_words: str
    fix: str
    is_rule: bool
    places: tuple[Place, ...]
    touched: Touched
    guidance: Guidance | None = None
    is_new: bool | None = None

    @property
    def rows_touched(self) -> int:
        """Of all places."""
        return sum(place.rows_touched for place in self.places)

    @property
    def is_whole_file(self) -> bool:
        """Whether it is about no single row."""
        return not any(place.row_numbers for place in self.places)


def lines_to_fix(settings: Settings, outcome: FileOutcome) -> list[Line]:
    """All lines of one file for its supplier (the fields of `LineToFix`). Lines of further kinds are added here."""
    kept = read_lines(to_fix_path(settings, outcome.source, outcome.file_id))
    return [*kept, *correction_lines(settings, outcome)]


def read_lines(path: Path) -> list[dict[str, object]]:
    """The lines that `extract` kept for one file."""
    return pq.read_table(path).to_pylist()


def things_to_fix(
    contract: Contract, lines: Mapping[FileOutcome, Sequence[Line]], measures: MeasuresTouched
) -> list[Thing]:
    """The lines of the files of a delivery by rule, without the remarks on what they were read as."""
    by_rule: dict[tuple[object, ...], list[Place]] = {}
    first: dict[tuple[object, ...], Line] = {}
    for outcome, of_file in lines.items():
        for line, places in _by_table(outcome, of_file):
            key = (line["rule_id"], line["plain_words"], line["column"])
            first.setdefault(key, line)
            by_rule.setdefault(key, []).append(places)
    return [_thing(contract, first[key], tuple(places), measures) for key, places in by_rule.items()]


def most_useful_first(things: Sequence[Thing]) -> list[Thing]:
    """By severity; whole files before rows where they are not used at all; then by rows touched times measures touched."""

    def order(thing: Thing) -> tuple[int, bool, int, str]:
        severity = get_args(Severity).index(thing.severity)
        is_lost_file = thing.severity == "critical" and thing.is_whole_file
        return severity, not is_lost_file, -thing.rows_touched * len(thing.touched.measures), thing.rule_id

    return sorted(things, key=order)


def compared_with(things: Sequence[Thing], rules_before: frozenset[str] | None) -> list[Thing]:
    """The things, each with whether its rule was kept in the delivery before; None: there is none to compare with."""
    if rules_before is None:
        return [*things]
    return [replace(thing, is_new=thing.rule_id not in rules_before) for thing in things]


def _by_table(outcome: FileOutcome, lines: Sequence[Line]) -> Iterator[tuple[Line, Place]]:
    """The first line of each rule in each table of a file, and the place of all of them."""
    tables: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        if line["rule_id"] != READ_AS:
            tables.setdefault((line["rule_id"], line["sheet"], line["plain_words"]), []).append(line)
    failed = {result.rule_id: result.failed for result in outcome.rule_results}
    of_rule = Counter(rule_id for rule_id, _, _ in tables)
    for (rule_id, sheet, _), of_table in tables.items():
        first = of_table[0]
        rows = tuple(number for line in of_table if isinstance(number := line["row_number"], int))
        # Only the first of many rows are listed; how many there are is known for the file, not for its tables.
        all_rows = failed.get(str(rule_id), 0) if of_rule[rule_id] == 1 else 0
        yield (
            first,
            Place(
                file_name=outcome.file_name,
                file_id=outcome.file_id,
                sheet=str(sheet or ""),
                column=str(first["column"] or ""),
                column_letter=str(first.get("column_letter") or ""),
                row_numbers=rows,
                rows_touched=max(all_rows, len(rows)) if rows else outcome.rows_received,
            ),
        )


def _thing(contract: Contract, line: Line, places: tuple[Place, ...], measures: MeasuresTouched) -> Thing:
    severity = next(known for known in get_args(Severity) if known == line["severity"])
    rules = {rule.id: rule for rule in (*contract.rules, *contract.return_rules)}
    rule = rules.get(str(line["rule_id"]))
    column = str(line["column"]) if line["column"] else None
    # A row (or file) that breaks a critical rule is left out of all; else only what is made of the column is wrong.
    touched = measures.of(contract.id, column if severity == "warning" else None)
    return Thing(
        rule_id=str(line["rule_id"]),
        severity=severity,
        plain_words=str(line["plain_words"]),
        fix=str(line["fix"]),
        is_rule=rule is not None,
        places=places,
        touched=Touched() if severity == "info" else touched,
        guidance=guidance_of(rule.source) if rule else None,
    )
