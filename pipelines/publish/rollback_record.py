"""Which releases were withdrawn: data/releases/rollbacks.jsonl, one line per rollback, never changed afterwards."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pipelines.publish.files import flush
from pipelines.publish.manifest import as_text
from pipelines.settings import Settings


@dataclass(frozen=True)
class Rollback:
    """Partners got `to_release` again in the place of `from_release`, which was the newest at `at` (UTC)."""

    at: str
    from_release: str
    to_release: str
    reason: str


def rollbacks(settings: Settings) -> list[Rollback]:
    """All rollbacks, oldest first."""
    path = _path(settings)
    if not path.is_file():
        return []
    return [Rollback(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]


def rolled_back_to(settings: Settings, newest: str) -> str | None:
    """The release that partners see instead of the newest one; None if they see that. A newer release ends a rollback."""
    of_newest = [one.to_release for one in rollbacks(settings) if one.from_release == newest]
    return of_newest[-1] if of_newest and of_newest[-1] != newest else None


def keep_rollback(settings: Settings, newest: str, release_id: str, reason: str, at: datetime) -> Rollback:
    """Add a line to the list, on the disk before this returns."""
    made = Rollback(as_text(at), newest, release_id, reason)
    with _path(settings).open("a", encoding="utf-8", newline="\n") as handle:
        handle.write(json.dumps(asdict(made), ensure_ascii=False) + "\n")
    flush(_path(settings))
    return made


def _path(settings: Settings) -> Path:
    return settings.releases / "rollbacks.jsonl"
