-- measures.voice_event
-- One row per record of the complaints and co-production logs, per action of the improvement plan or per survey
-- response, and measure that it counts in. CU4 stage 1 complaints against the plans in force at the end of the period;
-- CU5 compliments against complaints; CU6 ombudsman decisions upheld or partly upheld; CO2 workstreams that have a
-- parent carer and a young person as co-leads, at the end of a term; CO3 items raised that are closed; EV5 responses
-- whose consent is recorded; EV6 actions done by the day on which they were due.
--
-- measure_id: CU4, CU5, CU6, CO2, CO3, EV5 or EV6
-- counted_in: Which periods the row counts in (monthly, termly, annual), or the one kind of period that it is of
-- event_date: Day by which the row is put in a period
-- child_id: Pseudonym of the child, NULL where the measure is not broken down by what is known of the child
-- by_child: true when it is
-- detail_kind: service, role or workstream, where the measure is broken down by it
-- detail: Code of that
-- numerator: What the row adds to the numerator
-- denominator: What the row adds to the denominator
-- weeks: Weeks waited, for medians
-- base: Children, cases, posts or items that the row stands for
with feedback as (
    select
        complaints.kind,
        complaints.stage,
        complaints.received_date,
        outcome_code.group_code as outcome_group
    from staging.complaints as complaints
    cross join reference.refresh as refresh
    left join reference.code_set as outcome_code
        on outcome_code.code_set = 'complaint_outcome' and complaints.outcome = outcome_code.code
    where complaints.received_date <= refresh.as_at
),

first_record as (
    select min(received_date) as first_date
    from feedback
),

-- Only periods that the log covers from their first month on.
covered_period as (
    select
        calendar.period_type,
        calendar.period_start,
        calendar.period_end,
        least(calendar.period_end, refresh.as_at) as counted_to
    from reference.calendar as calendar
    cross join reference.refresh as refresh
    cross join first_record
    where
        calendar.period_type in ('month', 'calendar_year', 'academic_year')
        and calendar.period_start <= refresh.as_at
        and unix_date(first_record.first_date) - unix_date(calendar.period_start) <= 31
),

plans_in_force as (
    select
        covered_period.period_type,
        covered_period.period_start,
        count(*) as plans
    from covered_period
    inner join core.plan as plan
        on
            covered_period.counted_to >= plan.plan_issued_date
            and coalesce(covered_period.counted_to < plan.plan_ceased_date, true)
    group by covered_period.period_type, covered_period.period_start
),

said as (
    select
        coproduction_log.kind,
        coproduction_log.workstream,
        coproduction_log.raised_by,
        coproduction_log.raised_date,
        coproduction_log.closed_date,
        refresh.as_at
    from staging.coproduction_log as coproduction_log
    cross join reference.refresh as refresh
    where coproduction_log.raised_date <= refresh.as_at
),

first_said as (
    select min(raised_date) as first_date
    from said
),

term as (
    select
        calendar.period_start,
        least(calendar.period_end, refresh.as_at) as counted_to
    from reference.calendar as calendar
    cross join reference.refresh as refresh
    cross join first_said
    where
        calendar.period_type = 'term'
        and calendar.period_start <= refresh.as_at
        and calendar.period_end >= first_said.first_date
),

led_workstream as (
    select
        term.period_start,
        workstream.code as workstream,
        count(distinct said.raised_by) as roles
    from term
    inner join reference.code_set as workstream on workstream.code_set = 'workstream'
    left join said
        on
            workstream.code = said.workstream
            and said.kind = 'co_lead'
            and said.raised_by in ('parent_carer', 'child_young_person')
            and term.counted_to >= said.raised_date
            and coalesce(said.closed_date, cast('9999-12-31' as date)) > term.counted_to
    group by term.period_start, workstream.code
),

event as (
    select
        'CU4' as measure_id,
        covered_period.period_type as counted_in,
        feedback.received_date as event_date,
        cast(null as varchar(20)) as detail_kind,
        cast(null as varchar(40)) as detail,
        1e0 as numerator,
        0e0 as denominator,
        cast(0 as bigint) as base
    from feedback
    inner join covered_period
        on feedback.received_date between covered_period.period_start and covered_period.period_end
    where feedback.kind = 'complaint' and coalesce(feedback.stage, 1) = 1
    union all
    select
        'CU4' as measure_id,
        period_type as counted_in,
        period_start as event_date,
        cast(null as varchar(20)) as detail_kind,
        cast(null as varchar(40)) as detail,
        0e0 as numerator,
        cast(plans as double) as denominator,
        cast(plans as bigint) as base
    from plans_in_force
    union all
    select
        'CU5' as measure_id,
        'monthly' as counted_in,
        received_date as event_date,
        cast(null as varchar(20)) as detail_kind,
        cast(null as varchar(40)) as detail,
        case when kind = 'compliment' then 1e0 else 0e0 end as numerator,
        case when kind = 'complaint' then 1e0 else 0e0 end as denominator,
        cast(1 as bigint) as base
    from feedback
    where kind in ('complaint', 'compliment')
    union all
    select
        'CU6' as measure_id,
        'annual' as counted_in,
        received_date as event_date,
        cast(null as varchar(20)) as detail_kind,
        cast(null as varchar(40)) as detail,
        case when outcome_group = 'UPHELD' then 1e0 else 0e0 end as numerator,
        1e0 as denominator,
        cast(1 as bigint) as base
    from feedback
    where kind = 'ombudsman'
    union all
    select
        'CO2' as measure_id,
        'term' as counted_in,
        period_start as event_date,
        'workstream' as detail_kind,
        workstream as detail,
        case when roles = 2 then 1e0 else 0e0 end as numerator,
        1e0 as denominator,
        cast(1 as bigint) as base
    from led_workstream
    union all
    select
        'CO3' as measure_id,
        'termly' as counted_in,
        raised_date as event_date,
        'workstream' as detail_kind,
        workstream as detail,
        case when closed_date <= as_at then 1e0 else 0e0 end as numerator,
        1e0 as denominator,
        cast(1 as bigint) as base
    from said
    where kind = 'you_said'
    union all
    select
        'EV5' as measure_id,
        'termly' as counted_in,
        completed_date as event_date,
        cast(null as varchar(20)) as detail_kind,
        cast(null as varchar(40)) as detail,
        case
            when consent_share is not null and (comment is null or consent_quote is not null) then 1e0
            else 0e0
        end as numerator,
        1e0 as denominator,
        cast(1 as bigint) as base
    from staging.family_survey
    union all
    select
        'EV6' as measure_id,
        'termly' as counted_in,
        due_date as event_date,
        'workstream' as detail_kind,
        workstream as detail,
        case when completed_date <= due_date then 1e0 else 0e0 end as numerator,
        1e0 as denominator,
        cast(1 as bigint) as base
    from staging.actions
)

select
    measure_id,
    counted_in,
    event_date,
    cast(null as varchar(64)) as child_id,
    false as by_child,
    detail_kind,
    detail,
    numerator,
    denominator,
    cast(null as double) as weeks,
    base
from event
