"""What a reader says about a file that it could read: what it was taken for, what it left out. No values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Remark:
    """One sentence for the supplier, and what to do. `code` is stable; a file has at most one of each."""

    code: str
    severity: Literal["warning", "info"]
    words: str
    fix: str


def read_as(words: str) -> Remark:
    """What the file was recognised as."""
    return Remark("READ_AS", "info", f"The file was read as {words}.", "Nothing, if that is what it is.")


def foot_rows(numbers: Sequence[int]) -> Remark:
    """Totals and notes at the foot."""
    rows = ", ".join(map(str, numbers))
    return Remark(
        "FOOT_ROWS",
        "info",
        f"{len(numbers)} rows at the foot look like totals or notes and were not loaded: {rows}.",
        "Nothing, if they are. A row that was left out by mistake must not begin with a word like 'Total'.",
    )


def windows_1252() -> Remark:
    """An older encoding, which cannot be told from others of its kind."""
    return Remark(
        "ENCODING",
        "info",
        "The file is not UTF-8; it was read as Windows-1252.",
        "Save it as 'CSV UTF-8', so that no letter of a name or comment can be mistaken.",
    )


def hidden_sheet() -> Remark:
    """The sheet that was read is one that people do not see."""
    return Remark("HIDDEN_SHEET", "warning", "The sheet that was read is hidden.", "Check that it is the right one.")


def error_cells(cells: Sequence[str]) -> Remark:
    """Formulas that failed."""
    some = ", ".join(cells[:20])
    return Remark(
        "ERROR_CELLS",
        "warning",
        f"{len(cells)} cells of the workbook hold an error such as #REF! and count as empty: {some}.",
        "Correct the formulas, or paste values.",
    )


def columns_not_read(letters: Sequence[str], nearest: Sequence[tuple[str, str]]) -> Remark:
    """Columns that the contract does not know. `nearest`: (letter, column of the contract that is not in the file)."""
    hints = "".join(f" Column {letter} is nearest to {column}." for letter, column in nearest)
    return Remark(
        "COLUMNS_NOT_READ",
        "warning" if nearest else "info",
        f"{len(letters)} columns are not known and were not read: {', '.join(letters)}.{hints}",
        "Nothing, if they are not meant for this extract. Else give them the heading of the template.",
    )


def questions_missing(questions: Sequence[str]) -> Remark:
    """Questions that no heading of a survey export has the wording of."""
    return Remark(
        "QUESTIONS_MISSING",
        "warning",
        f"No heading has a wording that is known of {', '.join(questions)}; the answers are missing.",
        "If a question was worded anew, add its wording to data/reference/question_wordings.csv.",
    )


def columns_of_another_year(title: str, columns: Sequence[str]) -> Remark:
    """Columns that the return of that year has not."""
    return Remark(
        "OTHER_YEAR",
        "warning",
        f"{', '.join(columns)}: not part of {title}, and read all the same.",
        "Check the year in the header of the return, and export it with the layout of that year.",
    )


def rows_without_parent(counts: Sequence[tuple[str, int, int, str]]) -> Remark:
    """Rows of modules whose parent is not there: (module, rows lost, rows in all, parent)."""
    each = "; ".join(
        f"{lost} of {total} rows of {module} belong to no row of {parent}" for module, lost, total, parent in counts
    )
    return Remark(
        "ROWS_WITHOUT_PARENT",
        "warning",
        f"Not used: {each}.",
        "Export all members of the set together, and check their ids.",
    )


def consent_withdrawn(rows: int) -> Remark:
    """Rows of responses that were left out at the door."""
    return Remark(
        "CONSENT_WITHDRAWN",
        "info",
        f"{rows:,} rows were left out because consent to the use of their responses was withdrawn.",
        "Leave them out of the next export too.",
    )


def older_codes_read(counts: Sequence[tuple[str, str, str, int]]) -> Remark:
    """Codes of earlier years: (column, older code, today's, cells)."""
    each = "; ".join(f"{column}: {older} in {cells:,} cells as {code}" for column, older, code, cells in counts)
    return Remark(
        "OLDER_CODES",
        "info",
        f"Codes of earlier years were read as today's. {each}.",
        "Nothing, if the extract is of those years. Else export it with today's codes.",
    )
