"""Totals and notes below a table: recognised at the foot only, left out, and counted."""

import re
from collections.abc import Iterable
from typing import Final

from pipelines.ingest.rows import Cells, Rows, Tally

MOST_ROWS: Final = 10
_TOTAL: Final = re.compile(r"(grand |sub-?|overall )?totals?\b.*|(row |record )?count\b.*|sum\b.*", re.IGNORECASE)
_NOTE: Final = re.compile(
    r"(source|notes?|printed|report (run|date|end)|run (on|date)|generated|extracted|end of|confidential|official|page"
    r"|©|\*|--|==)[\s\S]*",
    re.IGNORECASE,
)


def is_foot(cells: Cells, width: int) -> bool:
    """A row that starts with a word for a total and is mostly numbers, or that holds one note and nothing else."""
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    if not filled or width < 3:
        return False
    if len(filled) == 1 and _NOTE.fullmatch(filled[0]):
        return True
    rest = filled[1:]
    return bool(_TOTAL.fullmatch(filled[0])) and len(filled) <= width / 2 and all(_is_number(cell) for cell in rest)


def without_foot(rows: Rows, width: int, tally: Tally) -> Rows:
    """Hold rows that may be the foot until it is known whether rows follow; those that end the table go to the tally."""
    held: list[tuple[int, Cells]] = []
    for number, cells in rows:
        if is_foot(cells, width) and len(held) < MOST_ROWS:
            held.append((number, cells))
            continue
        yield from held
        held = []
        yield number, cells
    tally.totals += [number for number, _ in held]


def ends_in_foot(rows: Iterable[Cells], width: int) -> bool:
    """Whether one of the last rows is a total or a note."""
    return any(is_foot(cells, width) for cells in rows)


def _is_number(cell: str) -> bool:
    return bool(re.fullmatch(r"-?[£$]?[\d,]+(\.\d+)?%?", cell))
