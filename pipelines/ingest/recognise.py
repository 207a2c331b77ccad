"""Which contract a file belongs to: by what is in it, never by its name."""

from collections.abc import Sequence
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.ingest import csv, excel, survey
from pipelines.ingest.flat import CSV_SUFFIXES, EXCEL_SUFFIXES
from pipelines.ingest.headers import column_of, find_header, known_headers
from pipelines.ingest.national import blade_of, find_return, stated_month
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.rows import Cells
from pipelines.settings import Settings

LEAST_SHARE = 0.5


def recognise(path: Path, name: str, contracts: Sequence[Contract], settings: Settings) -> tuple[Contract, ...]:
    """The contracts of the national return that a file is, or the one whose required columns it has.

    Raises FileRefused if it has not half of the required columns of any.
    """
    found = find_return(path, name, settings)
    blade = None if found else blade_of(path)
    if found or blade:
        # One blade tells too little: it goes to the first source of its return, where the set is put together.
        homes: Sequence[str] = ()
        if found:
            homes = found.contracts_in(stated_month(path, name, settings))
        elif blade:
            homes = blade[0].contracts[:1]
        return tuple(contract for contract in contracts if contract.id in homes)
    scores: list[tuple[float, int, Contract]] = []
    for rows in _tables(path, name, settings):
        scores += [(*_score(rows, contract), contract) for contract in contracts]
    best = max(scores, key=lambda score: score[:2], default=None)
    if best is None or best[0] < LEAST_SHARE:
        raise unknown_source(name, contracts)
    return (best[2],)


def unknown_source(name: str, contracts: Sequence[Contract]) -> FileRefused:
    """No contract fits."""
    names = ", ".join(contract.id for contract in contracts)
    return FileRefused("unknown_source", f"{name} has the headers of no known source ({names}). Name it with --source.")


def _tables(path: Path, name: str, settings: Settings) -> list[list[Cells]]:
    """The first rows of each table in the file."""
    suffix = path.suffix.lower()
    if suffix in EXCEL_SUFFIXES:
        return [[cells for _, cells in sheet.first_rows()] for sheet in excel.read_sheets(path, name, settings)]
    if suffix in CSV_SUFFIXES:
        dialect = csv.open_text(path, name, settings)
        return [[cells for _, cells in csv.first_records(path, name, dialect, settings)]]
    return []


def _score(rows: Sequence[Cells], contract: Contract) -> tuple[float, int]:
    """Share of the required columns that the best header row has, and how many columns of the contract it has."""
    known = known_headers(contract)
    header = find_header(rows, known)
    if header is None:
        return 0.0, 0
    found = {column_of(text, known) for text in header.headers}
    optional = survey.may_lack(contract, survey.survey_tool(header.headers))
    required = [column.name for column in contract.columns if column.required and column.name not in optional]
    return sum(name in found for name in required) / max(len(required), 1), header.matches
