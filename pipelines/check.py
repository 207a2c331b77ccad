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
from pipelines.letters.letter import letter_of
from pipelines.letters.measures_touched import MeasuresTouched, measures_touched
from pipelines.letters.pages import touches
from pipelines.letters.things import Thing
from pipelines.outcomes import FileOutcome
from pipelines.settings import Settings


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
        measures = measures_touched(settings, load_contracts(), only_if_known=True)
        reports = [_report(inside, contract, outcome, measures) for outcome in outcomes]
    lines = [line for report in reports for line in report.lines]
    return CheckReport(tuple(lines), any(report.needs_attention for report in reports))


def _report(settings: Settings, contract: Contract, outcome: FileOutcome, measures: MeasuresTouched) -> CheckReport:
    """The letter that the refresh would write about the file, as lines of text."""
    letter = letter_of(settings, contract, [outcome], (), measures)
    (file,) = letter.files
    said = f" (The file was read as {file.read_as}.)" if file.read_as != contract.name else ""
    lines = [f"{file.name}: read as {contract.name}, {file.rows_received:,} rows{said}"]
    if outcome.refused:
        lines.append(f"REFUSED. {outcome.refusal_told_to_supplier}")
    lines.append(
        f"{file.rows_usable:,} rows can be used, {file.rows_not_used:,} can not, {file.rows_twice:,} are there twice"
    )
    if letter.to_fix:
        lines.append("What to fix, the most useful first:")
    lines += [_thing_line(thing) for thing in letter.things]
    return CheckReport(tuple(lines), file.is_refused or bool(letter.to_fix))


def _thing_line(thing: Thing) -> str:
    changed = f" Measures: {touches(thing)}." if thing.touched.measures else ""
    guidance = f" See {thing.guidance.url}" if thing.guidance else ""
    where = "; ".join(place.where for place in thing.places)
    return f"  {thing.severity:8} {thing.rule_id}: {thing.plain_words} {thing.fix} ({where}){changed}{guidance}"


def _recognise(settings: Settings, file: Path) -> Contract:
    contracts = load_contracts()
    if file.suffix.lower() not in ARCHIVE_SUFFIXES:
        return recognise(file, file.name, contracts, settings)[0]
    with tempfile.TemporaryDirectory() as folder:
        sources = sources_of(file, contracts, settings.model_copy(update={"data_dir": Path(folder)}))
    if not sources:
        raise unknown_source(file.name, contracts)
    return load_contract(sources[0])
