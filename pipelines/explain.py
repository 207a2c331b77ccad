"""`sendset explain`: what a measure is, what it was made from and what it came to. For the council; counts only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import duckdb

from pipelines.assess.left_out import NO_BOUND
from pipelines.engine import connect
from pipelines.models import Model, load_models
from pipelines.reference import load_register
from pipelines.settings import REPOSITORY, Settings
from pipelines.tables import quoted, table_path

# Observations carry dates; what people type is the year, or the academic year's two halves, or the month.
LABEL = """case period_type
    when 'academic_year' then concat(year(period_start), '/', right(cast(year(period_end) as varchar), 2))
    when 'month' then strftime(period_start, '%Y-%m')
    else cast(year(period_start) as varchar) end"""
FIGURES = f"""
select period_type, period_start, period_end, numerator, denominator, value, lower_95, upper_95, unit
from $assessed
where measure_id = ? and breakdown = ? and breakdown_value = ? and (? is null or {LABEL} = ?)
order by period_end desc, period_start limit 12
"""
BOUNDS = """
select period_type, period_start, lower_bound, upper_bound, quarantined, missing, undecided, uncertain, denominator_left_out
from $bound where measure_id = ? and breakdown = ? and breakdown_value = ?
"""
OF_SOURCE = "contains(', ' || ? || ', ', ', ' || {0}source || ', ')"
SOURCES = f"""
select
    file_id, source, status, rows_received, rows_accepted, rows_quarantined, rows_duplicate, rows_superseded,
    greatest(date_diff('day', cast(received_at as date), as_at), 0) as age_days
from $reconciliation cross join $refresh where {OF_SOURCE.format("")}
order by case when status = 'current' then 0 else 1 end, received_at desc, file_id limit 12
"""
REASONS = f"""
select result.source, result.rule_id, result.plain_words, sum(result.failed) as failed
from $rule_result as result
inner join $reconciliation as file on result.file_id = file.file_id and file.status = 'current'
where {OF_SOURCE.format("result.")} and result.severity = 'critical' and result.level = 'row' and result.failed > 0
group by all order by failed desc, result.rule_id
"""
PUBLISHED = """
select area_name, period_label, numerator, denominator, value, symbol, source_file
from $published_figure
where measure_id = ? and area_code = ? and is_latest and breakdown_topic = 'Total' and (? is null or period_label = ?)
order by period_label desc limit 12
"""
DIFFERENCES = """
select period_label, own_value, published_value, difference, unit, note
from $published_reconciliation where measure_id = ? and (? is null or period_label = ?)
order by period_label desc limit 12
"""
TABLES = {
    "assessed": "measures",
    "bound": "measures",
    "reconciliation": "core",
    "rule_result": "core",
    "published_figure": "core",
    "published_reconciliation": "core",
    "refresh": "reference",
}
Values: TypeAlias = Sequence[object]


class UnknownMeasure(ValueError):
    """The register has no such measure."""


@dataclass(frozen=True)
class Question:
    """What is asked: a measure of the register, the label of a period or none, and a group."""

    measure_id: str
    period: str | None
    breakdown: str
    value: str


def explain_measure(
    settings: Settings, measure: str, period: str | None, breakdown: str, value: str, with_sql: bool = False
) -> list[str]:
    """Lines to print. `period` is a label such as 2024 or 2023/24; without one, the newest twelve periods are shown.

    with_sql: print the text of the models too, not only where they are. Raises UnknownMeasure.
    """
    register = {str(entry["id"]).upper(): entry for entry in load_register()}
    entry = register.get(measure.upper())
    if entry is None:
        raise UnknownMeasure(f"there is no measure {measure!r}; there are: {', '.join(sorted(register))}")
    asked = Question(str(entry["id"]), period, breakdown, value)
    source = str(entry.get("source", ""))
    lines = [
        f"{asked.measure_id}  {entry['title']}",
        f"Question:     {entry['question']}",
        f"Definition:   {entry['definition']}",
        f"Numerator:    {entry['numerator']}",
        f"Denominator:  {entry['denominator']}",
        f"Left out:     {entry['exclusions']}",
        f"Break in series: {entry.get('break_in_series') or 'none known'}",
        "",
        *_made_by([model for model in load_models() if f"'{asked.measure_id}'" in model.sql], with_sql),
    ]
    with connect(settings) as connection:
        asking = _Asking(connection, settings)
        lines += ["", *_figures(asking, asked)]
        lines += _sources(asking, source)
        lines += _reasons(asking, source)
        lines += _published(asking, asked)
        lines += _differences(asking, asked)
    return lines


class _Asking:
    """Queries over the tables that are there; a query of one that is not there has no rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
        self.connection, self.settings = connection, settings

    def has(self, table: str) -> bool:
        return table_path(self.settings, TABLES[table], table).exists()

    def rows(self, query: str, values: Values) -> list[tuple]:
        for table, layer in TABLES.items():
            if f"${table}" in query:
                if not self.has(table):
                    return []
                path = quoted(table_path(self.settings, layer, table))
                query = query.replace(f"${table} ", f"read_parquet({path}) ").replace(
                    f"${table}\n", f"read_parquet({path})\n"
                )
        return self.connection.execute(query, list(values)).fetchall()


def _made_by(models: Sequence[Model], with_sql: bool) -> list[str]:
    lines = ["Made by:"]
    for model in models:
        lines.append(f"  {model.path.relative_to(REPOSITORY)} (reads {', '.join(model.reads)})")
        if with_sql:
            lines += [f"    {line}" for line in model.sql.splitlines()]
    return lines


def _figures(asking: _Asking, asked: Question) -> list[str]:
    if not asking.has("assessed"):
        return ["No figures yet. Run `sendset refresh`."]
    group = (asked.measure_id, asked.breakdown, asked.value)
    bounds = {(row[0], row[1]): row[2:] for row in asking.rows(BOUNDS, group)}
    lines = [f"Figures ({asked.breakdown}: {asked.value}):"]
    for period_type, start, end, numerator, denominator, figure, lower, upper, unit in asking.rows(
        FIGURES, (*group, asked.period, asked.period)
    ):
        interval = f", 95 % interval {lower:.1f} to {upper:.1f}" if lower is not None else ""
        shown = "not computed" if figure is None else f"{figure:.1f} {unit}"
        lines.append(f"  {period_type} {start} to {end}: {shown}{_counts(numerator, denominator)}{interval}")
        if (period_type, start) in bounds:
            lines.append(f"    {_bounds(*bounds[period_type, start])}")
    if len(lines) == 1:
        return [*lines, "  none for this period and breakdown"]
    reason = NO_BOUND.get(asked.measure_id)
    return [*lines, f"No bounds. {reason}."] if reason else lines


def _bounds(
    lower: float,
    upper: float | None,
    quarantined: float,
    missing: int,
    undecided: int,
    uncertain: int,
    denominator: float,
) -> str:
    """How far the figure can move, and which rows would move it."""
    counts = {
        "quarantined": quarantined,
        "without a date or answer": missing,
        "counted as not met without a date or answer": undecided,
        "perhaps counted wrongly": uncertain,
        "left out of the denominator": denominator,
    }
    parts = [f"{count:,.0f} {words}" for words, count in counts.items() if count]
    if not parts:
        return "No row that belongs to it is left out."
    highest = "no upper bound" if upper is None else f"{upper:.1f}"
    return f"{lower:.1f} to {highest} once what is left out is counted either way: {', '.join(parts)}"


def _sources(asking: _Asking, source: str) -> list[str]:
    lines = ["", f"Source files ({source}; their names are in core.reconciliation):"]
    rows = asking.rows(SOURCES, (source,))
    for file_id, of, status, received, accepted, quarantined, duplicate, superseded, age in rows:
        left_out = f"{quarantined:,} quarantined, {duplicate:,} duplicate, {superseded:,} superseded"
        lines.append(
            f"  file {file_id}: {of}, {status}, {age:,} days old, {received:,} rows received, {accepted:,} in use, {left_out}"
        )
    return lines if rows else []


def _reasons(asking: _Asking, source: str) -> list[str]:
    """Why rows of the files in use are in quarantine. A row may break several rules."""
    rows = asking.rows(REASONS, (source,))
    lines = ["", "Rows of the files in use left out because they break a rule (a row may break several):"]
    lines += [f"  {failed:,} {of}: {words} ({rule})" for of, rule, words, failed in rows]
    return lines if rows else []


def _published(asking: _Asking, asked: Question) -> list[str]:
    rows = asking.rows(PUBLISHED, (asked.measure_id, asking.settings.area_code, asked.period, asked.period))
    lines = ["", "Published:"] if rows else []
    for area, label, numerator, denominator, value, symbol, source in rows:
        shown = value if value is not None else symbol
        lines.append(f"  {area}, {label}: {shown}{_counts(numerator, denominator)}, from {source}")
    return lines


def _differences(asking: _Asking, asked: Question) -> list[str]:
    rows = asking.rows(DIFFERENCES, (asked.measure_id, asked.period, asked.period))
    lines = ["", "Ours less the published one (all children):"] if rows else []
    for label, own, published, difference, unit, note in rows:
        gap = "cannot be told" if difference is None else f"{difference:+.1f} ({own:.1f} less {published:.1f} {unit})"
        lines.append(f"  {label}: {gap}. {note}")
    return lines


def _counts(numerator: float | None, denominator: float | None) -> str:
    return f" ({numerator:g} of {denominator:g})" if numerator is not None and denominator is not None else ""
