"""A release in its three formats: Parquet and CSV twins of every table, and one DuckDB file with comments."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.publish.errors import PublishError
from pipelines.publish.files import flush, set_stale_wal_aside
from pipelines.publish.shared_contract import SharedContract, SharedTable
from pipelines.tables import quoted

DATABASE = "send_shared.duckdb"
# The oldest format: DuckDB 1.0 to 2.0 open it (measured); a file in a newer one opens in no older version.
STORAGE_VERSION = "v1.0.0"


_ARROW = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "BOOLEAN": pa.bool_(),
}


def empty_of(table: SharedTable) -> pa.Table:
    """A table of the contract without rows, for what has not been received yet."""
    return pa.schema([(column.name, _ARROW[column.data_type]) for column in table.columns]).empty_table()


@contextmanager
def twins_connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory for `write_twins`: one for all tables of a release, as opening it costs more than a small table."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        yield connection


def write_twins(
    connection: duckdb.DuckDBPyConnection, folder: Path, table: SharedTable, source: Path | pa.Table
) -> int:
    """Write parquet/<table>.parquet and csv/<table>.csv in the contract's columns and a fixed order; return the rows.

    `source` is a Parquet file or an Arrow table. The CSV has the headers of the contract. Raises PublishError if the source
    lacks a column of the contract.
    """
    parquet, csv = folder / "parquet" / f"{table.name}.parquet", folder / "csv" / f"{table.name}.csv"
    for path in (parquet, csv):
        path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(source, Path):
        given = f"read_parquet({quoted(source)})"
    else:
        given = "given"
        connection.register(given, source)
    present = {row[0] for row in connection.execute(f"describe select * from {given}").fetchall()}
    missing = [column.name for column in table.columns if column.name not in present]
    if missing:
        raise PublishError(f"Table {table.name} lacks {', '.join(missing)}, which the shared contract promises.")
    chosen = ", ".join(f'cast("{c.name}" as {c.data_type}) as "{c.name}"' for c in table.columns)
    connection.execute(f"create or replace table ordered as select {chosen} from {given} order by all")
    connection.execute(f"copy ordered to {quoted(parquet)} (format parquet, compression zstd)")
    headed = ", ".join(f'"{c.name}" as "{c.header}"' for c in table.columns)
    connection.execute(f"copy (select {headed} from ordered) to {quoted(csv)} (format csv, header true)")
    counted = connection.execute("select count(*) from ordered").fetchone()
    flush(parquet)
    flush(csv)
    return int(counted[0]) if counted else 0


def write_database(folder: Path, contract: SharedContract) -> Path:
    """Write send_shared.duckdb from the Parquet twins in `folder`, every table and column with its comment."""
    tables = {
        table.name: (folder / "parquet" / f"{table.name}.parquet", table.description) for table in contract.tables
    }
    columns = {table.name: {c.name: (c.data_type, c.description) for c in table.columns} for table in contract.tables}
    path = folder / DATABASE
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        connection.execute(f"attach {quoted(path)} as shared (storage_version '{STORAGE_VERSION}')")
        # One transaction: each of the many comments would otherwise be a write to disk of its own.
        connection.execute("begin")
        for name, (parquet, description) in tables.items():
            _add_table(connection, name, parquet, description, columns[name])
        connection.execute("commit")
        connection.execute("checkpoint shared")
        connection.execute("detach shared")
    set_stale_wal_aside(path, "build")
    flush(path)
    return path


def _add_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    parquet: Path,
    description: str,
    columns: Mapping[str, tuple[str, str]],
) -> None:
    declared = ", ".join(f'"{column}" {kind}' for column, (kind, _) in columns.items())
    chosen = ", ".join(f'"{column}"' for column in columns)
    connection.execute(f'create table shared.main."{name}" ({declared})')
    connection.execute(f'insert into shared.main."{name}" select {chosen} from read_parquet({quoted(parquet)})')
    comments = [f'comment on table shared.main."{name}" is {literal(description)}']
    comments += [
        f'comment on column shared.main."{name}"."{column}" is {literal(words)}'
        for column, (_, words) in columns.items()
    ]
    connection.execute("; ".join(comments))


def literal(text: str) -> str:
    """Text as a SQL string literal."""
    return "'" + text.replace("'", "''") + "'"
