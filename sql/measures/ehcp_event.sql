-- measures.ehcp_event
-- One row per request and measure that it counts in: the step that the measure looks at, the day it happened, and what
-- it adds to numerator and denominator. The limits in days come from reference.statutory_limit (day 140 is inside 20
-- weeks, day 42 inside 6). EH1, EH2 and EH5 look at plans issued (all, and all without an exception), EH3 and GR4 at
-- decisions whether to assess, EH4 at decisions not to issue, GR7 at requests received whose number of evidenced cycles
-- is known, EH6 at cases still open, EH8 at annual review meetings whose decision is due, EH9 at plans of more than a
-- year that are in force, JC1 and JC2 at requests for advice that is due. What is not due yet is left out even when it
-- is done: the newest month would hold the quick ones only.
--
-- measure_id: EH1, EH2, EH3, EH4, EH5, EH6, EH8, EH9, GR4, GR7, JC1 or JC2
-- event_date: Day of the step; the day of the refresh for open cases and plans in force
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
    union all
    select 'EH4' as measure_id
    union all
    select 'EH8' as measure_id
    union all
    select 'EH9' as measure_id
    union all
    select 'GR4' as measure_id
    union all
    select 'JC1' as measure_id
    union all
    select 'JC2' as measure_id
),

statutory_limit as (
    select
        max(days) filter (where limit_id = 'ehc_plan_20_weeks') as plan_days,
        max(days) filter (where limit_id = 'decision_to_assess_6_weeks') as decision_days,
        max(days) filter (where limit_id = 'decision_not_to_issue_16_weeks') as refusal_days,
        max(days) filter (where limit_id = 'review_decision_4_weeks') as review_days,
        max(days) filter (where limit_id = 'advice_6_weeks') as advice_days
    from reference.statutory_limit
),

step as (
    select
        measure.measure_id,
        case measure.measure_id
            when 'EH3' then request.request_outcome_date
            when 'EH6' then refresh.as_at
            when 'GR7' then request.received_date
            when 'EH4' then request.assessment_outcome_date
            when 'EH8' then request.review_meeting_date
            when 'EH9' then refresh.as_at
            when 'GR4' then request.request_outcome_date
            when 'JC1' then request.health_advice_requested_date
            when 'JC2' then request.social_care_advice_requested_date
            else request.plan_issued_date
        end as event_date,
        case measure.measure_id
            when 'EH2' then not request.week20_exception
            when 'EH3' then request.request_outcome in ('Y', 'N')
            when 'EH5' then request.days_to_plan is not null
            when 'EH6' then request.is_open
            when 'GR7' then request.apdr_cycles_evidenced is not null
            when 'EH4' then request.assessment_outcome = 'N'
            when 'EH8'
                then unix_date(refresh.as_at) - unix_date(request.review_meeting_date) > statutory_limit.review_days
            when 'EH9'
                then
                    unix_date(refresh.as_at) - unix_date(request.plan_issued_date) >= 365
                    and coalesce(request.plan_ceased_date > refresh.as_at, true)
            when 'GR4' then request.request_outcome in ('Y', 'N')
            when 'JC1'
                then
                    unix_date(refresh.as_at) - unix_date(request.health_advice_requested_date)
                    > statutory_limit.advice_days
            when 'JC2'
                then
                    unix_date(refresh.as_at) - unix_date(request.social_care_advice_requested_date)
                    > statutory_limit.advice_days
            else true
        end as is_counted,
        case measure.measure_id
            when 'EH3' then request.days_to_decision <= statutory_limit.decision_days
            when 'EH5' then false
            when 'EH6' then request.days_open > statutory_limit.plan_days
            when 'GR7' then request.apdr_cycles_evidenced >= 2
            when 'EH4'
                then
                    unix_date(request.assessment_outcome_date) - unix_date(request.received_date)
                    <= statutory_limit.refusal_days
            when 'EH8'
                then
                    unix_date(request.review_decision_date) - unix_date(request.review_meeting_date)
                    <= statutory_limit.review_days
            when 'EH9'
                then
                    request.review_meeting_date <= refresh.as_at
                    and unix_date(refresh.as_at) - unix_date(request.review_meeting_date) <= 365
            when 'GR4' then request.request_outcome = 'N'
            when 'JC1'
                then
                    unix_date(request.health_advice_received_date) - unix_date(request.health_advice_requested_date)
                    <= statutory_limit.advice_days
            when 'JC2'
                then
                    unix_date(request.social_care_advice_received_date)
                    - unix_date(request.social_care_advice_requested_date) <= statutory_limit.advice_days
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
