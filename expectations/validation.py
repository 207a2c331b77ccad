"""Hold typed files to their contract: run its rules, put rows that break a critical one in quarantine.

All files of a source that are new are validated together, because what Great Expectations costs is per rule (some
35 ms of CPU) and hardly per row. The counts are then taken per file. Only counts come back to Python, and the first
row numbers for the supplier's list: no value from a record leaves the database.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

import duckdb

from expectations.results import FileValidation, RuleResult
from expectations.return_findings import return_runs, with_findings
from expectations.running import RuleRun, run_rules
from pipelines.contracts import Contract, Rule
from pipelines.ingest.return_checks import Finding
from pipelines.tables import quoted

NOT_RUN: Final = "the rule could not be run"
QUARANTINED: Final = "is_quarantined"
ROWS_VIEW, FIGURES_VIEW = "typed_rows", "file_figures"
ROW_NUMBERS_PER_RULE: Final = 1_000

# Rule id → file id → (rows that broke it, the first of their row numbers)
Failures = dict[str, dict[str, tuple[int, list[int]]]]


class TypedFileError(RuntimeError):
    """A typed file cannot be read, or its quarantine cannot be written."""


def validate_files(
    connection: duckdb.DuckDBPyConnection,
    files: Mapping[str, Path],
    contract: Contract,
    as_at: date,
    quarantine: Mapping[str, Path],
    findings: Mapping[str, Sequence[Finding]] = MappingProxyType({}),
) -> dict[str, FileValidation]:
    """Run all rules of the contract on typed Parquet files (file id → path) and write the quarantine of each.

    Rows that break a critical row rule go to the file's quarantine: the typed columns as they are, and `rule_ids`
    (comma-joined). File rules look at figures of each file, among them the share of its rows in quarantine. A file is
    refused if it breaks a critical file rule, or if a critical rule cannot be run. `findings` are those of rules about
    modules that were run when a file was read. `connection` has validated nothing before.

    Raises TypedFileError without a value of the data.
    """
    rules_of_rows = [rule for rule in contract.rules if rule.level == "row"]
    rules_of_files = [rule for rule in contract.rules if rule.level == "file"]
    totals = {file_id: _rows_in(connection, path) for file_id, path in files.items()}
    with _errors_without_values(", ".join(files)):
        paths = ", ".join(quoted(path) for path in files.values())
        connection.execute(f"create or replace view {ROWS_VIEW} as select * from read_parquet([{paths}])")
    row_runs = run_rules(connection, ROWS_VIEW, contract, rules_of_rows, as_at, ("file_id", "row_number"))
    with _errors_without_values(", ".join(files)):
        failures = _failures(connection, row_runs.values())
        _create_broken_table(connection, [*row_runs.values(), *return_runs(connection, contract, findings)])
        quarantined = {
            file_id: _write_quarantine(connection, file_id, path, quarantine[file_id])
            for file_id, path in files.items()
        }
        _create_figures_table(connection, rules_of_files, as_at, files)
    file_runs = run_rules(connection, FIGURES_VIEW, contract, rules_of_files, as_at, ("file_id",))
    with _errors_without_values(", ".join(files)):
        refused_by = {rule_id: _files_of(connection, run) for rule_id, run in file_runs.items()}
    validations: dict[str, FileValidation] = {}
    for file_id in files:
        total = totals[file_id]
        of_file = {rule_id: found[file_id] for rule_id, found in failures.items() if file_id in found}
        results = [
            *(_row_result(run, contract.id, of_file.get(run.rule.id, (0, []))[0], total) for run in row_runs.values()),
            *(_file_result(run, contract.id, file_id in refused_by[run.rule.id]) for run in file_runs.values()),
        ]
        first_rows = {rule_id: tuple(numbers) for rule_id, (_, numbers) in of_file.items()}
        validation = _validation(contract, file_id, as_at, total, quarantined[file_id], results, first_rows)
        validations[file_id] = with_findings(validation, findings.get(file_id, ()))
    return validations


def _validation(
    contract: Contract,
    file_id: str,
    as_at: date,
    total: int,
    quarantined: int,
    results: Sequence[RuleResult],
    failing_rows: Mapping[str, tuple[int, ...]],
) -> FileValidation:
    by_rule = {result.rule_id: result for result in results}
    in_order = tuple(by_rule[rule.id] for rule in contract.rules)
    refusing = tuple(
        result.rule_id
        for result in in_order
        if result.severity == "critical" and not result.passed and (result.level == "file" or not result.ran)
    )
    return FileValidation(
        source=contract.id,
        file_id=file_id,
        as_at=as_at,
        total_rows=total,
        accepted_rows=total - quarantined,
        quarantined_rows=quarantined,
        refused=bool(refusing),
        refusal_rule_ids=refusing,
        rule_results=in_order,
        failing_rows=failing_rows,
    )


def _rows_in(connection: duckdb.DuckDBPyConnection, typed: Path) -> int:
    with _errors_without_values(typed.name):
        counted = connection.execute(f"select count(*) from read_parquet({quoted(typed)})").fetchone()
    return int(counted[0]) if counted else 0


def _failures(connection: duckdb.DuckDBPyConnection, runs: Iterable[RuleRun]) -> Failures:
    failures: Failures = {}
    for run in runs:
        if run.failing_sql is not None:
            found = connection.execute(
                f"select file_id, count(*), min(row_number, {ROW_NUMBERS_PER_RULE}) from ({run.failing_sql}) group by file_id"
            ).fetchall()
            failures[run.rule.id] = {str(file_id): (int(rows), sorted(first)) for file_id, rows, first in found}
    return failures


def _create_broken_table(connection: duckdb.DuckDBPyConnection, runs: Iterable[RuleRun]) -> None:
    """broken: file_id, row_number and the critical rules that each row breaks, as bits and in words.

    Bits, because a file that is all wrong breaks many rules in each of its millions of rows.
    """
    critical = [run for run in runs if run.rule.severity == "critical" and run.failing_sql is not None]
    selects = [
        f"select file_id, row_number, 1::hugeint << {bit} as bits from ({run.failing_sql})"
        for bit, run in enumerate(critical)
    ] or ["select null::varchar as file_id, null::integer as row_number, 0::hugeint as bits where false"]
    words = [
        f"case when bits & (1::hugeint << {bit}) <> 0 then {quoted(run.rule.id)} end"
        for bit, run in enumerate(critical)
    ] or ["null"]
    connection.execute(f"""
        create or replace table broken as
        select file_id, row_number, concat_ws(',', {", ".join(words)}) as rule_ids
        from (select file_id, row_number, bit_or(bits) as bits from ({" union all ".join(selects)}) group by all)
    """)


def _write_quarantine(connection: duckdb.DuckDBPyConnection, file_id: str, typed: Path, quarantine: Path) -> int:
    """Write the rows of one file that break a critical rule, in the order of the file; how many they are."""
    quarantine.parent.mkdir(parents=True, exist_ok=True)
    written = connection.execute(f"""
        copy (
            select typed.*, broken.rule_ids
            from read_parquet({quoted(typed)}) typed
            join broken on broken.file_id = {quoted(file_id)} and broken.row_number = typed.row_number
            order by typed.row_number
        ) to {quoted(quarantine)} (format parquet, compression zstd)
    """).fetchone()
    return int(written[0]) if written else 0


def _create_figures_table(
    connection: duckdb.DuckDBPyConnection, rules: Sequence[Rule], as_at: date, file_ids: Iterable[str]
) -> None:
    """The figures of each file; one that cannot be computed is left out, so that only its own rule cannot be run."""

    def create(rules: Sequence[Rule]) -> bool:
        figures = figures_sql(rules, as_at, _with_quarantined(), file_ids)
        try:
            connection.execute(f"create or replace table {FIGURES_VIEW} as {figures}")
        except duckdb.Error:
            return False
        return True

    if not create(rules):
        create([rule for rule in rules if create([rule])])


def figures_sql(rules: Sequence[Rule], as_at: date, rows: str, file_ids: Iterable[str]) -> str:
    """SELECT of one row per file: file_id, and per file rule its figure as a column named as the rule."""
    day = f"date '{as_at}'"
    figures = [f'{str(rule.figure).replace("{as_at}", day)} as "{rule.id}"' for rule in rules]
    listed = ", ".join(f"({quoted(file_id)})" for file_id in file_ids)
    return f"""
        select files.file_id {"".join(f", {figure}" for figure in figures)}
        from (values {listed}) files (file_id) left join ({rows}) typed on typed.file_id = files.file_id
        group by files.file_id
    """


def _with_quarantined() -> str:
    return f"""
        select typed.*, cast(broken.row_number is not null as integer) as {QUARANTINED}
        from {ROWS_VIEW} typed
        left join broken on broken.file_id = typed.file_id and broken.row_number = typed.row_number
    """


def _files_of(connection: duckdb.DuckDBPyConnection, run: RuleRun) -> set[str]:
    if run.failing_sql is None:
        return set()
    return {str(file_id) for (file_id,) in connection.execute(f"select file_id from ({run.failing_sql})").fetchall()}


def _row_result(run: RuleRun, source: str, failed: int, total: int) -> RuleResult:
    message = f"{failed:,} of {total:,} rows: {run.rule.plain_words}" if failed else ""
    return _result(run, source, failed == 0, failed, total, message)


def _file_result(run: RuleRun, source: str, broken: bool) -> RuleResult:
    return _result(run, source, not broken, int(broken), 1, run.rule.plain_words if broken else "")


def _result(run: RuleRun, source: str, passed: bool, failed: int, total: int, message: str) -> RuleResult:
    rule = run.rule
    return RuleResult(
        rule_id=rule.id,
        source=source,
        dimension=rule.dimension,
        severity=rule.severity,
        level=rule.level,
        column=rule.column,
        passed=passed and run.ran,
        failed=failed if run.ran else 0,
        total=total,
        message=message if run.ran else NOT_RUN,
        ran=run.ran,
    )


@contextmanager
def _errors_without_values(files: str) -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        kind = type(error).__name__
        raise TypedFileError(f"{files}: DuckDB cannot read it or write its quarantine ({kind})") from None
