"""What a refresh ends with on the command line: counts, and where to look. No values."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.dagster_home import RefreshResult
from pipelines.engine import connect
from pipelines.publish import list_releases
from pipelines.settings import Settings
from pipelines.tables import quoted, table_path
from pipelines.to_fix import LETTERS, letter_pages

FILES = """
select count(*), count(*) filter (where status = 'refused'), coalesce(sum(rows_received), 0),
    coalesce(sum(rows_accepted), 0), coalesce(sum(rows_quarantined), 0), coalesce(sum(rows_duplicate), 0),
    coalesce(sum(rows_superseded), 0)
from read_parquet({0})
"""
STATUSES = "select source, status, message from read_parquet({0}) where status <> 'current' order by source"
MEASURES = "select count(distinct measure_id), count(*) from read_parquet({0})"


@dataclass(frozen=True)
class Summary:
    """Lines to print, and whether somebody must act."""

    lines: tuple[str, ...]
    needs_attention: bool


def summarise(settings: Settings, result: RefreshResult) -> Summary:
    """Count what the refresh left in the warehouse."""
    with connect(settings) as connection:
        files = _row(connection, FILES, table_path(settings, "core", "reconciliation"))
        measures = _row(connection, MEASURES, table_path(settings, "measures", "observation"))
        status_table = table_path(settings, "core", "source_status")
        statuses = connection.execute(STATUSES.format(quoted(status_table))).fetchall() if status_table.exists() else []
    received, refused, rows, accepted, quarantined, duplicate, superseded = files or (0,) * 7
    lines = [
        f"Files received      {received:>12,}   refused {refused:,}",
        f"Rows received       {rows:>12,}",
        f"  accepted          {accepted:>12,}",
        f"  quarantined       {quarantined:>12,}",
        f"  duplicate         {duplicate:>12,}",
        f"  superseded        {superseded:>12,}",
        f"Checks passed       {result.checks_passed:>12,}   of {result.checks_passed + result.checks_failed:,}",
    ]
    if measures:
        lines.append(f"Measures computed   {measures[0]:>12,}   in {measures[1]:,} figures")
    newest = next(iter(list_releases(settings)), None)
    lines.append(f"Release             {newest.release_id if newest else 'none yet'}")
    lines += [f"{source}: {status}. {message}" for source, status, message in statuses]
    lines += [f"Failed: {step}. {words}" for step, words in zip(result.failed_steps, result.messages, strict=True)]
    lines += [
        "",
        f"What to fix         {settings.reports / 'what_to_fix.html'}",
        f"Letters             {len(letter_pages(settings)):>12,}   in {settings.reports / LETTERS}",
        f"For partners        {settings.shared / 'send_shared.duckdb'}",
        f"For the council     {settings.warehouse / 'warehouse.duckdb'}",
    ]
    attention = bool(refused or quarantined or statuses or result.failed_steps or not result.success)
    return Summary(tuple(lines), attention)


def _row(connection: duckdb.DuckDBPyConnection, query: str, table: Path) -> tuple[int, ...] | None:
    return connection.execute(query.format(quoted(table))).fetchone() if table.exists() else None
