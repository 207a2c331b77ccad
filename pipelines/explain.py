"""`sendset explain`: what a measure is, what it was made from and what it came to. For the council; counts only."""

import duckdb

from pipelines.engine import connect
from pipelines.models import load_models
from pipelines.reference import load_register
from pipelines.settings import REPOSITORY, Settings
from pipelines.tables import quoted, table_path

# Observations carry dates; what people type is the year, or the academic year's two halves, or the month.
LABEL = """case period_type
    when 'academic_year' then concat(year(period_start), '/', right(cast(year(period_end) as varchar), 2))
    when 'month' then strftime(period_start, '%Y-%m')
    else cast(year(period_start) as varchar) end"""
FIGURE = """
select period_type, period_start, period_end, numerator, denominator, value, lower_95, upper_95, unit
from read_parquet({0})
where measure_id = ? and breakdown = ? and breakdown_value = ? and (? is null or {1} = ?)
order by period_end desc, period_start limit 12
"""
SOURCES = """
select file_id, status, rows_received, rows_accepted, rows_quarantined, rows_duplicate, rows_superseded
from read_parquet({0}) where contains(', ' || ? || ', ', ', ' || source || ', ')
order by received_at desc, file_id limit 12
"""
PUBLISHED = """
select area_name, period_label, numerator, denominator, value, symbol, source_file
from read_parquet({0})
where measure_id = ? and area_code = ? and is_latest and breakdown_topic = 'Total' and (? is null or period_label = ?)
order by period_label desc limit 12
"""


class UnknownMeasure(ValueError):
    """The register has no such measure."""


def explain_measure(settings: Settings, measure: str, period: str | None, breakdown: str, value: str) -> list[str]:
    """Lines to print. `period` is a label such as 2024 or 2023/24; without one, the newest twelve periods are shown."""
    register = {str(entry["id"]).upper(): entry for entry in load_register()}
    entry = register.get(measure.upper())
    if entry is None:
        raise UnknownMeasure(f"there is no measure {measure!r}; there are: {', '.join(sorted(register))}")
    measure_id = str(entry["id"])
    lines = [
        f"{measure_id}  {entry['title']}",
        f"Question:     {entry['question']}",
        f"Numerator:    {entry['numerator']}",
        f"Denominator:  {entry['denominator']}",
        f"Break in series: {entry.get('break_in_series') or 'none known'}",
        "",
        "Made by:",
        *(f"  {model.path.relative_to(REPOSITORY)}" for model in load_models() if f"'{measure_id}'" in model.sql),
        "",
    ]
    with connect(settings) as connection:
        lines += _figures(connection, settings, measure_id, period, breakdown, value)
        lines += _sources(connection, settings, str(entry.get("source", "")))
        lines += _published(connection, settings, measure_id, period)
    return lines


def _figures(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    measure: str,
    period: str | None,
    breakdown: str,
    value: str,
) -> list[str]:
    table = table_path(settings, "measures", "assessed")
    if not table.exists():
        return ["No figures yet. Run `sendset refresh`."]
    rows = connection.execute(
        FIGURE.format(quoted(table), LABEL), [measure, breakdown, value, period, period]
    ).fetchall()
    lines = [f"Figures ({breakdown}: {value}):"]
    for period_type, start, end, numerator, denominator, figure, lower, upper, unit in rows:
        interval = f", 95 % interval {lower:.1f} to {upper:.1f}" if lower is not None else ""
        counts = f" ({numerator:g} of {denominator:g})" if numerator is not None and denominator is not None else ""
        shown = "not computed" if figure is None else f"{figure:.1f} {unit}"
        lines.append(f"  {period_type} {start} to {end}: {shown}{counts}{interval}")
    return lines if rows else [*lines, "  none for this period and breakdown"]


def _sources(connection: duckdb.DuckDBPyConnection, settings: Settings, source: str) -> list[str]:
    table = table_path(settings, "core", "reconciliation")
    if not table.exists():
        return []
    lines = ["", f"Source files ({source}; their names are in core.reconciliation):"]
    for file_id, status, received, accepted, quarantined, duplicate, superseded in connection.execute(
        SOURCES.format(quoted(table)), [source]
    ).fetchall():
        left_out = f"{quarantined:,} quarantined, {duplicate:,} duplicate, {superseded:,} superseded"
        lines.append(f"  file {file_id}: {status}, {received:,} rows received, {accepted:,} in use, {left_out}")
    return lines


def _published(
    connection: duckdb.DuckDBPyConnection, settings: Settings, measure: str, period: str | None
) -> list[str]:
    table = table_path(settings, "core", "published_figure")
    if not table.exists():
        return []
    query = PUBLISHED.format(quoted(table))
    rows = connection.execute(query, [measure, settings.area_code, period, period]).fetchall()
    lines = ["", "Published:"] if rows else []
    for area, label, numerator, denominator, value, symbol, source in rows:
        counts = f" ({numerator:g} of {denominator:g})" if numerator is not None and denominator is not None else ""
        lines.append(f"  {area}, {label}: {value if value is not None else symbol}{counts}, from {source}")
    return lines
