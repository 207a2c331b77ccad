"""A refresh as the nightly run has it: a process of its own, with its settings in the environment."""

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.ingest.pseudonyms import new_key
from pipelines.settings import REPOSITORY, Settings
from pipelines.synthetic.generator import generate
from pipelines.synthetic.scale import Scale
from pipelines.tables import table_path

AS_AT = date(2026, 9, 30)
# As a share of the region the extracts are CSV, and small.
TINY_SHARE = 0.02 / 16.4
Row = dict[str, str]


def new_place(folder: Path) -> Settings:
    """Settings and a key in a path with a space."""
    settings = Settings(data_dir=folder / "data folder", key_file=folder / "its keys" / "pseudonym.key")
    new_key(settings.key_file)
    return settings


def environment(settings: Settings) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SENDSET_", "DAGSTER_HOME"))}
    ours = {"SENDSET_DATA_DIR": str(settings.data_dir), "SENDSET_KEY_FILE": str(settings.key_file)}
    return kept | ours | {"PYTHONPATH": str(REPOSITORY)}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pipelines.cli", *arguments]


REFRESH = command("refresh", "--as-at", AS_AT.isoformat())


def run(settings: Settings, arguments: Sequence[str] = REFRESH) -> subprocess.CompletedProcess[str]:
    """Run to the end; output is captured."""
    return subprocess.run(
        arguments, env=environment(settings), cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=300
    )


def core(settings: Settings, table: str) -> list[dict[str, object]]:
    return pq.read_table(table_path(settings, "core", table)).to_pylist()


def row_counts(settings: Settings) -> dict[str, int]:
    """Rows of every Parquet file of the warehouse, by its path."""
    found = sorted(settings.warehouse.rglob("*.parquet"))
    return {path.relative_to(settings.warehouse).as_posix(): pq.read_metadata(path).num_rows for path in found}


def staging(settings: Settings, source: str) -> pa.Table:
    return pq.read_table(table_path(settings, "staging", source))


def clean_extracts(out: Path, seed: int) -> dict[str, list[Row]]:
    """Source → the rows of its newest tiny extract without faults."""
    generate(out, Scale.REGION, seed=seed, as_at=AS_AT, share=TINY_SHARE)
    newest = {folder.name: max(folder.iterdir()) for folder in out.iterdir()}
    rows: dict[str, list[Row]] = {}
    for source, path in newest.items():
        with path.open(encoding="utf-8", newline="") as handle:
            rows[source] = list(csv.DictReader(handle))
    shutil.rmtree(out)
    return rows


def write_rows(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def write_extract(path: Path, rows: Sequence[Row]) -> Path:
    return write_rows(path, [list(rows[0]), *(list(row.values()) for row in rows)])
