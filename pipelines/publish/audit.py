"""The last look at a release before it is published. If anything is wrong the folder is never renamed into place."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from pipelines.publish.errors import PublishError
from pipelines.publish.files import wal_of
from pipelines.publish.shared_contract import SharedContract


def audit_database(path: Path, contract: SharedContract, rows: Mapping[str, int]) -> None:
    """Open the DuckDB file as a partner would. Raises PublishError unless it is the contract, whole and commented."""
    if wal_of(path).exists():
        raise PublishError("The new file was not closed cleanly (a .wal lies beside it). The last release stays.")
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "select table_name, column_name, data_type, comment from duckdb_columns() where schema_name = 'main'"
            " and not internal order by table_name, column_index"
        ).fetchall()
        tables = dict(connection.execute("select table_name, comment from duckdb_tables()").fetchall())
        counted = {name: _count(connection, name) for name in tables}
        _no_pseudonyms(connection, [(row[0], row[1]) for row in found if row[2] == "VARCHAR"])
    promised = [(t.name, c.name, c.data_type) for t in sorted(contract.tables, key=lambda t: t.name) for c in t.columns]
    if [tuple(row[:3]) for row in found] != promised:
        raise PublishError(
            "The new file's tables or columns are not those of the shared contract. The last release stays."
        )
    silent = [f"{row[0]}.{row[1]}" for row in found if not row[3]] + [
        name for name, words in tables.items() if not words
    ]
    if silent:
        raise PublishError(f"Without a description: {', '.join(silent)}. The last release stays.")
    if counted != dict(rows):
        raise PublishError("The new file does not hold all rows. The last release stays.")


def _no_pseudonyms(connection: duckdb.DuckDBPyConnection, columns: Sequence[tuple[str, str]]) -> None:
    """Partners count children and know none: no text may hold what `ingest.pseudonyms` makes of a number."""
    for table, column in columns:
        found = connection.execute(
            f"""select count(*) from "{table}" where regexp_matches("{column}", '[0-9A-Za-z]+_[0-9a-f]{{32}}')"""
        ).fetchone()
        if found and found[0]:
            raise PublishError(f"Column {table}.{column} of the new file holds pseudonyms. The last release stays.")


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    counted = connection.execute(f'select count(*) from "{table}"').fetchone()
    return int(counted[0]) if counted else 0
