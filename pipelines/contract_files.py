"""Reads contracts from their files: one Open Data Contract Standard file per extract, adding a source is adding one."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import cast, get_args

import yaml
from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
)
from pydantic import ValidationError

from pipelines.contracts import (
    Classification,
    Column,
    Contract,
    ContractError,
    Delivery,
    Dimension,
    Level,
    LogicalType,
    Rule,
    Severity,
)
from pipelines.delivery_calendar import Deliveries
from pipelines.ingest.return_rules import FOLDER, return_rules_of
from pipelines.settings import CONTRACTS


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
    contract = _read_version(path, path.stat().st_mtime_ns)
    return replace(contract, return_rules=return_rules_of(contract.id, path.parent / FOLDER))


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
            deliveries=self._deliveries(extras.get("deliveries"), columns),
            columns=columns,
            rules=tuple(rules),
            consent_list=self._consent_list(extras.get("consentList"), columns),
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

    def _deliveries(self, value: object, columns: tuple[Column, ...]) -> Deliveries | None:
        if value is None:
            return None
        key = f"{self.file_name}: schema.customProperties.deliveries"
        try:
            deliveries = Deliveries.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            raise ContractError(f"{key}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
        dates = {name for column in columns for name, kind in column.typed if kind == "DATE"} - {"birth_month"}
        unknown = [name for name in deliveries.data_up_to if name not in dates]
        if unknown:
            raise ContractError(f"{key}: dataUpTo names {', '.join(unknown)}, which is no date column")
        return deliveries

    def _consent_list(self, value: object, columns: tuple[Column, ...]) -> str | None:
        if value is not None and value not in [column.name for column in columns]:
            raise ContractError(f"{self.file_name}: schema.customProperties.consentList must name a column")
        return None if value is None else str(value)

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
            free_text=bool(extras.get("freeText")),
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
