"""Every rule of every contract: the passing row keeps it, its mutant breaks it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import cast

import duckdb
import pytest
import yaml

from expectations.validation import run_rules
from pipelines.contracts import Contract, Rule, load_contracts

CASES = Path(__file__).parent / "rule_cases"
AS_AT = date(2026, 9, 30)
CONTRACTS = load_contracts()
Row = dict[str, object]


def cases_of(contract: Contract) -> Mapping[str, object]:
    return yaml.safe_load((CASES / f"{contract.id}.yaml").read_text(encoding="utf-8"))


def passing_row(contract: Contract) -> Row:
    return cast(Row, cases_of(contract)["passing"])


def mutant_rows(contract: Contract, rule_id: str) -> list[Row]:
    mutant = cast(dict[str, Row], cases_of(contract)["mutants"])[rule_id]
    changes = cast(list[Row], mutant["rows"]) if "rows" in mutant else [mutant]
    return [passing_row(contract) | change for change in changes]


def view_of(contract: Contract, rows: list[Row]) -> duckdb.DuckDBPyConnection:
    """A connection with the table ``cases``: the typed table of the contract and ``is_quarantined``."""
    columns = [*contract.typed_table_columns, ("is_quarantined", "INTEGER")]
    connection = duckdb.connect()
    connection.execute(f"create table cases ({', '.join(f'{name} {kind}' for name, kind in columns)})")
    for row in rows:
        assert set(row) == {name for name, _ in columns}
        marks = ", ".join("?" for _ in columns)
        connection.execute(f"insert into cases values ({marks})", [row[name] for name, _ in columns])
    return connection


def looks_at_one_row(rule: Rule) -> bool:
    query = str(rule.kwargs.get("unexpected_rows_query", ""))
    whole_table = re.search(r"\bover\b|\bgroup by\b|\bhaving\b|select.*select", query, re.DOTALL | re.IGNORECASE)
    return rule.level == "row" and "unique" not in rule.expectation_type and whole_table is None


SEVERAL_ROWS = [
    pytest.param(contract, rule, id=rule.id)
    for contract in CONTRACTS
    for rule in contract.rules
    if not looks_at_one_row(rule)
]


def test_there_are_at_least_60_rules_over_the_five_extracts() -> None:
    rules = {contract.id: len(contract.rules) for contract in CONTRACTS}
    assert {"ehcp_timeliness", "exclusions", "graduated_response", "family_survey", "pupil_roll"} <= set(rules)
    assert sum(rules.values()) >= 60
    assert all(rules.values())


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_no_rule_lacks_a_passing_row_or_a_mutant(contract: Contract) -> None:
    cases = cases_of(contract)
    assert set(cases) == {"passing", "mutants"}
    assert set(cast(Row, cases["mutants"])) == {rule.id for rule in contract.rules}


def test_rule_ids_are_never_used_twice() -> None:
    ids = [rule.id for contract in CONTRACTS for rule in contract.rules]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_the_passing_row_breaks_no_rule(contract: Contract) -> None:
    connection = view_of(contract, [passing_row(contract)])
    run = run_rules(connection, "cases", contract, AS_AT)
    broken = {rule_id: result.message for rule_id, result in run.results.items() if not result.passed}
    assert broken == {}


@pytest.mark.parametrize(("contract", "rule"), SEVERAL_ROWS)
def test_the_mutant_breaks_its_rule(contract: Contract, rule: Rule) -> None:
    connection = view_of(contract, mutant_rows(contract, rule.id))
    run = run_rules(connection, "cases", replace(contract, rules=(rule,)), AS_AT)
    result = run.results[rule.id]
    assert result.ran, "the rule could not be run"
    assert not result.passed
    assert result.failed > 0
    assert rule.plain_words in result.message
    if rule.level == "row":
        found = connection.execute(f"select count(row_number) from ({run.failing_rows_sql[rule.id]})").fetchone()
        assert found == (result.failed,), "the rows found are not those counted"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_each_row_rule_finds_the_row_of_its_own_mutant(contract: Contract) -> None:
    """Rules that look at one row only are run together, each over all their mutants: it takes seconds, not minutes."""
    rules = [rule for rule in contract.rules if looks_at_one_row(rule)]
    rows = [row | {"row_number": n} for n, rule in enumerate(rules) for row in mutant_rows(contract, rule.id)]
    assert len(rows) == len(rules)
    connection = view_of(contract, rows)
    run = run_rules(connection, "cases", replace(contract, rules=tuple(rules)), AS_AT)
    assert [rule.id for rule in rules if not run.results[rule.id].ran] == []
    assert [rule.id for rule in rules if run.results[rule.id].passed] == []
    missed: list[str] = []
    for number, rule in enumerate(rules):
        found = [
            row for (row,) in connection.execute(f"select row_number from ({run.failing_rows_sql[rule.id]})").fetchall()
        ]
        assert len(found) == run.results[rule.id].failed, "the rows found are not those counted"
        if number not in found:
            missed.append(rule.id)
    assert missed == []
