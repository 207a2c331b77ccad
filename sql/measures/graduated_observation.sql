-- measures.graduated_observation
-- One row per graduated-response measure, term or academic year, and breakdown value, from measures.graduated_event in
-- one pass. The current period is counted up to the day of the refresh.
--
-- measure_id: GR2 or GR3
-- period_type: term or academic_year
-- period_start: First day of the period
-- period_end: Last day of the period
-- breakdown: What the value is broken down by; total for everybody
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: Pupils with a reviewed cycle (GR2); reviews with the outcome met or partly met (GR3)
-- denominator: Pupils with a cycle recorded or reviewed (GR2); reviews with an outcome (GR3)
-- value: Percent 0-100
-- base: Pupils (GR2) or reviews (GR3) behind the value
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
    where calendar.period_type in ('term', 'academic_year')
),

dated as (
    select
        event.measure_id,
        event.numerator,
        event.sen_provision,
        event.sex,
        event.age_band,
        event.ethnicity_group,
        event.primary_need,
        event.ward,
        event.imd_quintile,
        period.period_type,
        period.period_start,
        period.period_end
    from measures.graduated_event as event
    inner join period on cast(date_trunc('month', event.event_date) as date) = period.month_start
    where event.period_type is null or event.period_type = period.period_type
),

cell as (
    select
        measure_id,
        period_type,
        period_start,
        period_end,
        sen_provision,
        sex,
        age_band,
        ethnicity_group,
        primary_need,
        ward,
        imd_quintile,
        cast(sum(numerator) as double) as numerator,
        count(*) as cases
    from dated
    group by grouping sets (
        (measure_id, period_type, period_start, period_end),
        (measure_id, period_type, period_start, period_end, sen_provision),
        (measure_id, period_type, period_start, period_end, sex),
        (measure_id, period_type, period_start, period_end, age_band),
        (measure_id, period_type, period_start, period_end, ethnicity_group),
        (measure_id, period_type, period_start, period_end, primary_need),
        (measure_id, period_type, period_start, period_end, ward),
        (measure_id, period_type, period_start, period_end, imd_quintile)
    )
)

select
    measure_id,
    period_type,
    period_start,
    period_end,
    case
        when sen_provision is not null then 'sen_provision'
        when sex is not null then 'sex'
        when age_band is not null then 'age_band'
        when ethnicity_group is not null then 'ethnicity_group'
        when primary_need is not null then 'primary_need'
        when ward is not null then 'ward'
        when imd_quintile is not null then 'imd_quintile'
        else 'total'
    end as breakdown,
    coalesce(sen_provision, sex, age_band, ethnicity_group, primary_need, ward, imd_quintile, 'All') as breakdown_value,
    numerator,
    cast(cases as double) as denominator,
    100e0 * numerator / cases as value,
    cast(cases as bigint) as base
from cell
