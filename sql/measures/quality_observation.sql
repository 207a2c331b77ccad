-- measures.quality_observation
-- One row per data-quality measure, period and source: the rows that could not be used, of all rows received, from the
-- reconciliation of every file, by the day on which the file was received.
--
-- measure_id: EV4
-- period_type: month, calendar_year or academic_year
-- period_start: First day of the period
-- period_end: Last day of the period
-- breakdown: total, or source
-- breakdown_value: All, or the name of the extract
-- numerator: Rows quarantined
-- denominator: Rows received
-- value: Percent 0-100
-- base: Rows received
with period as (
    select
        month.period_start as month_start,
        calendar.period_type,
        calendar.period_start,
        calendar.period_end
    from reference.calendar as calendar
    inner join reference.calendar as month
        on
            month.period_type = 'month'
            and month.period_start between calendar.period_start and calendar.period_end
    where calendar.period_type in ('month', 'calendar_year', 'academic_year')
),

cell as (
    select
        period.period_type,
        period.period_start,
        period.period_end,
        reconciliation.source,
        cast(sum(reconciliation.rows_quarantined) as double) as rows_quarantined,
        cast(sum(reconciliation.rows_received) as bigint) as rows_received
    from core.reconciliation as reconciliation
    inner join period
        on cast(date_trunc('month', cast(reconciliation.received_at as date)) as date) = period.month_start
    group by grouping sets (
        (period.period_type, period.period_start, period.period_end),
        (period.period_type, period.period_start, period.period_end, reconciliation.source)
    )
)

select
    'EV4' as measure_id,
    period_type,
    period_start,
    period_end,
    case when source is not null then 'source' else 'total' end as breakdown,
    coalesce(source, 'All') as breakdown_value,
    rows_quarantined as numerator,
    cast(rows_received as double) as denominator,
    100e0 * rows_quarantined / rows_received as value,
    rows_received as base
from cell
where rows_received > 0
