"""All that happens to one source: read and validate what is new, put the accepted, current rows into staging.

What became of each file is kept as one small JSON (counts and reasons, no values), written last, so that a run that is
killed half-way does the file again. Nothing is lost: per file, rows received = accepted + quarantined + duplicate +
superseded; a refused file counts all its rows as quarantined.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.results import FileValidation, LineToFix, RuleResult
from expectations.validation import validate_files, what_to_fix
from pipelines.contracts import Contract
from pipelines.engine import connect
from pipelines.ingest.landing import ReceivedFile, read_manifest
from pipelines.ingest.pseudonyms import PseudonymKey, load_key
from pipelines.ingest.read import ReadFile, open_door, read_file
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.typed import NOT_A_CODE
from pipelines.settings import CONTRACTS, Settings
from pipelines.tables import file_path, quoted, replace_atomically, table_path

RAGGED_RULE = "ROW_CELLS"
TO_FIX_SCHEMA = pa.schema(
    [(column, pa.int32() if column == "row_number" else pa.string()) for column in LineToFix.__dataclass_fields__]
)


@dataclass(frozen=True)
class FileOutcome:
    """What became of one file. `fingerprint` says with which contract and key; a change of either reads it again."""

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

    @property
    def refused(self) -> bool:
        """Whether no row of the file may be used."""
        return bool(self.refusal_code)

    def still_holds(self, contract: Contract, fingerprint: str, as_at: date) -> bool:
        """Whether reading the file again on `as_at` would give the same.

        A date that lay in the future may lie in the past by now; one that lay in the past stays there.
        """
        if self.fingerprint != fingerprint or as_at < date.fromisoformat(self.as_at):
            return False
        ahead = {result.rule_id for result in self.rule_results if not result.passed}
        waits = any(rule.id in ahead and "{as_at}" in str(rule.kwargs) for rule in contract.rules)
        return as_at == date.fromisoformat(self.as_at) or not waits


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
    known = [outcome for outcome in outcomes.values() if outcome is not None]
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
    taken: dict[str, ReadFile] = {}
    refusals: dict[str, FileRefused] = {}
    for file in files:
        progress(f"{contract.id}: reading {file.file_name}")
        try:
            taken[file.file_id] = _read(settings, contract, file, key)
        except FileRefused as refusal:
            refusals[file.file_id] = refusal
    validations = _validate(settings, contract, list(taken), as_at)
    outcomes: list[FileOutcome] = []
    for file in files:
        if file.file_id in refusals:
            outcome, lines = _refused_outcome(file, refusals[file.file_id], fingerprint, as_at)
        else:
            read, validation = taken[file.file_id], validations[file.file_id]
            outcome = _validated_outcome(contract, file, read, validation, fingerprint, as_at)
            lines = what_to_fix(validation, contract, file.file_name, read.sheet or None)
            lines += [_ragged_line(file, row) for row in read.ragged_row_numbers]
        _write_to_fix(settings, file, lines)
        with replace_atomically(_outcome_path(settings, file)) as beside:
            beside.write_text(json.dumps(asdict(outcome)), encoding="utf-8")
        outcomes.append(outcome)
    return outcomes


def _holds(outcome: FileOutcome | None, contract: Contract, fingerprint: str, as_at: date) -> bool:
    return outcome is not None and outcome.still_holds(contract, fingerprint, as_at)


def _read(settings: Settings, contract: Contract, file: ReceivedFile, key: PseudonymKey) -> ReadFile:
    raw, typed = (file_path(settings, layer, contract.id, file.file_id) for layer in ("raw", "typed"))
    with connect(settings) as connection:
        open_door(connection, key, settings)
        return read_file(connection, file.path(settings), file.file_name, contract, file.file_id, raw, typed, settings)


def _validate(
    settings: Settings, contract: Contract, file_ids: Sequence[str], as_at: date
) -> dict[str, FileValidation]:
    if not file_ids:
        return {}
    typed = {file_id: file_path(settings, "typed", contract.id, file_id) for file_id in file_ids}
    with connect(settings) as connection, ExitStack() as stack:
        quarantine = {
            file_id: stack.enter_context(replace_atomically(file_path(settings, "quarantine", contract.id, file_id)))
            for file_id in file_ids
        }
        validations = validate_files(connection, typed, contract, as_at, quarantine)
        for file_id, validation in validations.items():
            if validation.refused:
                _quarantine_all(connection, typed[file_id], quarantine[file_id], validation.refusal_rule_ids)
    return validations


def _refused_outcome(
    file: ReceivedFile, refusal: FileRefused, fingerprint: str, as_at: date
) -> tuple[FileOutcome, list[LineToFix]]:
    """A file that could not be read: all its rows count as quarantined, the file itself lies in landing."""
    outcome = _outcome(file, fingerprint, as_at, refusal.code, refusal.message)
    rows = refusal.rows_received
    return replace(outcome, rows_received=rows, rows_quarantined=rows), [
        _refused_line(file, refusal.code, refusal.message)
    ]


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
        message = _refusal_message(contract, file.file_name, validation.refusal_rule_ids)
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


def load_outcome(settings: Settings, received: ReceivedFile) -> FileOutcome | None:
    """What became of a file when it was last read; None if it never was."""
    path = _outcome_path(settings, received)
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    stored["rule_results"] = tuple(RuleResult(**result) for result in stored["rule_results"])
    stored["ragged_row_numbers"] = tuple(stored["ragged_row_numbers"])
    return FileOutcome(**stored)


def current_outcomes(contract: Contract, outcomes: list[FileOutcome]) -> list[FileOutcome]:
    """The files whose rows count: every accepted one of an increment, each supplier's newest of a snapshot."""
    accepted = [outcome for outcome in outcomes if not outcome.refused]
    if contract.delivery == "increment":
        return accepted
    newest = {outcome.supplier: outcome for outcome in sorted(accepted, key=lambda outcome: outcome.sequence)}
    return list(newest.values())


def build_staging(settings: Settings, contract: Contract, outcomes: list[FileOutcome]) -> dict[str, int]:
    """Write staging.<source>; return file_id → rows in use. Of a key that came twice the latest wins."""
    current = current_outcomes(contract, outcomes)
    columns = _staging_columns(contract)
    output = table_path(settings, "staging", contract.id)
    with connect(settings) as connection:
        if current:
            _create_accepted_view(connection, settings, contract, current)
            select = _latest_of_each_key(contract, columns) if len(current) > 1 else f"select {columns} from accepted"
        else:
            typed = [("file_id", "VARCHAR"), ("row_number", "INTEGER"), *contract.typed_columns]
            select = "select " + ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in typed) + " limit 0"
        with replace_atomically(output) as beside:
            connection.execute(f"copy ({select}) to {quoted(beside)} (format parquet, compression zstd)")
        counts = connection.execute(
            f"select file_id, count(*) from read_parquet({quoted(output)}) group by file_id"
        ).fetchall()
    return {str(file_id): int(rows) for file_id, rows in counts}


def _staging_columns(contract: Contract) -> str:
    """The typed columns; a text that was no code is unknown from here on (the raw table still has it)."""
    coded = {column.name for column in contract.columns if column.code_set}
    names = ["file_id", "row_number", *(name for name, _ in contract.typed_columns)]
    return ", ".join(f'nullif("{n}", \'{NOT_A_CODE}\') as "{n}"' if n in coded else f'"{n}"' for n in names)


def _create_accepted_view(
    connection: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract, current: list[FileOutcome]
) -> None:
    def files(layer: str) -> str:
        return ", ".join(quoted(file_path(settings, layer, contract.id, outcome.file_id)) for outcome in current)

    connection.execute("create temp table delivery (file_id varchar, sequence bigint)")
    connection.executemany("insert into delivery values (?, ?)", [[o.file_id, o.sequence] for o in current])
    connection.execute(f"""
        create temp view accepted as
        select typed.*, delivery.sequence
        from read_parquet([{files("typed")}]) typed
        join delivery on delivery.file_id = typed.file_id
        anti join read_parquet([{files("quarantine")}]) quarantined
            on quarantined.file_id = typed.file_id and quarantined.row_number = typed.row_number
    """)


def _latest_of_each_key(contract: Contract, columns: str) -> str:
    key = ", ".join(f'"{name}"' for name in contract.key)
    match = " and ".join(f'sent_again."{name}" = accepted."{name}"' for name in contract.key)
    return f"""
        with sent_again as (
            select {key}, max(sequence) as latest_sequence from accepted group by {key} having count(*) > 1
        )
        select {columns} from (
            select accepted.*, sent_again.latest_sequence from accepted left join sent_again on {match}
        ) where latest_sequence is null or latest_sequence = sequence
    """


def _quarantine_all(
    connection: duckdb.DuckDBPyConnection, typed: Path, quarantine: Path, rule_ids: tuple[str, ...]
) -> None:
    """Put every row of a refused file into quarantine, with the file's reason after the row's own reasons."""
    whole = quarantine.with_name(f"{quarantine.name}.whole")
    connection.execute(f"""
        copy (
            select typed.*, concat_ws(',', own.rule_ids, '{",".join(rule_ids)}') as rule_ids
            from read_parquet({quoted(typed)}) typed
            left join (select row_number, rule_ids from read_parquet({quoted(quarantine)})) own
                on own.row_number = typed.row_number
        ) to {quoted(whole)} (format parquet)
    """)
    whole.replace(quarantine)


def to_fix_path(settings: Settings, source: str, file_id: str) -> Path:
    """What the supplier of one file should put right: a Parquet file of `LineToFix`."""
    return file_path(settings, "to_fix", source, file_id)


def _write_to_fix(settings: Settings, received: ReceivedFile, lines: list[LineToFix]) -> None:
    with replace_atomically(to_fix_path(settings, received.source, received.file_id)) as beside:
        pq.write_table(pa.Table.from_pylist([asdict(line) for line in lines], TO_FIX_SCHEMA), beside)


def _ragged_line(received: ReceivedFile, row: int) -> LineToFix:
    words = "The row has not as many cells as the header row."
    fix = "Look for a comma or a line break in a cell that is not in quotes."
    return LineToFix(received.source, received.file_name, None, row, None, RAGGED_RULE, "critical", words, fix)


def _refused_line(received: ReceivedFile, code: str, message: str) -> LineToFix:
    fix = "Nothing of this file was used; the last good file stays in use."
    return LineToFix(received.source, received.file_name, None, None, None, code, "critical", message, fix)


def _refusal_message(contract: Contract, file_name: str, rule_ids: tuple[str, ...]) -> str:
    reasons = "; ".join(f"{rule_id}: {contract.rule(rule_id).plain_words}" for rule_id in rule_ids)
    fixes = " ".join(dict.fromkeys(contract.rule(rule_id).fix for rule_id in rule_ids))
    return f"{file_name} was refused. {reasons} {fixes}"


def _outcome_path(settings: Settings, received: ReceivedFile) -> Path:
    return file_path(settings, "validation", received.source, received.file_id, ".json")


def _fingerprint(contract: Contract, key: PseudonymKey, settings: Settings) -> str:
    parts = [
        (CONTRACTS / f"{contract.id}.yaml").read_bytes(),
        key.key_id.encode(),
        settings.postcode_lookup.read_bytes(),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def received_date(outcome: FileOutcome) -> date:
    """The day on which the file came (UTC)."""
    return datetime.fromisoformat(outcome.received_at).date()
