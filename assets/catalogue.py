"""What the catalogue shows of an asset, and what it never shows: a value from a child's record.

Every table has row count, columns with descriptions, owner, kind, freshness policy and group; SQL models also column
lineage and a link to their file.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeAlias

import dagster as dg

from pipelines.error_words import worded

OWNERS: Final = ("team:send-data",)
# The nightly run is due every 24 hours: a late one warns, a missed one fails.
FRESHNESS: Final = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=26), fail_window=timedelta(hours=50))
# What a Parquet footer calls a type → what SQL calls it.
SQL_TYPES: Final = {
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "double": "DOUBLE",
    "date32[day]": "DATE",
}

Metadata: TypeAlias = dict[str, dg.MetadataValue | dg.TableColumnLineage | str | int]


class AssetProblem(Exception):
    """An asset was not made. The message says where and what to do, and holds no value from a record."""


def spec(
    key: Sequence[str],
    group: str,
    description: str,
    deps: Sequence[Sequence[str]] = (),
    kinds: Sequence[str] = ("duckdb", "parquet"),
    metadata: Mapping[str, object] | None = None,
) -> dg.AssetSpec:
    """An asset of this pipeline, with the owner and the freshness policy that all have."""
    return dg.AssetSpec(
        key=list(key),
        group_name=group,
        description=description,
        deps=[dg.AssetKey(list(dep)) for dep in deps],
        kinds=set(kinds),
        owners=list(OWNERS),
        freshness_policy=FRESHNESS,
        metadata=metadata,
    )


# The links to code are in beta: the version of Dagster is pinned, and a warning for each of forty assets helps nobody.
warnings.filterwarnings("ignore", category=dg.BetaWarning, module=__name__)


def link_to_code(path: Path) -> dict[str, object]:
    """Metadata that links an asset to the file that makes it."""
    reference = dg.LocalFileCodeReference(file_path=str(path), line_number=1, label=path.name)
    return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference])}


def table_metadata(path: Path, descriptions: Mapping[str, str] | None = None) -> Metadata:
    """Row count, columns and place of one Parquet file or of all that a glob finds (none: no rows and no columns)."""
    found = sorted(path.parent.glob(path.name)) if path.parent.is_dir() else []
    if not found:
        return {"dagster/row_count": 0}
    rows, columns = _rows_and_columns(found)
    known = descriptions or {}
    schema = dg.TableSchema([dg.TableColumn(name, kind, known.get(name)) for name, kind in columns.items()])
    return {
        "dagster/row_count": rows,
        "dagster/column_schema": dg.MetadataValue.table_schema(schema),
        "path": dg.MetadataValue.path(found[0] if len(found) == 1 else path.parent),
    }


def column_types(path: Path) -> dict[str, str]:
    """Column → DuckDB type of a Parquet file."""
    return _rows_and_columns([path])[1]


def lineage_metadata(made_from: Mapping[str, Sequence[tuple[str, str]]]) -> Metadata:
    """Column lineage as Dagster draws it, from column → [(layer.table, column)]."""
    deps = {
        column: [dg.TableColumnDep(asset_key=table.split("."), column_name=source) for table, source in sources]
        for column, sources in made_from.items()
    }
    return {"dagster/column_lineage": dg.TableColumnLineage(deps)}


@contextmanager
def no_values_in_errors(what: str) -> Iterator[None]:
    """Let only errors that we worded ourselves pass: a message of DuckDB or pandas can quote the row that it failed at.

    Dagster keeps every error for months and shows it to all who open the UI.
    """
    try:
        yield
    except Exception as error:
        raise AssetProblem(f"{what} was not made. {worded(error)}") from None


def _rows_and_columns(paths: Sequence[Path]) -> tuple[int, dict[str, str]]:
    """Rows of all files, and the columns of any, from their footers alone."""
    import pyarrow.parquet as pq

    rows, columns = 0, dict[str, str]()
    for path in paths:
        footer = pq.read_metadata(path)
        rows += footer.num_rows
        columns |= {field.name: _sql_type(str(field.type)) for field in footer.schema.to_arrow_schema()}
    return rows, columns


def _sql_type(arrow_type: str) -> str:
    return SQL_TYPES.get(arrow_type, arrow_type.split("[")[0].upper())
