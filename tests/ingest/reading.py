"""Reads files through the real door; rows of one contract to write them with."""

from collections.abc import Sequence
from pathlib import Path

import openpyxl

from pipelines.contracts import Contract
from pipelines.engine import connect
from pipelines.ingest.flat import open_flat
from pipelines.ingest.national import find_return, read_return
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.ingest.read import ReadFile, open_door, read_file
from pipelines.ingest.rows import Tally
from pipelines.settings import Settings
from pipelines.tables import quoted

HEADER = (
    "request_id,upn,surname,forename,date_of_birth,sex,ethnicity,postcode,primary_need,received_date,request_outcome"
)
HEADER += ",request_outcome_date,assessment_outcome,assessment_outcome_date,plan_issued_date,week20_exception"
ROW = "R{n},B801200005001,Sample,Testone,14/05/2015,F,WBRI - White British,ZZ01 1AA,ASD,01/02/2025"
ROW += ",Y,10/03/2025,Y,1/6/2025,1/6/2025,0"


class Reader:
    """Reads files with the real door and keeps the tables where the test can look."""

    def __init__(self, settings: Settings, key: PseudonymKey, contract: Contract, folder: Path) -> None:
        self.settings, self.contract, self.folder = settings, contract, folder
        self.tally = Tally()
        self.connection = connect(settings)
        open_door(self.connection, key, settings)

    def read(self, path: Path) -> ReadFile:
        raw, typed = self.folder / "raw.parquet", self.folder / "typed.parquet"
        return read_file(self.connection, path, path.name, self.contract, "f1", raw, typed, self.settings)

    def csv(self, text: str | bytes, name: str = "requests.csv") -> ReadFile:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return self.read(path)

    def rows(self, content: str | bytes, name: str = "requests.csv") -> list[tuple[int, str | None]]:
        """Row number and id of each row as the slower reader gives them, without the door: fast. Keeps the tally."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        table = open_flat(path, name, self.contract, self.settings).table
        at = table.columns.index(self.contract.columns[0].name)
        self.tally = table.tally
        return [(number, cells[at]) for number, cells in table.rows]

    def figures(self, columns: str, where: str = "true") -> tuple[object, ...] | None:
        """One row over the typed table."""
        query = f"select {columns} from read_parquet({quoted(self.folder / 'typed.parquet')}) where {where}"
        return self.connection.execute(query).fetchone()

    def raw_with_identities(self, path: Path) -> list[tuple[object, ...]]:
        """Headers and rows of a national return before the door, as somebody would keep them in one flat CSV."""
        found = find_return(path, path.name, self.settings)
        assert found is not None
        modules = read_return(self.connection, path, path.name, found, self.settings)
        columns = modules.tables.create_received(self.contract.id)
        rows = self.connection.execute("select * exclude (row_number) from received").fetchall()
        return [columns, *rows]

    def typed(self, columns: str) -> list[tuple[object, ...]]:
        query = f"select {columns} from read_parquet({quoted(self.folder / 'typed.parquet')}) order by row_number"
        return self.connection.execute(query).fetchall()


def row(n: int = 1, **changes: str) -> str:
    cells = dict(zip(HEADER.split(","), ROW.format(n=n).split(","), strict=True))
    return ",".join((cells | changes).values())


def workbook(path: Path, sheets: dict[str, Sequence[Sequence[object]]]) -> Path:
    """An .xlsx with these rows on these sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for cells in rows:
            sheet.append(list(cells))
    book.save(path)
    return path
