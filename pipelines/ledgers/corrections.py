"""The ledger of corrections: its lines as their contract accepts them, and what became of each line.

A line says: in this source, the row of this key, this column has this value, decided by this role for this reason, until
this day. Values and keys are in no log and in no table but staging.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Final, Literal

import pyarrow as pa

from pipelines.contract_files import load_contracts
from pipelines.contracts import Contract
from pipelines.ingest.typed import NOT_A_CODE
from pipelines.ledgers.reading import RAGGED_RULE, LedgerProblem, Rows, content_version, ledger_contract, read_ledger
from pipelines.ledgers.typed_lines import TypedLine, parse_key, typed_table
from pipelines.settings import Settings

Status = Literal["applied", "source is right", "expired", "row not found", "not valid", "waiting"]
State = dict[str, str | None]
Cell = tuple[object, ...]
NAME: Final = "corrections"
CORRECTION_SCHEMA: Final = pa.schema(
    [
        ("line_number", pa.int32()),
        ("source", pa.string()),
        ("column_name", pa.string()),
        ("author_role", pa.string()),
        ("reason", pa.string()),
        ("expires_on", pa.date32()),
        ("status", pa.string()),
        ("rule_ids", pa.string()),
        ("file_id", pa.string()),
        ("row_number", pa.int32()),
    ]
)


@dataclass(frozen=True)
class CorrectionState:
    """One line of core.correction: a line of the ledger, what became of it, and the row that it is about. No value, no key.

    `rule_ids`: what a line that is not valid breaks, of the ledger's contract or of the source's. What breaks a rule of the
    ledger is left out here: it may be anything.
    """

    line_number: int
    source: str | None
    column_name: str | None
    author_role: str | None
    reason: str | None
    expires_on: date | None
    status: Status
    rule_ids: str = ""
    file_id: str | None = None
    row_number: int | None = None


@dataclass(frozen=True)
class Correction:
    """A line that keeps the ledger's contract. `line`: its key, column and value as text."""

    line: TypedLine
    author_role: str
    reason: str
    expires_on: date

    def state(self, source: str, status: Status) -> CorrectionState:
        """What became of the line."""
        number, column = self.line.line_number, self.line.column
        return CorrectionState(number, source, column, self.author_role, self.reason, self.expires_on, status)


@dataclass(frozen=True)
class CorrectionLedger:
    """The ledger as it was read: valid lines by source, the others, and why it could not be read ('' if it could).

    `version` tells one content of the file from another.
    """

    version: str = ""
    valid: Mapping[str, tuple[Correction, ...]] = field(default_factory=dict[str, tuple[Correction, ...]])
    not_valid: tuple[CorrectionState, ...] = ()
    problem: str = ""


def load_corrections(settings: Settings, as_at: date) -> CorrectionLedger:
    """Read the ledger and hold it to its contract; empty where there is none. Raises nothing."""
    path = settings.corrections
    if not path.exists():
        return CorrectionLedger()
    try:
        version = content_version(path)
    except OSError as error:
        return CorrectionLedger(problem=f"{path.name} could not be opened ({type(error).__name__}).")
    contracts = {contract.id: contract for contract in load_contracts()}
    try:
        ledger = read_ledger(settings, settings.corrections, NAME, as_at, partial(_with_states, settings, contracts))
    except LedgerProblem as problem:
        return CorrectionLedger(version, problem=str(problem))
    valid: dict[str, tuple[Correction, ...]] = {}
    not_valid = [_ragged(number) for number in ledger.ragged]
    for row in ledger.rows:
        number, source = int(str(row["row_number"])), str(row["source"])
        expires_on = row["expires_on"]
        if number in ledger.broken or not isinstance(expires_on, date):
            not_valid.append(_not_valid(row, ledger.broken.get(number, ())))
            continue
        line = TypedLine(number, parse_key(str(row["row_key"])), str(row["column_name"]), str(row["new_value"]))
        correction = Correction(line, str(row["author_role"]), str(row["reason"]), expires_on)
        valid[source] = (*valid.get(source, ()), correction)
    return CorrectionLedger(version, valid, tuple(sorted(not_valid, key=lambda state: state.line_number)))


def column_status(contract: Contract, name: str) -> str:
    """Whether a column of staging can be corrected: `correctable`, `unknown`, `key`, or `identifier` and what stands for it."""
    for column in contract.columns:
        typed = [typed_name for typed_name, _ in column.typed]
        if column.classification not in ("restricted", "open") and name in (column.name, *typed):
            return "identifier"
        if name in typed:
            return "key" if name in contract.key else "correctable"
    return "unknown"


def _with_states(settings: Settings, contracts: Mapping[str, Contract], rows: Rows) -> Rows:
    """The rows with what the contract and the typing of their sources say of them; key_count counts lines per value."""
    states: dict[int, State] = {}
    lines: dict[str, list[TypedLine]] = {}
    for row in rows:
        number, contract = int(str(row["row_number"])), contracts.get(str(row["source"]))
        states[number] = _state_by_contract(contract, row)
        if contract and states[number]["key_status"] == "whole":
            has_value = states[number]["column_status"] == "correctable" and row["new_value"] is not None
            column = str(row["column_name"]) if has_value else ""
            line = TypedLine(number, parse_key(str(row["row_key"])), column, str(row["new_value"]))
            lines.setdefault(contract.id, []).append(line)
    cells: dict[int, Cell] = {}
    for source, of_source in lines.items():
        cells |= _state_by_typing(settings, contracts[source], of_source, states)
    times = Counter(cells.values())
    numbers = [int(str(row["row_number"])) for row in rows]
    return [
        row | states[number] | {"key_count": times[cells[number]] if number in cells else 1}
        for row, number in zip(rows, numbers, strict=True)
    ]


def _state_by_contract(contract: Contract | None, row: Mapping[str, object]) -> State:
    """What needs no typing. A cell that is empty has no state: another rule says that it is."""
    state: State = {"source_status": "known" if contract else "unknown"}
    state |= {"key_status": None, "column_status": None, "value_status": None}
    if contract and row["column_name"] is not None:
        state["column_status"] = column_status(contract, str(row["column_name"]))
    if contract and row["row_key"] is not None:
        state["key_status"] = _key_status(contract, parse_key(str(row["row_key"])))
    return state


def _state_by_typing(
    settings: Settings, contract: Contract, lines: Sequence[TypedLine], states: Mapping[int, State]
) -> dict[int, Cell]:
    """Add to `states` what cannot be read; return the cell that each readable line is about."""
    cells: dict[int, Cell] = {}
    by_number = {line.line_number: line for line in lines}
    for values in typed_table(settings, contract, lines).to_pylist():
        line = by_number[values["row_number"]]
        key_values = tuple(values[name] for name in contract.key)
        if None in key_values or NOT_A_CODE in key_values:
            states[line.line_number]["key_status"] = "unreadable"
        elif line.column:
            bad = f",{line.column}," in values["unreadable_columns"] or values[line.column] == NOT_A_CODE
            states[line.line_number]["value_status"] = "unreadable" if bad else "readable"
            cells[line.line_number] = (contract.id, line.column, *key_values)
    return cells


def _key_status(contract: Contract, key: Mapping[str, str]) -> str:
    if set(key) != set(contract.key):
        return "other_names"
    return "whole" if all(key.values()) else "empty_part"


def _not_valid(row: Mapping[str, object], rule_ids: tuple[str, ...]) -> CorrectionState:
    contract = ledger_contract(NAME)
    broken = {contract.rule(rule_id).column for rule_id in rule_ids}

    def said(column: str) -> str | None:
        return None if column in broken or row[column] is None else str(row[column])

    source = said("source")
    expires_on = row["expires_on"]
    return CorrectionState(
        line_number=int(str(row["row_number"])),
        source=source,
        column_name=said("column_name") if source else None,
        author_role=said("author_role"),
        reason=said("reason"),
        expires_on=expires_on if isinstance(expires_on, date) else None,
        status="not valid",
        rule_ids=",".join(rule_ids),
    )


def _ragged(number: int) -> CorrectionState:
    return CorrectionState(number, None, None, None, None, None, "not valid", RAGGED_RULE)
