"""`sendset check`: the rules of the refresh on one file, in a temporary folder that is gone afterwards."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from pipelines.contracts import Contract, load_contract, load_contracts
from pipelines.extract import process_files
from pipelines.ingest import csv, excel
from pipelines.ingest.headers import known_headers, plain
from pipelines.ingest.landing import ReceivedFile
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.ingest.read import EXCEL_SUFFIXES
from pipelines.ingest.refusal import FileRefused
from pipelines.outcomes import to_fix_path
from pipelines.settings import Settings
from pipelines.to_fix import group_lines, read_lines


@dataclass(frozen=True)
class CheckReport:
    """What to print, and whether the file needs work before it is sent."""

    lines: tuple[str, ...]
    needs_attention: bool


def check_file(settings: Settings, file: Path, source: str | None, as_at: date) -> CheckReport:
    """Read and validate `file`. Pseudonyms are made with a key that is thrown away, so that no real key is needed.

    Raises ContractError if there is no contract `source`, or one that cannot be used.
    """
    try:
        contract = load_contract(source) if source else recognise(settings, file)
    except FileRefused as problem:
        return CheckReport((str(problem),), True)
    throwaway = PseudonymKey("check", b"\0" * 32)
    with tempfile.TemporaryDirectory() as folder:
        inside = settings.model_copy(update={"data_dir": Path(folder)})
        stored_as = f"{contract.id}/{file.name}"
        received = ReceivedFile("check", 1, contract.id, "", file.name, stored_as, "", 0, datetime.now(UTC))
        received.path(inside).parent.mkdir(parents=True)
        shutil.copyfile(file, received.path(inside))
        (outcome,) = process_files(inside, contract, [received], throwaway, as_at, "")
        groups = group_lines(read_lines(to_fix_path(inside, contract.id, "check")))
    lines = [f"{file.name}: read as {contract.name}, {outcome.rows_received:,} rows"]
    if outcome.refused:
        lines.append(f"REFUSED. {outcome.refusal_message}")
    lines.append(
        f"{outcome.rows_received - outcome.rows_quarantined - outcome.rows_duplicate:,} rows can be used,"
        f" {outcome.rows_quarantined:,} can not, {outcome.rows_duplicate:,} are there twice"
    )
    lines += [
        f"  {group.severity:8} {group.rule_id}: {group.plain_words} {group.fix} ({group.where})" for group in groups
    ]
    return CheckReport(tuple(lines), outcome.refused or any(group.severity != "info" for group in groups))


def recognise(settings: Settings, file: Path) -> Contract:
    """The contract that shares most headers with the file. Raises FileRefused if none shares half of them."""
    contracts = load_contracts()

    def shared(contract: Contract, headers: list[str]) -> float:
        known = known_headers(contract)
        return sum(plain(header) in known for header in headers) / max(len(headers), 1)

    if file.suffix.lower() in EXCEL_SUFFIXES:
        scores = []
        for contract in contracts:
            try:
                scores.append((shared(contract, excel.open_sheet(file, file.name, contract)[2]), contract))
            except FileRefused as refusal:
                if refusal.code != "wrong_sheet":
                    raise
    else:
        headers = csv.read_headers(file, file.name, settings)
        scores = [(shared(contract, headers), contract) for contract in contracts]
    best, contract = max(scores, key=lambda score: score[0], default=(0.0, None))
    if contract is None or best < 0.5:
        names = ", ".join(contract.id for contract in contracts)
        raise FileRefused(
            "unknown_source", f"{file.name} has the headers of no known source ({names}). Name it with --source."
        )
    return contract
