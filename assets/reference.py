"""Reference tables: code sets, areas, schools, questions, calendar, the measure register, and the day of the refresh."""

from collections.abc import Iterator

import dagster as dg

from assets.catalogue import link_to_code, no_values_in_errors, spec, table_metadata
from pipelines.reference import CSV_TABLES, build_reference, reference_tables
from pipelines.resources import Workspace
from pipelines.settings import REFERENCE
from pipelines.tables import table_path

OTHER_FILES = {
    "measure": "measures.yaml",
    "shared_table": "shared_tables.yaml",
    "shared_breakdown": "shared_tables.yaml",
}
FROM_THE_RUN = {"refresh": "The day that this refresh looks at, and the area: one row"}


def _file_of(table: str) -> str | None:
    return CSV_TABLES[table][0] if table in CSV_TABLES else OTHER_FILES.get(table)


def _spec_of(table: str) -> dg.AssetSpec:
    file = _file_of(table)
    code = link_to_code(REFERENCE / file) if file else None
    description = f"data/reference/{file} as a table." if file else f"{FROM_THE_RUN.get(table, table)}."
    return spec(("reference", table), "reference", description, metadata=code)


@dg.multi_asset(name="reference", specs=[_spec_of(table) for table in reference_tables()])
def reference(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult]:
    """Write every reference table."""
    settings = workspace.settings()
    with no_values_in_errors("The reference layer"):
        build_reference(settings, workspace.day(context))
    for table in reference_tables():
        yield dg.MaterializeResult(
            asset_key=["reference", table], metadata=table_metadata(table_path(settings, "reference", table))
        )
