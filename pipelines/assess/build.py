"""Makes the tables of this package and writes them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.assess.bound import bound_rows
from pipelines.assess.caseload import caseload_rows
from pipelines.assess.planning import forecast_rows
from pipelines.assess.plans import plans_rows
from pipelines.assess.rows import Row
from pipelines.assess.survey_profile import profile_rows
from pipelines.assess.survey_weighting import estimate_rows
from pipelines.assess.table import AssessTable
from pipelines.assess.waiting import waiting_rows
from pipelines.contract_files import load_contract
from pipelines.engine import connect, register_views
from pipelines.settings import Settings
from pipelines.tables import quoted, replace_atomically, table_path

MADE_BY: Mapping[str, Callable[[duckdb.DuckDBPyConnection], Sequence[Row] | pa.Table]] = {
    "open_caseload": caseload_rows,
    "waiting_time": waiting_rows,
    "plans_needed": plans_rows,
    "response_profile": profile_rows,
    "survey_estimate": estimate_rows,
    "bound": bound_rows,
    "forecast": forecast_rows,
}


def build(settings: Settings, table: AssessTable) -> Path:
    """Write measures.<name> from what it reads; return its file. A table that is not made yet raises duckdb.Error."""
    output = table_path(settings, "measures", table.name)
    with connect(settings) as connection:
        register_inputs(connection, settings, table)
        made = make(connection, table)
    with replace_atomically(output) as beside:
        pq.write_table(made, beside, compression="zstd")
    return output


def make(connection: duckdb.DuckDBPyConnection, table: AssessTable) -> pa.Table:
    """The table from the views of a connection, in the columns and types that it says it has."""
    rows = MADE_BY[table.name](connection)
    if isinstance(rows, Sequence):
        return pa.Table.from_pylist([dict(row) for row in rows], table.schema)
    return rows.select(table.schema.names).cast(table.schema)


def register_inputs(connection: duckdb.DuckDBPyConnection, settings: Settings, table: AssessTable) -> None:
    """Make what the table reads views named layer.table."""
    for read in table.reads:
        layer, name = read.split(".")
        if layer == "quarantine":
            _register_quarantine(connection, settings, name)
        else:
            register_views(connection, {read: table_path(settings, layer, name)})
    if table.postcodes:
        connection.execute(
            "create view reference.postcode_lsoa as select postcode, lsoa_code"
            f" from read_csv({quoted(settings.postcode_lookup)}, header = true, all_varchar = true)"
        )


def _register_quarantine(connection: duckdb.DuckDBPyConnection, settings: Settings, source: str) -> None:
    """quarantine.<source>: the rows of all files, without rows where no file ever came."""
    connection.execute("create schema if not exists quarantine")
    folder = settings.warehouse / "quarantine" / source
    if any(folder.glob("*.parquet")):
        select = f"select * from read_parquet({quoted(folder / '*.parquet')}, union_by_name = true)"
    else:
        kept = [("file_id", "VARCHAR"), ("row_number", "INTEGER"), *load_contract(source).typed_columns]
        added = [("unreadable_columns", "VARCHAR"), ("key_count", "INTEGER"), ("rule_ids", "VARCHAR")]
        columns = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in [*kept, *added])
        select = f"select {columns} limit 0"
    connection.execute(f'create view quarantine."{source}" as {select}')
