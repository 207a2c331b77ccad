"""The council's own tables: what is listed can be made, is described, and is not for partners."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.assess.build import MADE_BY, build
from pipelines.assess.catalogue import TABLES
from pipelines.publish.shared_contract import load_shared_contract
from pipelines.reference import build_reference
from pipelines.settings import REPOSITORY, Settings
from pipelines.tables import table_path
from tests.assess.council import BY_NAME, Council
from tests.sql.world import AS_AT

MADE_OF_STAGING = ("core.area", "core.request", "core.pupil", "core.child", "core.response")


def test_every_table_has_a_function_that_makes_it_and_every_function_a_table() -> None:
    assert set(MADE_BY) == set(BY_NAME)
    assert len(TABLES) == len(BY_NAME)


def test_none_of_them_is_in_the_shared_file() -> None:
    assert not {table.name for table in load_shared_contract().tables} & set(BY_NAME)
    for model in (REPOSITORY / "sql" / "shared").glob("*.sql"):
        assert not [name for name in BY_NAME if f"measures.{name}\n" in model.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", BY_NAME)
def test_every_table_and_column_is_described_and_can_be_made_of_nothing(name: str, council: Council) -> None:
    table = BY_NAME[name]
    assert "One row per" in table.description
    assert all(len(words) > 3 for words in table.descriptions.values())
    rows = council.rows_of(name, *(model for model in MADE_OF_STAGING if model in table.reads or model == "core.area"))
    assert all(row.keys() == table.columns.keys() for row in rows)


def test_a_table_is_written_where_the_warehouse_looks(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    build_reference(settings, AS_AT)
    council = Council(tmp_path / "other")
    council.rows_of("forecast")
    pq.write_table(council.connection.execute("from measures.assessed").to_arrow_table(), tmp_path / "assessed.parquet")
    target = table_path(settings, "measures", "assessed")
    target.parent.mkdir(parents=True)
    (tmp_path / "assessed.parquet").rename(target)
    output = build(settings, BY_NAME["forecast"])
    assert output == table_path(settings, "measures", "forecast")
    assert pq.read_schema(output).names == list(BY_NAME["forecast"].columns)
