"""The list of what a supplier should put right in one file: places and plain words, never a value."""

from collections.abc import Mapping, Sequence
from typing import Final, get_args

from expectations.results import FileValidation, LineToFix, RuleResult
from pipelines.contracts import Contract, Rule, Severity
from pipelines.ingest.rows import Part

LINES_PER_FILE: Final = 10_000


def what_to_fix(
    validation: FileValidation,
    contract: Contract,
    file_name: str,
    sheet: str | None = None,
    lines_per_file: int = LINES_PER_FILE,
    parts: Sequence[Part] = (),
    letters: Mapping[str, str] | None = None,
) -> list[LineToFix]:
    """The supplier's list, critical first: row and column as the supplier knows them, and no values.

    Where the rows come from several tables of the file (`parts`), each line names its table in the place of the sheet.
    `letters` are those of `ReadFile`.
    """
    known = letters or {}
    lines: list[LineToFix] = []
    for result in sorted(validation.rule_results, key=_most_severe_first):
        if result.passed or not result.ran:
            continue
        rule = contract.rule(result.rule_id)
        if rule.id in validation.failing_places:
            places = validation.failing_places[rule.id]
            lines += [_line(contract, rule, file_name, place.module, place.row_number, known) for place in places]
            continue
        numbers: Sequence[int | None] = validation.failing_rows.get(rule.id, (None,))
        lines += [_line(contract, rule, file_name, *_place(sheet, number, parts), known) for number in numbers]
    return lines[:lines_per_file]


def _place(sheet: str | None, row_number: int | None, parts: Sequence[Part]) -> tuple[str | None, int | None]:
    """The table, and the row as it is counted there."""
    if row_number is None:
        return sheet, None
    part = next((part for part in reversed(parts) if row_number > part.after), None)
    return (part.name, row_number - part.after) if part else (sheet, row_number)


def _line(
    contract: Contract,
    rule: Rule,
    file_name: str,
    sheet: str | None,
    row_number: int | None,
    letters: Mapping[str, str],
) -> LineToFix:
    """The column is named as in the contract: the supplier sends ``upn`` and has never seen ``child_id``."""
    sent = {typed: column.name for column in contract.columns for typed, _ in column.typed}
    of_module = rule.column if rule in contract.return_rules else None
    column = sent.get(rule.column, of_module) if rule.column else None
    return LineToFix(
        source=contract.id,
        file_name=file_name,
        sheet=sheet,
        row_number=row_number,
        column=column,
        rule_id=rule.id,
        severity=rule.severity,
        plain_words=rule.plain_words,
        fix=rule.fix,
        column_letter=letters.get(f"{sheet}.{column}") or letters.get(str(column)) or None,
    )


def _most_severe_first(result: RuleResult) -> tuple[int, str]:
    return get_args(Severity).index(result.severity), result.rule_id
