"""Receive: hash each file of the inbox, keep it for ever under its hash, write it into the manifest, empty the inbox.

The manifest has one row per received file: file_id (first 16 hex digits of the hash), sequence (order of receipt),
source, supplier, file_name, stored_as (path below landing), sha256, bytes, received_at (UTC).
"""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.settings import Settings
from pipelines.tables import replace_atomically

UNFINISHED_SUFFIXES = {".part", ".tmp", ".crdownload"}
SCHEMA = pa.schema(
    [
        ("file_id", pa.string()),
        ("sequence", pa.int64()),
        ("source", pa.string()),
        ("supplier", pa.string()),
        ("file_name", pa.string()),
        ("stored_as", pa.string()),
        ("sha256", pa.string()),
        ("bytes", pa.int64()),
        ("received_at", pa.timestamp("us", tz="UTC")),
    ]
)


@dataclass(frozen=True)
class ReceivedFile:
    """One row of the manifest."""

    file_id: str
    sequence: int
    source: str
    supplier: str
    file_name: str
    stored_as: str
    sha256: str
    bytes: int
    received_at: datetime

    def path(self, settings: Settings) -> Path:
        """Where the bytes lie."""
        return settings.landing / self.stored_as


@dataclass(frozen=True)
class Receipt:
    """What one look into the inbox found."""

    new: tuple[ReceivedFile, ...] = ()
    known: tuple[str, ...] = ()


def manifest_path(settings: Settings) -> Path:
    """The manifest's file."""
    return settings.landing / "manifest.parquet"


def read_manifest(settings: Settings, source: str | None = None) -> list[ReceivedFile]:
    """All received files in order of receipt, of one source or of all."""
    path = manifest_path(settings)
    if not path.exists():
        return []
    files = [ReceivedFile(**row) for row in pq.read_table(path, schema=SCHEMA).to_pylist()]
    return sorted((f for f in files if source in (None, f.source)), key=lambda f: f.sequence)


def waiting_files(settings: Settings, source: str) -> list[Path]:
    """Finished files in the inbox of a source; half-written ones (.part, .tmp, ~$ locks, hidden) are left alone."""
    return sorted(
        path
        for path in (settings.inbox / source).rglob("*")
        if path.is_file() and path.suffix.lower() not in UNFINISHED_SUFFIXES and not path.name.startswith(("~$", "."))
    )


def unknown_folders(settings: Settings, sources: Sequence[str]) -> list[str]:
    """What lies in the inbox outside the folder of a known source, so that nothing waits there unseen."""
    if not settings.inbox.is_dir():
        return []
    return sorted(
        path.name for path in settings.inbox.iterdir() if path.name not in sources and not path.name.startswith(".")
    )


def receive(settings: Settings, source: str, now: datetime | None = None) -> Receipt:
    """Move every waiting file of a source into landing. A file that was received before changes nothing.

    The order makes a crash harmless at every point: copy, manifest, and only then is the inbox emptied.
    """
    manifest = read_manifest(settings)
    by_hash = {(f.source, f.sha256): f for f in manifest}
    received_at = now or datetime.now(UTC)
    new: list[ReceivedFile] = []
    known: list[str] = []
    waiting = waiting_files(settings, source)
    for path in waiting:
        digest = _sha256(path)
        if (source, digest) in by_hash:
            known.append(path.name)
            continue
        stored_as = f"{source}/{digest}{path.suffix.lower()}"
        with replace_atomically(settings.landing / stored_as) as beside:
            shutil.copyfile(path, beside)
        supplier = path.parent.name if path.parent != settings.inbox / source else source
        received = ReceivedFile(
            file_id=hashlib.sha256(f"{source}:{digest}".encode()).hexdigest()[:16],
            sequence=len(manifest) + len(new) + 1,
            source=source,
            supplier=supplier,
            file_name=path.name,
            stored_as=stored_as,
            sha256=digest,
            bytes=path.stat().st_size,
            received_at=received_at,
        )
        by_hash[(source, digest)] = received
        new.append(received)
    if new:
        rows = [vars(f) for f in (*manifest, *new)]
        with replace_atomically(manifest_path(settings)) as beside:
            pq.write_table(pa.Table.from_pylist(rows, SCHEMA), beside)
    for path in waiting:
        _remove(path)
    return Receipt(tuple(new), tuple(known))


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except PermissionError:
        # Windows: somebody has it open. It is known by its hash, so the next run skips and removes it.
        return
