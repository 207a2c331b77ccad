"""What a release is made from: the shared models' tables and the state of every source."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines.publish.dictionary import SourceState
from pipelines.publish.errors import PublishError
from pipelines.publish.shared_contract import load_shared_contract
from pipelines.settings import Settings
from pipelines.tables import table_path

NEEDED = ("measure", "observation")


def candidate_tables(settings: Settings) -> dict[str, Path]:
    """Table → Parquet of every shared model that has been made. Raises PublishError without measures and observations."""
    made = {table.name: table_path(settings, "shared", table.name) for table in load_shared_contract().tables}
    found = {name: path for name, path in made.items() if path.is_file()}
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise PublishError(f"There is no shared table {' and no '.join(missing)} yet: run the whole refresh first.")
    return found


def source_states(settings: Settings) -> list[SourceState]:
    """One entry per source and supplier, from core.source_status; file ids of all files in use from core.reconciliation.

    A supplier goes by its number: the name of its folder may be a child's and stays with the council.
    """
    status = table_path(settings, "core", "source_status")
    files = table_path(settings, "core", "reconciliation")
    if not status.is_file():
        return []
    in_use: dict[tuple[str, str], list[str]] = {}
    if files.is_file():
        with duckdb.connect() as connection:
            connection.register("files", pq.read_table(files))
            for source, supplier, file_id in connection.execute(
                "select source, supplier, file_id from files where status = 'current' order by all"
            ).fetchall():
                in_use.setdefault((source, supplier), []).append(file_id)
    return [
        SourceState(
            source=str(row["source"]),
            supplier=str(row["supplier_id"]),
            status=str(row["status"]),
            file_ids=tuple(in_use.get((str(row["source"]), str(row["supplier"])), [])),
            received_date=row["received_date"],
            age_days=row["age_days"],
            explanation=str(row["message"]),
        )
        for row in sorted(pq.read_table(status).to_pylist(), key=lambda row: (row["source"], row["supplier"]))
    ]
