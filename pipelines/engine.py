"""Runs a model: views over Parquet, one SELECT, one Parquet file. Which engine does it is a setting.

The text of a model means the same on every engine (see docs/sql-rules.md); DuckDB needs the prelude below for that.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, Self

import duckdb

from pipelines.settings import Settings
from pipelines.tables import quoted, replace_atomically

PRELUDE = """
create or replace macro unix_date(d) as date_diff('day', date '1970-01-01', cast(d as date));
create or replace macro percentile(x, p) as quantile_cont(x, p);
set default_null_order = 'nulls_first_on_asc_last_on_desc';
"""


class Engine(Protocol):
    """What a model runs on: `with make_engine(settings) as engine`, so that a session on a server is always given back."""

    def run(self, sql: str, inputs: Mapping[str, Path], output: Path) -> int:
        """Run one SELECT over `inputs` (layer.table → Parquet) into `output`; return the number of rows written."""
        ...

    def close(self) -> None:
        """Give back what the engine holds; it runs nothing after that."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...


def connect(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that spills below data_dir, never reaches the network, and speaks the models' SQL."""
    spill = settings.data_dir / "tmp"
    spill.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(
        config={
            "memory_limit": settings.memory_limit,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    connection.execute("set enable_progress_bar = false; set timezone = 'UTC'")
    connection.execute(PRELUDE)
    return connection


def register_views(connection: duckdb.DuckDBPyConnection, inputs: Mapping[str, Path]) -> None:
    """Make each Parquet file (or glob) a view named layer.table."""
    for name, path in inputs.items():
        schema = name.split(".")[0]
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create or replace view {name} as select * from read_parquet({quoted(path)})")


class DuckDbEngine:
    """DuckDB inside this process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def run(self, sql: str, inputs: Mapping[str, Path], output: Path) -> int:
        """See `Engine.run`."""
        with connect(self.settings) as connection:
            register_views(connection, inputs)
            with replace_atomically(output) as beside:
                rows = connection.execute(
                    f"copy ({sql}) to {quoted(beside)} (format parquet, compression zstd)"
                ).fetchone()
        return int(rows[0]) if rows else 0

    def close(self) -> None:
        """See `Engine.close`: a connection lasts for one run only."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def make_engine(settings: Settings) -> Engine:
    """The engine that the setting names."""
    if settings.engine:
        from pipelines.spark_engine import SparkEngine

        return SparkEngine(settings.engine)
    return DuckDbEngine(settings)
