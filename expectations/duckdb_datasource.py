"""Great Expectations on DuckDB: the data source that it does not have yet.

Out of the box every SQL expectation fails on DuckDB, because Great Expectations closes the connection before it
fetches, and that empties a DuckDB result. Delete this module when a native engine lands upstream.

Importing it imports Great Expectations (seconds): import it inside the function that needs it.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal, cast

import duckdb
import duckdb_engine
import great_expectations as gx
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.interfaces import Batch
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine
from sqlalchemy import Connection, StaticPool

EngineType = type[SqlAlchemyExecutionEngine]


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Opens one connection and keeps it, so that a result can still be fetched after the query has run."""

    _kept: Connection | None = None

    @contextmanager
    def get_connection(self) -> Generator[Connection, None, None]:
        """The one connection of this engine."""
        if self._kept is None:
            self._kept = self.engine.connect()
        yield self._kept

    def close(self) -> None:
        """Give the connection back and let go of it."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
        self.engine.dispose()


class DuckDBDatasource(SQLDatasource):
    """A data source over a DuckDB connection that is already open: see ``batch_over``."""

    type: Literal["duckdb"] = "duckdb"  # pyright: ignore[reportIncompatibleVariableOverride]

    @property
    def execution_engine_type(self) -> EngineType:
        """The engine that keeps its connection."""
        return DuckDBExecutionEngine


def ephemeral_context() -> EphemeralDataContext:
    """A context that lives in memory, writes nothing, sends nothing and draws no progress bars."""
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    return cast(EphemeralDataContext, gx.get_context(mode="ephemeral", project_config=config))


@contextmanager
def batch_over(connection: duckdb.DuckDBPyConnection, view: str) -> Generator[Batch, None, None]:
    """A batch of all rows of a view that other cursors of the connection can see (so not a temporary one)."""
    source = ephemeral_context().data_sources.add_duckdb(  # pyright: ignore[reportAttributeAccessIssue]
        name="duckdb",
        connection_string="duckdb://",
        kwargs={
            "creator": lambda: duckdb_engine.ConnectionWrapper(connection.cursor()),
            "poolclass": StaticPool,
        },
    )
    batch = source.add_table_asset(view, table_name=view).add_batch_definition_whole_table(view).get_batch()
    try:
        yield batch
    finally:
        # Otherwise SQLAlchemy rolls back when it is collected, on a connection that is closed by then, and says so.
        batch.data.execution_engine.close()
