"""What comes of holding a file to its contract: counts, row numbers and plain words, never a value from a record."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pipelines.contracts import Dimension, Level, Severity
from pipelines.ingest.return_checks import Place


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
    """What came of one file. ``accepted_rows`` are the rows outside quarantine, whether or not the file is refused.

    ``failing_rows`` holds, per row rule that was broken, the first of the row numbers; ``failing_places`` the same for
    rules about the modules of a national return, with the module.
    """

    source: str
    file_id: str
    as_at: date
    total_rows: int
    accepted_rows: int
    quarantined_rows: int
    refused: bool
    refusal_rule_ids: tuple[str, ...]
    rule_results: tuple[RuleResult, ...]
    failing_rows: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]], repr=False)
    failing_places: Mapping[str, tuple[Place, ...]] = field(default_factory=dict[str, tuple[Place, ...]], repr=False)


@dataclass(frozen=True)
class LineToFix:
    """One thing that the supplier should put right; ``row_number`` is None when it concerns the whole file.

    ``column_letter`` is Excel's letter of the column; None where the file has none (XML, a made column).
    """

    source: str
    file_name: str
    sheet: str | None
    row_number: int | None
    column: str | None
    rule_id: str
    severity: Severity
    plain_words: str
    fix: str
    column_letter: str | None = None
