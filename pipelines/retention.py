"""Deletes what is kept long enough, and certifies it: received files that nothing uses any more, and old releases.

reports/retention/<time>.json is the certificate: what kind, how many, ids and hashes, when, by which rule; no values. It is
written before anything is deleted, and finished after, so that a run that is killed is completed by the next.

Never deleted: the newest release and what partners see, a file whose rows are in use or that is still to be tried again,
and the council's records of what releases said (warehouse/releases), which the safety of later releases rests on.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contract_files import load_contracts
from pipelines.ingest.landing import SCHEMA, ReceivedFile, manifest_path, read_manifest
from pipelines.outcomes import UNEXPECTED, current_outcomes
from pipelines.publish import list_releases, seen_by_partners
from pipelines.publish.guarantee import proof_path
from pipelines.publish.manifest import as_text
from pipelines.publish.release import BUILDING
from pipelines.reconciliation import read_outcomes
from pipelines.settings import Settings
from pipelines.tables import file_path, replace_atomically, table_path

RECEIVED_FILE, RELEASE = "received file", "release"
# The source of a manifest row whose file was deleted: no contract has it, and the order of receipt stays as it was.
DELETED: Final = "deleted"
_LAYERS: Final = (
    ("raw", ".parquet"), ("typed", ".parquet"), ("quarantine", ".parquet"), ("to_fix", ".parquet"), ("validation", ".json"),
)  # fmt: skip


@dataclass(frozen=True)
class Expired:
    """One thing to delete. `dated`: when it came or was published; `paths`: below the data folder."""

    kind: str
    id: str
    sha256: str
    bytes: int
    dated: str
    rule: str
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Certificate:
    """What one run of the job deleted. `finished_at` is empty until all of it is gone."""

    started_at: str
    finished_at: str
    items: tuple[Expired, ...]

    def count(self, kind: str) -> int:
        """How many things of a kind."""
        return sum(item.kind == kind for item in self.items)


def expired(settings: Settings, now: datetime) -> list[Expired]:
    """What may be deleted at `now` (UTC), received files first."""
    return [*_expired_files(settings, now), *_expired_releases(settings, now)]


def delete_expired(settings: Settings, now: datetime) -> Certificate | None:
    """Delete it, and keep a certificate; None if there was nothing to delete. One writer at a time.

    What somebody holds open on Windows stays, and the certificate unfinished: the next run deletes it.
    """
    for path in sorted(_folder(settings).glob("*.json")):
        unfinished = _read(path)
        if not unfinished.finished_at:
            _carry_out(settings, unfinished, now)
    items = tuple(expired(settings, now))
    if not items:
        return None
    started = Certificate(as_text(now), "", items)
    _keep(settings, started)
    return _carry_out(settings, started, now)


def _carry_out(settings: Settings, certificate: Certificate, now: datetime) -> Certificate:
    files = read_manifest(settings)
    # While an unfinished certificate waited, a supplier may have sent the same file once more.
    sent_again = {file.file_id for file in files if as_text(file.received_at) > certificate.started_at}
    items = [item for item in certificate.items if item.id not in sent_again]
    _mark_deleted(settings, {item.id for item in items if item.kind == RECEIVED_FILE})
    held = [path for item in items for path in item.paths if not _delete(settings.data_dir / path)]
    done = certificate if held else replace(certificate, finished_at=as_text(now))
    _keep(settings, done)
    return done


def _expired_files(settings: Settings, now: datetime) -> list[Expired]:
    told = table_path(settings, "core", "reconciliation")
    if not told.is_file():
        return []
    lines = pq.read_table(told, columns=["file_id", "status", "refusal_code"]).to_pylist()
    unused = {
        line["file_id"] for line in lines if line["status"] != "current" and line["refusal_code"] != UNEXPECTED
    } - _in_use(settings)
    rule = f"not in use, and received more than {settings.landed_file_days} days ago"
    before = now - timedelta(days=settings.landed_file_days)
    return [
        Expired(
            RECEIVED_FILE, file.file_id, file.sha256, file.bytes, as_text(file.received_at), rule, _paths(settings, file)
        )
        for file in read_manifest(settings)
        if file.source != DELETED and file.file_id in unused and file.received_at < before
    ]  # fmt: skip


def _in_use(settings: Settings) -> set[str]:
    """As the files stand now: the last refresh may not have come as far as its reconciliation."""
    found: set[str] = set()
    for contract in load_contracts():
        outcomes = read_outcomes(settings, contract)
        found |= {outcome.file_id for outcome in current_outcomes(contract, outcomes)}
        found |= {outcome.file_id for outcome in outcomes if outcome.refusal_code == UNEXPECTED}
    return found


def _paths(settings: Settings, file: ReceivedFile) -> tuple[str, ...]:
    made = [file_path(settings, layer, file.source, file.file_id, suffix) for layer, suffix in _LAYERS]
    return tuple(_below(settings, path) for path in (file.path(settings), *made))


def _expired_releases(settings: Settings, now: datetime) -> list[Expired]:
    releases, seen = list_releases(settings), seen_by_partners(settings)
    before = as_text(now - timedelta(days=settings.release_days))
    rule = f"published more than {settings.release_days} days ago, and not the newest"
    return [
        Expired(
            RELEASE,
            release.release_id,
            release.content_sha256,
            sum(path.stat().st_size for path in release.folder.rglob("*") if path.is_file()),
            release.made_at,
            rule,
            tuple(
                _below(settings, path)
                for path in (
                    release.folder,
                    proof_path(settings, release.release_id),
                    settings.shared / f"send_shared_{release.release_id}.duckdb",
                )
            ),
        )
        for release in releases[1:]
        if release.made_at < before and release != seen
    ]


def _mark_deleted(settings: Settings, file_ids: set[str]) -> None:
    """Leave of each file its hash, size and day in the manifest; its name, which may be a child's, goes."""
    files = read_manifest(settings)
    if not any(file.file_id in file_ids and file.source != DELETED for file in files):
        return
    gone = {"source": DELETED, "supplier": "", "file_name": ""}
    rows = [vars(file) | (gone if file.file_id in file_ids else {}) for file in files]
    with replace_atomically(manifest_path(settings)) as beside:
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), beside)


def _delete(path: Path) -> bool:
    """Delete a file or a folder; whether it is gone. A folder is renamed first: a release is there whole, or not at all."""
    leftover = path.with_name(f"{path.name}{BUILDING}")
    try:
        if path.is_dir():
            path.replace(leftover)
        else:
            path.unlink(missing_ok=True)
        if leftover.exists():
            shutil.rmtree(leftover)
    except PermissionError:
        return False
    return True


def _below(settings: Settings, path: Path) -> str:
    return path.relative_to(settings.data_dir).as_posix()


def _folder(settings: Settings) -> Path:
    return settings.reports / "retention"


def _keep(settings: Settings, certificate: Certificate) -> None:
    with replace_atomically(_folder(settings) / f"{certificate.started_at}.json") as beside:
        beside.write_text(json.dumps(asdict(certificate), indent=2) + "\n", encoding="utf-8")


def _read(path: Path) -> Certificate:
    told = json.loads(path.read_text(encoding="utf-8"))
    items = tuple(Expired(**(item | {"paths": tuple(item["paths"])})) for item in told["items"])
    return Certificate(told["started_at"], told["finished_at"], items)


def in_words(items: Sequence[Expired]) -> list[str]:
    """One line per thing, for the command line."""
    return [f"{item.kind}  {item.id}  of {item.dated}, {item.bytes:,} bytes: {item.rule}" for item in items]
