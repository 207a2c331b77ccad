"""measures.assessed: every observation with its confidence limits. Statistics that SQL has not."""

import dagster as dg

from assets.catalogue import no_values_in_errors, spec, table_metadata
from pipelines.resources import Workspace
from pipelines.tables import replace_atomically, table_path


@dg.multi_asset(
    name="assessed",
    specs=[
        spec(
            ("measures", "assessed"),
            "measures",
            "One row per measure, period, area and breakdown value, with 95 % and 99.8 % limits and whether the base is low.",
            [("measures", "observation"), ("reference", "measure")],
            kinds=("python", "parquet"),
        )
    ],
)
def assessed(workspace: Workspace) -> dg.MaterializeResult:
    """Add limits to measures.observation."""
    import pyarrow.parquet as pq

    from pipelines.methods.assessed import assess
    from pipelines.reference import load_register

    settings = workspace.settings()
    output = table_path(settings, "measures", "assessed")
    with no_values_in_errors("measures.assessed"):
        observation = pq.read_table(table_path(settings, "measures", "observation"))
        with replace_atomically(output) as beside:
            pq.write_table(assess(observation, load_register()), beside)
    return dg.MaterializeResult(metadata=table_metadata(output))
