"""Mutants through the real door, and what must hold of each: taken or refused with a reason, no row lost, no value told.

Only counts, codes and places are said of what does not hold: never a value of a file.
"""

import json
import logging
import os
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from pipelines.check import check_file
from pipelines.contract_files import load_contract, load_contracts
from pipelines.contracts import Contract
from pipelines.extract import process_source
from pipelines.ingest.landing import read_manifest, receive
from pipelines.ingest.pseudonyms import new_key
from pipelines.ingest.routing import sources_of
from pipelines.outcomes import UNEXPECTED, FileOutcome, to_fix_path
from pipelines.reconciliation import build_reconciliation
from pipelines.settings import Settings
from pipelines.to_fix import write_to_fix
from tests.fuzz.corpus import CELL_MARK, FILE_MARK, SHEET_MARK
from tests.fuzz.mutants import Mutant

AS_AT: Final = date(2026, 9, 30)
RECEIVED_AT: Final = datetime(2026, 9, 29, tzinfo=UTC)
SECONDS_PER_FILE: Final = 20.0
_UPN: Final = re.compile(r"\b[A-Z]8390\d{8}\b")
NEXT_STEP: Final = re.compile(
    r"[.;] (correct|delete|export|give|look|make|name|put|save|send|shorten|split)\b", re.IGNORECASE
)
_FOOT: Final = re.compile(r"(\d+) rows at the foot")


@dataclass(frozen=True)
class Fault:
    """What does not hold of a mutant. `words` name places and codes only."""

    mutant: Mutant
    words: str


@dataclass
class Told:
    """All that was written to the log and to standard error."""

    records: list[str] = field(default_factory=list[str])
    errors: str = ""


def through_the_door(mutants: Sequence[Mutant], folder: Path, check_every: int = 50, most: int = 3) -> list[Fault]:
    """Receive, process and reconcile all of them together, and check every so many of them alone.

    Where the program fails, the mutants are tried in two halves, until it is known at which it fails, or `most` are.
    """
    settings = Settings(
        data_dir=folder / "data",
        key_file=folder / "keys" / "pseudonym.key",
        memory_limit="1GiB",
        set_wait_minutes=0,
        max_seconds_per_file=SECONDS_PER_FILE,
    )
    new_key(settings.key_file)
    told = Told()
    try:
        with _listening(told):
            outcomes, known = _process(settings, mutants)
            checked = {mutant.number: _checked(settings, mutant) for mutant in mutants[::check_every]}
            routed = [_routed(settings, mutant) for mutant in mutants]
    except Exception as error:
        if len(mutants) == 1:
            return [Fault(mutants[0], f"{type(error).__name__} at {_places(error)}")]
        half = len(mutants) // 2
        found = through_the_door(mutants[:half], folder / "a", check_every, most)
        if len(found) >= most:
            return found
        return found + through_the_door(mutants[half:], folder / "b", check_every, most - len(found))
    faults = [Fault(mutant, "no outcome") for mutant in mutants if mutant.number not in {*outcomes, *known}]
    faults += [fault for mutant in mutants for fault in _faults(settings, mutant, outcomes.get(mutant.number, []))]
    faults += [Fault(m, "check says a value") for m in mutants if _has_value(checked.get(m.number, ""))]
    faults += [Fault(mutant, f"routing: {words}") for mutant, words in zip(mutants, routed, strict=True) if words]
    reports = (path for path in settings.reports.rglob("*") if path.suffix in (".html", ".csv"))
    if any(_has_value(path.read_text(encoding="utf-8")) for path in reports):
        faults.append(Fault(mutants[0], "this mutant or a later one of its batch: a report has a value"))
    said = "\n".join(told.records)
    if _has_value(said) or FILE_MARK in said or SHEET_MARK in said:
        faults.append(Fault(mutants[0], "this mutant or a later one of its batch: a log record has a value or a name"))
    if _has_value(told.errors):
        faults.append(Fault(mutants[0], "this mutant or a later one of its batch: standard error has a value"))
    return faults


def _process(settings: Settings, mutants: Sequence[Mutant]) -> tuple[dict[int, list[FileOutcome]], set[int]]:
    """Outcomes by number of mutant; and which are the same bytes as another one, of which only the first has an outcome."""
    for mutant in mutants:
        inbox = settings.inbox / mutant.source
        inbox.mkdir(parents=True, exist_ok=True)
        (inbox / mutant.name).write_bytes(mutant.content)
    found: dict[int, list[FileOutcome]] = {}
    known: set[int] = set()
    for source in sorted({mutant.source for mutant in mutants}):
        known |= {_number(name) for name in receive(settings, source, RECEIVED_AT).known}
        staged = process_source(settings, load_contract(source), AS_AT)
        for outcome in staged.outcomes:
            found.setdefault(_number(outcome.file_name), []).append(outcome)
    build_reconciliation(settings, AS_AT)
    write_to_fix(settings)
    return found, known


def _faults(settings: Settings, mutant: Mutant, outcomes: Sequence[FileOutcome]) -> Iterator[Fault]:
    inbox = settings.inbox / mutant.source / mutant.name
    if inbox.exists() and inbox.suffix != ".part":
        yield Fault(mutant, "it was not taken out of the inbox")
    contract = load_contract(mutant.source)
    for outcome in outcomes:
        if outcome.refusal_code == UNEXPECTED:
            yield Fault(mutant, f"unexpected: {outcome.refusal_message.replace(outcome.file_id, 'it')}")
        if outcome.refused and not (outcome.refusal_message and outcome.file_id in outcome.refusal_message):
            yield Fault(mutant, f"{outcome.refusal_code}: no reason, or it does not name the file")
        if outcome.refused and not NEXT_STEP.search(outcome.refusal_message):
            yield Fault(mutant, f"{outcome.refusal_code}: the reason does not say what to do next")
        not_run = [result.rule_id for result in outcome.rule_results if not result.ran]
        if not_run:
            yield Fault(mutant, f"rules could not be run: {', '.join(not_run)}")
        yield from (Fault(mutant, words) for words in _told_too_much(settings, outcome))
        yield from (Fault(mutant, words) for words in _miscounted(settings, contract, outcome, mutant))


def _miscounted(settings: Settings, contract: Contract, outcome: FileOutcome, mutant: Mutant) -> Iterator[str]:
    manifest = {file.file_id: file for file in read_manifest(settings, contract.id)}
    if outcome.file_id not in manifest:
        yield "an outcome without a received file"
    lines = _lines_to_fix(settings, outcome)
    foot = sum(int(found[1]) for line in lines if (found := _FOOT.match(str(line["plain_words"]))))
    is_read = not outcome.refused or outcome.refusal_code == "rules"
    if mutant.rows is not None and is_read and outcome.rows_received + foot != mutant.rows:
        yield f"{mutant.rows} rows were written, {outcome.rows_received} received and {foot} taken for the foot"


def _told_too_much(settings: Settings, outcome: FileOutcome) -> Iterator[str]:
    if any(mark in outcome.refusal_message for mark in (CELL_MARK, FILE_MARK, SHEET_MARK)):
        yield f"{outcome.refusal_code}: the reason has a value, or the name of a file or sheet"
    kept = asdict(outcome) | {"file_name": "", "sheet": ""}
    if _has_value(json.dumps(kept, ensure_ascii=False)):
        yield f"{outcome.refusal_code or 'taken'}: the outcome has a value"
    for line in _lines_to_fix(settings, outcome):
        if _has_value(str(line | {"file_name": "", "sheet": ""})):
            yield f"{line['rule_id']}: a line of what to fix has a value"


def _lines_to_fix(settings: Settings, outcome: FileOutcome) -> list[dict[str, object]]:
    return pq.read_table(to_fix_path(settings, outcome.source, outcome.file_id)).to_pylist()


def _checked(settings: Settings, mutant: Mutant) -> str:
    """What `sendset check` prints, without the names of the file."""
    path = _in_a_folder(settings, mutant)
    return "\n".join(check_file(settings, path, None, AS_AT).lines)


def _routed(settings: Settings, mutant: Mutant) -> str:
    """Looks for the sources of the file as if it lay in the inbox itself; what went wrong."""
    path = _in_a_folder(settings, mutant)
    started = time.monotonic()
    try:
        sources_of(path, load_contracts(), settings)
    except Exception as error:
        return f"{type(error).__name__} at {_places(error)}"
    seconds = time.monotonic() - started
    return f"{seconds:.0f} seconds" if seconds > SECONDS_PER_FILE else ""


def _in_a_folder(settings: Settings, mutant: Mutant) -> Path:
    path = settings.data_dir.parent / "loose" / str(mutant.number) / mutant.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(mutant.content)
    return path


def _number(file_name: str) -> int:
    found = re.match(rf"{FILE_MARK} (\d+)", file_name)
    return int(found[1]) if found else -1


def _has_value(text: str) -> bool:
    return CELL_MARK.lower() in text.lower() or bool(_UPN.search(text))


def _places(error: BaseException) -> str:
    """The last lines of code that an error passed through."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))


@contextmanager
def _listening(told: Told) -> Iterator[None]:
    """Keep every log record, and what is written to the standard error of the process, from any language."""

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.records.append(f"{record.getMessage()} {record.exc_text or ''} {record.exc_info or ''}")

    root, keeper = logging.getLogger(), Keeper(logging.DEBUG)
    root.addHandler(keeper)
    sys.stderr.flush()
    before = os.dup(2)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(before, 2)
            os.close(before)
            root.removeHandler(keeper)
            kept.seek(0)
            told.errors = kept.read().decode("utf-8", "replace")
