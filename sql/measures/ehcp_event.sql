-- measures.ehcp_event
-- One row per request and measure that it counts in: the step that the measure looks at, the day it happened, and what
-- it adds to numerator and denominator. The limits in days come from reference.statutory_limit (day 140 is inside 20
-- weeks, day 42 inside 6). EH1, EH2 and EH5 look at plans issued (all, and all without an exception), EH3 at decisions
-- whether to assess, GR7 at requests received whose number of evidenced cycles is known, EH6 at cases still open.
--
-- measure_id: EH1, EH2, EH3, EH5, EH6 or GR7
-- event_date: Day of the step; the day of the refresh for open cases
-- numerator: 1 when the measure's condition is met, else 0
-- denominator: 1
-- weeks: Weeks from receipt to the plan (EH5) or to the day of the refresh (EH6)
-- sex: M, F or Unknown
-- age_band: Age on the day of the step, or Unknown
-- ethnicity_group: Ethnicity group code, or Unknown
-- primary_need: Code of the primary need, or Unknown
-- ward: GSS code of the ward, or Unknown
-- imd_quintile: 1 to 5, or Unknown
with measure as (
    select 'EH1' as measure_id
    union all
    select 'EH2' as measure_id
    union all
    select 'EH3' as measure_id
    union all
    select 'EH5' as measure_id
    union all
    select 'EH6' as measure_id
    union all
    select 'GR7' as measure_id
),

statutory_limit as (
    select
        max(days) filter (where limit_id = 'ehc_plan_20_weeks') as plan_days,
        max(days) filter (where limit_id = 'decision_to_assess_6_weeks') as decision_days
    from reference.statutory_limit
),

step as (
    select
        measure.measure_id,
        case measure.measure_id
            when 'EH3' then request.request_outcome_date
            when 'EH6' then refresh.as_at
            when 'GR7' then request.received_date
            else request.plan_issued_date
        end as event_date,
        case measure.measure_id
            when 'EH2' then not request.week20_exception
            when 'EH3' then request.request_outcome in ('Y', 'N')
            when 'EH5' then request.days_to_plan is not null
            when 'EH6' then request.is_open
            when 'GR7' then request.apdr_cycles_evidenced is not null
            else true
        end as is_counted,
        case measure.measure_id
            when 'EH3' then request.days_to_decision <= statutory_limit.decision_days
            when 'EH5' then false
            when 'EH6' then request.days_open > statutory_limit.plan_days
            when 'GR7' then request.apdr_cycles_evidenced >= 2
            else request.days_to_plan <= statutory_limit.plan_days
        end as is_met,
        case measure.measure_id
            when 'EH5' then request.days_to_plan / 7e0
            when 'EH6' then request.days_open / 7e0
        end as weeks,
        refresh.as_at,
        request.birth_month,
        request.sex,
        request.ethnicity_group,
        request.primary_need,
        request.ward_code,
        request.imd_quintile
    from core.request as request
    cross join measure
    cross join statutory_limit
    cross join reference.refresh as refresh
),

aged as (
    select
        step.*,
        (year(event_date) * 12 + month(event_date)) - (year(birth_month) * 12 + month(birth_month)) as months_old
    from step
    where is_counted and event_date <= as_at
)

select
    measure_id,
    event_date,
    case when is_met then 1 else 0 end as numerator,
    1 as denominator,
    weeks,
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
