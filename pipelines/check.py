"""`sendset check`: the rules of the refresh on one file, in a temporary folder that is gone afterwards."""

import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.contract_files import load_contract, load_contracts
from pipelines.contracts import Contract
from pipelines.extract import process_files
from pipelines.ingest.archives import ARCHIVE_SUFFIXES
from pipelines.ingest.landing import receive
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.ingest.recognise import recognise, unknown_source
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.routing import sources_of
from pipelines.ingest.sets import files_of_the_set
from pipelines.outcomes import FileOutcome, to_fix_path
from pipelines.settings import Settings
from pipelines.to_fix import group_lines, read_lines

READ_AS = "READ_AS"


@dataclass(frozen=True)
class CheckReport:
    """What to print, and whether the file needs work before it is sent."""

    lines: tuple[str, ...]
    needs_attention: bool


def check_file(settings: Settings, file: Path, source: str | None, as_at: date) -> CheckReport:
    """Read and validate `file`. Pseudonyms are made with a key that is thrown away, so that no real key is needed.

    Of an archive each member is checked; with a blade, the others of its export that lie beside it.
    Raises ContractError if there is no contract `source`, or one that cannot be used.
    """
    try:
        contract = load_contract(source) if source else _recognise(settings, file)
    except FileRefused as problem:
        return CheckReport((str(problem),), True)
    throwaway = PseudonymKey("check", b"\0" * 32)
    with tempfile.TemporaryDirectory() as folder:
        inside = settings.model_copy(update={"data_dir": Path(folder), "set_wait_minutes": 0})
        inbox = inside.inbox / contract.id
        inbox.mkdir(parents=True)
        for path in files_of_the_set(file):
            shutil.copyfile(path, inbox / path.name)
        received = receive(inside, contract.id).new
        outcomes = process_files(inside, contract, received, throwaway, as_at, "")
        reports = [_report(inside, contract, outcome) for outcome in outcomes]
    lines = [line for report in reports for line in report.lines]
    return CheckReport(tuple(lines), any(report.needs_attention for report in reports))


def _report(settings: Settings, contract: Contract, outcome: FileOutcome) -> CheckReport:
    to_fix = read_lines(to_fix_path(settings, contract.id, outcome.file_id))
    groups = [group for group in group_lines(to_fix) if group.rule_id != READ_AS]
    said = next((f" ({line['plain_words']})" for line in to_fix if line["rule_id"] == READ_AS), "")
    lines = [f"{outcome.file_name}: read as {contract.name}, {outcome.rows_received:,} rows{said}"]
    if outcome.refused:
        lines.append(f"REFUSED. {outcome.refusal_told_to_supplier}")
    lines.append(
        f"{outcome.rows_received - outcome.rows_quarantined - outcome.rows_duplicate:,} rows can be used,"
        f" {outcome.rows_quarantined:,} can not, {outcome.rows_duplicate:,} are there twice"
    )
    lines += [
        f"  {group.severity:8} {group.rule_id}: {group.plain_words} {group.fix} ({group.where})" for group in groups
    ]
    return CheckReport(tuple(lines), outcome.refused or any(group.severity != "info" for group in groups))


def _recognise(settings: Settings, file: Path) -> Contract:
    contracts = load_contracts()
    if file.suffix.lower() not in ARCHIVE_SUFFIXES:
        return recognise(file, file.name, contracts, settings)[0]
    with tempfile.TemporaryDirectory() as folder:
        sources = sources_of(file, contracts, settings.model_copy(update={"data_dir": Path(folder)}))
    if not sources:
        raise unknown_source(file.name, contracts)
    return load_contract(sources[0])
