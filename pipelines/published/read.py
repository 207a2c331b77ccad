"""Reads a folder of published statistics into one long table, core.published_figure, file by file.

A file that is not there is listed as absent. A file whose columns, symbols or critical rules are wrong is refused by
name; the others go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from pipelines.published.areas import make_area_table
from pipelines.published.checks import PublishedCheck, check_file
from pipelines.published.contracts import (
    PUBLISHED_CONTRACTS,
    PublishedContract,
    ReleaseFiles,
    load_published_contracts,
)
from pipelines.published.layouts import FIGURE_COLUMNS, LAYOUTS, LoadedFile
from pipelines.published.text import FileRefused
from pipelines.tables import quoted, replace_atomically

# Name → DuckDB type of core.published_figure, in order.
PUBLISHED_FIGURE: dict[str, str] = {
    "series_id": "VARCHAR", "source_file": "VARCHAR", "release": "INTEGER", "time_period": "VARCHAR",
    "period_type": "VARCHAR", "period_label": "VARCHAR", "area_code": "VARCHAR", "area_name": "VARCHAR",
    "area_level": "VARCHAR", "region_code": "VARCHAR", "indicator": "VARCHAR", "figure_id": "VARCHAR",
    "measure_id": "VARCHAR", "title": "VARCHAR", "breakdown_topic": "VARCHAR", "breakdown": "VARCHAR",
    "numerator": "DOUBLE", "denominator": "DOUBLE", "value": "DOUBLE", "unit": "VARCHAR", "symbol": "VARCHAR",
    "is_latest": "BOOLEAN", "revised_by": "VARCHAR",
}  # fmt: skip


@dataclass(frozen=True)
class PublishedFile:
    """What became of one file (or of one pattern that no file matches)."""

    series_id: str
    file: str
    status: Literal["read", "absent", "refused"]
    figures: int = 0
    message: str = ""
    unknown_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class PublishedResult:
    """All files of one folder, the checks on those that could be read, and the rows written."""

    files: tuple[PublishedFile, ...]
    checks: tuple[PublishedCheck, ...]
    rows: int

    @property
    def refused(self) -> tuple[PublishedFile, ...]:
        """The files that may not be used."""
        return tuple(file for file in self.files if file.status == "refused")

    @property
    def absent(self) -> tuple[PublishedFile, ...]:
        """The patterns that no file matches."""
        return tuple(file for file in self.files if file.status == "absent")


@dataclass(frozen=True)
class _Found:
    contract: PublishedContract
    release: ReleaseFiles
    path: Path
    table: str


def read_published(
    published_dir: Path,
    output: Path,
    connection: duckdb.DuckDBPyConnection,
    contracts: Path = PUBLISHED_CONTRACTS,
) -> PublishedResult:
    """Write core.published_figure from the files below ``published_dir`` that the contracts name.

    One row per series, file, indicator, period, area and breakdown; a symbol stands beside a NULL value. Where a newer
    release holds the same figure, both rows stay: the older has is_latest false and names the newer file.
    Raises PublishedContractError if a contract cannot be used.
    """
    whole = load_published_contracts(contracts)
    found, files = _find(published_dir, sorted(whole, key=lambda contract: contract.layout != "ees"))
    _make_titles(connection, whole)
    make_area_table(connection, [])
    checks: list[PublishedCheck] = []
    loaded: list[tuple[_Found, LoadedFile]] = []
    for entry in found:
        if entry.contract.layout != "ees" and len(loaded) == _ees(loaded):
            make_area_table(connection, [tables.batch for _, tables in loaded])
        try:
            tables = _load(connection, entry, published_dir, no_areas=not loaded)
            file_checks = check_file(connection, entry.contract, tables, entry.path.name)
            checks += file_checks
            _refuse(file_checks)
        except FileRefused as refusal:
            files.append(
                PublishedFile(
                    entry.contract.series_id, entry.path.name, "refused", message=f"{entry.path.name} {refusal}"
                )
            )
            continue
        loaded.append((entry, tables))
    rows = _write(connection, loaded, output)
    figures = _figures_by_file(connection, output)
    files += [
        PublishedFile(
            entry.contract.series_id,
            entry.path.name,
            "read",
            figures.get(entry.path.name, 0),
            unknown_columns=tables.unknown_columns,
        )
        for entry, tables in loaded
    ]
    return PublishedResult(tuple(files), tuple(checks), rows)


def write_empty(connection: duckdb.DuckDBPyConnection, output: Path) -> None:
    """Write core.published_figure without rows: what there is when no published folder is set."""
    columns = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in PUBLISHED_FIGURE.items())
    with replace_atomically(output) as beside:
        connection.execute(f"copy (select {columns} where false) to {quoted(beside)} (format parquet)")


def _find(published_dir: Path, contracts: Sequence[PublishedContract]) -> tuple[list[_Found], list[PublishedFile]]:
    found: list[_Found] = []
    absent: list[PublishedFile] = []
    for contract in contracts:
        for release in contract.files:
            paths = sorted(published_dir.glob(release.pattern))
            if not paths:
                absent.append(PublishedFile(contract.series_id, release.pattern, "absent"))
            found += [_Found(contract, release, path, "") for path in paths]
    return [_Found(one.contract, one.release, one.path, f"published_{n}") for n, one in enumerate(found)], absent


def _load(connection: duckdb.DuckDBPyConnection, entry: _Found, published_dir: Path, *, no_areas: bool) -> LoadedFile:
    layout = LAYOUTS[entry.contract.layout]
    if no_areas and entry.contract.layout in {"lait", "tribunal"}:
        raise FileRefused("names areas by number only; put an EHC plans data file beside it, which has their codes")
    dictionary = published_dir / entry.release.dictionary if entry.release.dictionary else None
    return layout(connection, entry.contract, entry.path, entry.table, dictionary)


def _refuse(checks: Sequence[PublishedCheck]) -> None:
    failed = [check for check in checks if check.refuses]
    if failed:
        reasons = "; ".join(
            f"{check.rule_id}: {check.failed} of {check.total} fail. {check.message}" for check in failed
        )
        raise FileRefused(f"breaks a critical rule ({reasons})")


def _ees(loaded: Sequence[tuple[_Found, LoadedFile]]) -> int:
    return sum(entry.contract.layout == "ees" for entry, _ in loaded)


def _make_titles(connection: duckdb.DuckDBPyConnection, contracts: Sequence[PublishedContract]) -> None:
    connection.execute("""
        create or replace temp table published_title (
            series_id varchar, indicator varchar, title varchar, unit varchar, figure_id varchar, measure_id varchar)""")
    rows = [
        (contract.series_id, figure.indicator, figure.title, figure.unit, figure.figure_id, figure.measure_id)
        for contract in contracts
        for figure in contract.figures
    ]
    connection.executemany("insert into published_title values (?, ?, ?, ?, ?, ?)", rows)


def _write(connection: duckdb.DuckDBPyConnection, loaded: Sequence[tuple[_Found, LoadedFile]], output: Path) -> int:
    if not loaded:
        write_empty(connection, output)
        return 0
    releases: dict[str, set[int]] = {}
    for entry, _ in loaded:
        releases.setdefault(entry.contract.series_id, set()).add(entry.release.release)
    revised = {series for series, years in releases.items() if len(years) > 1}
    parts = [_select(entry, tables, entry.contract.series_id in revised) for entry, tables in loaded]
    settled = [text for (entry, _), text in zip(loaded, parts, strict=True) if entry.contract.series_id not in revised]
    windowed = [text for (entry, _), text in zip(loaded, parts, strict=True) if entry.contract.series_id in revised]
    unions = list(settled)
    if windowed:
        unions.append(_newest_wins(windowed))
    names = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in PUBLISHED_FIGURE.items())
    with replace_atomically(output) as beside:
        written = connection.execute(
            f"copy (select {names} from ({' union all by name '.join(unions)}) figures"
            # Neither a number nor a symbol: the file does not have that optional column.
            f" join published_title titles using (series_id, indicator) where value is not null or symbol is not null)"
            f" to {quoted(beside)} (format parquet, compression zstd)"
        ).fetchone()
    return int(written[0]) if written else 0


def _select(entry: _Found, tables: LoadedFile, revised: bool) -> str:
    latest = "" if revised else ", true as is_latest, cast(null as varchar) as revised_by"
    return (
        f"select {quoted(entry.contract.series_id)} as series_id, {quoted(entry.path.name)} as source_file,"
        f" {entry.release.release} as release, {', '.join(FIGURE_COLUMNS)}{latest} from {tables.figures}"
    )


def _newest_wins(parts: Sequence[str]) -> str:
    window = (
        "over (partition by series_id, indicator, period_label, area_code, breakdown_topic, breakdown"
        " order by release desc)"
    )
    return (
        f"(select * exclude (newest), source_file = newest as is_latest,"
        f" case when source_file <> newest then newest end as revised_by"
        f" from (select *, first_value(source_file) {window} as newest from ({' union all by name '.join(parts)})))"
    )


def _figures_by_file(connection: duckdb.DuckDBPyConnection, output: Path) -> dict[str, int]:
    rows = connection.execute(f"select source_file, count(*) from read_parquet({quoted(output)}) group by 1").fetchall()
    return {str(file): int(count) for file, count in rows}
