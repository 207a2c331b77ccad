"""core.correction: what became of each line of the ledger, for the council; what suppliers and the release are told of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.results import LineToFix
from pipelines.ledgers.corrections import CORRECTION_SCHEMA, CorrectionLedger, load_corrections
from pipelines.ledgers.overlay import VERSION, states_path
from pipelines.outcomes import FileOutcome
from pipelines.settings import Settings
from pipelines.tables import replace_atomically, table_path

TABLE: Final = ("core", "correction")
TABLE_WORDS: Final = "One row per line of data/corrections.csv, with what became of it. No values and no keys."
COLUMN_WORDS: Final = {
    "line_number": "Line of the ledger as Excel shows it, the header is line 1",
    "source": "Contract whose row is corrected",
    "column_name": "Column that is corrected, as staging names it",
    "author_role": "Role that decided it",
    "reason": "Why it is corrected",
    "expires_on": "Last day on which it is applied",
    "status": "applied (the source still differs), source is right (the line can be deleted), expired, row not found (no row"
    " in use has this key), not valid (see rule_ids), waiting (its source could not be processed)",
    "rule_ids": "Rules that a line that is not valid breaks, of the ledger or of its source",
    "row_number": "Row of the file that it is about",
}
# Nothing is left to be done about the others.
TO_TELL: Final = ("applied", "expired", "row not found", "not valid", "waiting")
WORDS: Final = {
    "applied": (
        "CORRECTED",
        "A wrong value of {column} is corrected by the council for the time being.",
        "Put it right in your system and send it again; the correction then ends by itself.",
    ),
    "expired": (
        "CORRECTION_ENDED",
        "A value of {column} was corrected by the council until lately, and is used again as it was sent.",
        "Put it right in your system and send it again.",
    ),
}


def build_correction_table(settings: Settings, as_at: date) -> str:
    """Write core.correction; return why the ledger could not be read, '' if it could. Raises nothing for a bad ledger."""
    ledger = load_corrections(settings, as_at)
    rows = [asdict(state) for state in ledger.not_valid]
    for source in ledger.valid:
        rows += _states_of(settings, ledger, source)
    rows.sort(key=lambda row: int(str(row["line_number"])))
    with replace_atomically(table_path(settings, *TABLE)) as beside:
        pq.write_table(pa.Table.from_pylist(rows, CORRECTION_SCHEMA), beside)
    return ledger.problem


def lines_by_status(settings: Settings) -> Mapping[str, int]:
    """How many lines of the ledger are in each state, as the last build has it."""
    path = table_path(settings, *TABLE)
    return Counter(pq.read_table(path).column("status").to_pylist()) if path.exists() else Counter()


def corrections_in_force(settings: Settings) -> int:
    """How many corrections lie over what suppliers sent, as the last build has it."""
    return lines_by_status(settings).get("applied", 0)


def correction_lines(settings: Settings, outcome: FileOutcome) -> list[dict[str, object]]:
    """What the supplier of one file should put right because it is, or was, corrected here: the fields of `LineToFix`.

    Neither the value nor the reason.
    """
    path = states_path(settings, outcome.source)
    if not path.exists():
        return []
    states = [state for state in pq.read_table(path).to_pylist() if state["file_id"] == outcome.file_id]
    return [asdict(_line(outcome, state)) for state in states if state["status"] in WORDS]


def _line(outcome: FileOutcome, state: Mapping[str, object]) -> LineToFix:
    rule_id, words, fix = WORDS[str(state["status"])]
    return LineToFix(
        source=outcome.source,
        file_name=outcome.file_name,
        sheet=outcome.sheet or None,
        row_number=int(str(state["row_number"])),
        column=str(state["column_name"]),
        rule_id=rule_id,
        severity="warning",
        plain_words=words.format(column=state["column_name"]),
        fix=fix,
    )


def _states_of(settings: Settings, ledger: CorrectionLedger, source: str) -> list[dict[str, object]]:
    """What became of the lines of a source when its staging was built, if that was done with this ledger."""
    path = states_path(settings, source)
    if path.exists():
        kept = pq.read_table(path)
        if (kept.schema.metadata or {}).get(VERSION) == ledger.version.encode():
            return kept.to_pylist()
    return [asdict(correction.state(source, "waiting")) for correction in ledger.valid[source]]
