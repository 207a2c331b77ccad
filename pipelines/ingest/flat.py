"""A flat file (CSV or one sheet of a workbook) as rows of one contract: find the headers, map them, leave out the foot."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.ingest import csv, excel, survey
from pipelines.ingest.foot import ends_in_foot, without_foot
from pipelines.ingest.headers import ColumnMap, HeaderRow, find_header, is_second_header, known_headers, map_headers
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.remarks import Remark, questions_missing, windows_1252
from pipelines.ingest.rows import Cells, Rows, Tally, TextRows, column_letter
from pipelines.settings import Settings

EXCEL_SUFFIXES = {".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"}
CSV_SUFFIXES = {".csv", ".txt", ".tsv"}


@dataclass(frozen=True)
class PlainCsv:
    """A CSV that DuckDB reads itself: a name for each of its columns, canonical where it is one of the contract."""

    columns: tuple[str, ...]
    delimiter: str


@dataclass(frozen=True)
class FlatFile:
    """The rows of a flat file, and how DuckDB may read them faster (None: only `table` can)."""

    table: TextRows
    plain: PlainCsv | None = None


def open_flat(path: Path, name: str, contract: Contract, settings: Settings) -> FlatFile:
    """Open a file as rows of the contract. Raises FileRefused."""
    if path.suffix.lower() in EXCEL_SUFFIXES:
        return FlatFile(_open_workbook(path, name, contract, settings))
    return _open_csv(path, name, contract, settings)


def _open_csv(path: Path, name: str, contract: Contract, settings: Settings) -> FlatFile:
    dialect = csv.open_text(path, name, settings)
    first = csv.first_records(path, name, dialect, settings)
    if not first:
        raise csv.no_headers(name)
    header = _header(first, contract)
    width = _check_width(len(first[header.index][1]), name, settings)
    mapped = _map(header, contract, name)
    tally = Tally(remarks=_remarks(header, mapped, contract))
    table = _table(header, first, csv.records(path, name, dialect, settings), mapped, width, contract, tally)
    if dialect.facts.encoding == "windows-1252":
        tally.remarks.append(windows_1252())
    last = csv.last_records(path, dialect) if dialect.facts.encoding.startswith("utf-8") else []
    is_plain = (
        header.index == 0
        and header.depth == 1
        and width == len(header.headers)
        and csv.is_plain(path, dialect, first[0][1])
        and not ends_in_foot(last, width)
        and not _needs_adapting(header, mapped, contract)
    )
    columns = tuple(column or f"_not_read_{position}" for position, column in enumerate(mapped.columns))
    return FlatFile(table, PlainCsv(columns, dialect.delimiter) if is_plain else None)


def _open_workbook(path: Path, name: str, contract: Contract, settings: Settings) -> TextRows:
    known = known_headers(contract)
    best: tuple[HeaderRow, excel.Sheet, list[tuple[int, Cells]]] | None = None
    sheets = 0
    for sheet in excel.read_sheets(path, name, settings):
        sheets += 1
        first = sheet.first_rows()
        header = find_header([cells for _, cells in first], known)
        # Hidden sheets come last and win only with more headers: what people see is what they mean to send.
        if header and header.matches > (best[0].matches if best else 0):
            best = header, sheet, first
    if best is None:
        raise FileRefused(
            "wrong_sheet",
            f"{name}: none of its {sheets} sheet(s) has a header of {contract.id} in its first rows. Send the sheet of the"
            " template.",
        )
    header, sheet, first = best
    width = _check_width(len(header.headers), name, settings)
    with sheet.named():
        mapped = _map(header, contract, sheet.place)
    tally = Tally(remarks=[*_remarks(header, mapped, contract), *excel.remarks(sheet)])
    return replace(_table(header, first, sheet.rows(), mapped, width, contract, tally, sheet), sheet=sheet.name)


def _table(
    header: HeaderRow,
    first: Sequence[tuple[int, Cells]],
    rows: Rows,
    mapped: ColumnMap,
    width: int,
    contract: Contract,
    tally: Tally,
    sheet: excel.Sheet | None = None,
) -> TextRows:
    identities = {column.name for column in contract.columns if column.classification == "direct_identifier"}
    kept = [(position, column) for position, column in mapped.positions if column not in identities]
    positions = [position for position, _ in kept]
    last_header = first[header.index + header.depth - 1][0]
    below = header.index + header.depth
    if below < len(first) and is_second_header(first[below][1]):
        last_header = first[below][0]
    below_headers = dropwhile(lambda row: row[0] <= last_header, rows)
    bare = without_foot(below_headers, width, tally)
    if sheet:
        days = {column.name for column in contract.columns if column.logical_type == "date"}
        dated = {place for place, (_, column) in enumerate(kept) if column in days}
        cells = excel.body(sheet, bare, positions, width, dated)
    else:
        cells = csv.body(bare, positions, width, tally)
    columns, letters = tuple(column for _, column in kept), tuple(column_letter(position) for position in positions)
    table = TextRows(columns, cells, letters, tally=tally)
    if not _needs_adapting(header, mapped, contract):
        return table
    tool = survey.survey_tool(header.headers)
    return replace(survey.adapt(table, contract), read_as=f"an export of {tool}" if tool else "")


def _needs_adapting(header: HeaderRow, mapped: ColumnMap, contract: Contract) -> bool:
    """Whether it is the export of a survey tool and not an extract that was made for the contract."""
    its_own = survey.survey_tool(header.headers) or survey.DERIVED not in mapped.columns
    return contract.id == survey.SURVEY and bool(its_own)


def _header(first: Sequence[tuple[int, Cells]], contract: Contract) -> HeaderRow:
    """The header among the first rows of a CSV; if none has a known name, the first row, so that it is refused by name."""
    found = find_header([cells for _, cells in first], known_headers(contract))
    return found or HeaderRow(0, 1, tuple(cell or "" for cell in first[0][1]), 0)


def _map(header: HeaderRow, contract: Contract, place: str) -> ColumnMap:
    tool = survey.survey_tool(header.headers)
    return map_headers(header.headers, contract, place, survey.may_lack(contract, tool), first_wins=bool(tool))


def _remarks(header: HeaderRow, mapped: ColumnMap, contract: Contract) -> list[Remark]:
    missing: list[str] = []
    if contract.id == survey.SURVEY and survey.survey_tool(header.headers):
        missing = survey.questions_missing(contract, [column or "" for column in mapped.columns])
    return [*mapped.remarks, *([questions_missing(missing)] if missing else [])]


def _check_width(width: int, name: str, settings: Settings) -> int:
    if width > settings.max_columns:
        raise csv.too_wide(name, f"{width:,}", settings)
    return width
