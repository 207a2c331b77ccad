"""All that happens to one source: read and validate what is new, put the accepted, current rows into staging.

What became of each file is kept as one small JSON (counts and reasons, no values), written last, so that a run that is
killed half-way does the file again. Nothing is lost: per file, rows received = accepted + quarantined + duplicate +
superseded; a refused file counts all its rows as quarantined (none, if it could not be read at all). Rows that left
because consent was withdrawn count as superseded, and beside it by themselves.

One bad file never stops the others: what nobody foresaw refuses that file alone, with the code `unexpected`, and it is
tried again in the next run. Messages call a file by its file_id: a supplier's file name may hold a child's name, and
they are shown where only counts may be. The supplier's own list has the name.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from expectations.results import FileValidation, LineToFix
from expectations.what_to_fix import what_to_fix
from pipelines.contracts import Contract
from pipelines.delivered_months import find_months
from pipelines.ingest.consent import NOTHING_WITHDRAWN, Withdrawn
from pipelines.ingest.definitions import definition_bytes
from pipelines.ingest.landing import ReceivedFile, read_manifest
from pipelines.ingest.pseudonyms import PseudonymKey, load_key
from pipelines.ingest.read import ReadFile
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.remarks import Remark
from pipelines.ledgers.consent import check_not_lost, consent_list
from pipelines.ledgers.overlay import apply_corrections
from pipelines.outcomes import FileOutcome, known_on, load_outcome, write_outcome
from pipelines.read_source import read_source
from pipelines.settings import CONTRACTS, Settings
from pipelines.staging import build_staging
from pipelines.tables import file_path
from pipelines.validate_source import validate_source
from pipelines.withdrawals import mark_withdrawn

RAGGED_RULE = "ROW_CELLS"


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
    withdrawn = consent_list(settings, contract, as_at).withdrawn
    fingerprint = _fingerprint(contract, key, settings, withdrawn)
    received = read_manifest(settings, contract.id)
    outcomes = {file.file_id: load_outcome(settings, file) for file in received}
    check_not_lost(settings, contract, list(outcomes.values()))
    due = [file for file in received if not _holds(outcomes[file.file_id], contract, fingerprint, as_at)]
    for outcome in process_files(settings, contract, due, key, as_at, fingerprint, progress, withdrawn):
        outcomes[outcome.file_id] = outcome
    processed = [outcome for outcome in outcomes.values() if outcome is not None]
    known = known_on(contract, mark_withdrawn(settings, processed), as_at)
    accepted = build_staging(
        settings, contract, known, lambda staged: apply_corrections(settings, contract, staged, as_at)
    )
    return StagedSource(contract.id, sum(accepted.values()), accepted, tuple(known))


def process_files(
    settings: Settings,
    contract: Contract,
    files: Sequence[ReceivedFile],
    key: PseudonymKey,
    as_at: date,
    fingerprint: str,
    progress: Callable[[str], None] = lambda _: None,
    withdrawn: Withdrawn = NOTHING_WITHDRAWN,
) -> list[FileOutcome]:
    """Read each file, validate all that could be read together, and keep what became of each.

    Leaves raw, typed and quarantine tables and the list of what to fix of each file; its outcome is written last.
    """
    taken, refusals = read_source(settings, contract, files, key, progress, withdrawn)
    validations, failures = _validate(settings, contract, taken, as_at)
    refusals |= failures
    if contract.consent_list:
        _forget(settings, contract, refusals)
    months = find_months(settings, contract, [file for file in files if file.file_id not in refusals])
    outcomes: list[FileOutcome] = []
    for file in files:
        if file.file_id in refusals:
            outcome, lines = _refused_outcome(file, refusals[file.file_id], fingerprint, as_at)
        else:
            read, validation = taken[file.file_id], validations[file.file_id]
            outcome = _validated_outcome(contract, file, read, validation, fingerprint, as_at)
            outcome = replace(outcome, months=months.get(file.file_id, ()))
            sheet = read.sheet or None
            lines = what_to_fix(validation, contract, file.file_name, sheet, parts=read.parts, letters=read.letters)
            lines += [_ragged_line(file, row) for row in read.ragged_row_numbers]
            lines += [_remark_line(file, remark, read.sheet) for remark in read.remarks]
        write_outcome(settings, outcome, lines)
        outcomes.append(outcome)
    return outcomes


def _validate(
    settings: Settings, contract: Contract, taken: Mapping[str, ReadFile], as_at: date
) -> tuple[dict[str, FileValidation], dict[str, FileRefused]]:
    """Hold what was read to the contract; a file that withdrawn consent has emptied to no rule about files."""
    emptied = {file_id: read for file_id, read in taken.items() if read.emptied_by_consent}
    others = {file_id: read for file_id, read in taken.items() if file_id not in emptied}
    of_rows = replace(contract, rules=tuple(rule for rule in contract.rules if rule.level == "row"))
    validations, failures = validate_source(settings, contract, others, as_at)
    more, failed = validate_source(settings, of_rows, emptied, as_at)
    return validations | more, failures | failed


def _forget(settings: Settings, contract: Contract, file_ids: Iterable[str]) -> None:
    """Delete what an earlier reading left of refused files: it may hold a response whose consent was withdrawn since."""
    for file_id in file_ids:
        for layer in ("raw", "typed", "quarantine"):
            file_path(settings, layer, contract.id, file_id).unlink(missing_ok=True)


def _holds(outcome: FileOutcome | None, contract: Contract, fingerprint: str, as_at: date) -> bool:
    return outcome is not None and outcome.still_holds(contract, fingerprint, as_at)


def _refused_outcome(
    file: ReceivedFile, refusal: FileRefused, fingerprint: str, as_at: date
) -> tuple[FileOutcome, list[LineToFix]]:
    """A file that could not be read has no rows to count: the file itself lies in landing."""
    outcome = _outcome(file, fingerprint, as_at, refusal.code, refusal.message)
    return outcome, [_refused_line(file, refusal)]


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
        consent_withdrawn=read.consent_withdrawn,
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


def _refused_line(received: ReceivedFile, refusal: FileRefused) -> LineToFix:
    where = (received.source, received.file_name, refusal.sheet or None, None, None)
    words = refusal.message.replace(received.file_id, received.file_name)
    fix = "Nothing of this file was used; the last good file stays in use."
    return LineToFix(*where, refusal.code, "critical", words, fix)


def _refusal_message(contract: Contract, file_id: str, rule_ids: tuple[str, ...]) -> str:
    reasons = "; ".join(f"{rule_id}: {contract.rule(rule_id).plain_words}" for rule_id in rule_ids)
    fixes = " ".join(dict.fromkeys(contract.rule(rule_id).fix for rule_id in rule_ids))
    return f"{file_id} was refused. {reasons} {fixes}"


def _fingerprint(contract: Contract, key: PseudonymKey, settings: Settings, withdrawn: Withdrawn) -> str:
    parts = [
        (CONTRACTS / f"{contract.id}.yaml").read_bytes(),
        key.key_id.encode(),
        settings.postcode_lookup.read_bytes(),
        *definition_bytes(),
        *(response_id.encode() for response_id in withdrawn.ids),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
