"""Validation: counts, quarantine, refusal, and nothing of a record outside the database."""

import logging
import traceback
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date, datetime
from pathlib import Path
from typing import get_args

import duckdb
import pytest

from expectations.data_docs import build_data_docs
from expectations.results import FileValidation
from expectations.validation import NOT_RUN, TypedFileError, validate_files
from expectations.what_to_fix import what_to_fix
from pipelines.contracts import Column, Contract, ContractError, Level, Rule, Severity

AS_AT = date(2026, 9, 30)
CANARY_DAY = date(2031, 12, 29)


def rule(rule_id: str, severity: Severity, query: str, column: str | None = None) -> Rule:
    return replace(
        expectation(rule_id, severity, "unexpected_rows_expectation", column=column),
        kwargs={"unexpected_rows_query": query},
    )


def file_rule(rule_id: str, severity: Severity, figure: str, column: str | None = None, **kwargs: object) -> Rule:
    kind = "expect_column_values_to_be_between"
    return replace(expectation(rule_id, severity, kind, "file", column), figure=figure, kwargs=kwargs)


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
MOSTLY_BAD = file_rule("VIS_004", "critical", "avg(is_quarantined)", "is_quarantined", max_value=0.5)
HAS_ROWS = file_rule("VIS_011", "critical", "count(row_number)", min_value=1)
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
    deliveries=None,
    columns=(
        Column("upn", "string", True, "Unique pupil number", "pseudonymise"),
        Column("visit_date", "date", True, "Day", "open"),
        Column("sex", "code", False, "Sex", "restricted", "sex"),
        Column("comment", "string", False, "Free text", "restricted"),
    ),
    rules=(LATE, NO_CHILD, NO_SEX, MOSTLY_BAD),
)
FILE_ID, OTHER_ID = "0123456789abcdef", "fedcba9876543210"
GOOD = "{n}, 'child-{n}', 'valid', date '2026-01-05', 'F', 'text', '', 1"


def typed_file(folder: Path, *rows: str, good: int = 4, file_id: str = FILE_ID) -> Path:
    """A typed Parquet file with good rows (row numbers from 2) followed by ``rows``."""
    path = folder / f"{file_id}.parquet"
    connection = duckdb.connect()
    columns = ", ".join(f"{name} {kind}" for name, kind in CONTRACT.typed_table_columns)
    connection.execute(f"create table typed ({columns})")
    for row in [*(GOOD.format(n=n) for n in range(2, 2 + good)), *rows]:
        connection.execute(f"insert into typed values ('{file_id}', {row})")
    connection.execute(f"copy typed to '{path}' (format parquet)")
    return path


def validate_all(files: Iterable[Path], contract: Contract = CONTRACT) -> dict[str, FileValidation]:
    typed = {path.stem: path for path in files}
    quarantine = {file_id: quarantine_of(path) for file_id, path in typed.items()}
    return validate_files(duckdb.connect(), typed, contract, AS_AT, quarantine)


def validate(typed: Path, contract: Contract = CONTRACT) -> FileValidation:
    return validate_all([typed], contract)[typed.stem]


def quarantine_of(typed: Path) -> Path:
    return typed.parent / "quarantine" / typed.name


def quarantined(typed: Path) -> list[tuple[str, int, str]]:
    """File, row number and reasons of each row in quarantine."""
    select = f"select file_id, row_number, rule_ids from '{quarantine_of(typed)}'"
    return duckdb.connect().execute(select).fetchall()


BROKEN_TWICE = "6, null, 'missing', date '2027-01-05', null, 'text', '', 1"
NO_SEX_ROW = "7, 'child-7', 'valid', date '2026-01-05', null, 'text', '', 1"


def test_a_row_that_breaks_critical_rules_is_quarantined_with_each_of_its_reasons(tmp_path: Path) -> None:
    typed = typed_file(tmp_path, BROKEN_TWICE, NO_SEX_ROW)
    validation = validate(typed)
    assert (validation.total_rows, validation.accepted_rows, validation.quarantined_rows) == (6, 5, 1)
    held = duckdb.connect().execute(f"select * from '{quarantine_of(typed)}'")
    names = [column[0] for column in held.description]
    assert names == [name for name, _ in CONTRACT.typed_table_columns] + ["rule_ids"]
    assert [(row[1], row[-1]) for row in held.fetchall()] == [(6, "VIS_001,VIS_002")]


def test_a_warning_counts_and_keeps_the_row(tmp_path: Path) -> None:
    validation = validate(typed_file(tmp_path, NO_SEX_ROW))
    result = validation.rule_results[2]
    assert (result.rule_id, result.passed, result.failed, result.total) == ("VIS_003", False, 1, 5)
    assert result.message == "1 of 5 rows: VIS_003 in plain words."
    assert validation.quarantined_rows == 0
    assert not validation.refused


def test_a_file_that_is_mostly_bad_is_refused(tmp_path: Path) -> None:
    validation = validate(typed_file(tmp_path, BROKEN_TWICE, good=0))
    assert validation.refused
    assert validation.refusal_rule_ids == ("VIS_004",)
    assert validation.rule_results[3].message == "VIS_004 in plain words."


def test_a_file_without_rows_can_be_validated(tmp_path: Path) -> None:
    typed = typed_file(tmp_path, good=0)
    validation = validate(typed)
    assert validation.total_rows == validation.quarantined_rows == 0
    assert not validation.refused
    assert quarantined(typed) == []


def test_a_file_without_rows_has_figures_and_is_refused_by_them(tmp_path: Path) -> None:
    empty, full = typed_file(tmp_path, good=0), typed_file(tmp_path, file_id=OTHER_ID)
    validations = validate_all([empty, full], replace(CONTRACT, rules=(*CONTRACT.rules, HAS_ROWS)))
    refused = validations[FILE_ID]
    assert (refused.total_rows, refused.refused, refused.refusal_rule_ids) == (0, True, ("VIS_011",))
    assert [result.rule_id for result in refused.rule_results if not result.passed] == ["VIS_011"]
    assert (validations[OTHER_ID].total_rows, validations[OTHER_ID].refused) == (4, False)


def test_of_two_files_the_one_that_is_all_bad_is_refused_and_the_other_is_not(tmp_path: Path) -> None:
    rows = (f"{n}, null, 'missing', date '2027-01-05', null, 'text', '', 1" for n in range(2, 7))
    bad = typed_file(tmp_path, *rows, good=0)
    other = typed_file(
        tmp_path, "6, 'child-6', 'valid', date '2027-01-05', 'F', 't', '', 1", NO_SEX_ROW, file_id=OTHER_ID
    )
    validations = validate_all([bad, other])
    assert list(validations) == [FILE_ID, OTHER_ID]
    assert [(v.total_rows, v.accepted_rows, v.quarantined_rows) for v in validations.values()] == [(5, 0, 5), (6, 5, 1)]
    assert [v.refusal_rule_ids for v in validations.values()] == [("VIS_004",), ()]
    assert [v.refused for v in validations.values()] == [True, False]
    assert [[result.failed for result in v.rule_results] for v in validations.values()] == [[5, 5, 5, 1], [1, 0, 1, 0]]
    assert [[result.total for result in v.rule_results] for v in validations.values()] == [[5, 5, 5, 1], [6, 6, 6, 1]]
    assert validations[OTHER_ID].failing_rows == {"VIS_001": (6,), "VIS_003": (7,)}
    assert quarantined(bad) == [(FILE_ID, n, "VIS_001,VIS_002") for n in range(2, 7)]
    assert quarantined(other) == [(OTHER_ID, 6, "VIS_001")]
    lines = what_to_fix(validations[OTHER_ID], CONTRACT, "other.csv")
    assert [(line.row_number, line.rule_id) for line in lines] == [(6, "VIS_001"), (7, "VIS_003")]


def test_a_file_fares_alone_as_it_does_beside_others(tmp_path: Path) -> None:
    files = [
        typed_file(tmp_path, BROKEN_TWICE, good=0),
        typed_file(tmp_path, BROKEN_TWICE, NO_SEX_ROW, file_id=OTHER_ID),
        typed_file(tmp_path, good=0, file_id="0000000000000000"),
    ]
    alone = {path.stem: (validate(path), quarantined(path)) for path in files}
    together = validate_all(files)
    assert {path.stem: (together[path.stem], quarantined(path)) for path in files} == alone


def test_the_supplier_is_told_row_column_and_what_to_do_and_the_worst_first(tmp_path: Path) -> None:
    validation = validate(typed_file(tmp_path, BROKEN_TWICE, NO_SEX_ROW))
    lines = what_to_fix(validation, CONTRACT, "visits.xlsx", "Sheet1")
    assert [(line.row_number, line.column, line.rule_id) for line in lines] == [
        (6, "visit_date", "VIS_001"),
        (6, "upn", "VIS_002"),
        (6, "sex", "VIS_003"),
        (7, "sex", "VIS_003"),
    ]
    assert (lines[0].file_name, lines[0].sheet, lines[0].fix) == ("visits.xlsx", "Sheet1", "Correct it.")


def test_the_list_of_what_to_fix_is_capped_per_file(tmp_path: Path) -> None:
    validation = validate(typed_file(tmp_path, BROKEN_TWICE, NO_SEX_ROW))
    assert len(what_to_fix(validation, CONTRACT, "visits.xlsx", lines_per_file=2)) == 2


def test_the_row_numbers_kept_are_the_first_and_capped_per_rule_and_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("expectations.validation.ROW_NUMBERS_PER_RULE", 1)
    files = [
        typed_file(tmp_path, NO_SEX_ROW, BROKEN_TWICE),
        typed_file(tmp_path, NO_SEX_ROW, file_id=OTHER_ID),
    ]
    capped, other = validate_all(files).values()
    assert capped.failing_rows == {"VIS_001": (6,), "VIS_002": (6,), "VIS_003": (6,)}
    assert [result.failed for result in capped.rule_results] == [1, 1, 2, 0]
    assert len(what_to_fix(capped, CONTRACT, "visits.xlsx")) == 3
    assert other.failing_rows == {"VIS_003": (7,)}


def test_a_refused_file_has_one_line_for_the_whole_file(tmp_path: Path) -> None:
    validation = validate(typed_file(tmp_path, BROKEN_TWICE, good=0))
    whole = [line for line in what_to_fix(validation, CONTRACT, "v.csv") if line.rule_id == "VIS_004"]
    assert [(line.row_number, line.column) for line in whole] == [(None, None)]


@pytest.mark.parametrize("severity", get_args(Severity))
def test_a_rule_that_cannot_be_run_is_not_passed_and_takes_no_other_with_it(tmp_path: Path, severity: Severity) -> None:
    query = "select * from {batch} where cast(comment as integer) > 1"
    contract = replace(CONTRACT, rules=(rule("VIS_009", severity, query), *CONTRACT.rules))
    validation = validate(typed_file(tmp_path, NO_SEX_ROW), contract)
    assert [(result.ran, result.passed) for result in validation.rule_results] == [
        (False, False), (True, True), (True, True), (True, False), (True, True),
    ]  # fmt: skip
    assert validation.rule_results[0].message == NOT_RUN
    assert validation.refused == (severity == "critical")


@pytest.mark.parametrize(
    ("severity", "figure"), [("critical", "max(cast(comment as integer))"), ("info", "avg(comment)")]
)
def test_a_figure_that_cannot_be_computed_takes_no_other_rule_with_it(
    tmp_path: Path, severity: Severity, figure: str
) -> None:
    contract = replace(CONTRACT, rules=(*CONTRACT.rules, file_rule("VIS_009", severity, figure, max_value=1)))
    validation = validate(typed_file(tmp_path, BROKEN_TWICE, good=0), contract)
    assert [(result.ran, result.passed) for result in validation.rule_results] == [(True, False)] * 4 + [(False, False)]
    assert validation.rule_results[4].message == NOT_RUN
    assert validation.refusal_rule_ids == (("VIS_004", "VIS_009") if severity == "critical" else ("VIS_004",))


def test_a_row_rule_whose_failing_rows_cannot_be_found_counts_as_not_run(tmp_path: Path) -> None:
    contract = replace(CONTRACT, rules=(rule("VIS_009", "critical", "select count(*) from {batch}"),))
    validation = validate(typed_file(tmp_path), contract)
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
    with pytest.raises(TypedFileError, match=r"^0123456789abcdef\.parquet: DuckDB cannot read it"):
        validate_all([typed_file(tmp_path, file_id=OTHER_ID), path])


def test_a_path_with_a_space_and_an_apostrophe_works(tmp_path: Path) -> None:
    folder = tmp_path / "the council's files"
    folder.mkdir()
    source = typed_file(tmp_path, BROKEN_TWICE)
    validation = validate(source.rename(folder / source.name))
    assert validation.quarantined_rows == 1


def test_no_value_reaches_results_logs_output_or_data_docs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    text = [name for name, kind in CONTRACT.typed_table_columns if kind == "VARCHAR" and name != "file_id"]
    assert text == ["child_id", "upn_status", "sex", "comment", "unreadable_columns"]
    child, status, sex, comment, unreadable = (f"'CANARY {name}'" for name in text)
    rows = [f"{n}, {child}, {status}, date '{CANARY_DAY}', {sex}, {comment}, {unreadable}, 1" for n in (6, 7)]
    in_set = replace(
        expectation("VIS_005", "critical", "expect_column_values_to_be_in_set", column="sex"),
        kwargs={"value_set_from": "sex"},
    )
    raising = [
        rule("VIS_006", "critical", "select * from {batch} where cast(comment as integer) > 1"),
        file_rule("VIS_007", "warning", "max(cast(child_id as date))", max_value=0),
        file_rule("VIS_008", "warning", "avg(comment)", "comment", max_value=0),
        file_rule("VIS_009", "warning", "max(comment)", "comment", max_value=0),
        expectation("VIS_010", "warning", "expect_column_values_to_be_unique", column="comment"),
        replace(
            expectation("VIS_012", "critical", "expect_column_values_to_be_in_set", "file", "comment"),
            figure="max(comment)",
            kwargs={"value_set": ["D"]},
        ),
    ]
    contract = replace(CONTRACT, rules=(*CONTRACT.rules, in_set, *raising))
    files = [typed_file(tmp_path, *rows), typed_file(tmp_path, *rows, good=0, file_id=OTHER_ID)]
    with caplog.at_level(logging.DEBUG):
        validations = validate_all(files, contract)
        lines = [what_to_fix(validation, contract, "visits.csv") for validation in validations.values()]
        index = build_data_docs(validations.values(), [contract], tmp_path / "reports", datetime(2026, 9, 30))
    for path in files:
        planted = " and ".join(f"{name} like '%CANARY {name}%'" for name in text)
        select = f"select row_number from '{quarantine_of(path)}' where {planted} and visit_date = date '{CANARY_DAY}'"
        assert duckdb.connect().execute(select).fetchall() == [(6,), (7,)]
    broken = {
        result.rule_id for v in validations.values() for result in v.rule_results if result.ran and not result.passed
    }
    assert broken >= {"VIS_001", "VIS_004", "VIS_005", "VIS_012"}
    not_run = {result.rule_id for v in validations.values() for result in v.rule_results if not result.ran}
    assert not_run >= {"VIS_006", "VIS_007", "VIS_008", "VIS_009"}
    assert all(lines)
    pages = [page for page in index.parent.rglob("*") if page.suffix in {".html", ".json", ".js"}]
    assert any("VIS_005" in page.read_text(encoding="utf-8") for page in pages)
    printed = capfd.readouterr()
    seen = [repr(validations), repr([asdict(v) for v in validations.values()]), repr(lines)]
    seen += [caplog.text, printed.out, printed.err, *(page.read_text(encoding="utf-8") for page in pages)]
    assert [text for text in seen if "CANARY" in text.upper()] == []
    assert [text for text in seen if str(CANARY_DAY) in text or repr(CANARY_DAY) in text] == []


def test_no_value_is_in_the_error_when_a_quarantine_cannot_be_written(tmp_path: Path) -> None:
    typed = typed_file(tmp_path, "6, 'CANARY', 'CANARY', date '2027-01-05', 'CANARY', 'CANARY', 'CANARY', 1")
    quarantine_of(typed).mkdir(parents=True)
    with pytest.raises(TypedFileError, match=f"^{FILE_ID}: DuckDB cannot read it or write its quarantine") as error:
        validate(typed)
    assert "CANARY" not in "".join(traceback.format_exception(error.value))


def test_data_docs_fetch_nothing_from_the_internet_and_link_each_file(tmp_path: Path) -> None:
    validation = validate(typed_file(tmp_path, BROKEN_TWICE))
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
