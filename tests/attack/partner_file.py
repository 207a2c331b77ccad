"""The partner file as anybody who has it can read it: its tables, and nothing else of the product."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd


@dataclass(frozen=True)
class PartnerFile:
    """One release as a partner holds it. `tables`: name → the table as it is printed."""

    release_id: str
    as_at: str
    tables: dict[str, pd.DataFrame]

    def table(self, name: str) -> pd.DataFrame:
        """A table, with no row and no column where the release has none."""
        return self.tables.get(name, pd.DataFrame())


def read_partner_file(path: Path) -> PartnerFile:
    """Read every table of a file; days become text such as 2026-09-30."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()]
        tables = {name: connection.execute(f'select * from "{name}"').df() for name in names}
    tables = {name: days_as_text(table) for name, table in tables.items()}
    release = tables["release"].iloc[0]
    return PartnerFile(str(release["release_id"]), str(release["as_at"])[:10], tables)


def days_as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its days as text."""
    days = [name for name in table.columns if name.endswith(("_start", "_end", "_date"))]
    return table.assign(**{name: table[name].astype(str).str[:10].where(table[name].notna()) for name in days})
