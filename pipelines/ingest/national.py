"""A file or a set of files of a national return: which return it is, and its modules as tables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.ingest import csv, excel, xml
from pipelines.ingest.flat import CSV_SUFFIXES, EXCEL_SUFFIXES
from pipelines.ingest.headers import column_of, find_header, plain
from pipelines.ingest.modules import ModuleTables
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.returns import Module, NationalReturn, load_returns
from pipelines.ingest.rows import Cells, column_letter
from pipelines.settings import Settings

XML_SUFFIX = ".xml"
SET_SUFFIX = ".set"


@dataclass(frozen=True)
class Modules:
    """What was read: the tables, and the sheet or member that the rows of the contract are in."""

    tables: ModuleTables
    sheet: str


def find_return(path: Path, name: str, settings: Settings) -> NationalReturn | None:
    """The national return that a file (or the folder of a set) is; None if it is none. Raises FileRefused."""
    returns = load_returns()
    suffix = path.suffix.lower()
    if suffix == XML_SUFFIX:
        return xml.find_return(path, name, returns, settings)
    if suffix == SET_SUFFIX:
        found = (blade_of(member) for member in sorted(path.iterdir()))
        return next((blade[0] for blade in found if blade), None)
    if suffix in EXCEL_SUFFIXES:
        sheets = list(excel.read_sheets(path, name, settings))
        return next((national for national in returns if _is_workbook_of(sheets, national)), None)
    return None


def stated_month(path: Path, name: str, settings: Settings) -> int | None:
    """The month of the reference date that an XML states near its start; None where there is none."""
    return xml.stated_month(path, name, settings) if path.suffix.lower() == XML_SUFFIX else None


def read_return(
    connection: duckdb.DuckDBPyConnection, path: Path, name: str, national: NationalReturn, settings: Settings
) -> Modules:
    """Read all modules into `module_<name>` tables. Raises FileRefused."""
    tables = ModuleTables(connection, national, name, settings)
    suffix = path.suffix.lower()
    sheet = ""
    if suffix == XML_SUFFIX:
        xml.read_modules(path, name, national, tables.add, settings)
    elif suffix == SET_SUFFIX:
        _read_blades(path, name, national, tables, settings)
    else:
        sheet = _read_workbook(path, name, national, tables, settings)
    tables.finish()
    return Modules(tables, sheet)


def blade_of(path: Path) -> tuple[NationalReturn, str] | None:
    """The return and module whose blade a CSV is, by its first line; None if it is no blade."""
    if path.suffix.lower() not in CSV_SUFFIXES:
        return None
    with path.open(encoding="utf-8-sig", errors="replace") as handle:
        headers = {plain(header) for header in re.split(r"[,;\t|]", handle.readline(20_000))}
    for national in load_returns():
        for module in national.modules:
            if {f"{module}tableid", f"{module}orderseqcolumn"} <= headers:
                return national, module
    return None


def _read_blades(path: Path, name: str, national: NationalReturn, tables: ModuleTables, settings: Settings) -> None:
    members = {blade[1]: member for member in sorted(path.iterdir()) if (blade := blade_of(member))}
    missing = national.missing_members(frozenset(members))
    if missing:
        raise FileRefused(
            "set_incomplete",
            f"{name}: the set of files lacks {', '.join(missing)}. Send all files of the export together.",
        )
    for module, member in members.items():
        # Members are called by their module: a file name may hold what no message may.
        place = f"{name}, member {module}"
        dialect = csv.open_text(member, place, settings)
        rows = iter(csv.records(member, place, dialect, settings))
        _, headers = next(rows)
        positions = _positions(headers, national.modules[module], place, settings)
        tables.letters |= _letters(module, positions)
        for number, cells in rows:
            if len(cells) != len(headers):
                raise FileRefused(
                    "ragged",
                    f"{place}: row {number} has not as many cells as the header. A set is read whole or not at all;"
                    " export it again.",
                )
            tables.add(module, number, _values(cells, positions))


def _is_workbook_of(sheets: list[excel.Sheet], national: NationalReturn) -> bool:
    named = 0
    for sheet in sheets:
        first = [cells for _, cells in sheet.first_rows()]
        if any(_title(cells, national) for cells in first) and _has_header_below_title(first, national):
            return True
        module = _sheet_module(sheet.name, national)
        header = find_header(first, national.modules[module].known()) if module else None
        named += header is not None and header.matches >= national.least_headers
    return named >= national.least_sheets


def _has_header_below_title(first: list[Cells], national: NationalReturn) -> bool:
    module: str | None = None
    for cells in first:
        title = _title(cells, national)
        if title:
            module = title
        elif module and _matches(cells, national.modules[module]) >= 2:
            return True
    return False


def _read_workbook(path: Path, name: str, national: NationalReturn, tables: ModuleTables, settings: Settings) -> str:
    """Both shapes: a title above each table of one sheet, or a sheet for each table. Returns the sheet of the rows."""
    rows_are_in = {part.module for part in national.rows}
    found = ""
    for sheet in excel.read_sheets(path, name, settings):
        tables.tally.remarks += [remark for remark in excel.remarks(sheet) if remark not in tables.tally.remarks]
        module = _sheet_module(sheet.name, national)
        positions: list[tuple[int, str]] = []
        for number, cells in sheet.rows():
            title = _title(cells, national)
            if title:
                module, positions = title, []
            elif module and not positions:
                if _matches(cells, national.modules[module]) >= 2:
                    with sheet.named():
                        place = f"{sheet.place}, row {number}"
                        positions = _positions(cells, national.modules[module], place, settings)
                    tables.letters |= _letters(module, positions)
                    found = sheet.name if module in rows_are_in and not found else found
            elif module:
                values = _values(cells, positions)
                if values:
                    dated = _with_dates(values, national.modules[module])
                    tables.add(module, number, dated)
    return found


def _with_dates(values: Mapping[str, str], module: Module) -> dict[str, str]:
    return {
        column: excel.serial_date(value) if module.columns[column].date else value for column, value in values.items()
    }


def _sheet_module(sheet_name: str, national: NationalReturn) -> str | None:
    wanted = plain(sheet_name)
    return next(
        (module for module, found in national.modules.items() if wanted in {plain(title) for title in found.titles}),
        None,
    )


def _title(cells: Cells, national: NationalReturn) -> str | None:
    """The module whose title is all that a row holds."""
    filled = [cell for cell in cells if cell]
    return _sheet_module(filled[0], national) if len(filled) == 1 else None


def _matches(cells: Cells, module: Module) -> int:
    known = module.known()
    return len({column_of(cell, known) for cell in cells if cell} - {None})


def _positions(headers: Cells, module: Module, place: str, settings: Settings) -> list[tuple[int, str]]:
    if len(headers) > settings.max_columns:
        raise csv.too_wide(place, f"{len(headers):,}", settings)
    known = module.known()
    found: dict[str, int] = {}
    for position, header in enumerate(headers):
        column = column_of(header or "", known)
        if column and column not in found:
            found[column] = position
    missing = [name for name, column in module.columns.items() if column.required and name not in found]
    if missing:
        raise FileRefused("headers", f"{place}: {', '.join(missing)} is missing. Export it again with all columns.")
    return [(position, column) for column, position in found.items()]


def _letters(module: str, positions: list[tuple[int, str]]) -> dict[str, str]:
    return {f"{module}.{column}": column_letter(position) for position, column in positions}


def _values(cells: Cells, positions: list[tuple[int, str]]) -> dict[str, str]:
    found = {column: cells[position] if position < len(cells) else None for position, column in positions}
    return {column: value for column, value in found.items() if value is not None}
