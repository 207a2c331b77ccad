"""The contract of the shared dataset, read into plain classes: tables, columns, types and words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from open_data_contract_standard.model import CustomProperty, OpenDataContractStandard, SchemaObject, SchemaProperty

from pipelines.publish.errors import PublishError
from pipelines.settings import CONTRACTS

SHARED_CONTRACT = CONTRACTS / "shared" / "send_shared.yaml"
_TERMS: Final = ("purpose", "legalBasis", "recipients", "retention")
# DuckDB 1.0 reads these; newer types in the file would lock its readers out.
SAFE_TYPES: Final = ("VARCHAR", "DOUBLE", "BIGINT", "INTEGER", "DATE", "TIMESTAMP", "BOOLEAN")


@dataclass(frozen=True)
class Terms:
    """On what terms a column is shared; printed into the record of processing."""

    purpose: str
    legal_basis: str
    recipients: str
    retention: str


@dataclass(frozen=True)
class SharedColumn:
    """One column that partners see; `data_type` is DuckDB's name of it, `header` its name in the CSV twin."""

    name: str
    data_type: str
    description: str
    classification: str
    header: str
    terms: Terms


@dataclass(frozen=True)
class SharedTable:
    """One table that partners see; `description` ends with its grain."""

    name: str
    description: str
    columns: tuple[SharedColumn, ...]


@dataclass(frozen=True)
class SharedContract:
    """What every release must look like."""

    id: str
    version: str
    tables: tuple[SharedTable, ...]

    def table(self, name: str) -> SharedTable:
        """The table called `name`; raises KeyError."""
        found = {table.name: table for table in self.tables}
        return found[name]


@cache
def load_shared_contract(path: Path = SHARED_CONTRACT) -> SharedContract:
    """Read the contract. Raises PublishError where a table or column lacks words or terms, or old readers lack its type."""
    document = OpenDataContractStandard.model_validate(
        yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    )
    terms = _given(document.customProperties)
    tables = tuple(_table(path, entry, terms) for entry in document.schema_ or ())
    return SharedContract(document.id or path.stem, document.version or "", tables)


def _table(path: Path, entry: SchemaObject, general: Mapping[str, str]) -> SharedTable:
    if not entry.name or not entry.description or not entry.dataGranularityDescription:
        raise PublishError(f"{path.name}: every table needs a name, a description and a grain")
    # What a table is for is said of each; the rest is mostly the same for all.
    terms = {name: words for name, words in general.items() if name != "purpose"} | _given(entry.customProperties)
    columns = tuple(_column(path, entry.name, column, terms) for column in entry.properties or ())
    return SharedTable(entry.name, f"{entry.description} {entry.dataGranularityDescription}.", columns)


def _column(path: Path, table: str, column: SchemaProperty, general: Mapping[str, str]) -> SharedColumn:
    if not column.name or not column.description or column.physicalType not in SAFE_TYPES:
        raise PublishError(f"{path.name}: column {table}.{column.name} needs a description and one of the safe types")
    header = column.businessName or column.name
    given = dict(general) | _given(column.customProperties)
    missing = [name for name in _TERMS if not given.get(name)]
    if missing or not column.classification:
        raise PublishError(
            f"{path.name}: column {table}.{column.name} has no {', '.join(missing) or 'classification'}. Write it into the "
            "customProperties of its table, of the column, or (but for the purpose) of the contract."
        )
    terms = Terms(*(given[name] for name in _TERMS))
    return SharedColumn(column.name, column.physicalType, column.description, column.classification, header, terms)


def _given(properties: Sequence[CustomProperty] | None) -> dict[str, str]:
    return {
        extra.property: " ".join(str(extra.value).split()) for extra in properties or () if extra.property in _TERMS
    }
