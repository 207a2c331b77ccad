"""The council's own tables of waiting times, the survey, bounds and forecasts: one asset each. Not for partners."""

import dagster as dg

from assets.catalogue import AssetProblem, link_to_code, no_values_in_errors, spec, table_metadata
from pipelines.assess.catalogue import TABLES
from pipelines.assess.table import AssessTable
from pipelines.resources import Workspace
from pipelines.settings import REPOSITORY
from pipelines.tables import table_path

CODE = REPOSITORY / "pipelines" / "assess" / "build.py"


def assess_assets() -> list[dg.AssetsDefinition]:
    """The asset ["measures", name] of every table."""
    return [_asset(table) for table in TABLES]


def _asset(table: AssessTable) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=table.name,
        specs=[
            spec(
                ("measures", table.name),
                "measures",
                f"{table.description} For the council only.",
                [read.split(".") for read in table.reads],
                kinds=("python", "parquet"),
                metadata=link_to_code(CODE),
            )
        ],
    )
    def make(workspace: Workspace) -> dg.MaterializeResult:
        from pipelines.assess.build import build

        settings = workspace.settings()
        for read in table.reads:
            layer, name = read.split(".")
            if layer != "quarantine" and not table_path(settings, layer, name).exists():
                raise AssetProblem(
                    f"measures.{table.name} reads {read}, which is not made yet: materialise that first."
                )
        with no_values_in_errors(f"measures.{table.name}"):
            output = build(settings, table)
        return dg.MaterializeResult(metadata=table_metadata(output, table.descriptions))

    return make
