"""The SQL models: one asset per file under sql/, with what the file itself says of its columns and what it reads."""

import hashlib
import json
from collections.abc import Mapping

import dagster as dg

from assets.catalogue import (
    AssetProblem,
    Metadata,
    column_types,
    lineage_metadata,
    link_to_code,
    no_values_in_errors,
    spec,
    table_metadata,
)
from pipelines.contract_files import load_contract
from pipelines.engine import make_engine
from pipelines.models import Model, column_lineage
from pipelines.resources import Workspace
from pipelines.settings import Settings
from pipelines.staging import build_staging
from pipelines.tables import replace_atomically, table_path


def model_asset(model: Model) -> dg.AssetsDefinition:
    """The asset [layer, name] of one model."""

    @dg.multi_asset(
        name=f"{model.layer}__{model.name}",
        specs=[
            spec(
                (model.layer, model.name),
                model.layer,
                model.description,
                [tuple(read.split(".")) for read in model.reads],
                kinds=("sql", "duckdb"),
                metadata=link_to_code(model.path),
            )
        ],
    )
    def run_model(workspace: Workspace) -> dg.MaterializeResult:
        settings = workspace.settings()
        output = table_path(settings, model.layer, model.name)
        inputs = {read: table_path(settings, *read.split(".")) for read in model.reads}
        _make_sure_of_inputs(settings, model)
        with no_values_in_errors(model.table), make_engine(settings) as engine:
            engine.run(model.sql, inputs, output)
            metadata = table_metadata(output, model.columns)
            schemas = {read: column_types(path) for read, path in inputs.items()}
            return dg.MaterializeResult(metadata=metadata | _lineage(settings, model, schemas))

    return run_model


def _make_sure_of_inputs(settings: Settings, model: Model) -> None:
    """A source that never ran has a staging table without rows; any other table must have been made."""
    for read in model.reads:
        layer, name = read.split(".")
        if table_path(settings, layer, name).exists():
            continue
        if layer != "staging":
            raise AssetProblem(f"{model.table} reads {read}, which is not made yet: materialise that first.")
        build_staging(settings, load_contract(name), [])


def _lineage(settings: Settings, model: Model, schemas: Mapping[str, Mapping[str, str]]) -> Metadata:
    """Column lineage, worked out again only when the SELECT or the columns that it reads have changed (it is slow)."""
    names = {table: list(columns) for table, columns in schemas.items()}
    version = hashlib.sha256(json.dumps([model.sql, names], sort_keys=True).encode()).hexdigest()
    kept = table_path(settings, model.layer, model.name).with_name("lineage.json")
    stored = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    if stored.get("version") != version:
        stored = {"version": version, "made_from": column_lineage(model, schemas)}
        with replace_atomically(kept) as beside:
            beside.write_text(json.dumps(stored), encoding="utf-8")
    return lineage_metadata(
        {column: [(table, name) for table, name in sources] for column, sources in stored["made_from"].items()}
    )
