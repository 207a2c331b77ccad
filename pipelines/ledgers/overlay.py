"""Lays corrected values over the rows of one source that are in use, and keeps what became of each line of the ledger.

A value gets in only if the row, with it, still keeps every critical rule of the contract: the typed file is validated
again with the corrections in it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from expectations.validation import validate_files
from pipelines.contracts import Contract
from pipelines.engine import connect
from pipelines.ledgers.corrections import CORRECTION_SCHEMA, Correction, CorrectionState, load_corrections
from pipelines.ledgers.reading import working_folder
from pipelines.ledgers.typed_lines import typed_table
from pipelines.settings import Settings
from pipelines.tables import file_path, quoted, replace_atomically, table_path

VERSION: Final = b"ledger"


@dataclass(frozen=True)
class Place:
    """A row that a line is about, and whether it holds the new value already."""

    file_id: str
    row_number: int
    is_right: bool


def apply_corrections(settings: Settings, contract: Contract, staged: Path, as_at: date) -> None:
    """Put the corrections in force into the file `staged`, and keep the state of each line of the source."""
    ledger = load_corrections(settings, as_at)
    lines = ledger.valid.get(contract.id, ())
    states: list[CorrectionState] = []
    if lines:
        with connect(settings) as connection:
            places = _find_rows(connection, settings, contract, staged, lines)
            states = [_state(correction, contract.id, places, as_at) for correction in lines]
            states = _without_broken_rules(connection, settings, contract, states, as_at)
            in_force = _numbers(states)
            if in_force:
                _overlay(connection, staged, _columns(states), in_force)
    metadata = CORRECTION_SCHEMA.with_metadata({VERSION: ledger.version.encode()})
    with replace_atomically(states_path(settings, contract.id)) as beside:
        pq.write_table(pa.Table.from_pylist([asdict(state) for state in states], metadata), beside)


def states_path(settings: Settings, source: str) -> Path:
    """What became of the lines of one source when its staging was built: rows as in core.correction."""
    return table_path(settings, "corrections", source)


def values_corrected(settings: Settings, source: str) -> int:
    """How many lines of the ledger lie over the staging of a source."""
    path = states_path(settings, source)
    return pq.read_table(path).column("status").to_pylist().count("applied") if path.exists() else 0


def _find_rows(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract,
    staged: Path,
    lines: Sequence[Correction],
) -> Mapping[int, Place]:
    """Leave temp tables `line` (typed keys and values) and `place` (line → rows in use); return the first row per line."""
    typed = typed_table(settings, contract, [correction.line for correction in lines])
    connection.register("typed_lines", typed)
    connection.execute("create temp table line as select * from typed_lines")
    connection.unregister("typed_lines")
    connection.execute(
        "create temp table place (line_number integer, column_name varchar, file_id varchar, row_number integer, is_right"
        " boolean)"
    )
    match = " and ".join(f'staged."{name}" = line."{name}"' for name in contract.key)
    for column in sorted({correction.line.column for correction in lines}):
        numbers = [correction.line.line_number for correction in lines if correction.line.column == column]
        connection.execute(f"""
            insert into place
            select line.row_number, {quoted(column)}, staged.file_id, staged.row_number,
                staged."{column}" is not distinct from line."{column}"
            from read_parquet({quoted(staged)}) staged join line on {match}
            where line.row_number in ({_listed(numbers)})
        """)
    rows = connection.execute("""
        select line_number, file_id, row_number, is_right from place order by line_number, file_id desc, row_number desc
    """).fetchall()
    return {int(number): Place(str(file_id), int(row), bool(is_right)) for number, file_id, row, is_right in rows}


def _state(correction: Correction, source: str, places: Mapping[int, Place], as_at: date) -> CorrectionState:
    place = places.get(correction.line.line_number)
    if place is not None and place.is_right:
        state = correction.state(source, "source is right")
    elif correction.expires_on < as_at:
        state = correction.state(source, "expired")
    else:
        state = correction.state(source, "applied" if place else "row not found")
    return replace(state, file_id=place.file_id, row_number=place.row_number) if place else state


def _without_broken_rules(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract,
    states: list[CorrectionState],
    as_at: date,
) -> list[CorrectionState]:
    """The states, where what would break a critical rule of the contract is not valid. Ends when nothing does."""
    while in_force := _numbers(states):
        broken = _broken_by(connection, settings, contract, states, in_force, as_at)
        if not broken:
            break
        states = [
            replace(state, status="not valid", rule_ids=broken[state.line_number])
            if state.line_number in broken
            else state
            for state in states
        ]
    return states


def _broken_by(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    contract: Contract,
    states: Sequence[CorrectionState],
    in_force: Collection[int],
    as_at: date,
) -> dict[int, str]:
    """Line → the critical rules that its file breaks with the corrections in it, and did not break before.

    Where only rows break a rule that no line is about (rules can compare rows), every line of that file is meant.
    """
    critical = tuple(rule for rule in contract.rules if rule.severity == "critical" and rule.level == "row")
    touched = sorted({str(state.file_id) for state in states if state.line_number in in_force})
    with working_folder(settings) as folder:
        files = {file_id: folder / f"{file_id}.parquet" for file_id in touched}
        quarantine = {file_id: folder / f"{file_id}.quarantine.parquet" for file_id in touched}
        for file_id, path in files.items():
            typed = file_path(settings, "typed", contract.id, file_id)
            connection.execute(f"copy ({_overlaid(typed, _columns(states), in_force, True)}) to {quoted(path)}")
        with connect(settings) as validating:
            found = validate_files(validating, files, replace(contract, rules=critical), as_at, quarantine)
        rows: dict[tuple[str, int], str] = {}
        for file_id, path in quarantine.items():
            before = file_path(settings, "quarantine", contract.id, file_id)
            rows |= {(file_id, number): rules for number, rules in _newly_broken(connection, path, before).items()}
    of_files = {file_id: ",".join(found[file_id].refusal_rule_ids) for file_id in touched}
    lines = connection.execute(
        f"select line_number, file_id, row_number from place where line_number in ({_listed(in_force)})"
    ).fetchall()
    broken = {number: rows[file_id, row] for number, file_id, row in lines if (file_id, row) in rows}
    if broken:
        return broken
    of_files |= {file_id: rules for (file_id, _), rules in rows.items()}
    return {number: of_files[file_id] for number, file_id, _ in lines if of_files[file_id]}


def _newly_broken(connection: duckdb.DuckDBPyConnection, now: Path, before: Path) -> dict[int, str]:
    rows = connection.execute(f"""
        select now.row_number, now.rule_ids
        from read_parquet({quoted(now)}) now anti join read_parquet({quoted(before)}) before using (row_number)
    """).fetchall()
    return {int(number): str(rule_ids) for number, rule_ids in rows}


def _overlay(
    connection: duckdb.DuckDBPyConnection, staged: Path, columns: Sequence[str], in_force: Collection[int]
) -> None:
    corrected = staged.with_name(f"{staged.name}.corrected")
    select = _overlaid(staged, columns, in_force, False)
    connection.execute(f"copy ({select}) to {quoted(corrected)} (format parquet, compression zstd)")
    corrected.replace(staged)


def _overlaid(rows: Path, columns: Sequence[str], in_force: Collection[int], is_typed: bool) -> str:
    """SELECT of the rows with the new values, in their order. A typed file also says what could not be read."""
    joins: list[str] = []
    replaced: list[str] = []
    unreadable = "rows.unreadable_columns"
    for column in columns:
        new = f'"new_{column}"'
        joins.append(
            f'left join (select place.file_id, place.row_number, line."{column}" as value from place'
            f" join line on line.row_number = place.line_number where place.column_name = {quoted(column)}"
            f" and place.line_number in ({_listed(in_force)})) {new}"
            f" on {new}.file_id = rows.file_id and {new}.row_number = rows.row_number"
        )
        replaced.append(f'case when {new}.row_number is null then rows."{column}" else {new}.value end as "{column}"')
        unreadable = (
            f"case when {new}.row_number is null then {unreadable} else replace({unreadable}, ',{column},', ',') end"
        )
    if is_typed:
        replaced.append(f"case {unreadable} when ',' then '' else {unreadable} end as unreadable_columns")
    return f"""
        select rows.* exclude (file_row_number) replace ({", ".join(replaced)})
        from read_parquet({quoted(rows)}, file_row_number = true) rows {" ".join(joins)}
        order by rows.file_row_number
    """


def _columns(states: Sequence[CorrectionState]) -> list[str]:
    return sorted({str(state.column_name) for state in states if state.status == "applied"})


def _numbers(states: Sequence[CorrectionState]) -> list[int]:
    return [state.line_number for state in states if state.status == "applied"]


def _listed(numbers: Collection[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
