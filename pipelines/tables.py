"""Where a table lies and how its file is replaced: a new file beside, then one rename."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from pipelines.settings import Settings


def table_path(settings: Settings, layer: str, table: str) -> Path:
    """The Parquet file of a table that is one file: warehouse/<layer>/<table>/<table>.parquet."""
    return settings.warehouse / layer / table / f"{table}.parquet"


def file_path(settings: Settings, layer: str, source: str, file_id: str, suffix: str = ".parquet") -> Path:
    """What one received file became in a layer that keeps one file each: raw, typed, quarantine, validation."""
    return settings.warehouse / layer / source / f"{file_id}{suffix}"


@contextmanager
def replace_atomically(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; rename it over `path` if all goes well, remove it if not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def quoted(path: Path | str) -> str:
    """A path as a SQL string literal."""
    return "'" + str(path).replace("\\", "/").replace("'", "''") + "'"
