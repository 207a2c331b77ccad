"""Which approved quotes partners see: under a theme of ten responses that the table of themes shows, once each."""

from collections.abc import Sequence
from typing import Final

from pipelines.disclosure.observation_cells import Row
from pipelines.disclosure.safe_rows import SafeRow
from pipelines.disclosure.theme_cells import LEAST_RESPONSES

LEAST_OF_ROLE: Final = 10
"""Of a role with fewer responses in the wave it is not said who wrote."""


def safe_quotes(quotes: Sequence[Row], counted: Sequence[Row], shown: Sequence[SafeRow]) -> list[SafeRow]:
    """The rows of shared.quote without what is for the council only.

    counted: rows of shared.theme as they are; shown: as partners see them. A quote with several themes stands under the first
    that is shown: in two places it would tie their counts together.
    """
    enough = {_place(row) for row in counted if _at_least(row["numerator"], LEAST_RESPONSES)}
    enough &= {_place(row) for row in shown if _at_least(row["responses"], LEAST_RESPONSES)}
    made: dict[object, SafeRow] = {}
    for row in sorted(quotes, key=lambda row: str(row["theme"])):
        if _place(row) not in enough:
            continue
        role = row["respondent_role"] if _at_least(row["role_responses"], LEAST_OF_ROLE) else None
        told = {name: row[name] for name in ("wave_id", "theme", "label")}
        made.setdefault(row["quote_number"], told | {"respondent_role": role, "text": row["text"]})
    return list(made.values())


def _place(row: Row) -> tuple[object, object]:
    return row["wave_id"], row["theme"]


def _at_least(count: object, least: int) -> bool:
    return isinstance(count, int | float) and count >= least
