-- measures.plan_quality_event
-- One row per audited plan or disputed decision and measure that it counts in. EH7 plans graded good or outstanding;
-- CO4 section A in the child's own words; JC5 health and care outcomes both specified; CO5 reviews that the child took
-- part in; PA4 reviews from Year 9 on with outcomes that prepare for adulthood; EH11 appeals against appealable
-- decisions (refusals to assess or to issue, plans that ceased because needs are met, and plans in force on 1 January);
-- EH12 appeals that mediation came before; EH12_RESOLVED mediations that reached agreement.
--
-- measure_id: EH7, CO4, CO5, JC5, PA4, EH11, EH12 or EH12_RESOLVED
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
with item as (
    select 'EH7' as measure_id
    union all
    select 'CO4' as measure_id
    union all
    select 'CO5' as measure_id
    union all
    select 'JC5' as measure_id
    union all
    select 'PA4' as measure_id
),

answered as (
    select
        item.measure_id,
        plan_audit.audited_date,
        case item.measure_id
            when 'EH7' then grade.group_code = 'GOOD'
            when 'CO4' then plan_audit.section_a_in_own_words
            when 'CO5' then plan_audit.child_took_part_in_review
            when 'JC5' then plan_audit.health_outcomes_specified and plan_audit.care_outcomes_specified
            else plan_audit.adulthood_outcomes
        end as is_met
    from staging.plan_audit as plan_audit
    cross join item
    left join reference.code_set as grade
        on grade.code_set = 'audit_grade' and plan_audit.grade = grade.code
),

dispute as (
    select
        appeals.mediation_date,
        appeals.mediation_outcome,
        appeals.lodged_date
    from staging.appeals as appeals
),

first_dispute as (
    select min(least(coalesce(mediation_date, lodged_date), coalesce(lodged_date, mediation_date))) as first_date
    from dispute
),

-- Only years that the log covers from their first month on.
covered_year as (
    select
        calendar.period_type,
        calendar.period_start,
        calendar.period_end
    from reference.calendar as calendar
    cross join reference.refresh as refresh
    cross join first_dispute
    where
        calendar.period_type in ('calendar_year', 'academic_year')
        and calendar.period_start <= refresh.as_at
        and unix_date(first_dispute.first_date) - unix_date(calendar.period_start) <= 31
),

decision as (
    select request_outcome_date as decided_date
    from core.request
    where request_outcome = 'N'
    union all
    select assessment_outcome_date as decided_date
    from core.request
    where assessment_outcome = 'N'
    union all
    select plan_ceased_date as decided_date
    from core.plan
    where cease_reason = '2'
    union all
    select covered_year.period_start as decided_date
    from covered_year
    inner join core.plan as plan
        on
            covered_year.period_start > plan.plan_issued_date
            and coalesce(covered_year.period_start <= plan.plan_ceased_date, true)
    where covered_year.period_type = 'calendar_year'
),

event as (
    select
        measure_id,
        'termly' as counted_in,
        audited_date as event_date,
        case when is_met then 1e0 else 0e0 end as numerator,
        1e0 as denominator,
        cast(1 as bigint) as base
    from answered
    where is_met is not null
    union all
    select
        'EH11' as measure_id,
        'calendar_year' as counted_in,
        dispute.lodged_date as event_date,
        1e0 as numerator,
        0e0 as denominator,
        cast(0 as bigint) as base
    from dispute
    inner join covered_year on dispute.lodged_date between covered_year.period_start and covered_year.period_end
    where covered_year.period_type = 'calendar_year'
    union all
    select
        'EH11' as measure_id,
        'calendar_year' as counted_in,
        decision.decided_date as event_date,
        0e0 as numerator,
        1e0 as denominator,
        cast(1 as bigint) as base
    from decision
    inner join covered_year on decision.decided_date between covered_year.period_start and covered_year.period_end
    where covered_year.period_type = 'calendar_year'
    union all
    select
        'EH12' as measure_id,
        covered_year.period_type as counted_in,
        dispute.lodged_date as event_date,
        case when dispute.mediation_date <= dispute.lodged_date then 1e0 else 0e0 end as numerator,
        1e0 as denominator,
        cast(1 as bigint) as base
    from dispute
    inner join covered_year on dispute.lodged_date between covered_year.period_start and covered_year.period_end
    union all
    select
        'EH12_RESOLVED' as measure_id,
        covered_year.period_type as counted_in,
        dispute.mediation_date as event_date,
        case when dispute.mediation_outcome = 'agreed' then 1e0 else 0e0 end as numerator,
        1e0 as denominator,
        cast(1 as bigint) as base
    from dispute
    inner join covered_year on dispute.mediation_date between covered_year.period_start and covered_year.period_end
    where dispute.mediation_outcome in ('agreed', 'not_agreed')
)

select
    measure_id,
    counted_in,
    event_date,
    cast(null as varchar(64)) as child_id,
    false as by_child,
    cast(null as varchar(20)) as detail_kind,
    cast(null as varchar(40)) as detail,
    numerator,
    denominator,
    cast(null as double) as weeks,
    base
from event
