"""Reference tables: the lists in data/reference, and the facts of this refresh, as Parquet like every other table."""

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from pipelines.engine import connect
from pipelines.register import check_register
from pipelines.settings import REFERENCE, Settings
from pipelines.shared_tables import CrossTable, OneWayTable, load_shared_tables
from pipelines.tables import quoted, replace_atomically, table_path

# table → (file, columns that are not text)
CSV_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "code_set": ("code_sets.csv", {}),
    "area_lsoa": ("area_lsoa.csv", {"imd_rank": "INTEGER", "imd_decile": "INTEGER", "imd_quintile": "INTEGER"}),
    "school": ("schools.csv", {}),
    "question": ("question_bank.csv", {}),
    "code_book": ("code_book.csv", {"version": "INTEGER"}),
    "survey_wave": ("survey_waves.csv", {"start_date": "DATE", "end_date": "DATE", "invited": "INTEGER"}),
    "calendar": ("calendar.csv", {"period_start": "DATE", "period_end": "DATE"}),
    "area_neighbour": ("area_neighbours.csv", {"rank": "INTEGER"}),
    "statutory_limit": ("statutory_limits.csv", {"days": "INTEGER"}),
}


def reference_tables() -> tuple[str, ...]:
    """Names of all tables of the layer."""
    return (*CSV_TABLES, "measure", "shared_table", "shared_breakdown", "refresh")


def build_reference(settings: Settings, as_at: date) -> dict[str, int]:
    """Write every reference table; return table → rows."""
    rows: dict[str, int] = {}
    with connect(settings) as connection:
        for table, (name, types) in CSV_TABLES.items():
            columns = {column: types.get(column, "VARCHAR") for column in _header(REFERENCE / name)}
            declared = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
            with replace_atomically(table_path(settings, "reference", table)) as beside:
                result = connection.execute(
                    f"copy (select * from read_csv({quoted(REFERENCE / name)}, header = true, columns = {{{declared}}}))"
                    f" to {quoted(beside)} (format parquet)"
                ).fetchone()
            rows[table] = int(result[0]) if result else 0
    rows["measure"] = _write(settings, "measure", measure_table())
    rows["shared_table"] = _write(settings, "shared_table", shared_table_table())
    rows["shared_breakdown"] = _write(settings, "shared_breakdown", shared_breakdown_table())
    refresh = pa.table({"as_at": pa.array([as_at], pa.date32()), "area_code": [settings.area_code]})
    rows["refresh"] = _write(settings, "refresh", refresh)
    return rows


def load_register() -> list[dict[str, object]]:
    """The measure register as written in measures.yaml, one mapping per measure.

    Raises RegisterProblem if an entry does not keep the schema of pipelines/register.py.
    """
    entries = yaml.load((REFERENCE / "measures.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["measures"]
    check_register(entries)
    return entries


def measure_table() -> pa.Table:
    """The register flattened to one row per measure: nested entries become <entry>_<key>, all of them text."""
    rows = [_flatten(entry) for entry in load_register()]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


def shared_table_table() -> pa.Table:
    """One row per table that partners may see; `subject` and `column_breakdown` are NULL for a one-way table."""
    shared = load_shared_tables()
    rows: list[dict[str, str | None]] = []
    for table in shared.agreements:
        row = dict.fromkeys(("subject", "row_breakdown", "column_breakdown"))
        if isinstance(table, OneWayTable):
            row["row_breakdown"] = table.breakdown
        elif isinstance(table, CrossTable):
            row |= {name: getattr(table, name) for name in row}
        agreed = {name: getattr(table, name) for name in ("purpose", "legal_basis", "recipients", "retention")}
        rows.append({"table_id": table.id, **row, **agreed})
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in rows[0]})


def shared_breakdown_table() -> pa.Table:
    """One row per measure, breakdown and kind of period that partners may see."""
    shared, register = load_shared_tables(), load_register()
    rows = [
        (table.id, str(entry["id"]), table.breakdown, period)
        for table in shared.one_way
        for entry in register
        if table.holds(str(entry["id"]))
        for period in shared.periods(table, str(entry["source"]))
    ]
    columns = zip(("table_id", "measure_id", "breakdown", "period_type"), zip(*rows, strict=True), strict=True)
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns})


def _flatten(entry: dict[str, object], prefix: str = "") -> dict[str, str | None]:
    flat: dict[str, str | None] = {}
    for key, value in entry.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{prefix}{key}_")
        else:
            flat[f"{prefix}{key}"] = None if value is None else str(value)
    return flat


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as handle:
        return next(csv.reader(handle))


def _write(settings: Settings, table: str, data: pa.Table) -> int:
    with replace_atomically(table_path(settings, "reference", table)) as beside:
        pq.write_table(data, beside)
    return data.num_rows
