-- measures.health_event
-- One row per referral to a health service and measure that it counts in, per month for those who wait. JC3 asks of
-- every child who waits at the end of a month whether the wait is at most 18 weeks; JC3_MEDIAN takes the weeks waited;
-- JC3_SEEN asks of every child seen whether that was within 18 weeks.
--
-- measure_id: JC3, JC3_MEDIAN or JC3_SEEN
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
with referral as (
    select
        health_waits.child_id,
        health_waits.service,
        health_waits.referred_date,
        health_waits.first_seen_date,
        coalesce(health_waits.first_seen_date, health_waits.closed_date) as stopped_date,
        statutory_limit.days as limit_days,
        refresh.as_at
    from staging.health_waits as health_waits
    cross join reference.refresh as refresh
    inner join reference.statutory_limit as statutory_limit
        on statutory_limit.limit_id = 'health_wait_18_weeks'
),

first_referral as (
    select min(referred_date) as first_date
    from referral
),

-- The extract goes back two years: of those who waited before that only some are in it.
month as (
    select least(calendar.period_end, refresh.as_at) as counted_to
    from reference.calendar as calendar
    cross join reference.refresh as refresh
    cross join first_referral
    where
        calendar.period_type = 'month'
        and calendar.period_start <= refresh.as_at
        and calendar.period_end >= first_referral.first_date
        and unix_date(refresh.as_at) - unix_date(calendar.period_end) < 730
),

waiting as (
    select
        month.counted_to,
        referral.child_id,
        referral.service,
        referral.limit_days,
        unix_date(month.counted_to) - unix_date(referral.referred_date) as days
    from month
    inner join referral
        on
            month.counted_to >= referral.referred_date
            and coalesce(month.counted_to < referral.stopped_date, true)
),

seen_period as (
    select
        calendar.period_type,
        calendar.period_start,
        calendar.period_end
    from reference.calendar as calendar
    cross join reference.refresh as refresh
    where
        calendar.period_type in ('month', 'calendar_year', 'academic_year')
        and unix_date(refresh.as_at) - unix_date(calendar.period_start) <= 731
),

event as (
    select
        'JC3' as measure_id,
        'month' as counted_in,
        counted_to as event_date,
        child_id,
        service,
        case when days <= limit_days then 1e0 else 0e0 end as numerator,
        cast(null as double) as weeks
    from waiting
    union all
    select
        'JC3_MEDIAN' as measure_id,
        'month' as counted_in,
        counted_to as event_date,
        child_id,
        service,
        cast(null as double) as numerator,
        days / 7e0 as weeks
    from waiting
    union all
    select
        'JC3_SEEN' as measure_id,
        seen_period.period_type as counted_in,
        referral.first_seen_date as event_date,
        referral.child_id,
        referral.service,
        case
            when unix_date(referral.first_seen_date) - unix_date(referral.referred_date) <= referral.limit_days
                then 1e0
            else 0e0
        end as numerator,
        cast(null as double) as weeks
    from referral
    inner join seen_period
        on referral.first_seen_date between seen_period.period_start and seen_period.period_end
    where referral.first_seen_date <= referral.as_at
)

select
    measure_id,
    counted_in,
    event_date,
    child_id,
    true as by_child,
    'service' as detail_kind,
    service as detail,
    numerator,
    1e0 as denominator,
    weeks,
    cast(1 as bigint) as base
from event
