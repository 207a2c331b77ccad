"""The two tables that a release says about itself: `release` and `dictionary`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pyarrow as pa

from pipelines.publish.shared_contract import SharedContract


@dataclass(frozen=True)
class SourceState:
    """One source of data (and supplier) behind a release. `status`: current, stale or missing."""

    source: str
    supplier: str
    status: str
    file_ids: tuple[str, ...]
    received_date: date | None
    age_days: int | None
    explanation: str


def dictionary_table(contract: SharedContract, rows: Mapping[str, int]) -> pa.Table:
    """One row per table (column_name NULL, with its row count) and per column; `rows` gives rows by table."""
    lines: list[dict[str, object]] = []
    for table in contract.tables:
        lines.append({"table_name": table.name, "description": table.description, "row_count": rows.get(table.name)})
        lines += [
            {
                "table_name": table.name,
                "column_name": column.name,
                "position": position,
                "data_type": column.data_type,
                "description": column.description,
                "classification": column.classification,
            }
            for position, column in enumerate(table.columns, start=1)
        ]
    own = next(line for line in lines if line["table_name"] == "dictionary")
    own["row_count"] = len(lines)
    schema = pa.schema(
        [
            ("table_name", pa.string()),
            ("column_name", pa.string()),
            ("position", pa.int32()),
            ("data_type", pa.string()),
            ("description", pa.string()),
            ("classification", pa.string()),
            ("row_count", pa.int64()),
        ]
    )
    return pa.Table.from_pylist(lines, schema)


def release_table(
    release_id: str, as_at: date, made_at: datetime, versions: tuple[str, str], sources: Sequence[SourceState]
) -> pa.Table:
    """One row per source; one row with source `none` if there is no source. `versions`: of the contract and the code."""
    nothing = SourceState("none", "", "missing", (), None, None, "No extract has been received.")
    schema = pa.schema(
        [
            ("release_id", pa.string()),
            ("as_at", pa.date32()),
            ("made_at", pa.timestamp("us")),
            ("contract_version", pa.string()),
            ("code_version", pa.string()),
            ("source", pa.string()),
            ("supplier", pa.string()),
            ("source_status", pa.string()),
            ("received_date", pa.date32()),
            ("age_days", pa.int32()),
            ("explanation", pa.string()),
        ]
    )
    made = made_at.astimezone(UTC).replace(tzinfo=None)
    lines = [
        (
            release_id,
            as_at,
            made,
            *versions,
            state.source,
            state.supplier,
            state.status,
            state.received_date,
            state.age_days,
            state.explanation,
        )
        for state in (sources or [nothing])
    ]
    return pa.Table.from_pylist([dict(zip(schema.names, line, strict=True)) for line in lines], schema)
