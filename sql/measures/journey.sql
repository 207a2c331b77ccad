-- measures.journey
-- One row per question about journeys, calendar year and breakdown value, for the council: counts are not protected.
-- Only linked requests are in it; measures.link_rate says how many of which group are not. The questions:
-- support_before_request, two_cycles_before_request and suspended_waiting of requests, suspended_after_20_weeks of
-- those that waited longer, plan_after_permanent_exclusion of plans; each where core.journey knows the answer.
--
-- journey: The question
-- year_start: First day of the calendar year of receipt; of the plan for plan_after_permanent_exclusion
-- breakdown: total, sex, ethnicity_group, primary_need, ward or imd_quintile
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: Journeys to which it happened
-- denominator: Journeys to which it could
-- value: Percent, 0-100
with linked as (
    select
        journey.*,
        unix_date(journey.wait_end_date) - unix_date(journey.received_date) > 140 as waited_over_20_weeks
    from core.journey as journey
    where journey.child_id is not null and journey.received_date is not null
),

event as (
    select
        linked.*,
        'support_before_request' as journey,
        linked.received_date as event_date,
        linked.had_support as happened
    from linked
    where linked.had_support is not null
    union all
    select
        linked.*,
        'two_cycles_before_request' as journey,
        linked.received_date as event_date,
        linked.cycles_before_request >= 2 as happened
    from linked
    where linked.cycles_before_request is not null
    union all
    select
        linked.*,
        'suspended_waiting' as journey,
        linked.received_date as event_date,
        linked.suspensions_waiting > 0 as happened
    from linked
    where linked.suspensions_waiting is not null
    union all
    select
        linked.*,
        'suspended_after_20_weeks' as journey,
        linked.received_date as event_date,
        linked.suspensions_late > 0 as happened
    from linked
    where linked.waited_over_20_weeks and linked.suspensions_late is not null
    union all
    select
        linked.*,
        'plan_after_permanent_exclusion' as journey,
        linked.plan_issued_date as event_date,
        linked.exclusions_before_plan > 0 as happened
    from linked
    where linked.exclusions_before_plan is not null
),

grouped as (
    select
        event.journey,
        calendar.period_start as year_start,
        coalesce(event.sex, 'Unknown') as sex,
        coalesce(event.ethnicity_group, 'Unknown') as ethnicity_group,
        coalesce(event.primary_need, 'Unknown') as primary_need,
        coalesce(event.ward_code, 'Unknown') as ward,
        coalesce(cast(event.imd_quintile as varchar(7)), 'Unknown') as imd_quintile,
        event.happened
    from event
    inner join reference.calendar as calendar
        on
            calendar.period_type = 'calendar_year'
            and event.event_date between calendar.period_start and calendar.period_end
),

cell as (
    select
        journey,
        year_start,
        sex,
        ethnicity_group,
        primary_need,
        ward,
        imd_quintile,
        count(*) filter (where happened) as numerator,
        count(*) as denominator
    from grouped
    group by grouping sets (
        (journey, year_start),
        (journey, year_start, sex),
        (journey, year_start, ethnicity_group),
        (journey, year_start, primary_need),
        (journey, year_start, ward),
        (journey, year_start, imd_quintile)
    )
)

-- The groups hold no NULL, so a NULL here is a column that this grouping set does not use.
select
    journey,
    year_start,
    case
        when sex is not null then 'sex'
        when ethnicity_group is not null then 'ethnicity_group'
        when primary_need is not null then 'primary_need'
        when ward is not null then 'ward'
        when imd_quintile is not null then 'imd_quintile'
        else 'total'
    end as breakdown,
    coalesce(sex, ethnicity_group, primary_need, ward, imd_quintile, 'All') as breakdown_value,
    numerator,
    denominator,
    100e0 * cast(numerator as double) / cast(denominator as double) as value
from cell
