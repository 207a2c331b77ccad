"""What comes of holding a file to its contract: counts, row numbers and plain words, never a value from a record."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from pipelines.contracts import Dimension, Level, Severity


@dataclass(frozen=True)
class RuleResult:
    """One rule on one file. ``failed`` and ``total`` count rows; of a file rule about no rows, the file itself (0, 1).

    ``ran`` is False when the rule could not be evaluated; it then counts as not passed, and ``failed`` is 0.
    """

    rule_id: str
    source: str
    dimension: Dimension
    severity: Severity
    level: Level
    column: str | None
    passed: bool
    failed: int
    total: int
    message: str
    ran: bool = True


@dataclass(frozen=True)
class FileValidation:
    """What came of one file. ``accepted_rows`` are the rows outside quarantine, whether or not the file is refused."""

    source: str
    file_id: str
    as_at: date
    total_rows: int
    accepted_rows: int
    quarantined_rows: int
    refused: bool
    refusal_rule_ids: tuple[str, ...]
    rule_results: tuple[RuleResult, ...]
    failing_rows_sql: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def write(self, path: Path) -> None:
        """Write the counts as JSON. The SQL is left out: it means something only in the connection that made it."""
        content = {name: value for name, value in asdict(self).items() if name != "failing_rows_sql"}
        content["as_at"] = self.as_at.isoformat()
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_validation(path: Path) -> FileValidation:
    """Read what ``FileValidation.write`` wrote."""
    content = json.loads(path.read_text(encoding="utf-8"))
    content["as_at"] = date.fromisoformat(content["as_at"])
    content["refusal_rule_ids"] = tuple(content["refusal_rule_ids"])
    content["rule_results"] = tuple(RuleResult(**result) for result in content["rule_results"])
    return FileValidation(**content)


@dataclass(frozen=True)
class LineToFix:
    """One thing that the supplier should put right; ``row_number`` is None when it concerns the whole file."""

    source: str
    file_name: str
    sheet: str | None
    row_number: int | None
    column: str | None
    rule_id: str
    severity: Severity
    plain_words: str
    fix: str
