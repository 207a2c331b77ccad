-- measures.event_observation
-- One row per measure of the workforce, the logs, health waits, audits and appeals, period and breakdown
-- value: all their events in one pass. What the child is comes from core.child; how numerator and denominator make the
-- value is the statistic of the register. The current period is counted up to the day of the refresh.
--
-- measure_id: Measure of the event tables that this model reads
-- period_type: month, term, calendar_year or academic_year
-- period_start: First day of the period
-- period_end: Last day of the period
-- breakdown: What the value is broken down by; total for everybody
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: What is counted; NULL for medians
-- denominator: What it is counted out of; NULL when there is nothing
-- value: In the unit of the register; NULL without a denominator
-- base: Children, cases, posts or items behind the value
with event as (
    select * from measures.workforce_event
    union all
    select * from measures.voice_event
    union all
    select * from measures.health_event
    union all
    select * from measures.plan_quality_event
),

cadence as (
    select
        'monthly' as counted_in,
        'month' as period_type
    union all
    select
        'monthly' as counted_in,
        'calendar_year' as period_type
    union all
    select
        'monthly' as counted_in,
        'academic_year' as period_type
    union all
    select
        'termly' as counted_in,
        'term' as period_type
    union all
    select
        'termly' as counted_in,
        'academic_year' as period_type
    union all
    select
        'annual' as counted_in,
        'calendar_year' as period_type
    union all
    select
        'annual' as counted_in,
        'academic_year' as period_type
    union all
    select
        'month' as counted_in,
        'month' as period_type
    union all
    select
        'term' as counted_in,
        'term' as period_type
    union all
    select
        'calendar_year' as counted_in,
        'calendar_year' as period_type
    union all
    select
        'academic_year' as counted_in,
        'academic_year' as period_type
),

period as (
    select
        cadence.counted_in,
        month.period_start as month_start,
        calendar.period_type,
        calendar.period_start,
        calendar.period_end
    from cadence
    inner join reference.calendar as calendar on cadence.period_type = calendar.period_type
    inner join reference.calendar as month
        on
            month.period_type = 'month'
            and month.period_start between calendar.period_start and calendar.period_end
),

-- A breakdown that a measure does not have is '-', so that NULL can only be a column that a grouping set does not use.
attributed as (
    select
        event.measure_id,
        event.counted_in,
        event.event_date,
        event.by_child,
        event.detail_kind,
        event.detail,
        event.numerator,
        event.denominator,
        event.weeks,
        event.base,
        child.sen_provision,
        child.sex,
        child.ethnicity_group,
        child.primary_need,
        child.ward_code,
        child.imd_quintile,
        (year(event.event_date) * 12 + month(event.event_date))
        - (year(child.birth_month) * 12 + month(child.birth_month)) as months_old
    from event
    cross join reference.refresh as refresh
    left join core.child as child on event.child_id = child.child_id
    where event.event_date <= refresh.as_at
),

dated as (
    select
        attributed.measure_id,
        period.period_type,
        period.period_start,
        period.period_end,
        attributed.numerator,
        attributed.denominator,
        attributed.weeks,
        attributed.base,
        coalesce(attributed.detail_kind, '-') as detail_kind,
        case when attributed.detail_kind is null then '-' else coalesce(attributed.detail, 'Unknown') end as detail,
        case when attributed.by_child then coalesce(attributed.sen_provision, 'Unknown') else '-' end as sen_provision,
        case when attributed.by_child then coalesce(attributed.sex, 'Unknown') else '-' end as sex,
        case
            when not attributed.by_child then '-'
            when attributed.months_old between 0 and 59 then 'under_5'
            when attributed.months_old between 60 and 131 then '5_10'
            when attributed.months_old between 132 and 191 then '11_15'
            when attributed.months_old between 192 and 215 then '16_17'
            when attributed.months_old between 216 and 311 then '18_25'
            else 'Unknown'
        end as age_band,
        case when attributed.by_child then coalesce(attributed.ethnicity_group, 'Unknown') else '-' end
            as ethnicity_group,
        case when attributed.by_child then coalesce(attributed.primary_need, 'Unknown') else '-' end as primary_need,
        case when attributed.by_child then coalesce(attributed.ward_code, 'Unknown') else '-' end as ward,
        case when attributed.by_child then coalesce(cast(attributed.imd_quintile as varchar(7)), 'Unknown') else '-' end
            as imd_quintile
    from attributed
    inner join period
        on
            attributed.counted_in = period.counted_in
            and cast(date_trunc('month', attributed.event_date) as date) = period.month_start
),

cell as (
    select
        measure_id,
        period_type,
        period_start,
        period_end,
        detail_kind,
        detail,
        sen_provision,
        sex,
        age_band,
        ethnicity_group,
        primary_need,
        ward,
        imd_quintile,
        round(sum(numerator), 6) as numerator,
        round(sum(denominator), 6) as denominator,
        round(median(weeks), 6) as median_weeks,
        cast(sum(base) as bigint) as base
    from dated
    group by grouping sets (
        (measure_id, period_type, period_start, period_end),
        (measure_id, period_type, period_start, period_end, detail_kind, detail),
        (measure_id, period_type, period_start, period_end, sen_provision),
        (measure_id, period_type, period_start, period_end, sex),
        (measure_id, period_type, period_start, period_end, age_band),
        (measure_id, period_type, period_start, period_end, ethnicity_group),
        (measure_id, period_type, period_start, period_end, primary_need),
        (measure_id, period_type, period_start, period_end, ward),
        (measure_id, period_type, period_start, period_end, imd_quintile)
    )
),

named as (
    select
        measure_id,
        period_type,
        period_start,
        period_end,
        case
            when detail_kind is not null then detail_kind
            when sen_provision is not null then 'sen_provision'
            when sex is not null then 'sex'
            when age_band is not null then 'age_band'
            when ethnicity_group is not null then 'ethnicity_group'
            when primary_need is not null then 'primary_need'
            when ward is not null then 'ward'
            when imd_quintile is not null then 'imd_quintile'
            else 'total'
        end as breakdown,
        coalesce(detail, sen_provision, sex, age_band, ethnicity_group, primary_need, ward, imd_quintile, 'All')
            as breakdown_value,
        numerator,
        nullif(denominator, 0e0) as denominator,
        median_weeks,
        base
    from cell
)

select
    named.measure_id,
    named.period_type,
    named.period_start,
    named.period_end,
    named.breakdown,
    named.breakdown_value,
    named.numerator,
    named.denominator,
    case measure.statistic
        when 'median' then named.median_weeks
        when 'count' then named.numerator
        when 'ratio' then named.numerator / named.denominator
        when 'rate' then cast(measure.multiplier as double) * named.numerator / named.denominator
        else 100e0 * named.numerator / named.denominator
    end as value,
    named.base
from named
inner join reference.measure as measure on named.measure_id = measure.id
where named.breakdown_value <> '-'
