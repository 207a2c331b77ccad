"""Contracts: what a file must say, and what follows from it."""

from pathlib import Path

import duckdb
import pytest
import yaml

from pipelines.contract_files import load_contract, load_contracts
from pipelines.contracts import ContractError

SMALLEST = """
apiVersion: v3.1.0
kind: DataContract
id: visits
version: 1.0.0
status: active
description: {purpose: Home visits.}
schema:
  - name: visits
    customProperties:
      - {property: grain, value: one row per visit}
      - {property: delivery, value: increment}
    properties:
      - {name: upn, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1,
         description: Unique pupil number, classification: pseudonymise}
      - {name: surname, logicalType: string, description: Not needed, classification: direct_identifier}
      - {name: date_of_birth, logicalType: date, description: Date of birth, classification: birth_date}
      - {name: postcode, logicalType: string, description: Home postcode, classification: postcode}
      - {name: visit_date, logicalType: date, required: true, primaryKey: true, primaryKeyPosition: 2,
         description: Day, classification: open, customProperties: [{property: aliases, value: [date, day]}]}
      - {name: sex, logicalType: string, description: Sex, classification: restricted,
         customProperties: [{property: codeSet, value: sex}]}
    quality:
      - {id: VIS_001, name: sex_is_known, description: Sex is M or F., dimension: validity, severity: warning,
         type: custom, engine: greatExpectations,
         implementation: {type: expect_column_values_to_be_in_set, level: row, column: sex,
                          kwargs: {value_set_from: sex}, source: House rule, fix: Write M or F.}}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "visits.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_in_the_folder_is_a_contract(tmp_path: Path) -> None:
    write(tmp_path, SMALLEST)
    (contract,) = load_contracts(tmp_path)
    assert contract == load_contract("visits", tmp_path)
    assert (contract.id, contract.grain, contract.delivery) == ("visits", "one row per visit", "increment")
    assert contract.deliveries is None
    assert contract.column("visit_date").aliases == ("date", "day")
    assert contract.column("sex").logical_type == "code"
    assert contract.rule("VIS_001").column == "sex"


def test_typed_columns_are_those_after_the_door(tmp_path: Path) -> None:
    write(tmp_path, SMALLEST)
    contract = load_contract("visits", tmp_path)
    assert contract.typed_columns == [
        ("child_id", "VARCHAR"),
        ("upn_status", "VARCHAR"),
        ("birth_month", "DATE"),
        ("birth_date_status", "VARCHAR"),
        ("lsoa_code", "VARCHAR"),
        ("postcode_status", "VARCHAR"),
        ("visit_date", "DATE"),
        ("sex", "VARCHAR"),
    ]
    assert [name for name, _ in contract.typed_table_columns][:2] == ["file_id", "row_number"]
    assert [name for name, _ in contract.typed_table_columns][-2:] == ["unreadable_columns", "key_count"]


def test_the_key_is_named_as_it_is_after_the_door(tmp_path: Path) -> None:
    write(tmp_path, SMALLEST)
    assert load_contract("visits", tmp_path).key == ("child_id", "visit_date")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{purpose: Home visits.}", "{}", "visits.yaml: description.purpose is missing"),
        ("value: increment", "value: sometimes", "delivery is 'sometimes'; write one of snapshot, increment"),
        ("classification: birth_date", "classification: secret", "date_of_birth.classification is 'secret'"),
        ("severity: warning,", "", "VIS_001.severity is missing; write one of critical, warning, info"),
        ("level: row, ", "", "VIS_001.implementation.level is missing"),
        (", fix: Write M or F.", "", "VIS_001.implementation.fix is missing"),
        ("level: row, ", "level: file, ", "VIS_001.implementation.figure belongs to a file rule, and only there"),
        ("level: row, ", "level: row, figure: count(sex), ", "VIS_001.implementation.figure belongs to a file rule"),
        ("name: postcode", "name: sex", "column sex is there more than once"),
        ("primaryKey: true", "primaryKey: false", "primaryKey must be set"),
        ("schema:", "schemas:", "visits.yaml: schemas: Extra inputs are not permitted"),
        ("schema:", "schema: [", "is not a YAML mapping that can be read"),
    ],
)
def test_what_is_missing_is_named_with_file_and_key(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SMALLEST
    write(tmp_path, SMALLEST.replace(old, new))
    with pytest.raises(ContractError) as error:
        load_contract("visits", tmp_path)
    assert "visits.yaml" in str(error.value)
    assert message in str(error.value)


DUE = "      - {property: deliveries, value: {frequency: term, dataUpTo: [visit_date], daysAfterEnd: 28}}\n"


def with_deliveries(due: str) -> str:
    return SMALLEST.replace("    properties:\n", f"{due}    properties:\n", 1)


def test_when_deliveries_are_due_is_read(tmp_path: Path) -> None:
    write(tmp_path, with_deliveries(DUE))
    deliveries = load_contract("visits", tmp_path).deliveries
    assert deliveries is not None and deliveries.data_up_to == ("visit_date",)
    assert (deliveries.frequency, deliveries.days_after_end, deliveries.not_due) == ("term", 28, ())


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("frequency: term", "frequency: weekly", "frequency"),
        ("daysAfterEnd: 28", "daysAfterEnd: 28, daysAfterStart: 3", "either daysAfterEnd or daysAfterStart"),
        (", daysAfterEnd: 28", "", "either daysAfterEnd or daysAfterStart"),
        ("[visit_date]", "[visit_day]", "visit_day, which is no date column"),
        ("[visit_date]", "[birth_month]", "birth_month, which is no date column"),
        ("daysAfterEnd: 28", "daysAfterEnd: 28, days: 3", "days"),
    ],
)
def test_a_calendar_that_cannot_be_kept_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    write(tmp_path, with_deliveries(DUE.replace(old, new)))
    with pytest.raises(ContractError, match=rf"visits\.yaml: schema\.customProperties\.deliveries: .*{message}"):
        load_contract("visits", tmp_path)


def test_the_figure_of_a_file_rule_is_read(tmp_path: Path) -> None:
    write(tmp_path, SMALLEST.replace("level: row, ", "level: file, figure: count(sex), "))
    assert load_contract("visits", tmp_path).rule("VIS_001").figure == "count(sex)"


def test_an_unknown_source_is_told_which_there_are(tmp_path: Path) -> None:
    write(tmp_path, SMALLEST)
    with pytest.raises(ContractError, match=r"no contract for .visit. .* there are: visits"):
        load_contract("visit", tmp_path)


def test_an_unknown_code_set_is_named(tmp_path: Path) -> None:
    write(tmp_path, SMALLEST)
    contract = load_contract("visits", tmp_path)
    assert set(contract.code_set("sex")) == {"M", "F"}
    with pytest.raises(ContractError, match="no code set 'shoe_size'"):
        contract.code_set("shoe_size")


def test_every_code_set_that_a_contract_names_has_codes() -> None:
    for contract in load_contracts():
        for column in contract.columns:
            if column.code_set:
                assert contract.code_set(column.code_set), f"{contract.id}.{column.name}"


def test_every_rule_is_about_a_column_that_the_typed_table_has() -> None:
    for contract in load_contracts():
        typed = {name for name, _ in contract.typed_table_columns} | {"is_quarantined"}
        for rule in contract.rules:
            assert rule.column is None or rule.column in typed, rule.id


def test_every_file_rule_has_a_figure_that_duckdb_can_compute_of_the_typed_table() -> None:
    for contract in load_contracts():
        columns = ", ".join(f'"{name}" {kind}' for name, kind in contract.typed_table_columns)
        connection = duckdb.connect()
        connection.execute(f"create table typed ({columns}, is_quarantined integer)")
        for rule in contract.rules:
            assert (rule.figure is not None) == (rule.level == "file"), rule.id
            if rule.figure:
                figure = rule.figure.replace("{as_at}", "date '2026-09-30'")
                assert len(connection.execute(f"select {figure} from typed").fetchall()) == 1, rule.id


def test_no_column_shares_a_name_or_an_alias_with_another() -> None:
    for contract in load_contracts():
        names = [name.casefold() for column in contract.columns for name in (column.name, *column.aliases)]
        assert sorted({name for name in names if names.count(name) > 1}) == [], contract.id


def test_the_smallest_contract_is_valid_yaml_of_the_standard() -> None:
    assert yaml.safe_load(SMALLEST)["kind"] == "DataContract"
