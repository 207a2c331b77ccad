-- measures.graduated_event
-- One row per pupil and term or academic year (GR2), and one per reviewed cycle (GR3). GR2 looks at pupils whose cycle
-- was recorded or reviewed in the period and asks whether any cycle was reviewed in it; GR3 asks whether a reviewed
-- outcome was met or partly met.
--
-- measure_id: GR2 or GR3
-- period_type: The one kind of period that the row counts in (GR2), NULL when it counts in any
-- event_date: First record of the pupil in the period, or day of the review
-- numerator: 1 when the measure's condition is met, else 0
-- sen_provision: Newest known provision: E, K, N or Unknown
-- sex: M, F or Unknown
-- age_band: Age on the day, or Unknown
-- ethnicity_group: Ethnicity group code, or Unknown
-- primary_need: Code of the primary need, or Unknown
-- ward: GSS code of the ward, or Unknown
-- imd_quintile: 1 to 5, or Unknown
with period as (
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

touched as (
    select
        cycle.child_id,
        cycle.record_date as event_date,
        0 as reviewed
    from core.cycle as cycle
    union all
    select
        cycle.child_id,
        cycle.review_date as event_date,
        1 as reviewed
    from core.cycle as cycle
    where cycle.review_date is not null
),

pupil_period as (
    select
        touched.child_id,
        period.period_type,
        min(touched.event_date) as event_date,
        max(touched.reviewed) as numerator
    from touched
    inner join period on cast(date_trunc('month', touched.event_date) as date) = period.month_start
    cross join reference.refresh as refresh
    where touched.child_id is not null and touched.event_date <= refresh.as_at
    group by touched.child_id, period.period_type, period.period_start
),

event as (
    select
        'GR2' as measure_id,
        pupil_period.period_type,
        pupil_period.event_date,
        pupil_period.numerator,
        child.sen_provision,
        child.birth_month,
        child.sex,
        child.ethnicity_group,
        child.primary_need,
        child.ward_code,
        child.imd_quintile
    from pupil_period
    left join core.child as child on pupil_period.child_id = child.child_id
    union all
    select
        'GR3' as measure_id,
        cast(null as varchar(20)) as period_type,
        cycle.review_date as event_date,
        case when cycle.review_outcome in ('met', 'partly') then 1 else 0 end as numerator,
        cycle.sen_provision,
        cycle.birth_month,
        cycle.sex,
        cycle.ethnicity_group,
        cycle.primary_need,
        cycle.ward_code,
        cycle.imd_quintile
    from core.cycle as cycle
    cross join reference.refresh as refresh
    where cycle.review_outcome is not null and cycle.review_date <= refresh.as_at
),

aged as (
    select
        event.*,
        (year(event_date) * 12 + month(event_date)) - (year(birth_month) * 12 + month(birth_month)) as months_old
    from event
)

select
    measure_id,
    period_type,
    event_date,
    numerator,
    coalesce(sen_provision, 'Unknown') as sen_provision,
    coalesce(sex, 'Unknown') as sex,
    case
        when months_old between 0 and 59 then 'under_5'
        when months_old between 60 and 131 then '5_10'
        when months_old between 132 and 191 then '11_15'
        when months_old between 192 and 215 then '16_17'
        when months_old between 216 and 311 then '18_25'
        else 'Unknown'
    end as age_band,
    coalesce(ethnicity_group, 'Unknown') as ethnicity_group,
    coalesce(primary_need, 'Unknown') as primary_need,
    coalesce(ward_code, 'Unknown') as ward,
    coalesce(cast(imd_quintile as varchar(7)), 'Unknown') as imd_quintile
from aged
