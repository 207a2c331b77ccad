"""Where a table lies and how its file is replaced: a new file beside, then one rename."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from uuid import uuid4

from pipelines.settings import Settings

# The names that `replace_atomically` gives, and what is written beside one of them.
_UNFINISHED: Final = re.compile(r"\..+\.[0-9a-f]{8}(\.\w+)?")
# How folders below tmp begin in which a list of the council is read.
LEDGER_FOLDER: Final = "ledger_"


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


def clear_unfinished(settings: Settings) -> None:
    """Remove what a killed run was writing: it is in no table, and may hold what the door keeps out. One writer only."""
    for folder in (settings.landing, settings.warehouse, settings.reports):
        for path in folder.rglob(".*"):
            if path.is_file() and _UNFINISHED.fullmatch(path.name):
                path.unlink()
    for path in (settings.data_dir / "tmp").glob("duckdb_temp*"):
        path.unlink()
    for path in (settings.data_dir / "tmp").glob(f"{LEDGER_FOLDER}*"):
        shutil.rmtree(path)


def quoted(path: Path | str) -> str:
    """A path as a SQL string literal."""
    return "'" + str(path).replace("\\", "/").replace("'", "''") + "'"
