"""From the text of a published file to figures: one row per indicator, period, area and breakdown.

Each layout makes two temporary tables: the batch, which the rules of the contract read (the file's rows, figures as
numbers), and the figures, which all have the columns of `FIGURE_COLUMNS`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.published.contracts import Figure, PublishedContract
from pipelines.published.text import FileRefused, load_text, number_sql, symbol_sql, twin
from pipelines.published.tribunals import load_tribunal_text
from pipelines.tables import quoted

FIGURE_COLUMNS = (
    "time_period", "period_type", "period_label", "area_code", "area_name", "area_level", "region_code",
    "breakdown_topic", "breakdown", "indicator", "numerator", "denominator", "value", "symbol",
)  # fmt: skip

YEAR_LABEL = r"""case when regexp_full_match(time_period, '\d{6}')
    then time_period[1:4] || '/' || time_period[5:6] else time_period end"""
EES_PERIOD = f"""
    case when lower(time_identifier) like '% term' then 'term'
        else replace(lower(trim(time_identifier)), ' ', '_') end as period_type,
    case when lower(time_identifier) like '% term' then time_identifier || ' ' || {YEAR_LABEL}
        else {YEAR_LABEL} end as period_label"""
# Ages are written "age 10", "Aged 10" and "under 3" in files of one release.
BREAKDOWN_LABEL = r"""case when lower(breakdown) in ('unknown', 'age unknown') then 'Unknown'
    when lower(breakdown) = 'under 3' then 'Aged 2 and under'
    else regexp_replace(breakdown, '^age (\d.*)$', 'Aged \1', 'i') end"""


@dataclass(frozen=True)
class LoadedFile:
    """The temporary tables of one file, the key of the batch and its columns that hold symbols."""

    batch: str
    figures: str
    key: tuple[str, ...]
    symbols: tuple[str, ...]
    unknown_columns: tuple[str, ...]


Layout = Callable[[duckdb.DuckDBPyConnection, PublishedContract, Path, str, Path | None], LoadedFile]


def ees(
    connection: duckdb.DuckDBPyConnection, contract: PublishedContract, path: Path, name: str, dictionary: Path | None
) -> LoadedFile:
    """The explore education statistics layout: a row per period, area and breakdown, a column per indicator."""
    unknown = load_text(connection, contract, path, f"{name}_text")
    columns = [column.name for column in contract.indicators]
    twins = [twin(column) for column in contract.indicators if column.duplicated]
    totals = ", ".join(quoted(text.lower()) for text in contract.totals) or "''"
    total = f"lower(breakdown_topic) in ({totals})"
    _typed(
        connection,
        contract,
        name,
        [*columns, *twins],
        f"""time_period, {EES_PERIOD},
        case lower(geographic_level) when 'national' then country_code when 'regional' then region_code
            else new_la_code end as area_code,
        case lower(geographic_level) when 'national' then country_name when 'regional' then region_name
            else la_name end as area_name,
        replace(lower(trim(geographic_level)), ' ', '_') as area_level, region_code, region_name,
        old_la_code as la_number,
        case when {total} then 'Total' else breakdown_topic end as breakdown_topic,
        case when {total} then 'Total' else {BREAKDOWN_LABEL} end as breakdown""",
    )
    entries = ", ".join(_entry(figure) for figure in contract.figures)
    connection.execute(f"""
        create or replace temp view {name}_figures as
        select time_period, period_type, period_label, area_code, area_name, area_level, region_code,
            breakdown_topic, breakdown, unnest([{entries}], recursive := true)
        from {name}_batch""")
    key = ("time_period", "period_label", "area_code", "breakdown_topic", "breakdown")
    return LoadedFile(f"{name}_batch", f"{name}_figures", key, _symbols(columns), unknown)


def send_gap(
    connection: duckdb.DuckDBPyConnection, contract: PublishedContract, path: Path, name: str, dictionary: Path | None
) -> LoadedFile:
    """Rates by SEN group beside the rate without SEN, which is repeated in each row and is taken once."""
    unknown = load_text(connection, contract, path, f"{name}_text")
    columns = [column.name for column in contract.indicators]
    _typed(
        connection,
        contract,
        name,
        columns,
        f"time_period, time_identifier, {EES_PERIOD}, new_la_code, la_name, region_code, metric, education_phase, send_group",
    )
    connection.execute(f"""
        create or replace temp view {name}_figures as
        with grouped as (
            select *, send_group as sen_group, send_value as value, send_value_symbol as symbol from {name}_batch
            union all
            select * exclude (first_row) from (
                select *, 'No SEN' as sen_group, no_sen_value as value, no_sen_value_symbol as symbol,
                    row_number() over (
                        partition by time_period, period_label, new_la_code, metric, education_phase
                        order by send_group
                    ) as first_row
                from {name}_batch)
            where first_row = 1)
        select time_period, period_type, period_label, new_la_code as area_code, la_name as area_name,
            'local_authority' as area_level, region_code,
            case when education_phase = 'Total' then 'SEN provision' else 'SEN provision by phase' end as breakdown_topic,
            case when education_phase = 'Total' then sen_group else sen_group || ', ' || education_phase end as breakdown,
            metric as indicator, cast(null as double) as numerator, cast(null as double) as denominator, value, symbol
        from grouped""")
    key = ("time_period", "period_label", "new_la_code", "metric", "education_phase", "send_group")
    return LoadedFile(f"{name}_batch", f"{name}_figures", key, _symbols(columns), unknown)


def lait(
    connection: duckdb.DuckDBPyConnection, contract: PublishedContract, path: Path, name: str, dictionary: Path | None
) -> LoadedFile:
    """The local authority interactive tool: long already, years in many forms, areas by number and name.

    Of its 434 measures those that the contract lists are kept.
    """
    if dictionary is None or not dictionary.is_file():
        raise FileRefused("needs its data dictionary beside it, which says what kind of year each measure has")
    unknown = load_text(connection, contract, path, f"{name}_text")
    wanted = ", ".join(quoted(figure.indicator) for figure in contract.figures)
    _typed(
        connection, contract, name, ["value"],
        "short_desc, years, area_name, cast(try_cast(la_number as double) as integer) as la_number",
        f"short_desc in ({wanted})",
    )  # fmt: skip
    # The dictionary names some measures twice, under two topics: one row each, or the join multiplies the figures.
    connection.execute(f"""
        create or replace temp table {name}_measure as
        select Measure_short as short_desc, min(Year_Type) as year_type
        from read_csv({quoted(dictionary)}, all_varchar = true, header = true, delim = ',', quote = '"') group by 1""")
    connection.execute(rf"""
        create or replace temp view {name}_figures as
        with dated as (
            select b.*, y.year_type, regexp_extract(years, '^(\d{{4}})( \(.*\))?$', 1) as single_year
            from {name}_batch b left join {name}_measure y on y.short_desc = b.short_desc),
        area as (
            select d.la_number, d.area_name as lait_name, a.* exclude (la_number)
            from (select distinct la_number, area_name from {name}_batch) d
            left join published_area a on a.la_number = d.la_number
                or (d.la_number between 971 and 999
                    and a.area_level = 'regional' and lower(a.area_name) = lower(d.area_name)))
        select years as time_period,
            case when regexp_full_match(years, '\d{{4}}/\d{{2}}') then 'academic_year'
                when single_year = '' and regexp_matches(years, '^\d{{4}}-\d{{2}} \(OT\)$') then 'financial_year'
                when single_year = '' then 'other'
                when year_type = 'Annual - January' then 'january'
                else lower(replace(coalesce(year_type, 'other'), ' ', '_')) end as period_type,
            case when single_year = '' then years
                when year_type = 'Academic Year' then (cast(single_year as integer) - 1) || '/' || single_year[3:4]
                else single_year end as period_label,
            a.area_code, coalesce(a.area_name, d.area_name) as area_name, a.area_level, a.region_code,
            'Total' as breakdown_topic, 'Total' as breakdown, d.short_desc as indicator,
            cast(null as double) as numerator, cast(null as double) as denominator, value, value_symbol as symbol
        from dated d join area a on a.la_number = d.la_number and a.lait_name = d.area_name""")
    return LoadedFile(
        f"{name}_batch", f"{name}_figures", ("short_desc", "years", "area_name"), _symbols(["value"]), unknown
    )


def tribunal(
    connection: duckdb.DuckDBPyConnection, contract: PublishedContract, path: Path, name: str, dictionary: Path | None
) -> LoadedFile:
    """The tribunal file: title lines, years over columns, areas by number or by a name with footnote digits."""
    load_tribunal_text(connection, contract, path, f"{name}_text")
    columns = [column.name for column in contract.indicators]
    _typed(connection, contract, name, columns, "local_authority, cast(la_code as integer) as la_code, year")
    entries = ", ".join(_entry(figure) for figure in contract.figures)
    connection.execute(f"""
        create or replace temp view {name}_figures as
        select year as time_period, 'calendar_year' as period_type, year as period_label,
            coalesce(n.area_code, m.area_code) as area_code,
            coalesce(n.area_name, m.area_name, local_authority) as area_name,
            coalesce(n.area_level, m.area_level) as area_level, coalesce(n.region_code, m.region_code) as region_code,
            'Total' as breakdown_topic, 'Total' as breakdown, unnest([{entries}], recursive := true)
        from {name}_batch b
        left join published_area n on n.la_number = b.la_code
        left join published_area m on b.la_code is null and lower(m.area_name) = lower(b.local_authority)
            and m.area_level <> 'regional'""")
    return LoadedFile(f"{name}_batch", f"{name}_figures", ("local_authority", "year"), _symbols(columns), ())


LAYOUTS: dict[str, Layout] = {"ees": ees, "send_gap": send_gap, "lait": lait, "tribunal": tribunal}


def _typed(
    connection: duckdb.DuckDBPyConnection,
    contract: PublishedContract,
    name: str,
    columns: list[str],
    dimensions: str,
    condition: str = "true",
) -> None:
    """Make the batch: the dimensions, then each figure as a number and its symbol beside it.

    Raises FileRefused if the lines of the file do not fit its header.
    """
    numbers = ", ".join(f'{number_sql(f"""t."{column}" """, contract)} as "{column}_number"' for column in columns)
    figures = ", ".join(
        f'"{column}_number" as "{column}", '
        f'{symbol_sql(f"""t."{column}" """, f"""t."{column}_number" """, contract)} as "{column}_symbol"'
        for column in columns
    )
    try:
        connection.execute(
            f"create or replace temp table {name}_batch as"
            f" select {dimensions}, {figures} from (select t.*, {numbers} from {name}_text t where {condition}) t"
        )
    except duckdb.Error as error:
        raise FileRefused("has lines that do not fit its header; fetch it again from the publisher") from error


def _entry(figure: Figure) -> str:
    """A struct of one indicator of a row. A count is its own numerator."""
    over = " + ".join(f'"{column}"' for column in figure.numerator)
    under = " + ".join(f'"{column}"' for column in figure.denominator) or "cast(null as double)"
    if figure.derived:
        value = f"100e0 * ({over}) / nullif({under}, 0)"
        symbol = f"case when ({value}) is null then 'x' end"
    else:
        value, symbol = f'"{figure.indicator}"', f'"{figure.indicator}_symbol"'
    numerator = over or ("cast(null as double)" if figure.unit in {"%", "weeks"} else value)
    return (
        f"{{'indicator': {quoted(figure.indicator)}, 'numerator': {numerator},"
        f" 'denominator': {under}, 'value': {value}, 'symbol': {symbol}}}"
    )


def _symbols(columns: list[str]) -> tuple[str, ...]:
    return tuple(f"{column}_symbol" for column in columns)
