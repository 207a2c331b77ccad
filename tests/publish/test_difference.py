"""What two releases differ in, said in numbers that can be counted by hand."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.publish import list_releases
from pipelines.publish.difference import difference, in_words
from pipelines.settings import Settings

SCHEMA = pa.schema(
    [(name, pa.string()) for name in ("measure_id", "area_code", "period_type", "period_start", "period_end")]
    + [(name, pa.string()) for name in ("breakdown", "breakdown_value", "status")]
    + [(name, pa.float64()) for name in ("numerator", "denominator", "value")]
)


def release_with(folder: Path, figures: dict[str, tuple[float | None, str]], measures: list[str]) -> Path:
    """A folder with one figure of EH1 for each group: its numerator of 10, and its status."""
    (folder / "parquet").mkdir(parents=True)
    rows = [
        {
            "measure_id": "EH1",
            "breakdown_value": group,
            "status": status,
            "numerator": count,
            "denominator": None if count is None else 10.0,
            "value": None if count is None else 10 * count,
        }
        for group, (count, status) in figures.items()
    ]
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / "parquet" / "observation.parquet")
    pq.write_table(pa.table({"measure_id": measures}), folder / "parquet" / "measure.parquet")
    return folder


def test_each_kind_of_change_is_counted_once(tmp_path: Path) -> None:
    before = {"same": (5.0, ""), "revised": (6.0, ""), "hidden": (7.0, ""), "found": (None, "c"), "gone": (8.0, "")}
    after = {"same": (5.0, ""), "revised": (7.0, ""), "hidden": (None, "c"), "found": (6.0, ""), "new": (9.0, "h")}
    change = difference(
        release_with(tmp_path / "before", before, ["EH1", "EH2"]),
        release_with(tmp_path / "after", after, ["EH1", "EX1"]),
    )
    (figures,) = change.figures
    assert (figures.added, figures.removed, figures.revised) == (1, 1, 1)
    assert (figures.newly_suppressed, figures.shown_again, figures.held) == (1, 1, 1)
    assert figures.revised_by_measure == (("EH1", 1),)
    assert (change.measures_added, change.measures_removed) == (("EX1",), ("EH2",))
    said = "\n".join(in_words(change))
    assert "| observation | 1 | 1 | 1 | 1 | 1 | 1 |" in said
    assert "Revised: EH1 (1)." in said


def test_two_releases_that_say_the_same_have_no_difference(tmp_path: Path) -> None:
    figures: dict[str, tuple[float | None, str]] = {"one": (5.0, ""), "other": (None, "c")}
    folders = [release_with(tmp_path / name, figures, ["EH1"]) for name in ("before", "after")]
    change = difference(folders[0], folders[1])
    assert change.is_empty
    assert in_words(change) == ["The figures are the same."]


@pytest.mark.parametrize("command", ["list", "diff", "verify", "rollback"])
def test_the_commands_about_releases(twice: Settings, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("SENDSET_DATA_DIR", str(twice.data_dir))
    monkeypatch.setenv("SENDSET_KEY_FILE", str(twice.key_file))
    second, first = (release.release_id for release in list_releases(twice))
    arguments = {
        "list": ["releases"],
        "diff": ["releases", "diff", first, second],
        "verify": ["releases", "verify", second],
        "rollback": ["rollback", first, "--reason", "A mistake."],
    }
    said = CliRunner().invoke(app, arguments[command])
    assert said.exit_code == 0, said.output
    expected = {
        "list": f"{second}  as at 2026-09-30",
        "diff": "| observation | 0 | 0 | 0 | 0 | 0 | 14 |",
        "verify": "the proof of its safety holds",
        "rollback": f"Partners see {first} again",
    }
    assert expected[command] in said.output
    if command == "rollback":
        assert f"Partners see {first} again since a rollback" in CliRunner().invoke(app, ["releases"]).output
        assert CliRunner().invoke(app, ["releases", "verify", "1999"]).exit_code == 2
        (list_releases(twice)[1].folder / "csv" / "area.csv").unlink()
        assert CliRunner().invoke(app, ["releases", "verify", first]).exit_code == 1
