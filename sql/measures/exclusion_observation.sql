-- measures.exclusion_observation
-- One row per suspension or exclusion measure, term or academic year, and breakdown value. The denominator is the
-- headcount of the January census of that academic year, for a term too, or of the newest census before the period's
-- end while that one is not there. Only periods that are over are shown, only terms that have records (no record at all
-- means no data, not zero), and only years of which every term has.
--
-- measure_id: EX1, EX2, EX3, EX4 or EX5
-- period_type: term or academic_year
-- period_start: First day of the period
-- period_end: Last day of the period
-- breakdown: What the value is broken down by; total for everybody
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: Suspensions, exclusions, pupils or sessions; for EX2 the suspension rate of pupils with SEN
-- denominator: Pupils on roll (EX5: pupils with SEN); for EX2 the suspension rate of pupils without SEN
-- value: Per 100 pupils (EX1, EX3), percent (EX4), sessions per pupil (EX5), ratio (EX2); NULL without a denominator
-- base: Pupils behind the value (EX2: pupils with SEN)
with measure as (
    select 'EX1' as measure_id
    union all
    select 'EX3' as measure_id
    union all
    select 'EX4' as measure_id
    union all
    select 'EX5' as measure_id
),

covered_month as (
    select distinct cast(date_trunc('month', start_date) as date) as month_start
    from core.suspension
),

covered_term as (
    select distinct
        calendar.academic_year,
        calendar.period_type,
        calendar.period_start,
        calendar.period_end
    from reference.calendar as calendar
    inner join covered_month on covered_month.month_start between calendar.period_start and calendar.period_end
    cross join reference.refresh as refresh
    where calendar.period_type = 'term' and calendar.period_end <= refresh.as_at
),

covered_year as (
    select academic_year
    from covered_term
    group by academic_year
    having count(*) = 3
),

period as (
    select
        academic_year,
        period_type,
        period_start,
        period_end
    from covered_term
    union all
    select
        calendar.academic_year,
        calendar.period_type,
        calendar.period_start,
        calendar.period_end
    from reference.calendar as calendar
    inner join covered_year on calendar.academic_year = covered_year.academic_year
    where calendar.period_type = 'academic_year'
),

census as (
    select distinct census_date
    from measures.headcount
),

period_census as (
    select
        period.period_type,
        period.period_start,
        period.period_end,
        coalesce(
            max(census.census_date) filter (
                where census.census_date between year.period_start and year.period_end
            ),
            max(census.census_date) filter (where census.census_date <= period.period_end)
        ) as census_date
    from period
    inner join reference.calendar as year
        on period.academic_year = year.academic_year and year.period_type = 'academic_year'
    left join census on year.period_end >= census.census_date
    group by period.period_type, period.period_start, period.period_end
),

period_month as (
    select
        period.period_type,
        period.period_start,
        period.period_end,
        month.period_start as month_start
    from period
    inner join reference.calendar as month
        on
            month.period_type = 'month'
            and month.period_start between period.period_start and period.period_end
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
        period_month.period_type,
        period_month.period_start,
        period_month.period_end
    from measures.exclusion_event as event
    inner join period_month on cast(date_trunc('month', event.event_date) as date) = period_month.month_start
    where event.period_type is null or event.period_type = period_month.period_type
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
        sum(numerator) as numerator
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
),

-- Numerators and headcounts are stacked and added up, so that a group with pupils and no suspension is a true 0.
part as (
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
        coalesce(sen_provision, sex, age_band, ethnicity_group, primary_need, ward, imd_quintile, 'All')
            as breakdown_value,
        numerator,
        cast(0 as bigint) as pupils
    from cell
    union all
    select
        measure.measure_id,
        period_census.period_type,
        period_census.period_start,
        period_census.period_end,
        headcount.breakdown,
        headcount.breakdown_value,
        0e0 as numerator,
        case when measure.measure_id = 'EX5' then headcount.pupils_with_sen else headcount.pupils end as pupils
    from measures.headcount as headcount
    inner join period_census on headcount.census_date = period_census.census_date
    cross join measure
),

rate as (
    select
        measure_id,
        period_type,
        period_start,
        period_end,
        breakdown,
        breakdown_value,
        sum(numerator) as numerator,
        cast(sum(pupils) as bigint) as pupils
    from part
    group by measure_id, period_type, period_start, period_end, breakdown, breakdown_value
),

sen_rate as (
    select
        with_sen.period_type,
        with_sen.period_start,
        with_sen.period_end,
        with_sen.breakdown,
        with_sen.breakdown_value,
        100e0 * with_sen.numerator / nullif(with_sen.pupils, 0) as rate_with_sen,
        100e0 * without_sen.numerator / nullif(without_sen.pupils, 0) as rate_without_sen,
        with_sen.pupils
    from (
        select
            period_type,
            period_start,
            period_end,
            'sen_provision' as breakdown,
            breakdown_value,
            numerator,
            pupils
        from rate
        where measure_id = 'EX1' and breakdown = 'sen_provision' and breakdown_value in ('E', 'K')
        union all
        select
            period_type,
            period_start,
            period_end,
            'total' as breakdown,
            'All' as breakdown_value,
            sum(numerator) as numerator,
            cast(sum(pupils) as bigint) as pupils
        from rate
        where measure_id = 'EX1' and breakdown = 'sen_provision' and breakdown_value in ('E', 'K')
        group by period_type, period_start, period_end
    ) as with_sen
    inner join rate as without_sen
        on
            with_sen.period_type = without_sen.period_type
            and with_sen.period_start = without_sen.period_start
            and without_sen.measure_id = 'EX1'
            and without_sen.breakdown = 'sen_provision'
            and without_sen.breakdown_value = 'N'
)

select
    measure_id,
    period_type,
    period_start,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    cast(nullif(pupils, 0) as double) as denominator,
    case when measure_id = 'EX5' then 1e0 else 100e0 end * numerator / nullif(pupils, 0) as value,
    pupils as base
from rate
where numerator > 0 or pupils > 0
union all
select
    'EX2' as measure_id,
    period_type,
    period_start,
    period_end,
    breakdown,
    breakdown_value,
    rate_with_sen as numerator,
    rate_without_sen as denominator,
    rate_with_sen / nullif(rate_without_sen, 0e0) as value,
    pupils as base
from sen_rate
