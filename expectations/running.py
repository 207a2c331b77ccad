"""Run rules on a view with Great Expectations inside DuckDB: per rule, whether it held and the SQL of what broke it.

No row comes to Python. Great Expectations counts, and returns the SQL that finds the failing rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import duckdb

from expectations import import_great_expectations
from pipelines.contracts import Contract, Rule

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.datasource.fluent.interfaces import Batch


@dataclass(frozen=True)
class RuleRun:
    """One rule on one view. `failing_sql` selects what broke it with its identity columns; None if nothing did.

    `ran` is False when the rule could not be evaluated: it then holds for nothing.
    """

    rule: Rule
    ran: bool
    failed: int
    failing_sql: str | None


def run_rules(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    contract: Contract,
    rules: Sequence[Rule],
    as_at: date,
    identity: Sequence[str],
) -> dict[str, RuleRun]:
    """Run `rules` on a view that other cursors of the connection can see; rule id → how it went.

    `identity` names the columns that tell one row of the view from another: they are what `failing_sql` gives.
    """
    if not rules:
        return {}
    import_great_expectations()
    from expectations.duckdb_datasource import batch_over
    from expectations.suites import suite_of

    by_id = {rule.id: rule for rule in rules}
    result_format: dict[str, object] = {
        "result_format": "BASIC",
        "partial_unexpected_count": 0,
        "unexpected_index_column_names": list(identity),
        "return_unexpected_index_query": True,
    }
    runs: dict[str, RuleRun] = {}
    with batch_over(connection, view) as batch:
        for outcome in _validated(batch, suite_of(contract, rules, as_at), result_format):
            rule = by_id[_rule_id(outcome)]
            failed = _count_of_failures(outcome)
            sql = _failing_sql(contract, rule, outcome, as_at, view) if failed else None
            ran = _ran(outcome) and (sql is None or _finds(connection, sql, identity))
            runs[rule.id] = RuleRun(rule, ran, failed if ran else 0, sql if ran else None)
    return runs


def _validated(
    batch: "Batch", suite: "ExpectationSuite", result_format: Mapping[str, object]
) -> list["ExpectationValidationResult"]:
    """Run a suite. A rule that cannot be run takes others of the same query with it: those are run again, alone."""
    from great_expectations import ExpectationSuite

    outcomes = batch.validate(suite, result_format=dict(result_format)).results
    if all(_ran(outcome) for outcome in outcomes):
        return outcomes
    expectations = {expectation.meta["rule_id"]: expectation for expectation in suite.expectations if expectation.meta}
    again: list[ExpectationValidationResult] = []
    for outcome in outcomes:
        if not _ran(outcome):
            alone = ExpectationSuite(name=_rule_id(outcome), expectations=[expectations[_rule_id(outcome)]])
            outcome = batch.validate(alone, result_format=dict(result_format)).results[0]
        again.append(outcome)
    return again


def _ran(outcome: "ExpectationValidationResult") -> bool:
    """False when it raised: then there is no result, and what it raised may quote the data."""
    return bool(outcome.result)


def _rule_id(outcome: "ExpectationValidationResult") -> str:
    meta = outcome.expectation_config.meta if outcome.expectation_config else None
    return str((meta or {})["rule_id"])


def _count_of_failures(outcome: "ExpectationValidationResult") -> int:
    counted = outcome.result.get("unexpected_count", outcome.result.get("observed_value"))
    return int(counted or 0) or int(not outcome.success)


def _failing_sql(contract: Contract, rule: Rule, outcome: "ExpectationValidationResult", as_at: date, view: str) -> str:
    from expectations.suites import ROWS_QUERY, resolved

    sql = outcome.result.get("unexpected_index_query")
    if sql is None:
        sql = str(resolved(contract, rule, as_at).get(ROWS_QUERY, "")).format(batch=view)
    return str(sql).rstrip("; \n")


def _finds(connection: duckdb.DuckDBPyConnection, sql: str, identity: Sequence[str]) -> bool:
    """Whether DuckDB can run the SQL and it says which rows: Great Expectations writes wrong SQL for a few rules."""
    try:
        connection.execute(f"explain select {', '.join(identity)} from ({sql})")
    except duckdb.Error:
        return False
    return True
