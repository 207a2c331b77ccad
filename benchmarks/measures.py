"""`python -m benchmarks.measures DATA_DIR`: what all measures of an extract cost beside one group-by over the same table.

DATA_DIR is a data folder in which a refresh or `python -m benchmarks` has been. The group-by counts the rows of the extract's
core table by month and every breakdown column, and writes them as the models do. Prints a Markdown table.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pipelines.engine import DuckDbEngine, make_engine
from pipelines.models import Model, load_models
from pipelines.settings import Settings
from pipelines.tables import table_path

RUNS = 3
PEOPLE = ("sex", "ethnicity_group", "primary_need", "ward_code", "imd_quintile")


@dataclass(frozen=True)
class Case:
    """The models of one extract, and the table and columns of its group-by."""

    extract: str
    table: str
    day: str
    columns: tuple[str, ...]
    models: tuple[str, ...]

    @property
    def group_by(self) -> str:
        """The one group-by."""
        keys = ", ".join((f"date_trunc('month', {self.day})", *self.columns))
        return f"select {keys}, count(*) as cases from {self.table} group by {keys}"


CASES = (
    Case("ehcp_timeliness", "core.request", "received_date", PEOPLE, ("ehcp_event", "ehcp_observation")),
    Case(
        "exclusions",
        "core.suspension",
        "start_date",
        (*PEOPLE, "age_band", "sen_provision"),
        ("exclusion_event", "exclusion_observation"),
    ),
    Case(
        "graduated_response",
        "core.cycle",
        "record_date",
        (*PEOPLE, "sen_provision"),
        ("graduated_event", "graduated_observation"),
    ),
    Case("pupil_roll", "core.pupil", "census_date", (*PEOPLE, "age_band", "sen_provision"), ("headcount",)),
)


def seconds(engine: DuckDbEngine, settings: Settings, sql: str, reads: tuple[str, ...], output: Path) -> float:
    """The best of a few runs."""
    inputs = {read: table_path(settings, *read.split(".")) for read in reads}
    taken: list[float] = []
    for _ in range(RUNS):
        started = time.perf_counter()
        engine.run(sql, inputs, output)
        taken.append(time.perf_counter() - started)
    return min(taken)


def main() -> None:
    """Measure every case in the data folder that the command line names."""
    settings = Settings(data_dir=Path(sys.argv[1]))
    models: dict[str, Model] = {model.table: model for model in load_models()}
    scratch = settings.data_dir / "benchmark.parquet"
    print("| extract | one group-by, s | its measures, s | ratio |\n|---|---|---|---|")
    with make_engine(settings) as engine:
        if not isinstance(engine, DuckDbEngine):
            raise SystemExit("The benchmark measures the embedded engine: unset SENDSET_ENGINE.")
        for case in CASES:
            base = seconds(engine, settings, case.group_by, (case.table,), scratch)
            spent = 0.0
            for model in (models[f"measures.{name}"] for name in case.models):
                output = table_path(settings, model.layer, model.name)
                spent += seconds(engine, settings, model.sql, model.reads, output)
            print(f"| {case.extract} | {base:.2f} | {spent:.2f} | {spent / base:.1f} |", flush=True)
    scratch.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
