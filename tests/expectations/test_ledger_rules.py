"""Every rule of the council's lists: the passing line keeps it, its mutant breaks it, and nothing else does."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import cast

import duckdb
import pytest
import yaml

from expectations.running import run_rules
from pipelines.contract_files import load_contracts
from pipelines.contracts import Contract, code_set
from pipelines.ledgers.reading import LEDGER_CONTRACTS

CASES = Path(__file__).parent / "ledger_rule_cases"
AS_AT = date(2026, 9, 30)
CONTRACTS = load_contracts(LEDGER_CONTRACTS)
PASSING = "passing"
Row = dict[str, object]

FURTHER: Mapping[str, Row] = {
    "COR_004": {"key_status": "other_names"},
    "COR_015": {"reason": "child 943 476 5919 was there on those days"},
    "COR_017": {"expires_on": date(2030, 1, 1)},
    "QAP_002": {"text_hash": None},
    "QAP_007": {"decided_on": None},
}
GOOD: Mapping[str, Row] = {
    "corrections": {"reason": "Agreed on 01/10/2025 with school 900001", "expires_on": date(2020, 1, 1)},
    "consent_withdrawals": {"withdrawn_on": None},
    "quote_approvals": {"decision": "reject", "second_person_role": None, "decided_on": date(2020, 1, 1)},
}


@cache
def cases_of(contract_id: str) -> Mapping[str, Row]:
    return yaml.safe_load((CASES / f"{contract_id}.yaml").read_text(encoding="utf-8"))


def lines_of(contract: Contract) -> dict[str, Row]:
    """Name → line: the passing one, another good one, and the mutants."""
    cases = cases_of(contract.id)
    passing, mutants = cases["passing"], cast(dict[str, Row], cases["mutants"])
    lines = {PASSING: passing, "good": passing | GOOD[contract.id]}
    lines |= {rule_id: passing | change for rule_id, change in mutants.items()}
    return lines | {f"{rule_id}_2": passing | change for rule_id, change in FURTHER.items() if rule_id in mutants}


def found(contract: Contract) -> dict[str, set[str]]:
    """Rule → the lines that break it, of all lines in one table."""
    columns = [*contract.typed_table_columns, ("is_quarantined", "INTEGER")]
    connection = duckdb.connect()
    connection.execute(f"create table cases ({', '.join(f'{name} {kind}' for name, kind in columns)})")
    for name, row in lines_of(contract).items():
        assert set(row) == {column for column, _ in columns}
        values = [(row | {"file_id": name})[column] for column, _ in columns]
        connection.execute(f"insert into cases values ({', '.join('?' for _ in columns)})", values)
    runs = run_rules(connection, "cases", contract, contract.rules, AS_AT, ("file_id", "row_number"))
    assert all(run.ran for run in runs.values())
    return {
        rule_id: {str(name) for (name,) in connection.execute(f"select file_id from ({run.failing_sql})").fetchall()}
        if run.failing_sql
        else set()
        for rule_id, run in runs.items()
    }


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_each_rule_has_a_mutant_that_it_finds_and_lets_the_good_lines_pass(contract: Contract) -> None:
    assert set(cases_of(contract.id)["mutants"]) == {rule.id for rule in contract.rules}
    for rule_id, lines in found(contract).items():
        assert rule_id in lines, rule_id
        assert lines.isdisjoint({PASSING, "good"}), rule_id
        if rule_id in FURTHER:
            assert f"{rule_id}_2" in lines, rule_id


def test_a_source_of_extracts_is_never_named_as_a_list_of_the_council() -> None:
    assert {contract.id for contract in CONTRACTS} == {"corrections", "consent_withdrawals", "quote_approvals"}
    assert {contract.id for contract in CONTRACTS}.isdisjoint(contract.id for contract in load_contracts())


def test_the_roles_of_authors_name_nobody() -> None:
    assert all(code.replace("_", "").isalpha() and code.islower() for code in code_set("author_role"))
