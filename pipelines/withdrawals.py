"""The ledger of withdrawn files: lines are added and never changed. It says which file, when and why, and names nobody.

The bytes stay in landing; their rows leave every table at the next refresh.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from pipelines.ingest.landing import read_manifest
from pipelines.outcomes import FileOutcome
from pipelines.settings import Settings


class CannotWithdraw(Exception):
    """What was asked for cannot be done; the message says why."""


@dataclass(frozen=True)
class Withdrawal:
    """One line of the ledger: file_id, when (UTC, ISO 8601), reason."""

    file_id: str
    withdrawn_at: str
    reason: str


def ledger_path(settings: Settings) -> Path:
    """The ledger's file, beside the manifest."""
    return settings.landing / "withdrawals.jsonl"


def withdraw(settings: Settings, file_id: str, reason: str, now: datetime | None = None) -> Withdrawal:
    """Add a file to the ledger. Raises CannotWithdraw: an unknown file, one withdrawn before, no reason."""
    reason = " ".join(reason.split())
    if not reason:
        raise CannotWithdraw("Say why the file is withdrawn: --reason TEXT.")
    if file_id not in {file.file_id for file in read_manifest(settings)}:
        raise CannotWithdraw("No file with this id was received. core.reconciliation lists the ids.")
    if file_id in withdrawn_ids(settings):
        raise CannotWithdraw(f"{file_id} is withdrawn already.")
    line = Withdrawal(file_id, (now or datetime.now(UTC)).isoformat(), reason)
    with ledger_path(settings).open("a", encoding="utf-8", newline="\n") as ledger:
        ledger.write(json.dumps(asdict(line)) + "\n")
        ledger.flush()
        os.fsync(ledger.fileno())
    return line


def withdrawn_ids(settings: Settings) -> frozenset[str]:
    """The file_id of every withdrawn file."""
    path = ledger_path(settings)
    if not path.exists():
        return frozenset()
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(Withdrawal(**json.loads(line)).file_id for line in lines)


def mark_withdrawn(settings: Settings, outcomes: list[FileOutcome]) -> list[FileOutcome]:
    """The outcomes, each saying whether its file is withdrawn now."""
    ids = withdrawn_ids(settings)
    return [replace(outcome, withdrawn=outcome.file_id in ids) for outcome in outcomes]
