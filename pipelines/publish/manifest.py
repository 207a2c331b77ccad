"""manifest.json: what a release is made of, so that anyone can check it years later."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from pipelines.publish.dictionary import SourceState
from pipelines.publish.files import flush, sha256
from pipelines.publish.inputs import CouncilChanges
from pipelines.publish.shared_contract import SharedContract
from pipelines.settings import REPOSITORY, Settings

MANIFEST = "manifest.json"
LIBRARIES: Final = ("duckdb", "pyarrow", "pandas", "numpy", "scipy", "great-expectations", "dagster")
# Named one by one: a setting added later stays out of the manifest until somebody has thought about it.
TOLD_SETTINGS: Final = ("area_code", "engine", "small_count_threshold", "memory_limit", "max_file_bytes")


def content_hash(
    folder: Path, contract: SharedContract, as_at: date, tables: Sequence[str], changes: CouncilChanges
) -> str:
    """Hash of what a release says: contract version, as_at, the CSV twins of `tables`, what the council changed.

    Not of when it was made.
    """
    told = [f"{contract.id} {contract.version} {as_at.isoformat()}"]
    told += [f"{name} {sha256(folder / 'csv' / f'{name}.csv')}" for name in sorted(tables)]
    told += changes.in_words if changes != CouncilChanges(0, 0) else []
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def code_version() -> str:
    """The commit that is checked out, or the version of the package where there is no repository."""
    head = REPOSITORY / ".git" / "HEAD"
    if head.is_file():
        said = head.read_text(encoding="utf-8").strip()
        reference = REPOSITORY / ".git" / said.removeprefix("ref: ")
        if not said.startswith("ref: "):
            return said
        if reference.is_file():
            return reference.read_text(encoding="utf-8").strip()
    return _installed("sendset") or "unknown"


def write_manifest(
    folder: Path,
    settings: Settings,
    contract: SharedContract,
    release: Mapping[str, str],
    sources: Sequence[SourceState],
    rows: Mapping[str, int],
    changes: CouncilChanges,
) -> Path:
    """Write manifest.json last, over the files of a finished `folder`. `release`: id, dates, hash as text."""
    told = settings.model_dump(mode="json")
    document = {
        **release,
        "contract": {"id": contract.id, "version": contract.version},
        "code_version": code_version(),
        "libraries": {name: found for name in LIBRARIES if (found := _installed(name))},
        "settings": {name: told[name] for name in TOLD_SETTINGS},
        "sources": [
            {
                "source": state.source,
                "supplier": state.supplier,
                "status": state.status,
                "file_ids": list(state.file_ids),
                "received_date": state.received_date.isoformat() if state.received_date else None,
                "age_days": state.age_days,
                "explanation": state.explanation,
            }
            for state in sources
        ],
        "changes_by_the_council": asdict(changes),
        "rows": dict(rows),
        "files": {
            path.relative_to(folder).as_posix(): {"sha256": sha256(path), "bytes": path.stat().st_size}
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    }
    path = folder / MANIFEST
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    flush(path)
    return path


def read_manifest(folder: Path) -> dict[str, object]:
    """The manifest of a release. Raises OSError or ValueError where it is missing or broken."""
    document = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(document, dict):
        raise ValueError(f"{MANIFEST} is not an object")
    return document


def file_hashes(manifest: Mapping[str, object]) -> dict[str, str]:
    """Path in the release → SHA-256, from a manifest."""
    files = manifest.get("files")
    if not isinstance(files, dict):
        return {}
    return {str(path): str(entry["sha256"]) for path, entry in files.items() if isinstance(entry, dict)}


def as_text(moment: datetime) -> str:
    """A moment in UTC to the second, as manifests and release ids write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ")


def as_moment(text: str) -> datetime:
    """The moment, in UTC, that `as_text` wrote."""
    return datetime.strptime(text, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC)


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
