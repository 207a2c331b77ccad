"""Every rule of every contract: the passing row keeps it, its mutant breaks it, and no other file matters to it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import cast

import duckdb
import pytest
import yaml

from expectations.results import FileValidation
from expectations.running import RuleRun, run_rules
from expectations.validation import figures_sql, validate_files
from pipelines.contract_files import load_contracts
from pipelines.contracts import Contract, Rule

CASES = Path(__file__).parent / "rule_cases"
AS_AT = date(2026, 9, 30)
CONTRACTS = load_contracts()
PASSING = "passing"
# What another file could add so that a rule that compares rows would no longer find its mutant
REPAIRS: Mapping[str, "Row"] = {"GRR_014": {"cycle_number": 2}}
Row = dict[str, object]


@cache
def cases_of(contract_id: str) -> Mapping[str, object]:
    return yaml.safe_load((CASES / f"{contract_id}.yaml").read_text(encoding="utf-8"))


def passing_row(contract: Contract) -> Row:
    return cast(Row, cases_of(contract.id)["passing"])


def mutant_rows(contract: Contract, rule_id: str) -> list[Row]:
    mutant = cast(dict[str, Row], cases_of(contract.id)["mutants"])[rule_id]
    changes = cast(list[Row], mutant["rows"]) if "rows" in mutant else [mutant]
    return [passing_row(contract) | change for change in changes]


def names_that_may_be_unreadable(contract: Contract) -> list[str]:
    """Dates, numbers, yes and no: what cannot be read as one is NULL in the typed table. (A date of birth has a status.)"""
    return [
        name for column in contract.columns for name, kind in column.typed if name == column.name and kind != "VARCHAR"
    ]


def unreadable(name: str) -> str:
    """The file in which this column could not be read."""
    return f"unreadable {name}"


def unread_row(contract: Contract, name: str) -> Row:
    return passing_row(contract) | {name: None, "unreadable_columns": f",{name},"}


def table_of(contract: Contract, files: Mapping[str, list[Row]]) -> duckdb.DuckDBPyConnection:
    """A connection with the table ``cases``: the typed rows of some files, and ``is_quarantined``."""
    columns = [*contract.typed_table_columns, ("is_quarantined", "INTEGER")]
    connection = duckdb.connect()
    connection.execute(f"create table cases ({', '.join(f'{name} {kind}' for name, kind in columns)})")
    for file_id, rows in files.items():
        for row in rows:
            assert set(row) == {name for name, _ in columns}
            marks = ", ".join("?" for _ in columns)
            values = [(row | {"file_id": file_id})[name] for name, _ in columns]
            connection.execute(f"insert into cases values ({marks})", values)
    return connection


def compares_rows(rule: Rule) -> bool:
    query = str(rule.kwargs.get("unexpected_rows_query", ""))
    whole_table = re.search(r"\bover\b|\bgroup by\b|\bhaving\b|select.*select", query, re.DOTALL | re.IGNORECASE)
    return rule.level == "row" and ("unique" in rule.expectation_type or whole_table is not None)


@dataclass(frozen=True)
class Outcome:
    """How the rules of a contract went, and per rule the file of each thing that broke it."""

    contract: Contract
    runs: Mapping[str, RuleRun]
    found: Mapping[str, list[str]]


@pytest.fixture(scope="module", params=CONTRACTS, ids=lambda contract: contract.id)
def outcome(request: pytest.FixtureRequest) -> Outcome:
    """All rules over all mutants at once, each a file named as its rule: it takes seconds, not minutes."""
    contract = cast(Contract, request.param)
    files = {rule.id: mutant_rows(contract, rule.id) for rule in contract.rules} | {PASSING: [passing_row(contract)]}
    files |= {unreadable(name): [unread_row(contract, name)] for name in names_that_may_be_unreadable(contract)}
    connection = table_of(contract, files)
    of_rows = [rule for rule in contract.rules if rule.level == "row"]
    of_files = [rule for rule in contract.rules if rule.level == "file"]
    connection.execute(f"create table figures as {figures_sql(of_files, AS_AT, 'select * from cases', files)}")
    runs = run_rules(connection, "cases", contract, of_rows, AS_AT, ("file_id", "row_number"))
    runs |= run_rules(connection, "figures", contract, of_files, AS_AT, ("file_id",))
    found = {rule_id: files_in(connection, run.failing_sql) for rule_id, run in runs.items()}
    return Outcome(contract, runs, found)


def files_in(connection: duckdb.DuckDBPyConnection, failing_sql: str | None) -> list[str]:
    if failing_sql is None:
        return []
    return [str(file_id) for (file_id,) in connection.execute(f"select file_id from ({failing_sql})").fetchall()]


def test_there_are_at_least_60_rules_over_the_five_extracts() -> None:
    rules = {contract.id: len(contract.rules) for contract in CONTRACTS}
    assert {"ehcp_timeliness", "exclusions", "graduated_response", "family_survey", "pupil_roll"} <= set(rules)
    assert sum(rules.values()) >= 60
    assert all(rules.values())


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_no_rule_lacks_a_passing_row_or_a_mutant(contract: Contract) -> None:
    cases = cases_of(contract.id)
    assert set(cases) == {"passing", "mutants"}
    assert set(cast(Row, cases["mutants"])) == {rule.id for rule in contract.rules}


def test_rule_ids_are_never_used_twice() -> None:
    ids = [rule.id for contract in CONTRACTS for rule in contract.rules]
    assert len(ids) == len(set(ids))


def test_every_rule_can_be_run(outcome: Outcome) -> None:
    assert set(outcome.runs) == {rule.id for rule in outcome.contract.rules}
    assert [rule_id for rule_id, run in outcome.runs.items() if not run.ran] == []


def test_the_passing_row_breaks_no_rule(outcome: Outcome) -> None:
    assert [rule_id for rule_id, files in outcome.found.items() if PASSING in files] == []


def test_each_mutant_breaks_its_rule(outcome: Outcome) -> None:
    assert [rule_id for rule_id, files in outcome.found.items() if rule_id not in files] == []


def test_what_cannot_be_read_breaks_a_rule_about_its_row(outcome: Outcome) -> None:
    of_rows = {rule.id for rule in outcome.contract.rules if rule.level == "row"}
    found = {file for rule_id, files in outcome.found.items() if rule_id in of_rows for file in files}
    names = names_that_may_be_unreadable(outcome.contract)
    assert [name for name in names if unreadable(name) not in found] == []


def test_what_is_found_is_what_was_counted(outcome: Outcome) -> None:
    counted = {rule_id: run.failed for rule_id, run in outcome.runs.items()}
    assert {rule_id: len(files) for rule_id, files in outcome.found.items()} == counted


def test_a_rule_that_compares_rows_compares_those_of_one_file() -> None:
    rules = [rule for contract in CONTRACTS for rule in contract.rules if compares_rows(rule)]
    assert {rule.id for rule in rules} >= {"EHC_079", "EXC_027", "EXC_028", "GRR_014", "GRR_015"}
    for rule in rules:
        query = str(rule.kwargs.get("unexpected_rows_query", ""))
        assert re.findall(r"\bover\s*\((?!partition\s+by\s+file_id\b)|\bgroup by\b|\bhaving\b", query) == [], rule.id
        assert re.search(r"\bover\s*\(", query), rule.id


def validated_alone_and_together(
    contract: Contract, files: Mapping[str, list[Row]], folder: Path
) -> tuple[dict[str, FileValidation], dict[str, FileValidation]]:
    connection = table_of(contract, files)
    columns = ", ".join(name for name, _ in contract.typed_table_columns)
    paths = {file_id: folder / f"{file_id}.parquet" for file_id in files}
    for file_id, path in paths.items():
        connection.execute(f"copy (select {columns} from cases where file_id = '{file_id}') to '{path}'")

    def validate(file_ids: Iterable[str]) -> dict[str, FileValidation]:
        typed = {file_id: paths[file_id] for file_id in file_ids}
        quarantine = {file_id: folder / "quarantine" / f"{file_id}.parquet" for file_id in typed}
        return validate_files(duckdb.connect(), typed, contract, AS_AT, quarantine)

    alone = {file_id: validate([file_id])[file_id] for file_id in files}
    return alone, validate(files)


@pytest.mark.parametrize(
    ("contract", "rule"),
    [
        pytest.param(contract, rule, id=rule.id)
        for contract in CONTRACTS
        for rule in contract.rules
        if compares_rows(rule)
    ],
)
def test_rows_of_another_file_neither_break_nor_repair(contract: Contract, rule: Rule, tmp_path: Path) -> None:
    """A file holds the mutant; others hold one row of it each, or the row that it lacks."""
    rows = mutant_rows(contract, rule.id)
    files = {"whole": rows, "repair": [passing_row(contract) | REPAIRS.get(rule.id, {})]}
    parts = {f"part{n}": [row] for n, row in enumerate(rows)} if len(rows) > 1 else {}
    files |= parts
    alone, together = validated_alone_and_together(replace(contract, rules=(rule,)), files, tmp_path)
    assert together == alone
    assert together["whole"].rule_results[0].failed > 0
    assert {together[part].rule_results[0].failed for part in parts} <= {0}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_an_empty_file_is_refused_for_that_alone_and_the_file_beside_it_is_not(
    contract: Contract, tmp_path: Path
) -> None:
    of_files = tuple(rule for rule in contract.rules if rule.level == "file")
    files = {"empty": [], "full": [passing_row(contract)]}
    alone, together = validated_alone_and_together(replace(contract, rules=of_files), files, tmp_path)
    assert together == alone
    (has_rows,) = (rule for rule in of_files if rule.figure == "count(row_number)")
    empty, full = together["empty"], together["full"]
    assert (empty.total_rows, empty.refused, empty.refusal_rule_ids) == (0, True, (has_rows.id,))
    assert [result.rule_id for result in empty.rule_results if not result.passed] == [has_rows.id]
    assert (full.total_rows, full.refused) == (1, False)
