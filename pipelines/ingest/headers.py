"""From a supplier's headers to the contract's columns. Case, spaces, punctuation, order and BOM do not matter."""

import difflib
import re
from collections.abc import Sequence

from pipelines.contracts import Contract
from pipelines.ingest.refusal import FileRefused


def plain(header: str) -> str:
    """The letters and digits of a header, in lower case: what two spellings of one header have in common."""
    return re.sub(r"[^0-9a-z]", "", header.lower())


def known_headers(contract: Contract) -> dict[str, str]:
    """Plain header → canonical column, for the column names and all aliases of a contract."""
    known: dict[str, str] = {}
    for column in contract.columns:
        for header in (column.name, *column.aliases):
            known[plain(header)] = column.name
    return known


def map_headers(headers: Sequence[str], contract: Contract, place: str) -> list[str]:
    """Canonical column of each header, in file order.

    `place` names the file (and sheet) in the message. Raises FileRefused for a header that is unknown, met twice or
    missing, and then suggests the nearest one. A header is the supplier's wording, not a value from a record; even so
    one that is longer than a heading would be is named by its position only.
    """
    known = known_headers(contract)
    mapped: list[str] = []
    problems: list[str] = []
    unknown = 0
    for position, header in enumerate(headers, start=1):
        column = known.get(plain(header))
        if column is None:
            unknown += 1
            problems.append(_unknown(header, position, known))
        elif column in mapped:
            problems.append(f"column {position} is {column} again")
        mapped.append(column or "")
    missing = [column.name for column in contract.columns if column.required and column.name not in mapped]
    if unknown > len(headers) / 2:
        raise FileRefused(
            "other_source",
            f"{place}: {unknown} of {len(headers)} headers are not those of {contract.id}; it looks like a file of another"
            " source. Put it in the inbox folder of its own source, or send the columns of the template.",
        )
    problems += [f"{name} is missing" for name in missing]
    if problems:
        raise FileRefused("headers", f"{place}: {'; '.join(problems[:20])}. Correct the header row and send it again.")
    return mapped


def _unknown(header: str, position: int, known: dict[str, str]) -> str:
    # A first row without headers holds values, so nothing that does not resemble a known header is repeated.
    near = difflib.get_close_matches(plain(header), known, n=1, cutoff=0.65)
    if near:
        return f"column {position} is not known; it is nearest to {known[near[0]]}"
    return f"column {position} is not known"
