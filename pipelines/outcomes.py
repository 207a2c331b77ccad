"""What became of each received file, kept as one small JSON beside the list of what to fix: counts and reasons only."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.results import LineToFix, RuleResult
from pipelines.contracts import Contract
from pipelines.ingest.landing import ReceivedFile
from pipelines.settings import Settings
from pipelines.tables import file_path, replace_atomically

# The refusal code of a file at which the program failed: the file may be good, so it is tried again.
UNEXPECTED: Final = "unexpected"
TO_FIX_SCHEMA = pa.schema(
    [(column, pa.int32() if column == "row_number" else pa.string()) for column in LineToFix.__dataclass_fields__]
)


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file. `fingerprint` says with which contract and key; a change of either reads it again.

    `refusal_message` calls the file by its `file_id`. `file_name` and `sheet` are the supplier's own words, which may
    hold a child's name: they belong in the supplier's list and in no log. `withdrawn` is never stored as true: the ledger
    of withdrawals alone says it.
    """

    file_id: str
    sequence: int
    source: str
    supplier: str
    file_name: str
    received_at: str
    sheet: str
    refusal_code: str
    refusal_message: str
    rows_received: int
    rows_typed: int
    rows_duplicate: int
    rows_quarantined: int
    ragged_row_numbers: tuple[int, ...]
    rule_results: tuple[RuleResult, ...]
    fingerprint: str
    as_at: str
    withdrawn: bool = False

    @property
    def refused(self) -> bool:
        """Whether no row of the file may be used."""
        return bool(self.refusal_code)

    @property
    def refusal_told_to_supplier(self) -> str:
        """Why the file was refused, with the name by which the supplier knows it."""
        return self.refusal_message.replace(self.file_id, self.file_name)

    def still_holds(self, contract: Contract, fingerprint: str, as_at: date) -> bool:
        """Whether reading the file again on `as_at` would give the same.

        A date that lay in the future may lie in the past by now; one that lay in the past stays there.
        """
        if self.refusal_code == UNEXPECTED:
            return False
        if self.fingerprint != fingerprint or as_at < date.fromisoformat(self.as_at):
            return False
        ahead = {result.rule_id for result in self.rule_results if not result.passed}
        waits = any(rule.id in ahead and "{as_at}" in f"{rule.kwargs} {rule.figure}" for rule in contract.rules)
        return as_at == date.fromisoformat(self.as_at) or not waits


def load_outcome(settings: Settings, received: ReceivedFile) -> FileOutcome | None:
    """What became of a file when it was last read; None if it never was."""
    path = _outcome_path(settings, received.source, received.file_id)
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored["rule_results"] = tuple(RuleResult(**result) for result in stored["rule_results"])
    stored["ragged_row_numbers"] = tuple(stored["ragged_row_numbers"])
    return FileOutcome(**stored)


def write_outcome(settings: Settings, outcome: FileOutcome, lines: list[LineToFix]) -> None:
    """Keep the list of what to fix, then the outcome: once that is there, the file is done."""
    with replace_atomically(to_fix_path(settings, outcome.source, outcome.file_id)) as beside:
        pq.write_table(pa.Table.from_pylist([asdict(line) for line in lines], TO_FIX_SCHEMA), beside)
    with replace_atomically(_outcome_path(settings, outcome.source, outcome.file_id)) as beside:
        beside.write_text(json.dumps(asdict(outcome)), encoding="utf-8")


def to_fix_path(settings: Settings, source: str, file_id: str) -> Path:
    """What the supplier of one file should put right: a Parquet file of `LineToFix`."""
    return file_path(settings, "to_fix", source, file_id)


def current_outcomes(contract: Contract, outcomes: list[FileOutcome]) -> list[FileOutcome]:
    """The files whose rows count: every accepted one of an increment, each supplier's newest of a snapshot.

    A withdrawn file never counts: the one before it is the newest again.
    """
    accepted = [outcome for outcome in outcomes if not outcome.refused and not outcome.withdrawn]
    if contract.delivery == "increment":
        return accepted
    newest = {outcome.supplier: outcome for outcome in sorted(accepted, key=lambda outcome: outcome.sequence)}
    return list(newest.values())


def received_date(outcome: FileOutcome) -> date:
    """The day on which the file came (UTC)."""
    return datetime.fromisoformat(outcome.received_at).date()


def _outcome_path(settings: Settings, source: str, file_id: str) -> Path:
    return file_path(settings, "validation", source, file_id, ".json")
