-- measures.exclusion_event
-- One row per suspension or permanent exclusion and measure that it counts in. EX1 counts suspensions (SUSP; lunchtime
-- suspensions are not added), EX3 permanent exclusions that were not overturned, EX5 the half-day sessions that pupils
-- with SEN lost to suspensions, EX4 pupils: the pupil's first suspension of each term and of each academic year.
--
-- measure_id: EX1, EX3, EX4 or EX5
-- period_type: The one kind of period that the row counts in (EX4), NULL when it counts in any
-- event_date: First day of the suspension or exclusion
-- numerator: 1, or sessions (EX5)
-- sen_provision: E, K or N at the time, or Unknown
-- sex: M, F or Unknown
-- age_band: Age on the day, or Unknown
-- ethnicity_group: Ethnicity group code, or Unknown
-- primary_need: Code of the primary need, or Unknown
-- ward: GSS code of the ward, or Unknown
-- imd_quintile: 1 to 5, or Unknown
with exclusion as (
    select
        suspension.child_id,
        suspension.school_urn,
        suspension.start_date,
        suspension.category,
        suspension.sessions,
        suspension.overturned,
        coalesce(suspension.sen_provision, 'Unknown') as sen_provision,
        coalesce(suspension.sex, 'Unknown') as sex,
        coalesce(suspension.age_band, 'Unknown') as age_band,
        coalesce(suspension.ethnicity_group, 'Unknown') as ethnicity_group,
        coalesce(suspension.primary_need, 'Unknown') as primary_need,
        coalesce(suspension.ward_code, 'Unknown') as ward,
        coalesce(cast(suspension.imd_quintile as varchar(7)), 'Unknown') as imd_quintile
    from core.suspension as suspension
    cross join reference.refresh as refresh
    where suspension.start_date <= refresh.as_at
),

period as (
    select
        month.period_start as month_start,
        calendar.period_type,
        calendar.period_start
    from reference.calendar as calendar
    inner join reference.calendar as month
        on
            month.period_type = 'month'
            and month.period_start between calendar.period_start and calendar.period_end
    where calendar.period_type in ('term', 'academic_year')
),

ranked as (
    select
        exclusion.*,
        period.period_type,
        row_number() over (
            partition by exclusion.child_id, period.period_type, period.period_start
            order by exclusion.start_date nulls last, exclusion.school_urn nulls last
        ) as place
    from exclusion
    inner join period on cast(date_trunc('month', exclusion.start_date) as date) = period.month_start
    where exclusion.category = 'SUSP' and exclusion.child_id is not null
)

select
    case when category = 'SUSP' then 'EX1' else 'EX3' end as measure_id,
    cast(null as varchar(20)) as period_type,
    start_date as event_date,
    1e0 as numerator,
    sen_provision,
    sex,
    age_band,
    ethnicity_group,
    primary_need,
    ward,
    imd_quintile
from exclusion
where category = 'SUSP' or (category = 'PERM' and not overturned)
union all
select
    'EX4' as measure_id,
    period_type,
    start_date as event_date,
    1e0 as numerator,
    sen_provision,
    sex,
    age_band,
    ethnicity_group,
    primary_need,
    ward,
    imd_quintile
from ranked
where place = 1
union all
select
    'EX5' as measure_id,
    cast(null as varchar(20)) as period_type,
    start_date as event_date,
    cast(coalesce(sessions, 0) as double) as numerator,
    sen_provision,
    sex,
    age_band,
    ethnicity_group,
    primary_need,
    ward,
    imd_quintile
from exclusion
where category = 'SUSP' and sen_provision in ('E', 'K')
