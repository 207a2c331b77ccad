-- measures.ehcp_observation
-- One row per EHC plan measure, period and breakdown value, from measures.ehcp_event in one pass. What has happened
-- is counted by month, calendar year and academic year, the current period up to the day of the refresh; open cases
-- and plans in force are counted once, on that day (period_type as_at). Annual reviews (EH8) are counted in months
-- that began at most 11 months ago and in years that began at most 13 months ago: the extract has the latest review
-- of each plan, so of older periods those are missing whose plans were reviewed again.
--
-- measure_id: EH1, EH2, EH3, EH4, EH5, EH5_P90, EH6, EH6_LONGEST, EH8, EH9, GR4, GR7, JC1 or JC2
-- period_type: month, calendar_year, academic_year or as_at
-- period_start: First day of the period
-- period_end: Last day of the period
-- breakdown: What the value is broken down by; total for everybody
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: Cases that meet the condition (EH6: open for more than 20 weeks); NULL for medians and percentiles
-- denominator: Cases looked at (EH6: all open cases)
-- value: Weeks (EH5, EH5_P90, EH6_LONGEST), cases (EH6) or percent 0-100
-- base: Requests or plans behind the value
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
    union all
    select
        cast(date_trunc('month', as_at) as date) as month_start,
        'as_at' as period_type,
        as_at as period_start,
        as_at as period_end
    from reference.refresh
),

dated as (
    select
        event.*,
        period.period_type,
        period.period_start,
        period.period_end
    from measures.ehcp_event as event
    inner join period on cast(date_trunc('month', event.event_date) as date) = period.month_start
    cross join reference.refresh as refresh
    where
        (event.measure_id in ('EH6', 'EH9')) = (period.period_type = 'as_at')
        and (
            event.measure_id <> 'EH8'
            or unix_date(refresh.as_at) - unix_date(period.period_start)
            <= case period.period_type when 'month' then 335 else 396 end
        )
),

-- Weeks are rounded to 6 places because engines differ in the last bit when they interpolate.
cell as (
    select
        measure_id,
        period_type,
        period_start,
        period_end,
        sex,
        age_band,
        ethnicity_group,
        primary_need,
        ward,
        imd_quintile,
        sum(numerator) as numerator,
        count(*) as cases,
        round(median(weeks), 6) as median_weeks,
        round(percentile(weeks, 0.9), 6) as percentile_90_weeks,
        max(weeks) as longest_weeks
    from dated
    group by grouping sets (
        (measure_id, period_type, period_start, period_end),
        (measure_id, period_type, period_start, period_end, sex),
        (measure_id, period_type, period_start, period_end, age_band),
        (measure_id, period_type, period_start, period_end, ethnicity_group),
        (measure_id, period_type, period_start, period_end, primary_need),
        (measure_id, period_type, period_start, period_end, ward),
        (measure_id, period_type, period_start, period_end, imd_quintile)
    )
),

-- The events hold no NULL, so a NULL here is a column that this grouping set does not use.
named as (
    select
        measure_id,
        period_type,
        period_start,
        period_end,
        case
            when sex is not null then 'sex'
            when age_band is not null then 'age_band'
            when ethnicity_group is not null then 'ethnicity_group'
            when primary_need is not null then 'primary_need'
            when ward is not null then 'ward'
            when imd_quintile is not null then 'imd_quintile'
            else 'total'
        end as breakdown,
        coalesce(sex, age_band, ethnicity_group, primary_need, ward, imd_quintile, 'All') as breakdown_value,
        cast(numerator as double) as numerator,
        cast(cases as double) as denominator,
        median_weeks,
        percentile_90_weeks,
        longest_weeks,
        cast(cases as bigint) as base
    from cell
)

select
    measure_id,
    period_type,
    period_start,
    period_end,
    breakdown,
    breakdown_value,
    case when measure_id = 'EH5' then cast(null as double) else numerator end as numerator,
    denominator,
    case measure_id
        when 'EH5' then median_weeks
        when 'EH6' then numerator
        else 100e0 * numerator / denominator
    end as value,
    base
from named
union all
select
    'EH5_P90' as measure_id,
    period_type,
    period_start,
    period_end,
    breakdown,
    breakdown_value,
    cast(null as double) as numerator,
    denominator,
    percentile_90_weeks as value,
    base
from named
where measure_id = 'EH5'
union all
-- The longest wait of a group is one child's wait: the total only.
select
    'EH6_LONGEST' as measure_id,
    period_type,
    period_start,
    period_end,
    breakdown,
    breakdown_value,
    cast(null as double) as numerator,
    denominator,
    longest_weeks as value,
    base
from named
where measure_id = 'EH6' and breakdown = 'total'
