"""From a supplier's headers to the contract's columns. Case, spaces, punctuation, order and BOM do not matter."""

import csv
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from pipelines.contracts import Contract
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.remarks import Remark, columns_not_read
from pipelines.ingest.rows import Cells, column_letter
from pipelines.settings import REFERENCE

ROWS_LOOKED_AT = 30
# What survey tools write under a question in a second header row.
SECOND_HEADER_WORDS = {"response", "openendedresponse", "answer", "text", "score", "otherpleasespecify"}


@dataclass(frozen=True)
class HeaderRow:
    """Where the headers are: `index` of their first row among the rows looked at, and how many rows they take."""

    index: int
    depth: int
    headers: tuple[str, ...]
    matches: int


@dataclass(frozen=True)
class ColumnMap:
    """Per position the canonical column, or None where the column is not read; what to say about those."""

    columns: tuple[str | None, ...]
    remarks: tuple[Remark, ...]

    @property
    def positions(self) -> list[tuple[int, str]]:
        """(position, column) of the columns that are read."""
        return [(position, column) for position, column in enumerate(self.columns) if column]


def plain(header: str) -> str:
    """The letters and digits of a header, in lower case: what two spellings of one header have in common."""
    return re.sub(r"[^0-9a-z]", "", header.lower())


def known_headers(contract: Contract) -> dict[str, str]:
    """Plain header → canonical column: column names, aliases, and the wordings of questions over the years."""
    known: dict[str, str] = {}
    for column in contract.columns:
        for header in (column.name, *column.aliases, *_wordings().get(column.name, ())):
            known[plain(header)] = column.name
    return known


def column_of(header: str, known: Mapping[str, str]) -> str | None:
    """The column that a header means; what stands in brackets at its end may be left out."""
    return known.get(plain(header)) or known.get(plain(re.sub(r"\s*\([^()]*\)\s*$", "", header)))


def find_header(rows: Sequence[Cells], known: Mapping[str, str]) -> HeaderRow | None:
    """The row, or two rows, that name most of the known columns; the first of equals. None where no row names one."""
    best: HeaderRow | None = None
    for index in range(min(len(rows), ROWS_LOOKED_AT)):
        candidates = [HeaderRow(index, 1, *_named(rows[index], known))]
        if index + 1 < len(rows):
            both = _two_rows(rows[index], rows[index + 1], known)
            candidates.append(HeaderRow(index, 2, *_named(both, known)))
        for candidate in candidates:
            if candidate.matches > (best.matches if best else 0):
                best = candidate
    return best


def is_second_header(cells: Cells) -> bool:
    """Whether a row under the headers only says what kind of answer stands below."""
    words = {plain(cell) for cell in cells if cell and cell.strip()}
    return bool(words) and words <= SECOND_HEADER_WORDS


def map_headers(
    headers: Sequence[str], contract: Contract, place: str, optional: Sequence[str] = (), first_wins: bool = False
) -> ColumnMap:
    """Canonical column of each header, in file order. `optional` are required columns that this file need not have.

    `first_wins`: of two columns with one meaning the second is not read; else the file is refused.

    `place` names the file (and sheet) in the message. Raises FileRefused for a required column that is missing, with
    the header nearest to it, and for one that is there twice. A column that the contract does not know is not read and
    is remarked on by its letter. A header is the supplier's wording, but a first row without headers holds values: so
    no header is repeated.
    """
    known = known_headers(contract)
    columns = [column_of(header, known) for header in headers]
    if first_wins:
        columns = [None if column in columns[:position] else column for position, column in enumerate(columns)]
    problems = [
        f"column {column_letter(position)} is {column} again"
        for position, column in enumerate(columns)
        if column and column in columns[:position]
    ]
    required = [column.name for column in contract.columns if column.required and column.name not in optional]
    missing = [name for name in required if name not in columns]
    unknown = [position for position, column in enumerate(columns) if column is None and headers[position].strip()]
    if missing and len(unknown) > len(headers) / 2:
        raise FileRefused(
            "other_source",
            f"{place}: {len(unknown)} of {len(headers)} headers are not those of {contract.id}; it looks like a file of"
            " another source. Put it in the inbox folder of its own source, or send the columns of the template.",
        )
    near = {position: _nearest(headers[position], known) for position in unknown}
    problems += [
        f"column {column_letter(position)} is not known; it is nearest to {column}"
        for position, column in near.items()
        if column in missing
    ]
    problems += [f"{name} is missing" for name in missing]
    if problems:
        raise FileRefused("headers", f"{place}: {'; '.join(problems[:20])}. Correct the header row and send it again.")
    hints = [(column_letter(p), column) for p, column in near.items() if column and column not in columns]
    not_read = [columns_not_read([column_letter(position) for position in unknown], hints)] if unknown else []
    return ColumnMap(tuple(columns), tuple(not_read))


def _named(headers: Cells, known: Mapping[str, str]) -> tuple[tuple[str, ...], int]:
    texts = [header or "" for header in headers]
    while texts and not texts[-1].strip():
        texts.pop()
    found = {column_of(text, known) for text in texts} - {None}
    return tuple(texts), len(found)


def _two_rows(above: Cells, below: Cells, known: Mapping[str, str]) -> list[str]:
    """One header per column from two rows: a merged heading above stands for the columns to its right too."""
    headers: list[str] = []
    over = ""
    for position in range(max(len(above), len(below))):
        upper = (above[position] if position < len(above) else None) or ""
        lower = (below[position] if position < len(below) else None) or ""
        over = upper if upper.strip() else over
        choices = [f"{over} {lower}", lower, upper] if lower.strip() else [upper]
        headers.append(next((choice for choice in choices if column_of(choice, known)), choices[0]))
    return headers


def _nearest(header: str, known: Mapping[str, str]) -> str | None:
    near = difflib.get_close_matches(plain(header)[:80], known, n=1, cutoff=0.65)
    return known[near[0]] if near else None


@cache
def _wordings() -> dict[str, tuple[str, ...]]:
    """Question id → all wordings that it has had (data/reference/question_bank.csv and question_wordings.csv)."""
    wordings: dict[str, list[str]] = {}
    for name in ("question_bank.csv", "question_wordings.csv"):
        with (REFERENCE / name).open(encoding="utf-8-sig", newline="") as lines:
            for line in csv.DictReader(lines):
                wordings.setdefault(line["question_id"], []).append(line["wording"])
    return {question: tuple(words) for question, words in wordings.items()}
