-- measures.attendance_observation
-- One row per attendance measure, term or academic year, and breakdown value, in one pass: a pupil counts once in
-- each. EX6_OVERALL adds up half-day sessions missed and possible; EX6 asks whether a tenth and EX6_SEVERE whether
-- half of the pupil's own sessions were missed; EX7 looks at pupils with SEN on a reduced timetable, EX7_OUT at
-- those in no school setting, EX9 at those educated at home. The SEN provision is the newest of the period, the age
-- that of its first day. The current period is counted up to the day of the refresh.
--
-- measure_id: EX6, EX6_OVERALL, EX6_SEVERE, EX7, EX7_OUT or EX9
-- period_type: term or academic_year
-- period_start: First day of the period
-- period_end: Last day of the period
-- breakdown: What the value is broken down by; total for everybody
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: Pupils that meet the condition; sessions missed (EX6_OVERALL)
-- denominator: Pupils looked at; sessions possible (EX6_OVERALL); NULL when there is nothing
-- value: Percent 0-100; pupils (EX9)
-- base: Pupils behind the value
with measure as (
    select 'EX6' as measure_id
    union all
    select 'EX6_OVERALL' as measure_id
    union all
    select 'EX6_SEVERE' as measure_id
    union all
    select 'EX7' as measure_id
    union all
    select 'EX7_OUT' as measure_id
    union all
    select 'EX9' as measure_id
),

period as (
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

pupil_period as (
    select
        attendance.child_id,
        period.period_type,
        period.period_start,
        period.period_end,
        max_by(attendance.sen_provision, attendance.term_start_date) filter (
            where attendance.sen_provision is not null
        ) as sen_provision,
        cast(sum(attendance.sessions_possible) as double) as possible,
        cast(sum(attendance.sessions_missed) as double) as missed,
        max(case when attendance.reduced_timetable then 1 else 0 end) as reduced,
        max(case when attendance.setting_status = 'not_in_school' then 1 else 0 end) as not_in_school,
        max(case when attendance.setting_status = 'home_educated' then 1 else 0 end) as home_educated
    from staging.attendance as attendance
    inner join period on cast(date_trunc('month', attendance.term_start_date) as date) = period.month_start
    cross join reference.refresh as refresh
    where attendance.child_id is not null and attendance.term_start_date <= refresh.as_at
    group by attendance.child_id, period.period_type, period.period_start, period.period_end
),

aged as (
    select
        pupil_period.*,
        child.sen_provision as known_provision,
        child.sex,
        child.ethnicity_group,
        child.primary_need,
        child.ward_code,
        child.imd_quintile,
        (year(pupil_period.period_start) * 12 + month(pupil_period.period_start))
        - (year(child.birth_month) * 12 + month(child.birth_month)) as months_old
    from pupil_period
    left join core.child as child on pupil_period.child_id = child.child_id
),

pupil as (
    select
        period_type,
        period_start,
        period_end,
        possible,
        missed,
        reduced,
        not_in_school,
        home_educated,
        coalesce(possible > 0 and missed is not null, false) as attends,
        coalesce(sen_provision in ('E', 'K'), false) as has_sen,
        coalesce(sen_provision, known_provision, 'Unknown') as sen_provision,
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
),

cell as (
    select
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
        count(*) filter (where attends) as attending,
        sum(possible) filter (where attends) as possible,
        sum(missed) filter (where attends) as missed,
        count(*) filter (where attends and 10e0 * missed >= possible) as missed_a_tenth,
        count(*) filter (where attends and 2e0 * missed >= possible) as missed_half,
        count(*) filter (where has_sen) as with_sen,
        count(*) filter (where has_sen and reduced = 1) as reduced,
        count(*) filter (where has_sen and not_in_school = 1) as not_in_school,
        count(*) filter (where has_sen and home_educated = 1) as home_educated
    from pupil
    group by grouping sets (
        (period_type, period_start, period_end),
        (period_type, period_start, period_end, sen_provision),
        (period_type, period_start, period_end, sex),
        (period_type, period_start, period_end, age_band),
        (period_type, period_start, period_end, ethnicity_group),
        (period_type, period_start, period_end, primary_need),
        (period_type, period_start, period_end, ward),
        (period_type, period_start, period_end, imd_quintile)
    )
),

-- The pupils have no NULL, so a NULL here is a column that this grouping set does not use.
counted as (
    select
        measure.measure_id,
        cell.period_type,
        cell.period_start,
        cell.period_end,
        case
            when cell.sen_provision is not null then 'sen_provision'
            when cell.sex is not null then 'sex'
            when cell.age_band is not null then 'age_band'
            when cell.ethnicity_group is not null then 'ethnicity_group'
            when cell.primary_need is not null then 'primary_need'
            when cell.ward is not null then 'ward'
            when cell.imd_quintile is not null then 'imd_quintile'
            else 'total'
        end as breakdown,
        coalesce(
            cell.sen_provision,
            cell.sex,
            cell.age_band,
            cell.ethnicity_group,
            cell.primary_need,
            cell.ward,
            cell.imd_quintile,
            'All'
        ) as breakdown_value,
        case measure.measure_id
            when 'EX6' then cast(cell.missed_a_tenth as double)
            when 'EX6_OVERALL' then cell.missed
            when 'EX6_SEVERE' then cast(cell.missed_half as double)
            when 'EX7' then cast(cell.reduced as double)
            when 'EX7_OUT' then cast(cell.not_in_school as double)
            else cast(cell.home_educated as double)
        end as numerator,
        case
            when measure.measure_id = 'EX6_OVERALL' then cell.possible
            when measure.measure_id in ('EX6', 'EX6_SEVERE') then cast(cell.attending as double)
            else cast(cell.with_sen as double)
        end as denominator,
        case
            when measure.measure_id in ('EX6', 'EX6_OVERALL', 'EX6_SEVERE') then cast(cell.attending as bigint)
            else cast(cell.with_sen as bigint)
        end as base
    from cell
    cross join measure
)

select
    measure_id,
    period_type,
    period_start,
    period_end,
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    case when measure_id = 'EX9' then numerator else 100e0 * numerator / denominator end as value,
    base
from counted
where base > 0
