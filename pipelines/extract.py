"""All that happens to one source: read and validate what is new, put the accepted, current rows into staging.

What became of each file is kept as one small JSON (counts and reasons, no values), written last, so that a run that is
killed half-way does the file again. Nothing is lost: per file, rows received = accepted + quarantined + duplicate +
superseded; a refused file counts all its rows as quarantined.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.results import LineToFix, RuleResult
from expectations.validation import validate_file, what_to_fix
from pipelines.contracts import Contract
from pipelines.engine import connect
from pipelines.ingest.landing import ReceivedFile, read_manifest
from pipelines.ingest.pseudonyms import PseudonymKey, load_key
from pipelines.ingest.read import open_door, read_file
from pipelines.ingest.refusal import FileRefused
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
    outcomes: list[FileOutcome] = []
    for received in read_manifest(settings, contract.id):
        outcome = load_outcome(settings, received)
        if outcome is None or not outcome.still_holds(contract, fingerprint, as_at):
            progress(f"{contract.id}: reading {received.file_name}")
            path = received.path(settings)
            outcome = process_file(settings, contract, received, path, key, as_at, fingerprint)
        outcomes.append(outcome)
    accepted = build_staging(settings, contract, outcomes)
    return StagedSource(contract.id, sum(accepted.values()), accepted, tuple(outcomes))


def process_file(
    settings: Settings,
    contract: Contract,
    received: ReceivedFile,
    path: Path,
    key: PseudonymKey,
    as_at: date,
    fingerprint: str,
) -> FileOutcome:
    """Read and validate the file at `path`; keep raw, typed and quarantine tables and the outcome."""
    paths = {
        layer: file_path(settings, layer, contract.id, received.file_id) for layer in ("raw", "typed", "quarantine")
    }
    sheet, rows_received, rows_typed, rows_duplicate, rows_quarantined = "", 0, 0, 0, 0
    ragged: tuple[int, ...] = ()
    results: tuple[RuleResult, ...] = ()
    to_fix: list[LineToFix] = []
    code, message = "", ""
    with connect(settings) as connection:
        open_door(connection, key, settings)
        try:
            read = read_file(
                connection,
                path,
                received.file_name,
                contract,
                received.file_id,
                paths["raw"],
                paths["typed"],
                settings,
            )
            sheet, ragged = read.sheet, read.ragged_row_numbers
            rows_received, rows_typed, rows_duplicate = read.rows_received, read.rows_typed, read.rows_duplicate
            with replace_atomically(paths["quarantine"]) as beside:
                validation = validate_file(connection, paths["typed"], contract, as_at, beside)
                results = validation.rule_results
                rows_quarantined = validation.quarantined_rows + len(ragged)
                to_fix = what_to_fix(connection, validation, contract, received.file_name, sheet or None)
                to_fix += [_ragged_line(received, row) for row in ragged]
                if validation.refused:
                    code = "rules"
                    message = _refusal_message(contract, received.file_name, validation.refusal_rule_ids)
                    _quarantine_all(connection, paths["typed"], beside, validation.refusal_rule_ids)
                    rows_quarantined = rows_typed + len(ragged)
        except FileRefused as refusal:
            code, message, rows_received = refusal.code, refusal.message, refusal.rows_received
            rows_quarantined = rows_received
            to_fix = [_refused_line(received, code, message)]
    _write_to_fix(settings, received, to_fix)
    outcome = FileOutcome(
        file_id=received.file_id,
        sequence=received.sequence,
        source=received.source,
        supplier=received.supplier,
        file_name=received.file_name,
        received_at=received.received_at.isoformat(),
        sheet=sheet,
        refusal_code=code,
        refusal_message=message,
        rows_received=rows_received,
        rows_typed=rows_typed,
        rows_duplicate=rows_duplicate,
        rows_quarantined=rows_quarantined,
        ragged_row_numbers=ragged,
        rule_results=results,
        fingerprint=fingerprint,
        as_at=as_at.isoformat(),
    )
    with replace_atomically(_outcome_path(settings, received)) as beside:
        beside.write_text(json.dumps(asdict(outcome)), encoding="utf-8")
    return outcome


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
    columns = ", ".join(f'"{name}"' for name in ("file_id", "row_number", *(n for n, _ in contract.typed_columns)))
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
