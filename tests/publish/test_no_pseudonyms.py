"""The partner file knows no child: no column for a pseudonym, and no value that is one."""

import re
from pathlib import Path

import duckdb
import pytest

from pipelines.contract_files import load_contracts
from pipelines.publish import PublishError, list_releases
from pipelines.publish.audit import audit_database
from pipelines.publish.shared_contract import load_shared_contract
from pipelines.settings import Settings

PSEUDONYM = re.compile(r"[0-9A-Za-z]+_[0-9a-f]{32}")


def test_no_column_of_the_shared_contract_is_a_pseudonym_or_comes_before_one() -> None:
    of_children = {
        name
        for contract in load_contracts()
        for column in contract.columns
        if column.classification in ("pseudonymise", "direct_identifier", "birth_date", "postcode")
        for name in (column.name, *(typed for typed, _ in column.typed))
    }
    assert "child_id" in of_children
    shared = {column.name for table in load_shared_contract().tables for column in table.columns}
    # An open list of areas has the codes that a child's postcode becomes.
    assert shared & of_children <= {"lsoa_code"}


def test_no_value_of_any_file_of_a_release_is_a_pseudonym(published_twice: Path) -> None:
    folder = list_releases(Settings(data_dir=published_twice))[0].folder
    with duckdb.connect(str(folder / "send_shared.duckdb"), read_only=True) as connection:
        for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
            for row in connection.execute(f'from "{table}"').fetchall():
                assert not any(PSEUDONYM.search(value) for value in row if isinstance(value, str)), table
    for path in folder.rglob("*.csv"):
        assert not PSEUDONYM.search(path.read_text(encoding="utf-8")), path.name


def test_a_pseudonym_in_any_text_stops_the_release(twice: Settings) -> None:
    folder = list_releases(twice)[0].folder
    database, contract = folder / "send_shared.duckdb", load_shared_contract()
    with duckdb.connect(str(database)) as connection:
        names = [table.name for table in contract.tables]
        rows = {name: len(connection.execute(f'from "{name}"').fetchall()) for name in names}
    audit_database(database, contract, rows)
    with duckdb.connect(str(database)) as connection:
        connection.execute("update measure set title = 'see k0a1b_' || md5('somebody')")
    with pytest.raises(PublishError, match=r"Column measure\.title of the new file holds pseudonyms"):
        audit_database(database, contract, rows)
