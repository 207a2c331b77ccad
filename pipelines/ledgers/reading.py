"""Reads a list of the council with the reader, the typing and the rules of extracts. Nothing of it stays in the warehouse.

A list holds keys of children and ids of responses: what it becomes on the way lies in a folder that is gone afterwards.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.validation import validate_files
from pipelines.contract_files import load_contract
from pipelines.contracts import Contract
from pipelines.engine import connect
from pipelines.error_words import worded
from pipelines.ingest.read import ReadFile, read_file
from pipelines.ingest.refusal import FileRefused
from pipelines.settings import CONTRACTS, Settings
from pipelines.tables import LEDGER_FOLDER

LEDGER_CONTRACTS: Final = CONTRACTS / "ledgers"
RAGGED_RULE: Final = "ROW_CELLS"
Rows = list[dict[str, object]]


class LedgerProblem(Exception):
    """A list of the council that cannot be used at all; the message says why, without a value."""


@dataclass(frozen=True)
class Ledger:
    """A list that could be read. `row_number` of a row is its line as Excel shows it.

    `broken`: line → the critical rules that it breaks. `ragged`: lines with more or fewer cells than the header, and what
    looks like a total at the foot; they are in no row. `warnings`: how many lines break a rule that is not critical.
    """

    rows: tuple[Mapping[str, object], ...] = field(repr=False)
    broken: Mapping[int, tuple[str, ...]]
    ragged: tuple[int, ...]
    warnings: int


# Name → path, content and day of the list that was read last, and what came of it.
_LAST_READ: Final[dict[str, tuple[tuple[Path, str, date], Ledger]]] = {}


def ledger_contract(name: str) -> Contract:
    """The contract of a list."""
    return load_contract(name, LEDGER_CONTRACTS)


def read_ledger(
    settings: Settings, path: Path, name: str, as_at: date, completed: Callable[[Rows], Rows] = lambda rows: rows
) -> Ledger:
    """Read the list at `path` and hold it to its contract. `completed` fills in what only the program knows of the rows.

    Raises LedgerProblem.
    """
    try:
        content = (path, content_version(path), as_at)
        # A refresh asks for a list once per source, and to hold it to its contract takes a second.
        if name not in _LAST_READ or _LAST_READ[name][0] != content:
            with working_folder(settings) as folder:
                _LAST_READ[name] = content, _read(settings, path, ledger_contract(name), as_at, completed, folder)
        return _LAST_READ[name][1]
    except FileRefused as refusal:
        raise LedgerProblem(refusal.message) from None
    except LedgerProblem:
        raise
    except Exception as error:
        raise LedgerProblem(f"{path.name} could not be read. {worded(error)}") from None


def content_version(path: Path) -> str:
    """What tells one content of a list from another. Raises OSError."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


@contextmanager
def working_folder(settings: Settings) -> Iterator[Path]:
    """A folder below the data folder that is gone afterwards; of a killed run, at the start of the next."""
    parent = settings.data_dir / "tmp"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix=LEDGER_FOLDER) as folder:
        yield Path(folder)


def _read(
    settings: Settings,
    path: Path,
    contract: Contract,
    as_at: date,
    completed: Callable[[Rows], Rows],
    folder: Path,
) -> Ledger:
    raw, typed, quarantine = (folder / f"{layer}.parquet" for layer in ("raw", "typed", "quarantine"))
    with connect(settings) as connection:
        read: ReadFile = read_file(connection, path, path.name, contract, contract.id, raw, typed, settings)
    table = pq.read_table(typed)
    rows = completed(table.to_pylist())
    pq.write_table(pa.Table.from_pylist(rows, table.schema), typed)
    with connect(settings) as connection:
        validation = validate_files(
            connection, {contract.id: typed}, contract, as_at, {contract.id: quarantine}
        )[contract.id]  # fmt: skip
    if validation.refused:
        raise LedgerProblem(f"{path.name}: {', '.join(validation.refusal_rule_ids)} could not be run on it.")
    broken = pq.read_table(quarantine, columns=["row_number", "rule_ids"]).to_pylist()
    return Ledger(
        rows=tuple(rows),
        broken={int(line["row_number"]): tuple(str(line["rule_ids"]).split(",")) for line in broken},
        ragged=tuple(sorted((*read.ragged_row_numbers, *read.total_row_numbers))),
        warnings=sum(result.failed for result in validation.rule_results if result.severity != "critical"),
    )
