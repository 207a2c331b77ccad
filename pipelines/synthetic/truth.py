"""What was written, and what a pipeline should make of it: `truth.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pipelines.synthetic.faults import COLUMNS, DUPLICATE_ROW

EMPTY_FILE = "empty_file"
HEADER_ONLY = "header_only"
OTHER_SOURCE = "file_of_another_source"
ALL_ROWS_BAD = "all_rows_bad"

EXPECTED_REFUSAL = {
    EMPTY_FILE: "file: nothing in it",
    HEADER_ONLY: "file: a header and no rows",
    OTHER_SOURCE: "file: required headers missing, headers of another source",
    ALL_ROWS_BAD: "file: no row left after the row rules",
}


@dataclass(frozen=True)
class GeneratedFile:
    """One file: its rows (data rows, copies included), the rows of each fault, and why it must be refused, if so."""

    source: str
    file: str
    rows: int
    faults: Mapping[str, int] = field(default_factory=dict)
    refused: str | None = None

    @property
    def expected_quarantined(self) -> int:
        """Rows that a critical row rule must keep out; 0 for a file that must be refused whole."""
        if self.refused:
            return 0
        return sum(rows for kind, rows in self.faults.items() if COLUMNS[self.source][kind].expected.quarantined)

    @property
    def expected_duplicates(self) -> int:
        """Identical copies of a row before them in the file."""
        return self.faults.get(DUPLICATE_ROW, 0)


@dataclass(frozen=True)
class GeneratedTruth:
    """Every file of one run."""

    scale: str
    seed: int
    mess: float
    as_at: date
    files: tuple[GeneratedFile, ...]

    def rows(self, source: str) -> int:
        """Data rows of a source in the files that must not be refused."""
        return sum(file.rows for file in self.files if file.source == source and file.refused is None)

    def by_fault(self) -> dict[str, dict[str, dict[str, object]]]:
        """source -> fault -> rows, expected_rule_hint, the rules that find it, the outcome, and the rows of each file."""
        found: dict[str, dict[str, dict[str, object]]] = {}
        for source in sorted({file.source for file in self.files}):
            per_file: dict[str, dict[str, int]] = {}
            for file in self.files:
                if file.source == source:
                    for kind, rows in file.faults.items():
                        per_file.setdefault(kind, {})[file.file] = rows
                    if file.refused:
                        per_file.setdefault(file.refused, {})[file.file] = file.rows
            if per_file:
                found[source] = {
                    kind: {
                        "rows": sum(files.values()),
                        **_expectation(source, kind),
                        "files": files,
                    }
                    for kind, files in sorted(per_file.items())
                }
        return found

    def write(self, path: Path) -> None:
        """Write the truth as JSON: `sources` (by fault) and `files` (one entry per file)."""
        document = {
            "scale": self.scale,
            "seed": self.seed,
            "mess": self.mess,
            "as_at": self.as_at.isoformat(),
            "sources": self.by_fault(),
            "files": [
                {
                    "source": file.source,
                    "file": file.file,
                    "rows": file.rows,
                    "refused": file.refused,
                    "faults": dict(file.faults),
                    "expected_quarantined": file.expected_quarantined,
                    "expected_duplicates": file.expected_duplicates,
                }
                for file in self.files
            ],
        }
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")


def _expectation(source: str, kind: str) -> dict[str, object]:
    if kind in EXPECTED_REFUSAL:
        return {"outcome": "refused", "expected_rule_hint": EXPECTED_REFUSAL[kind], "rules": []}
    if kind == DUPLICATE_ROW:
        return {"outcome": "duplicate", "expected_rule_hint": "the first of identical rows is kept", "rules": []}
    faulty = COLUMNS[source][kind]
    outcome = "quarantined" if faulty.expected.quarantined else "kept"
    return {
        "outcome": outcome,
        "expected_rule_hint": f"{kind} in {faulty.column}",
        "rules": list(faulty.expected.rules),
    }
