"""The contract of the shared dataset, read into plain classes: tables, columns, types and words."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, SchemaProperty

from pipelines.publish.errors import PublishError
from pipelines.settings import CONTRACTS

SHARED_CONTRACT = CONTRACTS / "shared" / "send_shared.yaml"
# DuckDB 1.0 reads these; newer types in the file would lock its readers out.
SAFE_TYPES: Final = ("VARCHAR", "DOUBLE", "BIGINT", "INTEGER", "DATE", "TIMESTAMP", "BOOLEAN")


@dataclass(frozen=True)
class SharedColumn:
    """One column that partners see; `data_type` is DuckDB's name of it, `header` its name in the CSV twin."""

    name: str
    data_type: str
    description: str
    classification: str
    header: str


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
    """Read the contract. Raises PublishError where a table or column lacks words or has a type that old readers lack."""
    document = OpenDataContractStandard.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    tables = tuple(_table(path, entry) for entry in document.schema_ or ())
    return SharedContract(document.id or path.stem, document.version or "", tables)


def _table(path: Path, entry: SchemaObject) -> SharedTable:
    if not entry.name or not entry.description or not entry.dataGranularityDescription:
        raise PublishError(f"{path.name}: every table needs a name, a description and a grain")
    columns = tuple(_column(path, entry.name, column) for column in entry.properties or ())
    return SharedTable(entry.name, f"{entry.description} {entry.dataGranularityDescription}.", columns)


def _column(path: Path, table: str, column: SchemaProperty) -> SharedColumn:
    if not column.name or not column.description or column.physicalType not in SAFE_TYPES:
        raise PublishError(f"{path.name}: column {table}.{column.name} needs a description and one of the safe types")
    header = column.businessName or column.name
    return SharedColumn(column.name, column.physicalType, column.description, column.classification or "", header)
