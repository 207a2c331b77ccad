-- measures.workforce_event
-- One row per post (or month, or child) and workforce measure that it counts in. WF1 leavers of the last 12 months
-- against the average headcount of caseworkers, one row per month that has the 12 months behind it; WF2 vacant and WF3
-- agency full-time equivalents of the SEND team and educational psychologists; WF4 open cases against caseworkers in
-- post or from an agency, at the end of each month of the last two years; WF5 children with more than one caseworker in
-- the 12 months before the end of a term; WF6 SENCO posts that are vacant or whose holder is not qualified.
--
-- measure_id: WF1, WF2, WF3, WF4, WF5 or WF6
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
with post as (
    select
        workforce.month_end,
        workforce.role,
        coalesce(workforce.established_fte, 0e0) as established_fte,
        coalesce(workforce.filled_fte, 0e0) as filled_fte,
        coalesce(workforce.agency_fte, 0e0) as agency_fte,
        coalesce(workforce.headcount, 0) as headcount,
        coalesce(workforce.leavers, 0) as leavers,
        coalesce(workforce.is_qualified, false) as is_qualified,
        refresh.as_at
    from staging.workforce as workforce
    cross join reference.refresh as refresh
    where workforce.month_end <= refresh.as_at
),

casework_month as (
    select
        month_end,
        cast(sum(headcount) as double) as headcount,
        cast(sum(leavers) as double) as leavers
    from post
    where role = 'caseworker'
    group by month_end
),

rolling as (
    select
        month_end,
        sum(headcount) over (order by month_end nulls last rows between 11 preceding and current row) as headcount,
        sum(leavers) over (order by month_end nulls last rows between 11 preceding and current row) as leavers,
        count(*) over (order by month_end nulls last rows between 11 preceding and current row) as months,
        unix_date(month_end)
        - unix_date(
            min(month_end) over (order by month_end nulls last rows between 11 preceding and current row)
        ) as days
    from casework_month
),

team_post as (
    select
        'WF2' as measure_id,
        month_end,
        role,
        greatest(established_fte - filled_fte, 0e0) as numerator,
        established_fte as denominator
    from post
    where role in ('caseworker', 'manager', 'educational_psychologist')
    union all
    select
        'WF3' as measure_id,
        month_end,
        role,
        agency_fte as numerator,
        filled_fte + agency_fte as denominator
    from post
    where role in ('caseworker', 'manager', 'educational_psychologist')
    union all
    select
        'WF6' as measure_id,
        month_end,
        role,
        case when filled_fte > 0 and is_qualified then 0e0 else 1e0 end as numerator,
        1e0 as denominator
    from post
    where role = 'senco'
),

allocation as (
    select
        caseworker_allocation.request_id,
        caseworker_allocation.child_id,
        caseworker_allocation.caseworker_ref,
        caseworker_allocation.allocated_date,
        caseworker_allocation.ended_date,
        refresh.as_at
    from staging.caseworker_allocation as caseworker_allocation
    cross join reference.refresh as refresh
),

first_allocation as (
    select min(allocated_date) as first_date
    from allocation
),

-- The extract goes back two years: before that only the cases that stayed open are in it.
staffed_month as (
    select
        post.month_end,
        sum(post.filled_fte + post.agency_fte) as caseworkers
    from post
    cross join first_allocation
    where
        post.role = 'caseworker'
        and post.month_end >= first_allocation.first_date
        and unix_date(post.as_at) - unix_date(post.month_end) <= 730
    group by post.month_end
),

open_case as (
    select distinct
        staffed_month.month_end,
        allocation.request_id
    from staffed_month
    inner join allocation
        on
            staffed_month.month_end >= allocation.allocated_date
            and coalesce(staffed_month.month_end < allocation.ended_date, true)
),

term as (
    select
        calendar.period_start,
        least(calendar.period_end, refresh.as_at) as counted_to
    from reference.calendar as calendar
    cross join reference.refresh as refresh
    where
        calendar.period_type = 'term'
        and calendar.period_start <= refresh.as_at
        and unix_date(refresh.as_at) - unix_date(least(calendar.period_end, refresh.as_at)) <= 365
),

family as (
    select
        term.period_start,
        allocation.child_id,
        count(distinct allocation.caseworker_ref) as caseworkers
    from term
    inner join allocation
        on
            term.counted_to >= allocation.allocated_date
            and coalesce(unix_date(term.counted_to) - 365 < unix_date(allocation.ended_date), true)
    where allocation.child_id is not null
    group by term.period_start, allocation.child_id
),

event as (
    select
        'WF1' as measure_id,
        'month' as counted_in,
        month_end as event_date,
        cast(null as varchar(20)) as detail_kind,
        cast(null as varchar(40)) as detail,
        leavers as numerator,
        headcount / 12e0 as denominator,
        cast(round(headcount / 12e0, 0) as bigint) as base
    from rolling
    where months = 12 and days between 330 and 340
    union all
    select
        measure_id,
        'monthly' as counted_in,
        month_end as event_date,
        'role' as detail_kind,
        role as detail,
        numerator,
        denominator,
        cast(1 as bigint) as base
    from team_post
    union all
    select
        'WF4' as measure_id,
        'month' as counted_in,
        month_end as event_date,
        cast(null as varchar(20)) as detail_kind,
        cast(null as varchar(40)) as detail,
        1e0 as numerator,
        0e0 as denominator,
        cast(1 as bigint) as base
    from open_case
    union all
    select
        'WF4' as measure_id,
        'month' as counted_in,
        month_end as event_date,
        cast(null as varchar(20)) as detail_kind,
        cast(null as varchar(40)) as detail,
        0e0 as numerator,
        caseworkers as denominator,
        cast(0 as bigint) as base
    from staffed_month
    union all
    select
        'WF5' as measure_id,
        'term' as counted_in,
        period_start as event_date,
        cast(null as varchar(20)) as detail_kind,
        cast(null as varchar(40)) as detail,
        case when caseworkers > 1 then 1e0 else 0e0 end as numerator,
        1e0 as denominator,
        cast(1 as bigint) as base
    from family
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
