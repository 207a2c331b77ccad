"""Rows in and out: queries as plain Python or NumPy, and numbers that are not there as None."""

from collections.abc import Mapping
from typing import TypeAlias

import duckdb
import numpy as np

from pipelines.assess.table import NUMBER
from pipelines.methods.intervals import Floats

Row: TypeAlias = Mapping[str, object]


def read_rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, object]]:
    """The rows of a query by column name."""
    return connection.execute(query).to_arrow_table().to_pylist()


def read_numbers(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Floats]:
    """The columns of a query of numbers, NaN where there is none."""
    table = connection.execute(query).to_arrow_table()
    return {name: table.column(name).cast(NUMBER).to_numpy().astype(np.float64) for name in table.column_names}


def number(value: float) -> float | None:
    """None for NaN."""
    return None if np.isnan(value) else float(value)


def percent(share: float) -> float | None:
    """A share from 0 to 1 as percent, None for NaN."""
    return number(100 * share)
