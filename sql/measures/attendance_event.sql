-- measures.attendance_event
-- One row per pupil, term or academic year, and attendance measure that the pupil counts in. EX6_OVERALL adds up
-- half-day sessions missed and possible; EX6 asks whether a tenth and EX6_SEVERE whether half of the pupil's own
-- sessions were missed; EX7 looks at pupils with SEN on a reduced timetable, EX7_OUT at those in no school setting, EX9
-- at those educated at home. The SEN provision is the newest of the period.
--
-- measure_id: EX6, EX6_OVERALL, EX6_SEVERE, EX7, EX7_OUT or EX9
-- counted_in: Which periods the row counts in (monthly, termly, annual), or the one kind of period that it is of
-- event_date: Day by which the row is put in a period
-- child_id: Pseudonym of the child, NULL where the measure is not broken down by what is known of the child
-- by_child: true when it is
-- sen_provision: E, K or N at the time, where the extract says so
-- detail_kind: service, role or workstream, where the measure is broken down by it
-- detail: Code of that
-- numerator: What the row adds to the numerator
-- denominator: What the row adds to the denominator
-- weeks: Weeks waited, for medians
-- base: Children, cases, posts or items that the row stands for
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
        calendar.period_start
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
    group by attendance.child_id, period.period_type, period.period_start
),

counted as (
    select
        measure.measure_id,
        pupil_period.period_type,
        pupil_period.period_start,
        pupil_period.child_id,
        pupil_period.sen_provision,
        case measure.measure_id
            when 'EX6_OVERALL' then pupil_period.missed
            when 'EX6' then case when 10e0 * pupil_period.missed >= pupil_period.possible then 1e0 else 0e0 end
            when 'EX6_SEVERE' then case when 2e0 * pupil_period.missed >= pupil_period.possible then 1e0 else 0e0 end
            when 'EX7' then cast(pupil_period.reduced as double)
            when 'EX7_OUT' then cast(pupil_period.not_in_school as double)
            else cast(pupil_period.home_educated as double)
        end as numerator,
        case when measure.measure_id = 'EX6_OVERALL' then pupil_period.possible else 1e0 end as denominator
    from pupil_period
    cross join measure
    where
        case
            when measure.measure_id in ('EX6', 'EX6_OVERALL', 'EX6_SEVERE')
                then coalesce(pupil_period.possible > 0 and pupil_period.missed is not null, false)
            else coalesce(pupil_period.sen_provision in ('E', 'K'), false)
        end
)

select
    measure_id,
    period_type as counted_in,
    period_start as event_date,
    child_id,
    true as by_child,
    sen_provision,
    cast(null as varchar(20)) as detail_kind,
    cast(null as varchar(40)) as detail,
    numerator,
    denominator,
    cast(null as double) as weeks,
    cast(1 as bigint) as base
from counted
