-- core.consistency
-- One row per check that needs two extracts to agree: counts only. A row without a valid child_id cannot be looked up
-- in another extract: only the check of plans without a person tests it. A plan that is in force ends
-- on the last of days: a join condition that is no plain comparison would compare every pair of rows.
--
-- check_id: suspended_with_plan_but_no_plan, plan_without_person or cycle_during_plan
-- failing: Rows that contradict the other extract
-- tested: Rows that could be looked up
with suspension_with_plan as (
    select
        suspension.child_id,
        suspension.school_urn,
        suspension.start_date,
        suspension.category,
        count(plan.request_id) as plans
    from core.suspension as suspension
    left join core.plan as plan
        on
            suspension.child_id = plan.child_id
            and suspension.start_date >= plan.plan_issued_date
            and coalesce(plan.plan_ceased_date, cast('9999-12-31' as date)) >= suspension.start_date
    where suspension.sen_provision = 'E' and suspension.child_id is not null
    group by suspension.child_id, suspension.school_urn, suspension.start_date, suspension.category
),

cycle_of_child as (
    select
        cycle.child_id,
        cycle.school_urn,
        cycle.cycle_number,
        count(plan.request_id) as plans
    from core.cycle as cycle
    left join core.plan as plan
        on
            cycle.child_id = plan.child_id
            and cycle.record_date >= plan.plan_issued_date
            and coalesce(plan.plan_ceased_date, cast('9999-12-31' as date)) >= cycle.record_date
    where cycle.child_id is not null
    group by cycle.child_id, cycle.school_urn, cycle.cycle_number
)

select
    'suspended_with_plan_but_no_plan' as check_id,
    count(*) filter (where plans = 0) as failing,
    count(*) as tested
from suspension_with_plan
union all
select
    'plan_without_person' as check_id,
    count(*) filter (where child_id is null) as failing,
    count(*) as tested
from core.plan
union all
select
    'cycle_during_plan' as check_id,
    count(*) filter (where plans > 0) as failing,
    count(*) as tested
from cycle_of_child
