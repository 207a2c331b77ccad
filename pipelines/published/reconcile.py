"""Our own annual figure beside the published one, with the difference: core.published_reconciliation."""

from pathlib import Path

import duckdb

from pipelines.reference import load_register
from pipelines.tables import quoted, replace_atomically

# The series break between calendar years 2022 and 2023: SEN2 became a return of persons (DfE data guidance 2025).
PERSON_LEVEL_SINCE = 2023


def reconcile(
    own_observation: Path,
    published_figure: Path,
    output: Path,
    area_code: str,
    connection: duckdb.DuckDBPyConnection,
) -> int:
    """Write one row per measure and year that both have, area totals only; return the number of rows.

    Columns: measure_id, title, period_type, period_label, own_numerator, own_denominator, own_value,
    published_numerator, published_denominator, published_value, difference (own minus published, in the unit of the
    measure), unit, source, note. Years are calendar years, or academic years named like 2023/24.
    """
    area = quoted(area_code)
    # A measure that is taken from the published file would only meet itself.
    taken = ", ".join(quoted(str(entry["id"])) for entry in load_register() if entry["source"] == "published") or "''"
    query = f"""
        with own as (
            select measure_id, period_type,
                case when period_type = 'calendar_year' then cast(year(period_start) as varchar)
                    else year(period_start) || '/' || right(cast(year(period_start) + 1 as varchar), 2)
                end as period_label,
                numerator, denominator, value
            from read_parquet({quoted(own_observation)})
            where breakdown = 'total' and area_code = {area} and period_type in ('calendar_year', 'academic_year')
                and measure_id not in ({taken})),
        published as (
            select * from read_parquet({quoted(published_figure)})
            where measure_id is not null and is_latest and breakdown_topic = 'Total' and area_code = {area})
        select p.measure_id, p.title, p.period_type, p.period_label,
            o.numerator as own_numerator, o.denominator as own_denominator, o.value as own_value,
            p.numerator as published_numerator, p.denominator as published_denominator, p.value as published_value,
            o.value - p.value as difference, p.unit, p.source_file as source,
            case
                when p.value is null then 'The published figure is not available (symbol ' || p.symbol || ').'
                when o.value is null then 'We have no figure for this year.'
                when p.period_type = 'calendar_year' and try_cast(p.period_label as integer) < {PERSON_LEVEL_SINCE}
                    then 'Break in series: before {PERSON_LEVEL_SINCE} the published figure is from a return of totals.'
                when abs(o.value - p.value) < 0.0501 then 'The same to one decimal.'
                else 'Differs: the published figure is what was returned in January, ours is the case system now.'
            end as note
        from published p
        join own o on o.measure_id = p.measure_id and o.period_type = p.period_type and o.period_label = p.period_label
        order by p.measure_id, p.period_label"""
    with replace_atomically(output) as beside:
        written = connection.execute(f"copy ({query}) to {quoted(beside)} (format parquet)").fetchone()
    return int(written[0]) if written else 0
