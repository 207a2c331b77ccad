"""Look for text in everything below a folder: bytes, the cells of Parquet and DuckDB files, packed parts of SQLite."""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from pipelines.tables import quoted


def found_in(places: Iterable[Path], wanted: Iterable[str]) -> list[str]:
    """'file: text' for every wanted text in every file, whatever its case."""
    texts = {text: text.lower().encode() for text in wanted}
    found: list[str] = []
    for path in files(places):
        for content in contents(path):
            lowered = content.lower()
            found += [f"{path}: {text}" for text, sought in texts.items() if sought in lowered]
    return sorted(set(found))


def found_in_text(said: str, wanted: Iterable[str]) -> list[str]:
    return [text for text in wanted if text.lower() in said.lower()]


def files(places: Iterable[Path]) -> list[Path]:
    return [path for place in places for path in ([place] if place.is_file() else place.rglob("*")) if path.is_file()]


def contents(path: Path) -> Iterator[bytes]:
    """The bytes of a file, and what is packed in it."""
    raw = path.read_bytes()
    yield raw
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            yield _cells(connection, f"read_parquet({quoted(path)})")
    elif path.suffix == ".duckdb":
        yield from _database(path)
    elif raw.startswith(b"SQLite format 3"):
        yield from _sqlite(path)


def _database(path: Path) -> Iterator[bytes]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute("select schema_name, table_name, comment from duckdb_tables()").fetchall()
        columns = connection.execute("select column_name, comment from duckdb_columns()").fetchall()
        yield str((tables, columns)).encode()
        for schema, table, _ in tables:
            yield _cells(connection, f'"{schema}"."{table}"')


def _cells(connection: duckdb.DuckDBPyConnection, table: str) -> bytes:
    columns = connection.execute(f"select string_agg(cast(columns(*) as varchar), chr(10)) from {table}").fetchall()
    return "\n".join(str(cell) for cell in columns[0]).encode()


def _sqlite(path: Path) -> Iterator[bytes]:
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")]
        for table in tables:
            cells = [cell for row in connection.execute(f'select * from "{table}"') for cell in row]
            yield b"\n".join(cell.encode() for cell in cells if isinstance(cell, str))
            yield b"\n".join(_unpacked(cell) for cell in cells if isinstance(cell, bytes))


def _unpacked(cell: bytes) -> bytes:
    try:
        return zlib.decompress(cell)
    except zlib.error:
        return cell
