"""Hold one typed file to its contract: run the rules on DuckDB, put rows that break a critical one in quarantine.

Only counts come back to Python, and row numbers for the supplier's list. Great Expectations returns the SQL that finds
the failing rows, and DuckDB runs it: no value from a record leaves the database, and memory does not grow with a file.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast, get_args

import duckdb

from expectations import import_great_expectations
from expectations.results import FileValidation, LineToFix, RuleResult
from pipelines.contracts import Contract, Rule, Severity

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.datasource.fluent.interfaces import Batch

NOT_RUN: Final = "the rule could not be run"
RESULT_FORMAT: Final[Mapping[str, object]] = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "unexpected_index_column_names": ["row_number"],
    "return_unexpected_index_query": True,
}
QUARANTINED: Final = "is_quarantined"
LINES_PER_RULE: Final = 1_000
LINES_PER_FILE: Final = 10_000


@dataclass(frozen=True)
class RulesRun:
    """Results by rule id, and for each row rule that rows break, the SQL that selects them with their row_number."""

    results: dict[str, RuleResult] = field(default_factory=dict[str, RuleResult])
    failing_rows_sql: dict[str, str] = field(default_factory=dict[str, str])


class TypedFileError(RuntimeError):
    """A typed file cannot be read, or its quarantine cannot be written."""


def validate_file(
    connection: duckdb.DuckDBPyConnection, typed: Path, contract: Contract, as_at: date, quarantine: Path
) -> FileValidation:
    """Run all rules of the contract on one typed Parquet file and write its quarantine.

    Rows that break a critical row rule go to ``quarantine``: the typed columns as they are, and ``rule_ids``
    (comma-joined). File rules about ``is_quarantined`` (1 or 0) run after that, on every row. The file is refused
    if a critical file rule fails, or a critical rule cannot be run. Raises TypedFileError without a value of the data.
    """
    view = view_name(contract, typed)
    with _errors_without_values(typed):
        total = make_view(connection, typed, view)
    first, second = _before_and_after_quarantine(contract)
    rows = run_rules(connection, view, first, as_at)
    with _errors_without_values(typed):
        quarantined = _write_quarantine(connection, typed, contract, rows.failing_rows_sql, quarantine)
        make_view(connection, typed, view, quarantine)
    files = run_rules(connection, view, second, as_at)
    by_rule = rows.results | files.results
    results = tuple(by_rule[rule.id] for rule in contract.rules)
    refusing = tuple(
        result.rule_id
        for result in results
        if result.severity == "critical" and not result.passed and (result.level == "file" or not result.ran)
    )
    return FileValidation(
        source=contract.id,
        file_id=typed.stem,
        as_at=as_at,
        total_rows=total,
        accepted_rows=total - quarantined,
        quarantined_rows=quarantined,
        refused=bool(refusing),
        refusal_rule_ids=refusing,
        rule_results=results,
        failing_rows_sql=rows.failing_rows_sql,
    )


def accepted_sql(typed: Path, quarantine: Path, contract: Contract) -> str:
    """The SELECT of a file's accepted rows: file_id, row_number and the contract's columns, as staging holds them."""
    columns = ", ".join(f't."{name}"' for name in ("file_id", "row_number", *dict(contract.typed_columns)))
    return (
        f"select {columns} from read_parquet({_text(typed)}) t "
        f"anti join read_parquet({_text(quarantine)}) q on t.row_number = q.row_number"
    )


def what_to_fix(
    connection: duckdb.DuckDBPyConnection,
    validation: FileValidation,
    contract: Contract,
    file_name: str,
    sheet: str | None = None,
    lines_per_rule: int = LINES_PER_RULE,
    lines_per_file: int = LINES_PER_FILE,
) -> list[LineToFix]:
    """The supplier's list, critical first: row and column as the supplier knows them, and no values.

    ``connection`` is the one that validated the file. Each rule gives its first ``lines_per_rule`` rows at most.
    """
    lines: list[LineToFix] = []
    for result in sorted(validation.rule_results, key=_most_severe_first):
        if result.passed or not result.ran:
            continue
        rule = contract.rule(result.rule_id)
        room = min(lines_per_rule, lines_per_file - len(lines))
        failing = validation.failing_rows_sql.get(rule.id)
        numbers: list[int | None] = [None]
        if failing is not None:
            with _errors_without_values(Path(validation.file_id)):
                found = connection.execute(f"select row_number from ({failing}) order by row_number limit {room}")
                numbers = [cast(int, row[0]) for row in found.fetchall()]
        lines += [_line(contract, rule, file_name, sheet, number) for number in numbers[:room]]
    return lines


def view_name(contract: Contract, typed: Path) -> str:
    """The view over a typed file in the validating connection: the same file always has the same."""
    return re.sub(r"\W", "_", f"typed_{contract.id}_{typed.stem}").lower()


def make_view(connection: duckdb.DuckDBPyConnection, typed: Path, view: str, quarantine: Path | None = None) -> int:
    """Make the view of a typed file's rows, with ``is_quarantined`` if there is a quarantine; how many rows it has."""
    held = ""
    if quarantine is not None:
        numbers = f"select row_number from read_parquet({_text(quarantine)})"
        held = f", cast(row_number in ({numbers}) as integer) as {QUARANTINED}"
    connection.execute(f"create or replace view {view} as select *{held} from read_parquet({_text(typed)})")
    return _count(connection, f"from {view}")


def run_rules(connection: duckdb.DuckDBPyConnection, view: str, contract: Contract, as_at: date) -> RulesRun:
    """Run the contract's rules on a view with the columns of the typed table and, if a rule needs it, is_quarantined."""
    import_great_expectations()
    from expectations.duckdb_datasource import batch_over
    from expectations.suites import suite_of

    rules = {rule.id: rule for rule in contract.rules}
    run = RulesRun()
    if not rules:
        return run
    total = _count(connection, f"from {view}")
    for outcome in _validated(batch_over(connection, view), suite_of(contract, as_at)):
        rule = rules[_rule_id(outcome)]
        failed, counted = _failed(rule, outcome)
        ran = _ran(outcome)
        if rule.level == "row" and failed and ran:
            sql = _failing_rows_sql(contract, rule, outcome, as_at, view)
            ran = _finds_rows(connection, sql)
            if ran:
                run.failing_rows_sql[rule.id] = sql
        run.results[rule.id] = _result(contract, rule, bool(outcome.success), ran, failed, total if counted else 1)
    return run


def _before_and_after_quarantine(contract: Contract) -> tuple[Contract, Contract]:
    after = [rule for rule in contract.rules if rule.level == "file" and QUARANTINED in f"{rule.column} {rule.kwargs}"]
    before = [rule for rule in contract.rules if rule not in after]
    return replace(contract, rules=tuple(before)), replace(contract, rules=tuple(after))


def _validated(batch: "Batch", suite: "ExpectationSuite") -> list["ExpectationValidationResult"]:
    """Run a suite. A rule that cannot be run takes others of the same query with it: those are run again, alone."""
    from great_expectations import ExpectationSuite

    outcomes = batch.validate(suite, result_format=dict(RESULT_FORMAT)).results
    if all(_ran(outcome) for outcome in outcomes):
        return outcomes
    expectations = {expectation.meta["rule_id"]: expectation for expectation in suite.expectations if expectation.meta}
    again: list[ExpectationValidationResult] = []
    for outcome in outcomes:
        if not _ran(outcome):
            alone = ExpectationSuite(name=_rule_id(outcome), expectations=[expectations[_rule_id(outcome)]])
            outcome = batch.validate(alone, result_format=dict(RESULT_FORMAT)).results[0]
        again.append(outcome)
    return again


def _ran(outcome: "ExpectationValidationResult") -> bool:
    """False when it raised: then there is no result, and what it raised may quote the data."""
    return bool(outcome.result)


def _rule_id(outcome: "ExpectationValidationResult") -> str:
    meta = outcome.expectation_config.meta if outcome.expectation_config else None
    return str((meta or {})["rule_id"])


def _failed(rule: Rule, outcome: "ExpectationValidationResult") -> tuple[int, bool]:
    """How many failed, and whether rows were counted (or only the file as a whole)."""
    counted = outcome.result.get("unexpected_count")
    if counted is None and rule.level == "row":
        counted = outcome.result.get("observed_value")
    return (int(not outcome.success), False) if counted is None else (int(counted), True)


def _failing_rows_sql(
    contract: Contract, rule: Rule, outcome: "ExpectationValidationResult", as_at: date, view: str
) -> str:
    from expectations.suites import ROWS_QUERY, resolved

    sql = outcome.result.get("unexpected_index_query")
    if sql is None:
        sql = str(resolved(contract, rule, as_at).get(ROWS_QUERY, "")).format(batch=view)
    return str(sql).rstrip("; \n")


def _finds_rows(connection: duckdb.DuckDBPyConnection, sql: str) -> bool:
    """Whether DuckDB can run the SQL and it gives row numbers: Great Expectations writes wrong SQL for a few rules."""
    try:
        connection.execute(f"explain select row_number from ({sql})")
    except duckdb.Error:
        return False
    return True


def _result(contract: Contract, rule: Rule, success: bool, ran: bool, failed: int, total: int) -> RuleResult:
    passed = success and ran
    message = "" if passed else NOT_RUN
    if ran and not passed:
        message = f"{failed:,} of {total:,} rows: {rule.plain_words}" if rule.level == "row" else rule.plain_words
    return RuleResult(
        rule_id=rule.id,
        source=contract.id,
        dimension=rule.dimension,
        severity=rule.severity,
        level=rule.level,
        column=rule.column,
        passed=passed,
        failed=failed if ran else 0,
        total=total,
        message=message,
        ran=ran,
    )


def _write_quarantine(
    connection: duckdb.DuckDBPyConnection,
    typed: Path,
    contract: Contract,
    failing_rows_sql: Mapping[str, str],
    quarantine: Path,
) -> int:
    """Write the rows that break a critical rule, in the order of the file; how many they are.

    Each rule is one bit of a number, because a group of numbers can be spilled to disk and a group of texts cannot.
    """
    critical = sorted(rule_id for rule_id in failing_rows_sql if contract.rule(rule_id).severity == "critical")
    broken = [
        f"select row_number, 1::hugeint << {bit} as bits from ({failing_rows_sql[rule_id]})"
        for bit, rule_id in enumerate(critical)
    ] or ["select null::integer as row_number, null::hugeint as bits where false"]
    names = [f"case when bits & (1::hugeint << {bit}) <> 0 then {_text(id_)} end" for bit, id_ in enumerate(critical)]
    quarantine.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"""copy (
            with broken as ({" union all ".join(broken)}),
            reasons as (select row_number, bit_or(bits) as bits from broken group by row_number)
            select t.*, concat_ws(',', {", ".join(names) or "null"}) as rule_ids
            from read_parquet({_text(typed)}) t join reasons on t.row_number = reasons.row_number
            order by t.row_number
        ) to {_text(quarantine)} (format parquet, compression zstd)"""
    )
    return _count(connection, f"from read_parquet({_text(quarantine)})")


def _line(contract: Contract, rule: Rule, file_name: str, sheet: str | None, row_number: int | None) -> LineToFix:
    """The column is named as in the contract: the supplier sends ``upn`` and has never seen ``child_id``."""
    sent = {typed: column.name for column in contract.columns for typed, _ in column.typed}
    return LineToFix(
        source=contract.id,
        file_name=file_name,
        sheet=sheet,
        row_number=row_number,
        column=sent.get(rule.column, rule.column) if rule.column else None,
        rule_id=rule.id,
        severity=rule.severity,
        plain_words=rule.plain_words,
        fix=rule.fix,
    )


def _most_severe_first(result: RuleResult) -> tuple[int, str]:
    return get_args(Severity).index(result.severity), result.rule_id


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    row = connection.execute(f"select count(*) {source}").fetchone()
    return int(row[0]) if row else 0


def _text(value: Path | str) -> str:
    return "'" + str(value).replace("'", "''") + "'"


@contextmanager
def _errors_without_values(typed: Path) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        kind = type(error).__name__
        raise TypedFileError(f"{typed.name}: DuckDB cannot read it or write its quarantine ({kind})") from None
