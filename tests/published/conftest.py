"""The comparison table made once from the real files, and small published folders written by hand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from pipelines.engine import DuckDbEngine, connect
from pipelines.models import load_models
from pipelines.published import PublishedReport, PublishedResult, build_published_figures, read_published
from pipelines.settings import REFERENCE, Settings
from pipelines.tables import table_path

BCP, SOUTH_WEST, ENGLAND = "E06000058", "E12000009", "E92000001"


@dataclass(frozen=True)
class Published:
    """The real files as read, and where the tables made from them lie."""

    report: PublishedReport
    figures: Path
    comparison: Path

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Query views named figure and comparison."""
        with duckdb.connect() as connection:
            connection.execute(f"create view figure as select * from read_parquet('{self.figures}')")
            connection.execute(f"create view comparison as select * from read_parquet('{self.comparison}')")
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="session")
def published(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The real published files through the contracts and the comparison model, for BCP."""
    folder = tmp_path_factory.mktemp("published data")
    settings = Settings(data_dir=folder, published_dir=shared_dir / "published")
    report = build_published_figures(settings)
    refresh = folder / "refresh.parquet"
    pq.write_table(pa.table({"as_at": [date(2026, 1, 31)], "area_code": [settings.area_code]}), refresh)
    neighbours = folder / "neighbours.parquet"
    pq.write_table(pyarrow.csv.read_csv(REFERENCE / "area_neighbours.csv"), neighbours)
    (model,) = (model for model in load_models() if model.table == "shared.comparison")
    comparison = table_path(settings, "shared", "comparison")
    inputs = {
        "core.published_figure": report.output,
        "reference.refresh": refresh,
        "reference.area_neighbour": neighbours,
    }
    DuckDbEngine(settings).run(model.sql, inputs, comparison)
    return Published(report, report.output, comparison)


@dataclass(frozen=True)
class Folder:
    """A small published folder of this test's own."""

    path: Path

    def write(self, name: str, text: str, encoding: str = "utf-8") -> None:
        """Put a file below the folder."""
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding=encoding)

    def read(self) -> tuple[PublishedResult, list[dict[str, object]]]:
        """Read the folder by the real contracts; give the result and the rows of core.published_figure."""
        settings = Settings(data_dir=self.path / "data")
        output = table_path(settings, "core", "published_figure")
        with connect(settings) as connection:
            result = read_published(self.path, output, connection)
        return result, pq.read_table(output).to_pylist()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty published folder."""
    return Folder(tmp_path / "published")


AREA_COLUMNS = (
    "time_period", "time_identifier", "geographic_level", "country_code", "country_name", "region_code", "region_name",
    "new_la_code", "old_la_code", "la_name", "breakdown_topic", "breakdown",
)  # fmt: skip
OWN_AREA = (
    "Local authority", "E92000001", "England", "E12000009", "South West", "E06000058", "839",
    '"Bournemouth, Christchurch and Poole"',
)  # fmt: skip


@pytest.fixture
def ees_text() -> Callable[[str, Mapping[str, object], Sequence[str]], str]:
    """Text of an EES file with one row for BCP in 2024: total topic, indicators, names of more columns with the value 0."""

    def text(topic: str, indicators: Mapping[str, object], others: Sequence[str] = ()) -> str:
        header = [*AREA_COLUMNS, *indicators, *others]
        row = ["2024", "Calendar year", *OWN_AREA, topic, topic, *indicators.values(), *("0" for _ in others)]
        return ",".join(header) + "\n" + ",".join(str(cell) for cell in row) + "\n"

    return text
