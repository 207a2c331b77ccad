"""The list of withdrawn consent: which responses leave, and core.consent_withdrawal, which says how many did.

A list that cannot be read stops its source alone: the last good tables stay, so that nothing comes back that was taken out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contract_files import load_contracts
from pipelines.contracts import Contract
from pipelines.ingest.consent import Withdrawn, withdrawn_of
from pipelines.ledgers.reading import LedgerProblem, read_ledger
from pipelines.outcomes import FileOutcome, current_outcomes, known_on
from pipelines.reconciliation import read_outcomes
from pipelines.settings import Settings
from pipelines.tables import replace_atomically, table_path

TABLE: Final = ("core", "consent_withdrawal")
TABLE_WORDS: Final = "One row: how many responses data/consent_withdrawals.csv leaves out, over all sources. No ids."
COLUMN_WORDS: Final = {
    "ids_on_list": "Different ids on the list",
    "ids_found": "Ids on the list that some received file holds",
    "responses_left_out": "Responses that the files in use hold and that are in no table because of the list",
    "rows_left_out": "Rows of all received files that were left out; a response may have been sent more than once",
    "lines_to_correct": "Lines of the list that break a rule of its contract",
}
SCHEMA: Final = pa.schema([(name, pa.int64()) for name in COLUMN_WORDS])
NAME: Final = "consent_withdrawals"


@dataclass(frozen=True)
class ConsentList:
    """What the list says: the responses to leave out, and how many of its lines break a rule."""

    withdrawn: Withdrawn
    lines_to_correct: int = 0


def consent_list(settings: Settings, contract: Contract, as_at: date) -> ConsentList:
    """The list as it stands; empty for a source without one. Raises LedgerProblem where it cannot be used."""
    path = settings.consent_withdrawals
    if contract.consent_list is None or not path.exists():
        return ConsentList(Withdrawn(contract.consent_list or ""))
    ledger = read_ledger(settings, path, NAME, as_at)
    if ledger.ragged:
        lines = ", ".join(map(str, ledger.ragged))
        raise LedgerProblem(f"{path.name}: lines {lines} have more or fewer cells than the header. Put them right.")
    ids = [str(row["response_id"]) for row in ledger.rows if row["response_id"] is not None]
    return ConsentList(withdrawn_of(contract.consent_list, ids), len(ledger.broken) + ledger.warnings)


def check_not_lost(settings: Settings, contract: Contract, outcomes: Sequence[FileOutcome | None]) -> None:
    """Raises LedgerProblem where responses were left out and the list is gone: without it they would come back."""
    left_out = any(outcome.consent_withdrawn for outcome in outcomes if outcome is not None)
    if contract.consent_list and left_out and not settings.consent_withdrawals.exists():
        raise LedgerProblem(
            f"{settings.consent_withdrawals.name} is gone, and responses were left out because of it. Put it back; if no"
            " consent is withdrawn any more, with its header alone."
        )


def build_consent_table(settings: Settings, as_at: date) -> list[str]:
    """Write core.consent_withdrawal; return what is wrong with the list, in words. Raises nothing for a bad list."""
    problems: dict[str, None] = {}
    found = ConsentList(Withdrawn())
    received: list[FileOutcome] = []
    in_use: list[FileOutcome] = []
    for contract in (contract for contract in load_contracts() if contract.consent_list):
        outcomes = read_outcomes(settings, contract)
        received += outcomes
        in_use += current_outcomes(contract, known_on(contract, outcomes, as_at))
        try:
            check_not_lost(settings, contract, outcomes)
            found = consent_list(settings, contract, as_at)
        except LedgerProblem as problem:
            problems[str(problem)] = None
    row = {
        "ids_on_list": len(found.withdrawn.ids),
        "ids_found": _different(received),
        "responses_left_out": _different(in_use),
        "rows_left_out": sum(len(outcome.consent_withdrawn) for outcome in received),
        "lines_to_correct": found.lines_to_correct,
    }
    with replace_atomically(table_path(settings, *TABLE)) as beside:
        pq.write_table(pa.Table.from_pylist([row], SCHEMA), beside)
    return list(problems)


def responses_left_out(settings: Settings) -> int:
    """How many responses are in no table because consent was withdrawn, as the last build has it."""
    path = table_path(settings, *TABLE)
    return sum(pq.read_table(path).column("responses_left_out").to_pylist()) if path.exists() else 0


def _different(outcomes: Sequence[FileOutcome]) -> int:
    """Responses, each once: all places are those of one list, whatever source the file is of."""
    return len({place for outcome in outcomes for place in outcome.consent_withdrawn})
