"""What is derived can give nothing away: it is made of protected tables, and always the same from the same."""

import random
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_release import candidates
from small_tables import figure, month, observation

from pipelines.publish.derived import tables
from pipelines.publish.derived.tables import DERIVED, write_derived
from pipelines.publish.protect import protect_shared
from pipelines.settings import REPOSITORY, Settings
from pipelines.tables import table_path

PACKAGE = REPOSITORY / "pipelines" / "publish" / "derived"


@pytest.fixture
def paths_read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every Parquet file that the package reads."""
    seen: list[Path] = []
    read = pq.read_table

    def noted(path: Path, columns: list[str] | None = None) -> pa.Table:
        seen.append(Path(path))
        return read(path, columns=columns)

    monkeypatch.setattr(tables.pq, "read_table", noted)
    return seen


def test_nothing_but_protected_tables_is_read(settings: Settings, paths_read: list[Path]) -> None:
    unprotected = candidates(settings.data_dir / "candidates")
    protected = protect_shared(settings, unprotected)
    before = {name: pq.read_table(protected.tables[name]) for name in DERIVED}
    paths_read.clear()
    shutil.rmtree(settings.data_dir / "candidates")
    again = write_derived(settings, protected.tables)
    assert set(paths_read) == {protected.tables["observation"]}
    assert protected.tables["observation"] != unprotected["observation"]
    for name in DERIVED:
        assert pq.read_table(again[name]).equals(before[name])


def test_what_is_hidden_is_in_no_derived_table(settings: Settings) -> None:
    protected = protect_shared(settings, candidates(settings.data_dir / "candidates"))
    shown = pq.read_table(protected.tables["observation"]).to_pylist()
    hidden = [row for row in shown if row["breakdown_value"] == "Unknown"]
    assert hidden and all(row["status"] == "c" for row in hidden)
    indicator = pq.read_table(protected.tables["jsna_indicator"]).to_pylist()
    unknown = [row for row in indicator if row["sex"] == "Not recorded"]
    assert len(unknown) == len(hidden)
    for row in unknown:
        assert [row[name] for name in ("value", "count", "denominator", "lower_95")] == [None] * 4


def test_only_one_module_of_the_package_touches_files() -> None:
    words = ("read_table", "write_table", "open(", "table_path", "connect(", "Settings", "read_text")
    touching = {
        path.name for path in PACKAGE.glob("*.py") if any(word in path.read_text(encoding="utf-8") for word in words)
    }
    assert touching == {"tables.py"}


def test_the_same_figures_in_another_order_make_the_same_tables(settings: Settings) -> None:
    rows = [figure("EH1", *month(2024, n), 40.0 + n, (40 + n, 100), (30.0 + n, 50.0 + n)) for n in range(1, 13)]
    rows += [figure("EX1", *month(2024, n), 4.0 + n, (4 + n, 100)) for n in range(1, 13)]
    shuffled = random.Random(1).sample(rows, len(rows))
    made: list[dict[str, pa.Table]] = []
    for number, order in enumerate((rows, shuffled)):
        path = settings.data_dir / f"{number}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(observation(order), path)
        made.append(
            {name: pq.read_table(found) for name, found in write_derived(settings, {"observation": path}).items()}
        )
    assert set(made[0]) == set(DERIVED)
    for name in DERIVED:
        assert made[0][name].equals(made[1][name])


def test_actions_come_with_roles_and_no_other_column_of_the_extract(settings: Settings, tmp_path: Path) -> None:
    path = table_path(settings, "staging", "actions")
    path.parent.mkdir(parents=True)
    sent = {
        "file_id": "0123456789abcdef", "row_number": 2, "action_id": "A1", "workstream": "6", "measure_id": "EH1",
        "action": "Train panel chairs", "owner_role": "Head of SEND casework", "due_date": date(2027, 1, 31),
        "status": "late", "completed_date": None,
    }  # fmt: skip
    pq.write_table(pa.Table.from_pylist([sent]), path)
    source = tmp_path / "observation.parquet"
    pq.write_table(observation([figure("EH1", *month(2024, 1), 40.0)]), source)
    plan = pq.read_table(write_derived(settings, {"observation": source})["improvement_plan"]).to_pylist()
    (row,) = [row for row in plan if row["action_id"]]
    assert (row["measure_id"], row["action"], row["owner_role"]) == (
        "EH1",
        "Train panel chairs",
        "Head of SEND casework",
    )
    assert (row["due_date"], row["status"], row["completed_date"]) == (date(2027, 1, 31), "late", None)
    assert "file_id" not in row
