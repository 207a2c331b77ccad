"""Every model gives equal rows and types on DuckDB 1.5, DuckDB 2.0 and Sail over the same small data."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.engine import PRELUDE, make_engine
from pipelines.settings import REPOSITORY, Settings
from tests.sql.small_data import fill
from tests.sql.world import SCHEMAS, World, all_models

DUCKDB_2 = REPOSITORY / ".duckdb-versions" / "2.0.0"
TABLES = [model.table for model in all_models()]
# A source that was added by its contract alone has no rows in the small data.
REACHED = [
    model.table for model in all_models() if all(read in SCHEMAS for read in model.reads if read.startswith("staging."))
]

RUN_ON_DUCKDB = """
import json, sys
import duckdb
work = json.load(sys.stdin)
assert duckdb.__version__.startswith("2."), duckdb.__version__
connection = duckdb.connect()
connection.execute("set timezone = 'UTC'")
connection.execute(work["prelude"])
for name, path in work["tables"].items():
    connection.execute("create schema if not exists " + name.split(".")[0])
    connection.execute(f"create view {name} as select * from read_parquet('{path}')")
for table, sql in work["models"].items():
    connection.execute(f"copy ({sql}) to '{work['folder']}/{table}.parquet' (format parquet)")
"""

# The server ends with the pipe that it reads: no test leaves one behind.
SERVE_SAIL = """
import sys
from pysail.spark import SparkConnectServer
server = SparkConnectServer(ip="127.0.0.1", port=0)
server.start(background=True)
print("port", server.listening_address[1], flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Made:
    """Every table, given or made by DuckDB 1.5, as Parquet."""

    folder: Path
    tables: dict[str, Path]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The small data and what DuckDB 1.5 makes of it."""
    folder = tmp_path_factory.mktemp("small data")
    world = World(folder / "data")
    fill(world)
    world.run()
    return Made(folder, world.save(folder))


@pytest.fixture(scope="module")
def on_duckdb_2(made: Made) -> Path:
    """A folder with what DuckDB 2.0 makes of the same inputs."""
    if not DUCKDB_2.is_dir():
        pytest.skip("needs DuckDB 2.0.0 in .duckdb-versions/2.0.0, which make test installs")
    folder = made.folder / "duckdb 2"
    folder.mkdir()
    work = {
        "prelude": PRELUDE,
        "tables": {name: path.as_posix() for name, path in made.tables.items()},
        "models": {model.table: model.sql for model in all_models()},
        "folder": folder.as_posix(),
    }
    environment = {**os.environ, "PYTHONPATH": str(DUCKDB_2)}
    subprocess.run(
        [sys.executable, "-c", RUN_ON_DUCKDB], input=json.dumps(work), text=True, env=environment, check=True
    )
    return folder


@pytest.fixture(scope="module")
def sail() -> Iterator[str]:
    """The address of a Sail server."""
    pytest.importorskip("pysail", reason="needs pysail, a development dependency")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVE_SAIL],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = re.search(r"port (\d+)", server.stdout.readline())
        assert port, "Sail did not start"
        yield f"sc://127.0.0.1:{port[1]}"
    finally:
        server.communicate()


@pytest.fixture(scope="module")
def on_sail(made: Made, sail: str) -> Path:
    """A folder with what Sail makes of the same inputs, through the engine of the product."""
    folder = made.folder / "sail"
    folder.mkdir()
    with make_engine(Settings(data_dir=folder, engine=sail)) as engine:
        for model in all_models():
            inputs = {read: made.tables[read] for read in model.reads}
            engine.run(model.sql, inputs, folder / f"{model.table}.parquet")
    return folder


def test_the_session_on_a_server_ends_with_the_engine_even_when_a_model_fails(sail: str, tmp_path: Path) -> None:
    from pyspark.sql.connect.session import SparkSession

    from pipelines.spark_engine import SparkEngine

    engine = SparkEngine(sail)
    with pytest.raises(Exception, match="nowhere"), engine:
        engine.run("select a from nowhere", {}, tmp_path / "a.parquet")
    assert isinstance(engine.session, SparkSession) and engine.session.is_stopped


@pytest.mark.parametrize("table", TABLES)
def test_duckdb_2_makes_the_same_table_as_duckdb_1_5(made: Made, on_duckdb_2: Path, table: str) -> None:
    assert_equal(pq.read_table(made.tables[table]), pq.read_table(on_duckdb_2 / f"{table}.parquet"))


@pytest.mark.parametrize("table", TABLES)
def test_sail_makes_the_same_table_as_duckdb_1_5(made: Made, on_sail: Path, table: str) -> None:
    assert_equal(pq.read_table(made.tables[table]), pq.read_table(on_sail / f"{table}.parquet"))


@pytest.mark.parametrize("table", REACHED)
def test_the_small_data_reaches_every_model(made: Made, table: str) -> None:
    assert pq.read_metadata(made.tables[table]).num_rows > 0


def assert_equal(expected: pa.Table, found: pa.Table) -> None:
    """Equal columns, types and rows, in any order of rows."""
    assert _types(found) == _types(expected)
    assert _sorted(found) == _sorted(expected)


def _types(table: pa.Table) -> dict[str, str]:
    return {field.name: re.sub("^(large_string|string_view)$", "string", str(field.type)) for field in table.schema}


def _sorted(table: pa.Table) -> list[str]:
    return sorted(repr(row) for row in table.to_pylist())
