"""Data contracts: one Open Data Contract Standard file per extract, read into plain frozen dataclasses.

A contract says what a supplier sends: grain, key, columns, code sets, other names of each header, and the rules that
the data must keep. Adding a source is adding a file to ``expectations/contracts``. Nothing here reads an extract.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast, get_args

import yaml
from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
)
from pydantic import ValidationError

from pipelines.settings import CONTRACTS, REFERENCE, SetUpProblem

LogicalType = Literal["string", "date", "integer", "number", "boolean", "code"]
Classification = Literal["direct_identifier", "pseudonymise", "birth_date", "postcode", "restricted", "open"]
Dimension = Literal["completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy"]
Severity = Literal["critical", "warning", "info"]
Level = Literal["row", "file"]
Delivery = Literal["snapshot", "increment"]

DUCKDB_TYPES: Final[Mapping[LogicalType, str]] = {
    "string": "VARCHAR",
    "code": "VARCHAR",
    "date": "DATE",
    "integer": "INTEGER",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
}
PSEUDONYM_NAMES: Final[Mapping[str, str]] = {"upn": "child_id"}
LEADING_COLUMNS: Final = (("file_id", "VARCHAR"), ("row_number", "INTEGER"))
TRAILING_COLUMNS: Final = (("unreadable_columns", "VARCHAR"), ("key_count", "INTEGER"))


class ContractError(SetUpProblem, ValueError):
    """A contract file is missing, unreadable or incomplete: the message names the file and the key."""


@dataclass(frozen=True)
class Column:
    """One column as suppliers send it. ``required`` means that its header must be in the file."""

    name: str
    logical_type: LogicalType
    required: bool
    description: str
    classification: Classification
    code_set: str | None = None
    aliases: tuple[str, ...] = ()

    @property
    def typed(self) -> tuple[tuple[str, str], ...]:
        """(name, DuckDB type) of the columns that stand for this one after the door; none if it is dropped there."""
        if self.classification == "direct_identifier":
            return ()
        if self.classification == "pseudonymise":
            pseudonym = PSEUDONYM_NAMES.get(self.name, f"{self.name}_id")
            return (pseudonym, "VARCHAR"), (f"{self.name}_status", "VARCHAR")
        if self.classification == "birth_date":
            return ("birth_month", "DATE"), ("birth_date_status", "VARCHAR")
        if self.classification == "postcode":
            return ("lsoa_code", "VARCHAR"), ("postcode_status", "VARCHAR")
        return ((self.name, DUCKDB_TYPES[self.logical_type]),)


@dataclass(frozen=True)
class Rule:
    """One thing that must be true. ``column`` is a typed column, or None for a rule about the whole row or file.

    A row rule that fails puts rows in quarantine if it is critical; a critical file rule that fails refuses the file.
    A file rule is about a ``figure`` of the file: a SQL aggregate over its typed rows and ``is_quarantined`` (1 or 0).
    """

    id: str
    name: str
    dimension: Dimension
    severity: Severity
    level: Level
    column: str | None
    expectation_type: str
    kwargs: Mapping[str, object]
    plain_words: str
    source: str
    fix: str
    figure: str | None = None


@dataclass(frozen=True)
class Contract:
    """One extract. ``key`` holds typed names (``child_id``, not ``upn``); ``max_age_days`` is None if it never ages."""

    id: str
    name: str
    version: str
    description: str
    limitations: str
    usage: str
    grain: str
    key: tuple[str, ...]
    delivery: Delivery
    max_age_days: int | None
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]

    @property
    def typed_columns(self) -> list[tuple[str, str]]:
        """(name, DuckDB type) of the contract's columns after the door, in order: also the columns of staging."""
        return [pair for column in self.columns for pair in column.typed]

    @property
    def typed_table_columns(self) -> list[tuple[str, str]]:
        """(name, DuckDB type) of the whole typed table: the file and row first, what typing found out last."""
        return [*LEADING_COLUMNS, *self.typed_columns, *TRAILING_COLUMNS]

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError if the contract has none."""
        return {column.name: column for column in self.columns}[name]

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id. Raises KeyError if the contract has none."""
        return {rule.id: rule for rule in self.rules}[rule_id]

    def code_set(self, name: str) -> dict[str, str]:
        """Code to label of a code set of ``data/reference/code_sets.csv``. Raises ContractError if it is not there."""
        return code_set(name)


def code_set(name: str, path: Path = REFERENCE / "code_sets.csv") -> dict[str, str]:
    """Code to label, in the order of the file. Raises ContractError if there is no such code set."""
    sets = _code_sets(path)
    if name not in sets:
        raise ContractError(f"{path.name}: there is no code set {name!r}; add its codes or correct the contract")
    return dict(sets[name])


@cache
def _code_sets(path: Path) -> dict[str, dict[str, str]]:
    sets: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for line in csv.DictReader(lines):
            sets.setdefault(line["code_set"], {})[line["code"]] = line["label"]
    return sets


def load_contracts(directory: Path = CONTRACTS) -> list[Contract]:
    """Every contract that lies directly in the folder, by id."""
    return sorted(
        (read_contract(path) for path in directory.glob("*.yaml")),
        key=lambda contract: contract.id,
    )


def load_contract(source_id: str, directory: Path = CONTRACTS) -> Contract:
    """The contract of one source. Raises ContractError if there is none, or if it cannot be used."""
    path = directory / f"{source_id}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in directory.glob("*.yaml"))) or "none"
        raise ContractError(f"there is no contract for {source_id!r} in {directory.name}; there are: {known}")
    return read_contract(path)


def read_contract(path: Path) -> Contract:
    """Read one contract file. Raises ContractError naming the file and the key that is missing or wrong."""
    return _read_version(path, path.stat().st_mtime_ns)


@cache
def _read_version(path: Path, _modified: int) -> Contract:
    try:
        # The library's own reader takes a second per contract: it parses YAML in Python.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        standard = OpenDataContractStandard.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise ContractError(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except (yaml.YAMLError, TypeError) as error:
        raise ContractError(f"{path.name}: is not a YAML mapping that can be read: {error}") from error
    return _ContractFile(path.name).contract(standard)


class _ContractFile:
    """Turns the standard's loose model, where everything is optional, into ours, where what is needed is there."""

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name

    def contract(self, standard: OpenDataContractStandard) -> Contract:
        table = self._only_table(standard)
        extras = self._extras(table.customProperties)
        columns = tuple(self._column(prop) for prop in table.properties or ())
        rules = [self._rule(entry, None) for entry in table.quality or ()]
        for prop in table.properties or ():
            rules += [self._rule(entry, prop.name) for entry in prop.quality or ()]
        self._once("column", [column.name for column in columns])
        self._once("rule id", [rule.id for rule in rules])
        description = standard.description
        age = extras.get("maxAgeDays")
        return Contract(
            id=self._text(standard.id, "id"),
            name=standard.name or self._text(standard.id, "id"),
            version=self._text(standard.version, "version"),
            description=self._text(description and description.purpose, "description.purpose"),
            limitations=(description and description.limitations) or "",
            usage=(description and description.usage) or "",
            grain=self._text(extras.get("grain"), "schema.customProperties.grain"),
            key=self._key(table, columns),
            delivery=cast(
                Delivery,
                self._one_of(extras.get("delivery"), Delivery, "schema.customProperties.delivery"),
            ),
            max_age_days=age if isinstance(age, int) else None,
            columns=columns,
            rules=tuple(rules),
        )

    def _only_table(self, standard: OpenDataContractStandard) -> SchemaObject:
        tables = standard.schema_ or []
        if len(tables) != 1:
            raise ContractError(f"{self.file_name}: schema must hold exactly one table, and holds {len(tables)}")
        if not tables[0].properties:
            raise ContractError(f"{self.file_name}: schema.properties is missing")
        return tables[0]

    def _key(self, table: SchemaObject, columns: tuple[Column, ...]) -> tuple[str, ...]:
        typed = {column.name: column.typed for column in columns}
        parts = sorted(
            (prop for prop in table.properties or () if prop.primaryKey),
            key=lambda prop: prop.primaryKeyPosition or 0,
        )
        names = tuple(typed[prop.name or ""][0][0] for prop in parts if typed.get(prop.name or ""))
        if not names or len(names) != len(parts):
            raise ContractError(f"{self.file_name}: primaryKey must be set on columns that are kept after the door")
        return names

    def _column(self, prop: SchemaProperty) -> Column:
        name = self._text(prop.name, "schema.properties.name")
        extras = self._extras(prop.customProperties)
        codes = extras.get("codeSet")
        aliases = extras.get("aliases") or []
        if not isinstance(aliases, list):
            raise ContractError(f"{self.file_name}: {name}.customProperties.aliases must be a list")
        logical = self._one_of("code" if codes else prop.logicalType, LogicalType, f"{name}.logicalType")
        classification = self._one_of(prop.classification, Classification, f"{name}.classification")
        return Column(
            name=name,
            logical_type=cast(LogicalType, logical),
            required=bool(prop.required),
            description=self._text(prop.description, f"{name}.description"),
            classification=cast(Classification, classification),
            code_set=str(codes) if codes else None,
            aliases=tuple(str(alias) for alias in cast(list[object], aliases)),
        )

    def _rule(self, entry: DataQuality, column: str | None) -> Rule:
        rule_id = self._text(entry.id, "quality.id" if column is None else f"{column}.quality.id")
        how = entry.implementation
        if not isinstance(how, dict):
            raise ContractError(f"{self.file_name}: {rule_id}.implementation is missing")
        details = cast(dict[str, object], how)
        kwargs = details.get("kwargs") or {}
        if not isinstance(kwargs, dict):
            raise ContractError(f"{self.file_name}: {rule_id}.implementation.kwargs must be a mapping")
        named = cast(dict[str, object], kwargs)
        level = self._one_of(details.get("level"), Level, f"{rule_id}.implementation.level")
        figure = details.get("figure")
        if (level == "file") != bool(figure):
            raise ContractError(
                f"{self.file_name}: {rule_id}.implementation.figure belongs to a file rule, and only there"
            )
        about = details.get("column") or named.get("column") or column
        return Rule(
            id=rule_id,
            name=self._text(entry.name, f"{rule_id}.name"),
            dimension=cast(
                Dimension,
                self._one_of(entry.dimension, Dimension, f"{rule_id}.dimension"),
            ),
            severity=cast(Severity, self._one_of(entry.severity, Severity, f"{rule_id}.severity")),
            level=cast(Level, level),
            column=str(about) if about else None,
            expectation_type=self._text(details.get("type"), f"{rule_id}.implementation.type"),
            kwargs=named,
            plain_words=self._text(entry.description, f"{rule_id}.description"),
            source=self._text(details.get("source"), f"{rule_id}.implementation.source"),
            fix=self._text(details.get("fix"), f"{rule_id}.implementation.fix"),
            figure=str(figure) if figure else None,
        )

    def _extras(self, properties: list[CustomProperty] | None) -> dict[str, object]:
        return {extra.property: cast(object, extra.value) for extra in properties or () if extra.property}

    def _text(self, value: object, key: str) -> str:
        if value is None or not str(value).strip():
            raise ContractError(f"{self.file_name}: {key} is missing")
        return " ".join(str(value).split())

    def _one_of(self, value: object, allowed: object, key: str) -> str:
        names: tuple[str, ...] = get_args(allowed)
        if value not in names:
            found = "is missing" if value is None else f"is {value!r}"
            raise ContractError(f"{self.file_name}: {key} {found}; write one of {', '.join(names)}")
        return str(value)

    def _once(self, what: str, names: list[str]) -> None:
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ContractError(f"{self.file_name}: {what} {', '.join(twice)} is there more than once")
