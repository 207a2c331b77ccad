"""Validation: counts, quarantine, refusal, and nothing of a record outside the database."""

import json
import logging
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import duckdb
import pytest

from expectations.data_docs import build_data_docs
from expectations.results import read_validation
from expectations.validation import (
    NOT_RUN,
    FileValidation,
    TypedFileError,
    accepted_sql,
    validate_file,
    what_to_fix,
)
from pipelines.contracts import Column, Contract, ContractError, Level, Rule, Severity

AS_AT = date(2026, 9, 30)


def rule(rule_id: str, severity: Severity, query: str, level: Level = "row", column: str | None = None) -> Rule:
    return replace(
        expectation(rule_id, severity, "unexpected_rows_expectation", level, column),
        kwargs={"unexpected_rows_query": query},
    )


def expectation(rule_id: str, severity: Severity, kind: str, level: Level = "row", column: str | None = None) -> Rule:
    return Rule(
        id=rule_id,
        name=rule_id.lower(),
        dimension="validity",
        severity=severity,
        level=level,
        column=column,
        expectation_type=kind,
        kwargs={},
        plain_words=f"{rule_id} in plain words.",
        source="House rule",
        fix="Correct it.",
    )


LATE = rule("VIS_001", "critical", "select * from {batch} where visit_date > {as_at}", column="visit_date")
NO_CHILD = expectation("VIS_002", "critical", "expect_column_values_to_not_be_null", column="child_id")
NO_SEX = expectation("VIS_003", "warning", "expect_column_values_to_not_be_null", column="sex")
MOSTLY_BAD = replace(
    expectation("VIS_004", "critical", "expect_column_mean_to_be_between", "file", "is_quarantined"),
    kwargs={"max_value": 0.5},
)
CONTRACT = Contract(
    id="visits",
    name="Visits",
    version="1.0.0",
    description="Home visits.",
    limitations="",
    usage="",
    grain="one row per visit",
    key=("child_id", "visit_date"),
    delivery="increment",
    max_age_days=None,
    columns=(
        Column("upn", "string", True, "Unique pupil number", "pseudonymise"),
        Column("visit_date", "date", True, "Day", "open"),
        Column("sex", "code", False, "Sex", "restricted", "sex"),
        Column("comment", "string", False, "Free text", "restricted"),
    ),
    rules=(LATE, NO_CHILD, NO_SEX, MOSTLY_BAD),
)
GOOD = "('f', {n}, 'child-{n}', 'valid', date '2026-01-05', 'F', 'text', '', 1)"


def typed_file(folder: Path, *rows: str, good: int = 4) -> Path:
    """A typed Parquet file with good rows (row numbers from 2) followed by ``rows``."""
    path = folder / "0123456789abcdef.parquet"
    connection = duckdb.connect()
    columns = ", ".join(f"{name} {kind}" for name, kind in CONTRACT.typed_table_columns)
    connection.execute(f"create table typed ({columns})")
    for row in [*(GOOD.format(n=n) for n in range(2, 2 + good)), *rows]:
        connection.execute(f"insert into typed values {row}")
    connection.execute(f"copy typed to '{path}' (format parquet)")
    return path


def validate(typed: Path, contract: Contract = CONTRACT) -> tuple[duckdb.DuckDBPyConnection, FileValidation, Path]:
    connection = duckdb.connect()
    quarantine = typed.parent / "quarantine" / "q.parquet"
    return connection, validate_file(connection, typed, contract, AS_AT, quarantine), quarantine


BROKEN_TWICE = "('f', 6, null, 'missing', date '2027-01-05', null, 'text', '', 1)"
NO_SEX_ROW = "('f', 7, 'child-7', 'valid', date '2026-01-05', null, 'text', '', 1)"


def test_a_row_that_breaks_critical_rules_is_quarantined_with_each_of_its_reasons(tmp_path: Path) -> None:
    typed = typed_file(tmp_path, BROKEN_TWICE, NO_SEX_ROW)
    connection, validation, quarantine = validate(typed)
    assert (validation.total_rows, validation.accepted_rows, validation.quarantined_rows) == (6, 5, 1)
    held = connection.execute(f"select * from '{quarantine}'")
    names = [column[0] for column in held.description]
    assert names == [name for name, _ in CONTRACT.typed_table_columns] + ["rule_ids"]
    assert [(row[1], row[-1]) for row in held.fetchall()] == [(6, "VIS_001,VIS_002")]


def test_a_warning_counts_and_keeps_the_row(tmp_path: Path) -> None:
    _, validation, _ = validate(typed_file(tmp_path, NO_SEX_ROW))
    result = validation.rule_results[2]
    assert (result.rule_id, result.passed, result.failed, result.total) == ("VIS_003", False, 1, 5)
    assert result.message == "1 of 5 rows: VIS_003 in plain words."
    assert validation.quarantined_rows == 0
    assert not validation.refused


def test_staging_gets_the_accepted_rows_without_what_typing_added(tmp_path: Path) -> None:
    typed = typed_file(tmp_path, BROKEN_TWICE)
    connection, _, quarantine = validate(typed)
    rows = connection.execute(accepted_sql(typed, quarantine, CONTRACT))
    assert [column[0] for column in rows.description] == [
        "file_id", "row_number", "child_id", "upn_status", "visit_date", "sex", "comment",
    ]  # fmt: skip
    assert sorted(row[1] for row in rows.fetchall()) == [2, 3, 4, 5]


def test_a_file_that_is_mostly_bad_is_refused(tmp_path: Path) -> None:
    _, validation, _ = validate(typed_file(tmp_path, BROKEN_TWICE, good=0))
    assert validation.refused
    assert validation.refusal_rule_ids == ("VIS_004",)
    assert validation.rule_results[3].message == "VIS_004 in plain words."


def test_a_file_without_rows_can_be_validated(tmp_path: Path) -> None:
    _, validation, quarantine = validate(typed_file(tmp_path, good=0))
    assert validation.total_rows == validation.quarantined_rows == 0
    assert quarantine.is_file()


def test_the_supplier_is_told_row_column_and_what_to_do_and_the_worst_first(tmp_path: Path) -> None:
    connection, validation, _ = validate(typed_file(tmp_path, BROKEN_TWICE, NO_SEX_ROW))
    lines = what_to_fix(connection, validation, CONTRACT, "visits.xlsx", "Sheet1")
    assert [(line.row_number, line.column, line.rule_id) for line in lines] == [
        (6, "visit_date", "VIS_001"),
        (6, "upn", "VIS_002"),
        (6, "sex", "VIS_003"),
        (7, "sex", "VIS_003"),
    ]
    assert (lines[0].file_name, lines[0].sheet, lines[0].fix) == ("visits.xlsx", "Sheet1", "Correct it.")


def test_the_list_of_what_to_fix_is_capped(tmp_path: Path) -> None:
    connection, validation, _ = validate(typed_file(tmp_path, BROKEN_TWICE, NO_SEX_ROW))
    assert len(what_to_fix(connection, validation, CONTRACT, "visits.xlsx", lines_per_rule=1)) == 3
    assert len(what_to_fix(connection, validation, CONTRACT, "visits.xlsx", lines_per_file=2)) == 2


def test_a_refused_file_has_one_line_for_the_whole_file(tmp_path: Path) -> None:
    connection, validation, _ = validate(typed_file(tmp_path, BROKEN_TWICE, good=0))
    whole = [line for line in what_to_fix(connection, validation, CONTRACT, "v.csv") if line.rule_id == "VIS_004"]
    assert [(line.row_number, line.column) for line in whole] == [(None, "is_quarantined")]


def test_results_can_be_written_and_read_again(tmp_path: Path) -> None:
    _, validation, _ = validate(typed_file(tmp_path, BROKEN_TWICE))
    path = tmp_path / "validation.json"
    validation.write(path)
    assert read_validation(path) == replace(validation, failing_rows_sql={})


@pytest.mark.parametrize("severity", get_args(Severity))
def test_a_rule_that_cannot_be_run_is_not_passed_and_takes_no_other_with_it(tmp_path: Path, severity: Severity) -> None:
    query = "select * from {batch} where cast(comment as integer) > 1"
    contract = replace(CONTRACT, rules=(rule("VIS_009", severity, query), *CONTRACT.rules))
    _, validation, _ = validate(typed_file(tmp_path, NO_SEX_ROW), contract)
    assert [(result.ran, result.passed) for result in validation.rule_results] == [
        (False, False), (True, True), (True, True), (True, False), (True, True),
    ]  # fmt: skip
    assert validation.rule_results[0].message == NOT_RUN
    assert validation.refused == (severity == "critical")


def test_a_row_rule_whose_failing_rows_cannot_be_found_counts_as_not_run(tmp_path: Path) -> None:
    contract = replace(CONTRACT, rules=(rule("VIS_009", "critical", "select count(*) from {batch}"),))
    _, validation, _ = validate(typed_file(tmp_path), contract)
    assert (validation.rule_results[0].ran, validation.refused) == (False, True)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (replace(NO_SEX, kwargs={"row_condition": "sex = 'F'"}), "VIS_003: a row rule cannot have row_condition"),
        (replace(NO_SEX, expectation_type="expect_the_best"), "VIS_003: there is no expectation 'expect_the_best'"),
        (replace(NO_SEX, kwargs={"least": 1}), "VIS_003: kwargs do not fit"),
    ],
)
def test_a_rule_that_is_no_expectation_is_an_error_in_the_contract(tmp_path: Path, bad: Rule, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        validate(typed_file(tmp_path), replace(CONTRACT, rules=(bad,)))


def test_a_typed_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "0123456789abcdef.parquet"
    path.write_bytes(b"not Parquet")
    with pytest.raises(TypedFileError, match=r"0123456789abcdef\.parquet: DuckDB cannot read it"):
        validate(path)


def test_a_path_with_a_space_and_an_apostrophe_works(tmp_path: Path) -> None:
    folder = tmp_path / "the council's files"
    folder.mkdir()
    source = typed_file(tmp_path, BROKEN_TWICE)
    _, validation, _ = validate(source.rename(folder / source.name))
    assert validation.quarantined_rows == 1


def test_no_value_reaches_results_logs_output_or_data_docs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    text = ("file", "child", "status", "sex", "comment")
    canaries = [f"CANARY{name.upper()}" for name in text]
    row = "('{}', 6, '{}', '{}', date '2027-01-05', '{}', '{}', ',CANARYUNREADABLE,', 1)".format(*canaries)
    in_set = replace(
        expectation("VIS_005", "critical", "expect_column_values_to_be_in_set", column="sex"),
        kwargs={"value_set_from": "sex"},
    )
    raising = [
        rule("VIS_006", "critical", "select * from {batch} where cast(comment as integer) > 1"),
        rule("VIS_007", "warning", "select * from {batch} where cast(child_id as date) > {as_at}", "file"),
        expectation("VIS_008", "warning", "expect_column_mean_to_be_between", "file", "comment"),
        expectation("VIS_010", "warning", "expect_column_values_to_be_unique", column="comment"),
    ]
    contract = replace(CONTRACT, rules=(*CONTRACT.rules, in_set, *raising))
    with caplog.at_level(logging.DEBUG):
        connection, validation, quarantine = validate(typed_file(tmp_path, row, row), contract)
        lines = what_to_fix(connection, validation, contract, "visits.csv")
        validation.write(tmp_path / "validation.json")
        index = build_data_docs([validation], [contract], tmp_path / "reports", datetime(2026, 9, 30))
    assert connection.execute(f"select count(*) from '{quarantine}' where sex like 'CANARY%'").fetchone() == (2,)
    assert {result.rule_id for result in validation.rule_results if not result.passed} >= {"VIS_001", "VIS_005"}
    assert lines
    pages = [page for page in index.parent.rglob("*") if page.suffix in {".html", ".json", ".js"}]
    assert any("VIS_005" in page.read_text(encoding="utf-8") for page in pages)
    printed = capfd.readouterr()
    seen = [repr(validation), repr(lines), caplog.text, printed.out, printed.err]
    seen += [page.read_text(encoding="utf-8") for page in [*pages, tmp_path / "validation.json"]]
    assert [text for text in seen if "CANARY" in text.upper()] == []
    assert json.loads((tmp_path / "validation.json").read_text(encoding="utf-8"))["source"] == "visits"


def test_data_docs_fetch_nothing_from_the_internet_and_link_each_file(tmp_path: Path) -> None:
    _, validation, _ = validate(typed_file(tmp_path, BROKEN_TWICE))
    first = build_data_docs([validation], [CONTRACT], tmp_path / "reports", datetime(2026, 9, 30))
    index = build_data_docs([validation], [CONTRACT], tmp_path / "reports", datetime(2026, 10, 1))
    assert index == first == tmp_path / "reports" / "data_docs" / "index.html"
    links = [part.split('"')[0] for part in index.read_text(encoding="utf-8").split('href="')[1:]]
    assert len(links) == 1
    page = index.parent / links[0]
    assert "VIS_001 in plain words." in page.read_text(encoding="utf-8")
    fetching = [
        tag for path in index.parent.rglob("*.html") for tag in _tags_that_fetch(path.read_text(encoding="utf-8"))
    ]
    assert fetching == []
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["data_docs"]


def _tags_that_fetch(page: str) -> list[str]:
    tags = [tag.split(">")[0] for tag in page.split("<") if tag.startswith(("script", "link", "img", "iframe"))]
    return [tag for tag in tags if "//" in tag]
