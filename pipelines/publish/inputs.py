"""What a release is made from: the shared models' tables and the state of every source."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines.ledgers.consent import responses_left_out
from pipelines.ledgers.states import corrections_in_force
from pipelines.publish.dictionary import SourceState
from pipelines.publish.errors import PublishError
from pipelines.publish.shared_contract import load_shared_contract
from pipelines.settings import Settings
from pipelines.tables import table_path

NEEDED = ("measure", "observation")


@dataclass(frozen=True)
class CouncilChanges:
    """What the council left out of the data that it was sent, or put right in it."""

    responses_left_out: int
    corrections_in_force: int

    @property
    def in_words(self) -> list[str]:
        """Two sentences for the release notes."""
        return [
            f"Survey responses left out because consent was withdrawn: {self.responses_left_out:,}.",
            f"Values of the extracts that the council corrects until its suppliers do: {self.corrections_in_force:,}.",
        ]


def candidate_tables(settings: Settings) -> dict[str, Path]:
    """Table → Parquet of every shared model that has been made. Raises PublishError without measures and observations."""
    made = {table.name: table_path(settings, "shared", table.name) for table in load_shared_contract().tables}
    found = {name: path for name, path in made.items() if path.is_file()}
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise PublishError(f"There is no shared table {' and no '.join(missing)} yet: run the whole refresh first.")
    return found


def council_changes(settings: Settings) -> CouncilChanges:
    """As the tables core.consent_withdrawal and core.correction of the last build have it."""
    return CouncilChanges(responses_left_out(settings), corrections_in_force(settings))


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
