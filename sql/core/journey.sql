-- core.journey
-- One row per request for an assessment: what the other extracts say of the same child before it, while it waited,
-- and up to the plan. Linked by the pseudonym of the child. What cannot be known is NULL and never 0: of a request
-- without a valid UPN, and of one older than the records of the other extract (support and cycles: or less than 52
-- weeks younger than the oldest). The wait ends with the plan, the refusal or the withdrawal, or on the day of the
-- refresh.
--
-- request_id: The case system's id of the request
-- child_id: Pseudonym of the child, NULL when the UPN was missing or not valid
-- received_date: Day on which the request was received
-- wait_end_date: Day on which the wait ended, NULL when it ended on a day that was not recorded
-- plan_issued_date: Day on which the final plan was issued, if it was by the day of the refresh
-- first_support_date: Oldest record of SEN support: a census with provision K, or an assess-plan-do-review cycle
-- had_support: true when that is before the request
-- cycles_before_request: Assess-plan-do-review cycles recorded before the request
-- suspensions_waiting: Suspensions that began while the request waited; NULL too when the end of the wait is not known
-- suspensions_late: Those of them that began after the 20 weeks (day 140 is inside)
-- exclusions_before_plan: Permanent exclusions, not overturned, before the plan; NULL too without a plan
-- sex: M or F
-- ethnicity_group: Ethnicity group code; NULL when refused or not obtained
-- primary_need: Code of the primary need
-- ward_code: Ward of the home address
-- imd_quintile: Deprivation fifth of the home LSOA, 1 = most deprived
with waiting as (
    select
        request.*,
        case when request.plan_issued_date <= refresh.as_at then request.plan_issued_date end as issued_date,
        case
            when request.received_date > refresh.as_at then cast(null as date)
            when request.plan_issued_date <= refresh.as_at then request.plan_issued_date
            when request.is_open then refresh.as_at
            when request.assessment_outcome in ('N', 'W') then request.assessment_outcome_date
            when request.request_outcome in ('N', 'W') then request.request_outcome_date
        end as wait_end_date
    from core.request as request
    cross join reference.refresh as refresh
),

support_record as (
    select
        child_id,
        census_date as support_date
    from core.pupil
    where sen_provision = 'K'
    union all
    select
        child_id,
        record_date as support_date
    from core.cycle
),

support as (
    select
        child_id,
        min(support_date) as first_support_date
    from support_record
    where child_id is not null
    group by child_id
),

-- Extracts of suspensions, cycles and the roll begin later than that of requests.
known_since as (
    select
        (select min(support_date) from support_record) as support,
        (select min(record_date) from core.cycle) as cycles,
        (select min(start_date) from core.suspension) as suspensions
),

cycle_before as (
    select
        waiting.request_id,
        count(*) as cycles
    from waiting
    inner join core.cycle as cycle
        on waiting.child_id = cycle.child_id and waiting.received_date > cycle.record_date
    group by waiting.request_id
),

suspended as (
    select
        waiting.request_id,
        count(*) filter (
            where
            suspension.category = 'SUSP'
            and suspension.start_date between waiting.received_date and waiting.wait_end_date
        ) as waiting_suspensions,
        count(*) filter (
            where
            suspension.category = 'SUSP'
            and suspension.start_date <= waiting.wait_end_date
            and unix_date(suspension.start_date) - unix_date(waiting.received_date) > 140
        ) as late_suspensions,
        count(*) filter (
            where
            suspension.category = 'PERM'
            and not suspension.overturned
            and suspension.start_date < waiting.issued_date
        ) as permanent_exclusions
    from waiting
    inner join core.suspension as suspension on waiting.child_id = suspension.child_id
    group by waiting.request_id
)

select
    waiting.request_id,
    waiting.child_id,
    waiting.received_date,
    waiting.wait_end_date,
    waiting.issued_date as plan_issued_date,
    support.first_support_date,
    case
        when waiting.child_id is null then cast(null as boolean)
        when support.first_support_date < waiting.received_date then true
        when unix_date(waiting.received_date) - unix_date(known_since.support) >= 364 then false
    end as had_support,
    case
        when waiting.child_id is not null and unix_date(waiting.received_date) - unix_date(known_since.cycles) >= 364
            then coalesce(cycle_before.cycles, 0)
    end as cycles_before_request,
    case
        when
            waiting.child_id is not null
            and waiting.wait_end_date is not null
            and waiting.received_date >= known_since.suspensions
            then coalesce(suspended.waiting_suspensions, 0)
    end as suspensions_waiting,
    case
        when
            waiting.child_id is not null
            and waiting.wait_end_date is not null
            and waiting.received_date >= known_since.suspensions
            then coalesce(suspended.late_suspensions, 0)
    end as suspensions_late,
    case
        when
            waiting.child_id is not null
            and waiting.issued_date is not null
            and waiting.received_date >= known_since.suspensions
            then coalesce(suspended.permanent_exclusions, 0)
    end as exclusions_before_plan,
    waiting.sex,
    waiting.ethnicity_group,
    waiting.primary_need,
    waiting.ward_code,
    waiting.imd_quintile
from waiting
cross join known_since
left join support on waiting.child_id = support.child_id
left join cycle_before on waiting.request_id = cycle_before.request_id
left join suspended on waiting.request_id = suspended.request_id
