"""What became of each received file, kept as one small JSON beside the list of what to fix: counts and reasons only."""

import json
from dataclasses import asdict, dataclass, fields
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
    hold a child's name: they belong in the supplier's list and in no log. `months` are the first days (ISO) of the months
    of which it has accepted rows, where its contract says how that is seen. `withdrawn` is never stored as true: the ledger
    of withdrawals alone says it. `consent_withdrawn`: per row that was left out because consent was withdrawn, the place of
    its id in the list.
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
    months: tuple[str, ...] = ()
    consent_withdrawn: tuple[int, ...] = ()
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
    """What became of a file when it was last read; None if it never was, or by a version that noted other things."""
    path = _outcome_path(settings, received.source, received.file_id)
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    if stored.keys() != {field.name for field in fields(FileOutcome)}:
        return None
    stored["rule_results"] = tuple(RuleResult(**result) for result in stored["rule_results"])
    for name in ("ragged_row_numbers", "months", "consent_withdrawn"):
        stored[name] = tuple(stored[name])
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
    """The files whose rows count, oldest delivery first: of an increment all, of a snapshot each supplier's newest.

    The period that a file brings decides what is newer, and within a period the order of arrival: so the order of
    arrival of different periods changes nothing, and a file sent again replaces even if its newest row was taken away.
    A refused or withdrawn file never counts: the one before it is the newest again.
    """
    accepted = [outcome for outcome in outcomes if not outcome.refused and not outcome.withdrawn]
    in_order = sorted(accepted, key=lambda outcome: (delivered_period(contract, outcome), outcome.sequence))
    if contract.delivery == "increment":
        return in_order
    newest = {outcome.supplier: outcome.file_id for outcome in in_order}
    return [outcome for outcome in in_order if outcome.file_id == newest[outcome.supplier]]


def known_on(contract: Contract, outcomes: list[FileOutcome], as_at: date) -> list[FileOutcome]:
    """The files that a refresh for the day `as_at` looks at, so that a past day gives what was known then.

    Of each supplier, what had come by that day. Where nothing had, because its history was loaded later, everything; of a
    snapshot only the deliveries whose period had begun, if there are any.
    """
    prompt = {outcome.supplier for outcome in outcomes if received_date(outcome) <= as_at}
    begun = {
        outcome.supplier
        for outcome in outcomes
        if not outcome.refused and delivered_period(contract, outcome) <= as_at and contract.delivery == "snapshot"
    }

    def is_known(outcome: FileOutcome) -> bool:
        if outcome.supplier in prompt:
            return received_date(outcome) <= as_at
        return outcome.refused or outcome.supplier not in begun or delivered_period(contract, outcome) <= as_at

    return [outcome for outcome in outcomes if is_known(outcome)]


def delivered_months(outcome: FileOutcome) -> list[date]:
    """First days of the months of which a file brings data; of one that does not tell, the month in which it came."""
    return [date.fromisoformat(month) for month in outcome.months] or [received_date(outcome).replace(day=1)]


def delivered_period(contract: Contract, outcome: FileOutcome) -> date:
    """First day of the newest period of which a file brings data; all are the same where none is ever due."""
    if contract.deliveries is None:
        return date.min
    return contract.deliveries.period_of(max(delivered_months(outcome))).start


def received_date(outcome: FileOutcome) -> date:
    """The day on which the file came (UTC)."""
    return datetime.fromisoformat(outcome.received_at).date()


def _outcome_path(settings: Settings, source: str, file_id: str) -> Path:
    return file_path(settings, "validation", source, file_id, ".json")
