"""The measures in the layout of Explore Education Statistics: ees/<kind of period>_<unit>.csv, each with its .meta.csv.

EES wants one kind of period in a file, one unit in a column, symbols in the cells, and the percentages to one decimal
place. Source of the rules: DfE, Explore Education Statistics, open data standards, and its screening checks. A survey wave
and the day of the refresh are reporting years there, with a filter that says which days they cover.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.contracts import ContractError, code_set
from pipelines.publish.errors import PublishError
from pipelines.publish.files import flush
from pipelines.settings import REFERENCE
from pipelines.tables import quoted

LOCAL_AUTHORITIES = REFERENCE / "local_authority.csv"
SYMBOLS = ("c", "x", "z", "low", "u")
# In these a period is no period of EES.
_COVERED = ("wave", "as_at")
_LIMITS = {"lower_95": "Lower 95 % confidence limit", "upper_95": "Upper 95 % confidence limit"}
_META = (
    "col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp", "filter_hint",
    "filter_grouping_column",
)  # fmt: skip


@dataclass(frozen=True)
class EesColumn:
    """One line of a meta file; `dp` is None for a filter."""

    name: str
    label: str
    dp: int | None = None
    unit: str = ""
    hint: str = ""
    grouping_column: str = ""


@dataclass(frozen=True)
class EesFile:
    """A data file that was written, by its name; and all its columns, the places and times of EES first."""

    name: str
    places: tuple[str, ...]
    columns: tuple[EesColumn, ...]


def write_ees(folder: Path) -> list[EesFile]:
    """Write the files from parquet/observation and parquet/measure of a release's folder.

    Raises PublishError if an area is no local authority of the list.
    """
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        _prepare(connection, folder)
        lost = connection.execute("select count(*) from ees where la_name is null").fetchone()
        if lost and lost[0]:
            raise PublishError(f"{LOCAL_AUTHORITIES.name} lacks an area of the measures. The last release stays.")
        kinds = connection.execute("select distinct period_type, unit from ees order by all").fetchall()
        return [_write(connection, folder / "ees", str(period_type), str(unit)) for period_type, unit in kinds]


def _prepare(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make the table `ees`: every row with its place, time, filters and cells as text."""
    connection.execute("create temp table label (breakdown varchar, code varchar, label varchar)")
    observation, measure = (folder / "parquet" / f"{name}.parquet" for name in ("observation", "measure"))
    breakdowns = connection.execute(f"select distinct breakdown from read_parquet({quoted(observation)})").fetchall()
    for (breakdown,) in breakdowns:
        for code, label in _labels(str(breakdown)).items():
            connection.execute("insert into label values (?, ?, ?)", [breakdown, code, label])
    area = folder / "parquet" / "area.parquet"
    connection.execute(
        f"insert into label select distinct 'ward', ward_code, ward_name from read_parquet({quoted(area)})"
        " where ward_code is not null"
    )
    cells = ", ".join(f"{_cell(name, dp)} as {name}" for name, dp in _CELLS.items())
    connection.execute(f"""
        create temp table ees as
        select
            observed.period_type,
            observed.unit,
            {_TIME_PERIOD} as time_period,
            {_TIME_IDENTIFIER} as time_identifier,
            'Local authority' as geographic_level,
            'E92000001' as country_code,
            'England' as country_name,
            place.region_code,
            place.region_name,
            place.old_la_code,
            observed.area_code as new_la_code,
            place.la_name,
            observed.period_start || ' to ' || observed.period_end as period_covered,
            coalesce(observed.measure_id || ': ' || measure.title, observed.measure_id) as measure,
            if(observed.breakdown = 'total', 'Total', {_in_words("observed.breakdown")}) as breakdown_topic,
            if(
                observed.breakdown = 'total',
                'Total',
                coalesce(label.label, {_in_words("observed.breakdown_value")})
            ) as breakdown,
            {cells}
        from read_parquet({quoted(observation)}) observed
        left join read_parquet({quoted(measure)}) measure on measure.measure_id = observed.measure_id
        left join read_csv({quoted(LOCAL_AUTHORITIES)}, all_varchar = true) place
            on place.new_la_code = observed.area_code
        left join label on label.breakdown = observed.breakdown and label.code = observed.breakdown_value
    """)


def _in_words(column: str) -> str:
    return f"(upper({column}[1]) || replace({column}[2:], '_', ' '))"


_CELLS = {"numerator": 0, "denominator": 0, "value": 1, "lower_95": 1, "upper_95": 1}
_YEAR = "year(observed.period_start)"
# An academic year begins in August; terms carry the academic year that they lie in.
_FIRST_YEAR = f"({_YEAR} - if(month(observed.period_start) < 8, 1, 0))"
_TIME_PERIOD = f"""
    case
        when observed.period_type in ('academic_year', 'term')
            then {_FIRST_YEAR} || lpad(cast(({_FIRST_YEAR} + 1) % 100 as varchar), 2, '0')
        when observed.period_type in ('wave', 'as_at') then cast(year(observed.period_end) as varchar)
        else cast({_YEAR} as varchar)
    end"""
_TIME_IDENTIFIER = """
    case observed.period_type
        when 'calendar_year' then 'Calendar year'
        when 'academic_year' then 'Academic year'
        when 'month' then monthname(observed.period_start)
        when 'term' then case
            when month(observed.period_start) >= 8 then 'Autumn term'
            when month(observed.period_start) < 4 then 'Spring term'
            else 'Summer term'
        end
        else 'Reporting year'
    end"""


def _cell(name: str, dp: int) -> str:
    """A number to `dp` places without a needless `.0`, or the symbol that stands for it.

    A figure that is held is the number that was printed before.
    """
    column = f"observed.{name}"
    return f"""
        case
            when {column} is null then case when observed.status in ('c', 'u', 'x') then observed.status else 'z' end
            when {column} <> 0 and round({column}, {dp}) = 0 then 'low'
            else regexp_replace(printf('%.{dp}f', round({column}, {dp})), '\\.0$', '')
        end"""


def _labels(breakdown: str) -> dict[str, str]:
    try:
        return code_set(breakdown)
    except ContractError:
        return {}


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, period_type: str, unit: str) -> EesFile:
    name = f"{period_type}_{re.sub('[^a-z0-9]+', '_', unit.lower().replace('%', 'percent')).strip('_')}"
    chosen = f"from ees where period_type = '{period_type}' and unit = '{unit}'"
    places = (
        "time_period", "time_identifier", "geographic_level", "country_code", "country_name",
        "region_code", "region_name", "old_la_code", "new_la_code", "la_name",
    )  # fmt: skip
    filters = _filters(connection, chosen, period_type)
    unit_of_value = "%" if unit == "%" else "pp" if unit == "percentage points" else ""
    indicators = (
        EesColumn("numerator", "Numerator", 0),
        EesColumn("denominator", "Denominator", 0),
        EesColumn("value", f"Figure ({unit})", 1, unit_of_value),
        *(EesColumn(limit, label, 1, unit_of_value) for limit, label in _LIMITS.items()),
    )
    grouping = tuple(one.grouping_column for one in filters if one.grouping_column)
    columns = (*places, *grouping, *(one.name for one in (*filters, *indicators)))
    folder.mkdir(exist_ok=True)
    data, meta = folder / f"{name}.csv", folder / f"{name}.meta.csv"
    connection.execute(
        f"copy (select {', '.join(columns)} {chosen} order by all) to {quoted(data)} (format csv, header true)"
    )
    connection.execute("create or replace temp table meta (" + ", ".join(f"{column} varchar" for column in _META) + ")")
    connection.executemany(
        "insert into meta values (?, ?, ?, ?, ?, ?, ?, ?)", [_meta(one) for one in (*filters, *indicators)]
    )
    connection.execute(f"copy meta to {quoted(meta)} (format csv, header true)")
    flush(data)
    flush(meta)
    return EesFile(f"ees/{name}.csv", (*places, *grouping), (*filters, *indicators))


def _filters(connection: duckdb.DuckDBPyConnection, chosen: str, period_type: str) -> tuple[EesColumn, ...]:
    """A breakdown is a filter where there is one, in the groups of its topics where a topic has more than one value."""
    counted = connection.execute(
        f"select count(distinct breakdown_topic), count(distinct breakdown) {chosen}"
    ).fetchone()
    topics, values = counted or (0, 0)
    found = [EesColumn("measure", "Measure", hint="Id and title in the measure register")]
    if period_type in _COVERED:
        found.append(EesColumn("period_covered", "Days covered", hint="First and last day"))
    if values > topics:
        found.append(EesColumn("breakdown", "Breakdown", hint="Filter by group", grouping_column="breakdown_topic"))
    elif values > 1:
        found += [EesColumn("breakdown_topic", "Topic of the breakdown"), EesColumn("breakdown", "Breakdown")]
    return tuple(found)


def _meta(column: EesColumn) -> list[str | None]:
    kind, grouping = ("Filter", None) if column.dp is None else ("Indicator", "Measures")
    dp = None if column.dp is None else str(column.dp)
    blank_is_none = (column.unit or None, dp, column.hint or None, column.grouping_column or None)
    return [column.name, kind, column.label, grouping, *blank_is_none]
