"""Staging: the accepted rows of all files of a source that are in use, one row per key.

What is in staging and what was superseded are counted apart, each from the rows themselves: a row that is neither is lost.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines.contracts import Contract
from pipelines.engine import connect
from pipelines.ingest.typed import NOT_A_CODE
from pipelines.outcomes import FileOutcome, current_outcomes
from pipelines.settings import Settings
from pipelines.tables import file_path, quoted, replace_atomically, table_path


def build_staging(
    settings: Settings,
    contract: Contract,
    outcomes: list[FileOutcome],
    correct: Callable[[Path], None] = lambda staged: None,
) -> dict[str, int]:
    """Write staging.<source>; return file_id → rows in use. Of a key that came twice the newest delivery wins.

    The rows lie in the order of deliveries, whatever order their files came in. `correct` is given the file before anybody
    sees it: corrected values lie over the rows that were chosen without them.
    """
    current = current_outcomes(contract, outcomes)
    columns = _staging_columns(contract)
    output = table_path(settings, "staging", contract.id)
    with connect(settings) as connection:
        if current:
            _create_accepted_view(connection, settings, contract, current)
            select = _latest_of_each_key(contract, columns) if len(current) > 1 else f"select {columns} from accepted"
            select += " order by sequence, row_number"
        else:
            typed = [("file_id", "VARCHAR"), ("row_number", "INTEGER"), *contract.typed_columns]
            select = "select " + ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in typed) + " limit 0"
        with replace_atomically(output) as beside:
            connection.execute(f"copy ({select}) to {quoted(beside)} (format parquet, compression zstd)")
            correct(beside)
        return _rows_by_file(connection, f"select file_id from read_parquet({quoted(output)})")


def staged_rows(settings: Settings, contract: Contract) -> dict[str, int]:
    """file_id → rows of it in staging now."""
    output = table_path(settings, "staging", contract.id)
    if not output.exists():
        return {}
    with connect(settings) as connection:
        return _rows_by_file(connection, f"select file_id from read_parquet({quoted(output)})")


def superseded_rows(settings: Settings, contract: Contract, outcomes: list[FileOutcome]) -> dict[str, int]:
    """file_id → rows that could be used and give way to newer ones.

    Those are all good rows of a snapshot that its supplier has replaced, and of a file that was withdrawn; and of a file
    in use, the rows that are not in staging, which holds a row of a newer file for their key. A row that staging lost is not
    among them.
    """
    current = current_outcomes(contract, outcomes)
    in_use = {outcome.file_id for outcome in current}
    good = {outcome.file_id: _good_rows(settings, outcome) for outcome in outcomes if not outcome.refused}
    counts = {file_id: rows for file_id, rows in good.items() if file_id not in in_use}
    output = table_path(settings, "staging", contract.id)
    if len(current) < 2 or not output.exists():
        return counts
    staged = staged_rows(settings, contract)
    # Files that are in staging with every row need no join: of millions of rows a year, only what was sent again does.
    replaced = [[file_id] for file_id in in_use if staged.get(file_id, 0) < good[file_id]]
    if not replaced:
        return counts
    in_staging = f"""read_parquet({quoted(output)}) as staged
        on staged.file_id = accepted.file_id and staged.row_number = accepted.row_number"""
    same_key = " and ".join(f'unstaged."{name}" = accepted."{name}"' for name in contract.key)
    with connect(settings) as connection:
        _create_accepted_view(connection, settings, contract, current)
        connection.execute("create temp table replaced (file_id varchar)")
        connection.executemany("insert into replaced values (?)", replaced)
        connection.execute(f"""
            create temp table unstaged as
            select accepted.* from (select * from accepted semi join replaced using (file_id)) accepted
            anti join {in_staging}
        """)
        return counts | _rows_by_file(
            connection,
            f"""
            select unstaged.file_id from unstaged
            semi join (
                select accepted.* from (
                    select * from accepted semi join unstaged on {same_key}
                ) accepted semi join {in_staging}
            ) accepted on {same_key} and accepted.sequence > unstaged.sequence
            """,
        )


def _good_rows(settings: Settings, outcome: FileOutcome) -> int:
    typed, quarantined = (
        pq.read_metadata(file_path(settings, layer, outcome.source, outcome.file_id)).num_rows
        for layer in ("typed", "quarantine")
    )
    return typed - quarantined


def _rows_by_file(connection: duckdb.DuckDBPyConnection, select: str) -> dict[str, int]:
    counts = connection.execute(f"select file_id, count(*) from ({select}) group by file_id").fetchall()
    return {str(file_id): int(rows) for file_id, rows in counts}


def _staging_columns(contract: Contract) -> str:
    """The typed columns; a text that was no code is unknown from here on (the raw table still has it)."""
    coded = {column.name for column in contract.columns if column.code_set}
    names = ["file_id", "row_number", *(name for name, _ in contract.typed_columns)]
    return ", ".join(f'nullif("{n}", \'{NOT_A_CODE}\') as "{n}"' if n in coded else f'"{n}"' for n in names)


def _create_accepted_view(
    connection: duckdb.DuckDBPyConnection, settings: Settings, contract: Contract, current: list[FileOutcome]
) -> None:
    def files(layer: str) -> str:
        return ", ".join(quoted(file_path(settings, layer, contract.id, outcome.file_id)) for outcome in current)

    connection.execute("create temp table delivery (file_id varchar, sequence bigint)")
    connection.executemany(
        "insert into delivery values (?, ?)", [[o.file_id, place] for place, o in enumerate(current)]
    )
    connection.execute(f"""
        create temp view accepted as
        select typed.*, delivery.sequence
        from read_parquet([{files("typed")}]) typed
        join delivery on delivery.file_id = typed.file_id
        anti join read_parquet([{files("quarantine")}]) quarantined
            on quarantined.file_id = typed.file_id and quarantined.row_number = typed.row_number
    """)


def _latest_of_each_key(contract: Contract, columns: str) -> str:
    key = ", ".join(f'"{name}"' for name in contract.key)
    match = " and ".join(f'sent_again."{name}" = accepted."{name}"' for name in contract.key)
    return f"""
        with sent_again as (
            select {key}, max(sequence) as latest_sequence from accepted group by {key} having count(*) > 1
        )
        select {columns} from (
            select accepted.*, sent_again.latest_sequence from accepted left join sent_again on {match}
        ) where latest_sequence is null or latest_sequence = sequence
    """
