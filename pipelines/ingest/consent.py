"""At the door: rows of responses whose consent was withdrawn are left out before anything is written, and counted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pipelines.ingest.flat import FlatFile
from pipelines.ingest.rows import Rows, TextRows


@dataclass(frozen=True)
class Withdrawn:
    """Responses to leave out: the column of the contract that has their ids, and the ids in order, as `canonical` has them."""

    column: str = ""
    ids: tuple[str, ...] = field(default=(), repr=False)


NOTHING_WITHDRAWN: Final = Withdrawn()


def canonical(response_id: str) -> str:
    """What the spellings of one id have in common: case, blanks, and the '.0' that a spreadsheet adds do not matter."""
    return re.sub(r"^([0-9]+)\.0$", r"\1", response_id.strip()).upper()


def withdrawn_of(column: str, response_ids: Sequence[str]) -> Withdrawn:
    """The responses with these ids."""
    return Withdrawn(column, tuple(sorted({canonical(response_id) for response_id in response_ids})))


def without_withdrawn(file: FlatFile, withdrawn: Withdrawn) -> FlatFile:
    """The file without their rows; the tally has the place in `withdrawn.ids` of each row that was left out."""
    table = file.table
    if not withdrawn.ids or withdrawn.column not in table.columns:
        return file
    return FlatFile(replace(table, rows=_kept(table, withdrawn)))


def _kept(table: TextRows, withdrawn: Withdrawn) -> Rows:
    at = table.columns.index(withdrawn.column)
    places = {response_id: place for place, response_id in enumerate(withdrawn.ids)}
    for number, cells in table.rows:
        place = places.get(canonical(cells[at] or ""))
        if place is None:
            yield number, cells
        else:
            table.tally.consent_withdrawn.append(place)
