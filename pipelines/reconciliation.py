"""What was received and what became of it, for the council: core tables, from counts only.

core.reconciliation  one row per received file: rows received = accepted + quarantined + duplicate + superseded, each of
                     the five counted by itself; of the superseded, how many left because consent was withdrawn
core.rule_result     one row per file and rule: rows failed of rows checked
core.source_status   one row per source and supplier: current, stale (the newest file was refused, or one is overdue), missing
core.delivery        see `pipelines.deliveries`
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contract_files import load_contracts
from pipelines.contracts import Contract
from pipelines.deliveries import DeliveryState, delivery_states, overdue, supplier_ids, write_deliveries
from pipelines.ingest.landing import read_manifest
from pipelines.outcomes import FileOutcome, current_outcomes, known_on, load_outcome, received_date
from pipelines.settings import Settings
from pipelines.staging import staged_rows, superseded_rows
from pipelines.tables import replace_atomically, table_path
from pipelines.withdrawals import mark_withdrawn

RECONCILIATION = pa.schema(
    [
        ("file_id", pa.string()),
        ("source", pa.string()),
        ("supplier", pa.string()),
        ("file_name", pa.string()),
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("status", pa.string()),
        ("refusal_code", pa.string()),
        ("rows_received", pa.int64()),
        ("rows_accepted", pa.int64()),
        ("rows_quarantined", pa.int64()),
        ("rows_duplicate", pa.int64()),
        ("rows_superseded", pa.int64()),
        ("rows_consent_withdrawn", pa.int64()),
    ]
)
RULE_RESULT = pa.schema(
    [
        ("source", pa.string()),
        ("file_id", pa.string()),
        ("rule_id", pa.string()),
        ("dimension", pa.string()),
        ("severity", pa.string()),
        ("level", pa.string()),
        ("column_name", pa.string()),
        ("failed", pa.int64()),
        ("total", pa.int64()),
        ("plain_words", pa.string()),
    ]
)
SOURCE_STATUS = pa.schema(
    [
        ("source", pa.string()),
        ("supplier", pa.string()),
        ("supplier_id", pa.string()),
        ("status", pa.string()),
        ("file_id", pa.string()),
        ("received_date", pa.date32()),
        ("age_days", pa.int32()),
        ("message", pa.string()),
    ]
)


class CountsDoNotReconcile(Exception):
    """Rows were lost or counted twice: a fault of this program, never of a file."""


def build_reconciliation(settings: Settings, as_at: date) -> dict[str, int]:
    """Write the tables; return table → rows. Raises CountsDoNotReconcile."""
    files: list[dict[str, object]] = []
    rules: list[dict[str, object]] = []
    statuses: list[dict[str, object]] = []
    deliveries: list[DeliveryState] = []
    for contract in load_contracts():
        outcomes = known_on(contract, read_outcomes(settings, contract), as_at)
        files += _file_rows(
            contract, outcomes, staged_rows(settings, contract), superseded_rows(settings, contract, outcomes)
        )
        rules += _rule_rows(contract, outcomes)
        due = delivery_states(contract, outcomes, as_at)
        statuses += _status_rows(contract, outcomes, due, as_at)
        deliveries += due
    tables = {
        "reconciliation": pa.Table.from_pylist(files, RECONCILIATION),
        "rule_result": pa.Table.from_pylist(rules, RULE_RESULT),
        "source_status": pa.Table.from_pylist(statuses, SOURCE_STATUS),
    }
    for name, table in tables.items():
        with replace_atomically(table_path(settings, "core", name)) as beside:
            pq.write_table(table, beside)
    rows = {name: table.num_rows for name, table in tables.items()}
    return rows | {"delivery": write_deliveries(settings, deliveries)}


def read_outcomes(settings: Settings, contract: Contract) -> list[FileOutcome]:
    """What became of each processed file of a source, in order of receipt."""
    found = (load_outcome(settings, received) for received in read_manifest(settings, contract.id))
    return mark_withdrawn(settings, [outcome for outcome in found if outcome is not None])


def _file_rows(
    contract: Contract, outcomes: list[FileOutcome], staged: Mapping[str, int], superseded: Mapping[str, int]
) -> list[dict[str, object]]:
    current = {outcome.file_id for outcome in current_outcomes(contract, outcomes)}
    rows: list[dict[str, object]] = []
    for outcome in outcomes:
        status = _status_in_use(outcome, current)
        parts = {
            "rows_accepted": staged.get(outcome.file_id, 0),
            "rows_quarantined": outcome.rows_quarantined,
            "rows_duplicate": outcome.rows_duplicate,
            "rows_superseded": superseded.get(outcome.file_id, 0) + len(outcome.consent_withdrawn),
        }
        if outcome.rows_received != sum(parts.values()):
            told = ", ".join(f"{count:,} {part.removeprefix('rows_')}" for part, count in parts.items())
            raise CountsDoNotReconcile(
                f"{outcome.source}, file {outcome.file_id}: {outcome.rows_received:,} rows received, but {told}."
                f" Nothing is published. Process {outcome.source} again; if that does not help, this program is at fault."
            )
        rows.append(
            {
                "file_id": outcome.file_id,
                "source": outcome.source,
                "supplier": outcome.supplier,
                "file_name": outcome.file_name,
                "received_at": datetime.fromisoformat(outcome.received_at),
                "status": status,
                "refusal_code": outcome.refusal_code or None,
                "rows_received": outcome.rows_received,
                **parts,
                "rows_consent_withdrawn": len(outcome.consent_withdrawn),
            }
        )
    return rows


def _status_in_use(outcome: FileOutcome, current: set[str]) -> str:
    """`withdrawn` says more than `refused`: somebody decided it. Its good rows count as superseded."""
    if outcome.withdrawn:
        return "withdrawn"
    if outcome.refused:
        return "refused"
    return "current" if outcome.file_id in current else "superseded"


def _rule_rows(contract: Contract, outcomes: Sequence[FileOutcome]) -> list[dict[str, object]]:
    words = {rule.id: rule.plain_words for rule in (*contract.rules, *contract.return_rules)}
    return [
        {
            "source": result.source,
            "file_id": outcome.file_id,
            "rule_id": result.rule_id,
            "dimension": result.dimension,
            "severity": result.severity,
            "level": result.level,
            "column_name": result.column,
            "failed": max(result.failed, int(not result.passed)),
            "total": result.total,
            "plain_words": words.get(result.rule_id, result.message),
        }
        for outcome in outcomes
        for result in outcome.rule_results
    ]


def _status_rows(
    contract: Contract, outcomes: list[FileOutcome], deliveries: Sequence[DeliveryState], as_at: date
) -> list[dict[str, object]]:
    """`supplier` is the name of a folder, which may be a child's; `supplier_id` may be shown outside the council."""
    rows: list[dict[str, object]] = []
    for supplier, supplier_id in (supplier_ids(contract, outcomes) or {contract.id: contract.id}).items():
        sent = [outcome for outcome in outcomes if outcome.supplier == supplier]
        owed = overdue([state for state in deliveries if state.supplier == supplier], as_at)
        rows.append({**_status_of(contract, sent, supplier, owed, as_at), "supplier_id": supplier_id})
    return rows


def _status_of(
    contract: Contract, outcomes: list[FileOutcome], supplier: str, owed: DeliveryState | None, as_at: date
) -> dict[str, object]:
    row: dict[str, object] = {
        "source": contract.id,
        "supplier": supplier,
        "status": "missing",
        "message": "No file yet.",
    }
    kept = [outcome for outcome in outcomes if not outcome.withdrawn]
    in_use = current_outcomes(contract, outcomes)
    if in_use:
        newest = max(in_use, key=lambda outcome: outcome.sequence)
        # A refresh may look at a day before the file came: then it is not old at all.
        age = max((as_at - received_date(newest)).days, 0)
        row |= {"file_id": newest.file_id, "received_date": received_date(newest), "age_days": age}
        row |= {"status": "current", "message": f"{age} days old."}
        if kept[-1].refused and kept[-1].received_at > newest.received_at:
            row |= {
                "status": "stale",
                "message": f"The newest file was refused; the one of {age} days ago stays in use.",
            }
        elif owed is not None:
            row |= {
                "status": "stale",
                "message": f"{age} days old; the delivery of {owed.period} was due on {owed.due_date.isoformat()}.",
            }
        elif not kept[-1].refused and kept[-1].sequence > newest.sequence:
            row["message"] = f"The newest file brings an older period; the one of {age} days ago stays in use."
    elif outcomes and not kept:
        row["message"] = "Every file was withdrawn."
    elif outcomes:
        row["message"] = "No file could be accepted yet."
    return row
