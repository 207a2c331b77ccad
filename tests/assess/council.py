"""A small council warehouse: tables given by hand, and only the models that a test needs run over them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.assess.build import make
from pipelines.assess.catalogue import TABLES
from pipelines.contract_files import load_contract
from pipelines.engine import connect
from pipelines.models import Model
from pipelines.reference import measure_table
from pipelines.settings import Settings
from tests.sql.world import (
    AREA,
    ARROW_TYPES,
    AS_AT,
    DATE,
    FILE,
    INTEGER,
    REFERENCE_FILES,
    SCHEMAS,
    TEXT,
    Row,
    all_models,
    reference_table,
)

MODELS = {model.table: model for model in all_models()}
BY_NAME = {table.name: table for table in TABLES}
QUARANTINE = {"unreadable_columns": TEXT, "key_count": INTEGER, "rule_ids": TEXT}
POSTCODE = {"postcode": TEXT, "lsoa_code": TEXT}
# What the tables read of measures.assessed.
ASSESSED = pa.schema(
    [
        *((name, TEXT) for name in ("measure_id", "period_type", "area_code", "breakdown", "breakdown_value", "unit")),
        *((name, DATE) for name in ("period_start", "period_end")),
        *((name, pa.float64()) for name in ("numerator", "denominator", "value")),
    ]
)


class Council:
    """`put` tables, then ask for the `rows_of` a table of pipelines.assess; a table that is read and not given is empty."""

    def __init__(self, folder: Path) -> None:
        self.connection: duckdb.DuckDBPyConnection = connect(Settings(data_dir=folder))
        self.given: dict[str, pa.Table] = {}
        self.put("reference.refresh", [{"as_at": AS_AT, "area_code": AREA}])

    def put(self, table: str, rows: Iterable[Row]) -> None:
        """Give a table its rows; columns that a row does not name are NULL. A row of a quarantine is of file f1."""
        quarantined = {"file_id": "f1", "unreadable_columns": "", "rule_ids": ""} if "quarantine." in table else {}
        self.given[table] = pa.Table.from_pylist([quarantined | dict(row) for row in rows], _schema(table))

    def give(self, table: str, data: pa.Table) -> None:
        """Give a table that a model would make."""
        self.given[table] = data

    def rows_of(self, name: str, *models: str) -> list[dict[str, object]]:
        """The rows of measures.<name> after the models (layer.table, in order) are run."""
        made = [MODELS[model] for model in models]
        for table in dict.fromkeys((*_inputs(made), *BY_NAME[name].reads, "reference.postcode_lsoa")):
            if table not in models:
                self._make(table, self.given[table] if table in self.given else _empty(table))
        for model in made:
            self.connection.execute(f"create schema if not exists {model.layer}")
            self.connection.execute(f"create or replace table {model.table} as {model.sql}")
        return make(self.connection, BY_NAME[name]).to_pylist()

    def _make(self, table: str, data: pa.Table) -> None:
        self.connection.register("given", data)
        self.connection.execute(f"create schema if not exists {table.split('.')[0]}")
        self.connection.execute(f"create or replace table {table} as select * from given")


def _inputs(models: Iterable[Model]) -> Iterator[str]:
    for model in models:
        yield from model.reads


def _schema(table: str) -> pa.Schema:
    layer, name = table.split(".")
    if table == "reference.postcode_lsoa":
        return pa.schema(list(POSTCODE.items()))
    if table == "measures.assessed":
        return ASSESSED
    if table in SCHEMAS:
        return pa.schema(list(SCHEMAS[table].items()))
    if layer not in ("staging", "quarantine"):
        # A table that a model makes, and that the test has no rows for.
        return pa.schema([(column, TEXT) for column in MODELS[table].columns])
    columns = {column: ARROW_TYPES[kind] for column, kind in load_contract(name).typed_columns}
    return pa.schema(list((FILE | columns | (QUARANTINE if layer == "quarantine" else {})).items()))


def _empty(table: str) -> pa.Table:
    if table in REFERENCE_FILES:
        return reference_table(table)
    return measure_table() if table == "reference.measure" else _schema(table).empty_table()
