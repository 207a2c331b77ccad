"""What changed from one release to another: rows, measures, revised figures, suppressions and held figures.

Everything is read from the Parquet twins of the two releases, which partners have too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.publish.held import HELD
from pipelines.tables import quoted

# The tables of figures with a status, each with the columns that say which figure a row is.
FIGURES: Mapping[str, tuple[str, ...]] = {
    "observation": (
        "measure_id", "area_code", "period_type", "period_start", "period_end", "breakdown", "breakdown_value",
    ),
    "lived_experience": ("wave_id", "question_id", "area_code", "breakdown", "breakdown_value"),
    "cross_tabulation": (
        "table_id", "area_code", "period_type", "period_start", "period_end",
        "row_breakdown", "row_value", "column_breakdown", "column_value",
    ),
    "theme": ("wave_id", "theme"),
}  # fmt: skip
_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "observation": ("numerator", "denominator", "value"),
    "lived_experience": ("positive_answers", "base", "positive_pct"),
    "cross_tabulation": ("count", "base", "share_pct"),
    "theme": ("responses", "base", "share_pct"),
}
_SUPPRESSED = "c"


@dataclass(frozen=True)
class TableChange:
    """Rows of a table in both releases, and columns that only one has; `rows_*` None: the release has no such table."""

    table: str
    rows_before: int | None
    rows_after: int | None
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class FigureChange:
    """Figures of a table: added, removed, and those in both: revised, newly suppressed or shown again; held in the later.

    revised_by_measure: (first column of the key, figures) for those revised.
    """

    table: str
    added: int
    removed: int
    revised: int
    newly_suppressed: int
    shown_again: int
    held: int
    revised_by_measure: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Difference:
    """Two releases beside each other."""

    tables: tuple[TableChange, ...]
    figures: tuple[FigureChange, ...]
    measures_added: tuple[str, ...]
    measures_removed: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether no figure, measure, column or number of rows differs, and no figure is held."""
        return not (self.measures_added or self.measures_removed or any(map(_differs, self.tables))) and not any(
            one.added or one.removed or one.revised or one.newly_suppressed or one.shown_again or one.held
            for one in self.figures
        )


def difference(before: Path, after: Path) -> Difference:
    """Compare two releases by their folders."""
    names = sorted({path.stem for folder in (before, after) for path in (folder / "parquet").glob("*.parquet")})
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")
        tables = tuple(_table_change(connection, name, before, after) for name in names)
        both = {table.table for table in tables if table.rows_before is not None and table.rows_after is not None}
        figures = tuple(_figure_change(connection, name, before, after) for name in FIGURES if name in both)
        registers = [_measures(connection, folder) for folder in (before, after)]
    return Difference(
        tables, figures, tuple(sorted(registers[1] - registers[0])), tuple(sorted(registers[0] - registers[1]))
    )


def _differs(table: TableChange) -> bool:
    about_the_release = table.table in ("release", "dictionary", "revision")
    columns = bool(table.columns_added or table.columns_removed)
    return columns or (table.rows_before != table.rows_after and not about_the_release)


def _parquet(folder: Path, table: str) -> Path:
    return folder / "parquet" / f"{table}.parquet"


def _table_change(connection: duckdb.DuckDBPyConnection, table: str, before: Path, after: Path) -> TableChange:
    rows: list[int | None] = []
    columns: list[list[str]] = []
    for folder in (before, after):
        path = _parquet(folder, table)
        if not path.is_file():
            rows.append(None)
            columns.append([])
            continue
        relation = f"read_parquet({quoted(path)})"
        counted = connection.execute(f"select count(*) from {relation}").fetchone()
        rows.append(int(counted[0]) if counted else 0)
        columns.append([str(row[0]) for row in connection.execute(f"describe select * from {relation}").fetchall()])
    if None in rows:
        return TableChange(table, rows[0], rows[1])
    added = tuple(name for name in columns[1] if name not in columns[0])
    removed = tuple(name for name in columns[0] if name not in columns[1])
    return TableChange(table, rows[0], rows[1], added, removed)


def _figure_change(connection: duckdb.DuckDBPyConnection, table: str, before: Path, after: Path) -> FigureChange:
    place = FIGURES[table]
    same_place = " and ".join(f'old."{name}" is not distinct from new."{name}"' for name in place)
    moved = " or ".join(f'old."{name}" is distinct from new."{name}"' for name in _NUMBERS[table])
    shown = f"old.status <> '{_SUPPRESSED}' and new.status <> '{_SUPPRESSED}'"
    connection.execute(f"""
        create or replace temp table compared as
        select
            coalesce(new."{place[0]}", old."{place[0]}") as measure,
            old.status is null as is_added,
            new.status is null as is_removed,
            {shown} and ({moved}) as is_revised,
            old.status <> '{_SUPPRESSED}' and new.status = '{_SUPPRESSED}' as is_newly_suppressed,
            old.status = '{_SUPPRESSED}' and new.status <> '{_SUPPRESSED}' as is_shown_again,
            new.status = '{HELD}' as is_held
        from (select * replace (coalesce(status, '') as status) from read_parquet({quoted(_parquet(before, table))})) old
        full outer join
            (select * replace (coalesce(status, '') as status) from read_parquet({quoted(_parquet(after, table))})) new
            on {same_place}
    """)
    kinds = ("added", "removed", "revised", "newly_suppressed", "shown_again", "held")
    counted = ", ".join(f"count(*) filter (is_{kind})" for kind in kinds)
    found = connection.execute(f"select {counted} from compared").fetchone() or (0,) * len(kinds)
    by_measure = connection.execute(
        "select measure, count(*) from compared where is_revised group by measure order by measure"
    ).fetchall()
    return FigureChange(
        table, *(int(count) for count in found), revised_by_measure=tuple((str(m), int(n)) for m, n in by_measure)
    )


def _measures(connection: duckdb.DuckDBPyConnection, folder: Path) -> set[str]:
    path = _parquet(folder, "measure")
    if not path.is_file():
        return set()
    return {
        str(row[0]) for row in connection.execute(f"select measure_id from read_parquet({quoted(path)})").fetchall()
    }


def in_words(change: Difference) -> Sequence[str]:
    """The difference as lines of Markdown, for release notes and the command line."""
    if change.is_empty:
        return ["The figures are the same."]
    lines = ["## Measures", ""]
    lines.append(f"- Added: {', '.join(change.measures_added) or 'none'}")
    lines.append(f"- Removed: {', '.join(change.measures_removed) or 'none'}")
    lines += ["", "## Figures", ""]
    lines += [
        "| table | added | removed | revised | newly suppressed | shown again | held |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in change.figures:
        counts = (one.added, one.removed, one.revised, one.newly_suppressed, one.shown_again, one.held)
        lines.append(f"| {one.table} | {' | '.join(f'{count:,}' for count in counts)} |")
    revised = [f"{name} ({count:,})" for one in change.figures for name, count in one.revised_by_measure]
    lines += ["", f"Revised: {', '.join(revised) or 'none'}."]
    lines += ["", "## Tables", "", "| table | rows before | rows now | columns |", "|---|---|---|---|"]
    for table in change.tables:
        lines.append(f"| {table.table} | {_rows(table.rows_before)} | {_rows(table.rows_after)} | {_columns(table)} |")
    return lines


def _rows(count: int | None) -> str:
    return "no such table" if count is None else f"{count:,}"


def _columns(table: TableChange) -> str:
    said = [f"added {name}" for name in table.columns_added] + [f"removed {name}" for name in table.columns_removed]
    return ", ".join(said) or "the same"
