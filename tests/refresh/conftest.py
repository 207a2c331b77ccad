"""One messy inbox and three refreshes of it, shared by all tests of this folder: each costs many seconds."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.publish import list_releases
from pipelines.settings import Settings
from pipelines.synthetic.faults import all_bad
from pipelines.synthetic.files import write_csv
from pipelines.synthetic.generator import CLEAN_SOURCES, generate
from pipelines.synthetic.scale import Scale
from pipelines.synthetic.truth import GeneratedFile
from tests.refresh.running import AS_AT, clean_extracts, core, new_place, row_counts, run

MESS = 0.02
SHARE = 0.08
KEPT_PER_SOURCE = 2

HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
count = lambda: connection.execute("select count(*) from core.reconciliation").fetchone()[0]
print(count(), flush=True)
sys.stdin.readline()
print(count(), flush=True)
"""


@dataclass(frozen=True)
class Refreshed:
    """What one refresh said, and what lay there when it had ended."""

    said: subprocess.CompletedProcess[str]
    release_ids: tuple[str, ...]
    rows: dict[str, int]
    reconciliation: list[dict[str, object]]


@dataclass(frozen=True)
class Messy:
    """Settings, what was dropped with the truth about it, and a copy of it to drop again."""

    settings: Settings
    files: tuple[GeneratedFile, ...]
    truth: dict[str, dict[str, dict[str, object]]]
    copy: Path
    refreshed: Refreshed


@pytest.fixture(scope="session")
def messy(tmp_path_factory: pytest.TempPathFactory) -> Messy:
    """The first refresh: five sources, good files with faults in them, and twenty files to refuse."""
    settings = new_place(tmp_path_factory.mktemp("messy"))
    generated = generate(settings.inbox, Scale.LOCAL, seed=3, mess=MESS, as_at=AS_AT, share=SHARE)
    truth = json.loads((settings.inbox / "truth.json").read_text(encoding="utf-8"))["sources"]
    (settings.inbox / "truth.json").unlink()
    for source in CLEAN_SOURCES:
        # Their files are never spoiled, and each costs seconds of validation in three refreshes.
        shutil.rmtree(settings.inbox / source)
    kept: list[GeneratedFile] = []
    for file in reversed([file for file in generated.files if file.source not in CLEAN_SOURCES]):
        good = sum(one.source == file.source and not one.refused for one in kept)
        if file.refused or good < KEPT_PER_SOURCE:
            kept.append(file)
        else:
            (settings.inbox / file.source / file.file).unlink()
    copy = settings.data_dir.parent / "copy"
    shutil.copytree(settings.inbox, copy)
    return Messy(settings, tuple(kept), truth, copy, _refresh(settings))


@pytest.fixture(scope="session")
def again(messy: Messy) -> Refreshed:
    """The second refresh: the same files were dropped again."""
    shutil.copytree(messy.copy, messy.settings.inbox, dirs_exist_ok=True)
    return _refresh(messy.settings)


@dataclass(frozen=True)
class Troubled:
    """The third refresh, and what the process that held the warehouse file said."""

    refreshed: Refreshed
    holder_said: str


@pytest.fixture(scope="session")
def troubled(messy: Messy, again: Refreshed, tmp_path_factory: pytest.TempPathFactory) -> Troubled:
    """The third: a file of bad rows only, a good one, a stale log beside the shared file, a held warehouse file."""
    settings = messy.settings
    extracts = clean_extracts(tmp_path_factory.mktemp("clean") / "extracts", seed=7)
    roll = pa.Table.from_pylist(extracts["pupil_roll"][:60])
    write_csv(settings.inbox / "pupil_roll" / "next_year.csv", [all_bad("pupil_roll", roll)])
    cycles = pa.Table.from_pylist(extracts["graduated_response"])
    write_csv(settings.inbox / "graduated_response" / "next_term.csv", [cycles])
    (settings.shared / "send_shared.duckdb.wal").write_bytes(b"left behind by another file" * 40)
    warehouse = settings.warehouse / "warehouse.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(warehouse)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        before = holder.stdout.readline()
        refreshed = _refresh(settings)
        after, _ = holder.communicate("go on\n", timeout=60)
    finally:
        holder.kill()
    return Troubled(refreshed, before + after)


def _refresh(settings: Settings) -> Refreshed:
    said = run(settings)
    ids = tuple(release.release_id for release in list_releases(settings))
    return Refreshed(said, ids, row_counts(settings), core(settings, "reconciliation"))
