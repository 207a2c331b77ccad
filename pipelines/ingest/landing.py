"""Receive: hash each file of the inbox, keep it for ever under its hash, write it into the manifest, empty the inbox.

Each member of an archive is a file of its own; the blades of one export are one file (a folder in landing), once they are
all there. A file that lies in the inbox itself goes into the folder of the source that its content belongs to.

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

from pipelines.contract_files import load_contracts
from pipelines.ingest.archives import ARCHIVE_SUFFIXES, unpack
from pipelines.ingest.inbox import finished_files, loose_files
from pipelines.ingest.national import SET_SUFFIX
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.routing import route_inbox
from pipelines.ingest.sets import FileSet, Waiting, group
from pipelines.settings import Settings
from pipelines.tables import replace_atomically

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
    """Finished files in the inbox of a source; half-written ones (.part, .tmp, ~$ locks, hidden) are left alone.

    So are the blades of an export that is not whole yet, until they have waited long enough.
    """
    loose = [_waiting(path) for path in finished_files(settings.inbox / source)]
    sets, single = group(loose)
    late = [one for one in sets if one.is_complete or one.has_waited(settings.set_wait_minutes)]
    return sorted([file.path for file in single] + [file.path for one in late for file in one.members.values()])


def unknown_folders(settings: Settings, sources: Sequence[str]) -> list[str]:
    """What lies in the inbox outside the folder of a known source, so that nothing waits there unseen."""
    if not settings.inbox.is_dir():
        return []
    return sorted(
        path.name for path in settings.inbox.iterdir() if path.name not in sources and not path.name.startswith(".")
    )


def receive(settings: Settings, source: str, now: datetime | None = None) -> Receipt:
    """Move every waiting file of a source into landing. A file that was received before changes nothing.

    Files in the inbox itself are put into the folders of their sources first.

    The order makes a crash harmless at every point: copy, manifest, and only then is the inbox emptied.
    """
    if loose_files(settings):
        route_inbox(settings, load_contracts())
    manifest = read_manifest(settings)
    by_hash = {(f.source, f.sha256): f for f in manifest}
    received_at = now or datetime.now(UTC)
    new: list[ReceivedFile] = []
    known: list[str] = []
    waiting = waiting_files(settings, source)
    unpacked: list[Path] = []
    for arrival in _arrivals(settings, source, waiting, unpacked):
        digest, size = _digest(arrival)
        if (source, digest) in by_hash:
            known.append(arrival.name)
            continue
        stored_as = _store(settings, source, arrival, digest)
        inbox_file = settings.inbox / source / arrival.in_inbox
        received = ReceivedFile(
            file_id=hashlib.sha256(f"{source}:{digest}".encode()).hexdigest()[:16],
            sequence=len(manifest) + len(new) + 1,
            source=source,
            supplier=inbox_file.parent.name if inbox_file.parent != settings.inbox / source else source,
            file_name=arrival.name,
            stored_as=stored_as,
            sha256=digest,
            bytes=size,
            received_at=received_at,
        )
        by_hash[(source, digest)] = received
        new.append(received)
    if new:
        rows = [vars(f) for f in (*manifest, *new)]
        with replace_atomically(manifest_path(settings)) as beside:
            pq.write_table(pa.Table.from_pylist(rows, SCHEMA), beside)
    for path in unpacked:
        path.unlink(missing_ok=True)
    for path in waiting:
        _remove(path)
    return Receipt(tuple(new), tuple(known))


@dataclass(frozen=True)
class _Arrival:
    """What becomes one row of the manifest: one file, or the blades of one set. `in_inbox`: where it came from."""

    name: str
    files: dict[str, Path]
    is_set: bool
    in_inbox: Path


def _arrivals(settings: Settings, source: str, waiting: Sequence[Path], unpacked: list[Path]) -> list[_Arrival]:
    """Open archives, put sets together. What an archive gave lies in landing until it is stored, and is in `unpacked`."""
    folder = settings.inbox / source
    files: list[Waiting] = []
    for path in waiting:
        if path.suffix.lower() not in ARCHIVE_SUFFIXES:
            files.append(_waiting(path))
            continue
        try:
            members = unpack(path, path.name, settings.landing / source, settings)
        except FileRefused:
            # It is received as it is; reading it gives the same refusal, with its reason.
            files.append(_waiting(path))
            continue
        unpacked += [member.path for member in members]
        files += [Waiting(member.path, member.name, str(path), is_closed=True) for member in members]
    origin = {str(path): path.relative_to(folder) for path in waiting}
    sets, single = group(files)
    arrivals = [
        _Arrival(
            file.name, {file.name: file.path}, False, origin.get(file.together_in) or file.path.relative_to(folder)
        )
        for file in single
    ]
    return arrivals + [_set_arrival(one, folder, origin) for one in sets]


def _set_arrival(one: FileSet, folder: Path, origin: dict[str, Path]) -> _Arrival:
    first = next(iter(one.members.values()))
    files = {module: member.path for module, member in sorted(one.members.items())}
    name = f"{one.name} ({len(files)} files)"
    return _Arrival(name, files, True, origin.get(first.together_in) or first.path.relative_to(folder))


def _digest(arrival: _Arrival) -> tuple[str, int]:
    """Hash and size: of a set, the hash over its members' names and hashes."""
    hashes = {name: _sha256(path) for name, path in arrival.files.items()}
    size = sum(path.stat().st_size for path in arrival.files.values())
    if not arrival.is_set:
        return next(iter(hashes.values())), size
    together = "".join(f"{name}:{digest};" for name, digest in hashes.items())
    return hashlib.sha256(together.encode()).hexdigest(), size


def _store(settings: Settings, source: str, arrival: _Arrival, digest: str) -> str:
    """Copy into landing: a file under its hash, a set as a folder with a file for each module."""
    if arrival.is_set:
        stored_as = f"{source}/{digest}{SET_SUFFIX}"
        for module, path in arrival.files.items():
            _copy(path, settings.landing / stored_as / f"{module}{path.suffix.lower()}")
        return stored_as
    (path,) = arrival.files.values()
    stored_as = f"{source}/{digest}{path.suffix.lower()}"
    _copy(path, settings.landing / stored_as)
    return stored_as


def _copy(path: Path, stored: Path) -> None:
    with replace_atomically(stored) as beside:
        shutil.copyfile(path, beside)


def _waiting(path: Path) -> Waiting:
    return Waiting(path, path.name, str(path.parent))


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except PermissionError:
        # Windows: somebody has it open. It is known by its hash, so the next run skips and removes it.
        return
