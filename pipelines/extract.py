"""All that happens to one source: read and validate what is new, put the accepted, current rows into staging.

What became of each file is kept as one small JSON (counts and reasons, no values), written last, so that a run that is
killed half-way does the file again. Nothing is lost: per file, rows received = accepted + quarantined + duplicate +
superseded; a refused file counts all its rows as quarantined (none, if it could not be read at all).

One bad file never stops the others: what nobody foresaw refuses that file alone, with the code `unexpected`, and it is
tried again in the next run. Messages call a file by its file_id: a supplier's file name may hold a child's name, and
they are shown where only counts may be. The supplier's own list has the name.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from expectations.results import FileValidation, LineToFix
from expectations.validation import what_to_fix
from pipelines.contracts import Contract
from pipelines.ingest.definitions import definition_bytes
from pipelines.ingest.landing import ReceivedFile, read_manifest
from pipelines.ingest.pseudonyms import PseudonymKey, load_key
from pipelines.ingest.read import ReadFile
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.remarks import Remark
from pipelines.outcomes import FileOutcome, load_outcome, write_outcome
from pipelines.read_source import read_source
from pipelines.settings import CONTRACTS, Settings
from pipelines.staging import build_staging
from pipelines.validate_source import validate_source
from pipelines.withdrawals import mark_withdrawn

RAGGED_RULE = "ROW_CELLS"
# As `excel.Sheet.place` writes it: a Python literal.
_SHEET_NAME = re.compile(r""", sheet ('(\\.|[^'\\])*'|"(\\.|[^"\\])*")""")


@dataclass(frozen=True)
class StagedSource:
    """The staging table of a source: rows per file that contributed, and every file's outcome."""

    source: str
    rows: int
    accepted_by_file: dict[str, int]
    outcomes: tuple[FileOutcome, ...]


def process_source(
    settings: Settings, contract: Contract, as_at: date, progress: Callable[[str], None] = lambda _: None
) -> StagedSource:
    """Bring one source up to date: read and validate each file that needs it, then rebuild its staging table."""
    key = load_key(settings)
    fingerprint = _fingerprint(contract, key, settings)
    received = read_manifest(settings, contract.id)
    outcomes = {file.file_id: load_outcome(settings, file) for file in received}
    due = [file for file in received if not _holds(outcomes[file.file_id], contract, fingerprint, as_at)]
    for outcome in process_files(settings, contract, due, key, as_at, fingerprint, progress):
        outcomes[outcome.file_id] = outcome
    known = mark_withdrawn(settings, [outcome for outcome in outcomes.values() if outcome is not None])
    accepted = build_staging(settings, contract, known)
    return StagedSource(contract.id, sum(accepted.values()), accepted, tuple(known))


def process_files(
    settings: Settings,
    contract: Contract,
    files: Sequence[ReceivedFile],
    key: PseudonymKey,
    as_at: date,
    fingerprint: str,
    progress: Callable[[str], None] = lambda _: None,
) -> list[FileOutcome]:
    """Read each file, validate all that could be read together, and keep what became of each.

    Leaves raw, typed and quarantine tables and the list of what to fix of each file; its outcome is written last.
    """
    taken, refusals = read_source(settings, contract, files, key, progress)
    validations, failures = validate_source(settings, contract, list(taken), as_at)
    refusals |= failures
    outcomes: list[FileOutcome] = []
    for file in files:
        if file.file_id in refusals:
            outcome, lines = _refused_outcome(file, refusals[file.file_id], fingerprint, as_at)
        else:
            read, validation = taken[file.file_id], validations[file.file_id]
            outcome = _validated_outcome(contract, file, read, validation, fingerprint, as_at)
            lines = what_to_fix(validation, contract, file.file_name, read.sheet or None)
            lines += [_ragged_line(file, row) for row in read.ragged_row_numbers]
            lines += [_remark_line(file, remark, read.sheet) for remark in read.remarks]
        write_outcome(settings, outcome, lines)
        outcomes.append(outcome)
    return outcomes


def _holds(outcome: FileOutcome | None, contract: Contract, fingerprint: str, as_at: date) -> bool:
    return outcome is not None and outcome.still_holds(contract, fingerprint, as_at)


def _refused_outcome(
    file: ReceivedFile, refusal: FileRefused, fingerprint: str, as_at: date
) -> tuple[FileOutcome, list[LineToFix]]:
    """A file that could not be read has no rows to count: the file itself lies in landing."""
    outcome = _outcome(file, fingerprint, as_at, refusal.code, _without_sheet_names(refusal.message))
    return outcome, [_refused_line(file, refusal.code, refusal.message.replace(file.file_id, file.file_name))]


def _validated_outcome(
    contract: Contract,
    file: ReceivedFile,
    read: ReadFile,
    validation: FileValidation,
    fingerprint: str,
    as_at: date,
) -> FileOutcome:
    ragged = len(read.ragged_row_numbers)
    outcome = _outcome(file, fingerprint, as_at, "", "")
    if validation.refused:
        message = _refusal_message(contract, file.file_id, validation.refusal_rule_ids)
        outcome = replace(outcome, refusal_code="rules", refusal_message=message)
    return replace(
        outcome,
        sheet=read.sheet,
        rows_received=read.rows_received,
        rows_typed=read.rows_typed,
        rows_duplicate=read.rows_duplicate,
        rows_quarantined=(read.rows_typed if validation.refused else validation.quarantined_rows) + ragged,
        ragged_row_numbers=read.ragged_row_numbers,
        rule_results=validation.rule_results,
    )


def _outcome(file: ReceivedFile, fingerprint: str, as_at: date, code: str, message: str) -> FileOutcome:
    return FileOutcome(
        file_id=file.file_id,
        sequence=file.sequence,
        source=file.source,
        supplier=file.supplier,
        file_name=file.file_name,
        received_at=file.received_at.isoformat(),
        sheet="",
        refusal_code=code,
        refusal_message=message,
        rows_received=0,
        rows_typed=0,
        rows_duplicate=0,
        rows_quarantined=0,
        ragged_row_numbers=(),
        rule_results=(),
        fingerprint=fingerprint,
        as_at=as_at.isoformat(),
    )


def _ragged_line(received: ReceivedFile, row: int) -> LineToFix:
    words = "The row has not as many cells as the header row."
    fix = "Look for a comma or a line break in a cell that is not in quotes."
    return LineToFix(received.source, received.file_name, None, row, None, RAGGED_RULE, "critical", words, fix)


def _remark_line(received: ReceivedFile, remark: Remark, sheet: str) -> LineToFix:
    where = (received.source, received.file_name, sheet or None, None, None)
    return LineToFix(*where, remark.code, remark.severity, remark.words, remark.fix)


def _refused_line(received: ReceivedFile, code: str, message: str) -> LineToFix:
    fix = "Nothing of this file was used; the last good file stays in use."
    return LineToFix(received.source, received.file_name, None, None, None, code, "critical", message, fix)


def _without_sheet_names(message: str) -> str:
    """A sheet's name is the supplier's too: the supplier's list has it, and what is shown elsewhere has not."""
    return _SHEET_NAME.sub("", message)


def _refusal_message(contract: Contract, file_id: str, rule_ids: tuple[str, ...]) -> str:
    reasons = "; ".join(f"{rule_id}: {contract.rule(rule_id).plain_words}" for rule_id in rule_ids)
    fixes = " ".join(dict.fromkeys(contract.rule(rule_id).fix for rule_id in rule_ids))
    return f"{file_id} was refused. {reasons} {fixes}"


def _fingerprint(contract: Contract, key: PseudonymKey, settings: Settings) -> str:
    parts = [
        (CONTRACTS / f"{contract.id}.yaml").read_bytes(),
        key.key_id.encode(),
        settings.postcode_lookup.read_bytes(),
        *definition_bytes(),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
