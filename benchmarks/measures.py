"""`python -m benchmarks.measures DATA_DIR`: what all measures of an extract cost beside one group-by over the same table.

DATA_DIR is a data folder in which a refresh or `python -m benchmarks` has been. The group-by counts the rows of the extract's
table by month and every breakdown column together; the one beside it counts them by month and each breakdown column by itself,
in one statement of grouping sets, as a single measure needs them. Both write their counts as the models do. Prints a Markdown
table.
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

    @property
    def grouping_sets(self) -> str:
        """Every breakdown of one measure."""
        month = f"date_trunc('month', {self.day})"
        sets = ", ".join((f"({month})", *(f"({month}, {column})" for column in self.columns)))
        keys = ", ".join((month, *self.columns))
        return f"select {keys}, count(*) as cases from {self.table} group by grouping sets ({sets})"


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
    Case("attendance", "staging.attendance", "term_start_date", ("sen_provision",), ("attendance_observation",)),
    Case(
        "family_survey",
        "core.valid_answer",
        "wave_start_date",
        ("question_id", "sex", "age_band", "ethnicity_group", "primary_need", "sen_status", "setting_type"),
        ("survey_cell", "survey_observation"),
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
    print("| extract | one group-by, s | every breakdown once, s | its measures, s | ratios |\n|---|---|---|---|---|")
    with make_engine(settings) as engine:
        if not isinstance(engine, DuckDbEngine):
            raise SystemExit("The benchmark measures the embedded engine: unset SENDSET_ENGINE.")
        for case in CASES:
            base, once = (
                seconds(engine, settings, sql, (case.table,), scratch) for sql in (case.group_by, case.grouping_sets)
            )
            spent = 0.0
            for model in (models[f"measures.{name}"] for name in case.models):
                output = table_path(settings, model.layer, model.name)
                spent += seconds(engine, settings, model.sql, model.reads, output)
            ratios = f"{spent / base:.1f}, {spent / once:.1f}"
            print(f"| {case.extract} | {base:.2f} | {once:.2f} | {spent:.2f} | {ratios} |", flush=True)
    scratch.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
