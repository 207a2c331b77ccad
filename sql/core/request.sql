-- core.request
-- One row per request for an education, health and care needs assessment, with what was decided, when, and how many
-- days each step took. Dates after the day that the refresh looks at count as not yet happened for "open".
--
-- request_id: The case system's id of the request
-- child_id: Pseudonym of the child or young person, NULL when the UPN was missing or not valid
-- birth_month: First day of the month of birth
-- sex: M or F
-- ethnicity: Ethnicity code of the school census
-- ethnicity_group: Ethnicity group code; NULL when refused or not obtained
-- primary_need: Code of the primary need
-- lsoa_code: LSOA of the home address
-- ward_code: Ward of the home address
-- imd_quintile: Deprivation fifth of the home LSOA, 1 = most deprived
-- request_source: Who asked: 1 parent or young person, 2 school, 3 health, 4 social care, 5 other
-- received_date: Day on which the request was received: the 20 weeks start here
-- request_outcome: Y assess, N do not assess, A awaited, W withdrawn, H decided before the collection period
-- request_outcome_date: Day of the decision whether to assess
-- assessment_outcome: Y issue a plan, N do not issue, A awaited, W withdrawn, H historical
-- assessment_outcome_date: Day of the decision whether to issue a plan
-- plan_issued_date: Day on which the final plan was issued
-- week20_exception: true when an exception of regulation 10(4) applies to the 20 weeks
-- exception_reason: Limb of regulation 10(4): A, B, C or D
-- mediation: true when the decision went to mediation
-- tribunal: true when the decision went to the tribunal
-- apdr_cycles_evidenced: Assess-plan-do-review cycles that the request gives evidence of
-- days_to_decision: Days from receipt to the decision whether to assess
-- days_to_plan: Days from receipt to the final plan
-- is_open: true when, on the day of the refresh, no plan is issued, nothing is refused, withdrawn or historical
-- days_open: Days from receipt to the day of the refresh, for open requests
-- plan_ceased_date: Day on which the plan ended or was transferred
-- review_meeting_date: Day of the latest annual review meeting
-- review_decision_date: Day on which the decision after that meeting was sent
-- health_advice_requested_date: Day on which health was asked for advice
-- health_advice_received_date: Day on which the advice of health came
-- social_care_advice_requested_date: Day on which social care was asked for advice
-- social_care_advice_received_date: Day on which the advice of social care came
with dated as (
    select
        request.*,
        refresh.as_at,
        case
            when request.received_date is null or request.received_date > refresh.as_at then false
            when request.plan_issued_date <= refresh.as_at then false
            when request.request_outcome in ('W', 'H') then false
            when request.assessment_outcome in ('W', 'H') then false
            when request.request_outcome = 'N' and request.request_outcome_date > refresh.as_at then true
            when request.assessment_outcome = 'N' and request.assessment_outcome_date > refresh.as_at
                then true
            else coalesce(request.request_outcome, '') <> 'N' and coalesce(request.assessment_outcome, '') <> 'N'
        end as is_open
    from staging.ehcp_timeliness as request
    cross join reference.refresh as refresh
),

ethnicity_code as (
    select
        code,
        nullif(group_code, 'UNKNOWN') as ethnicity_group
    from reference.code_set
    where code_set = 'ethnicity'
)

select
    dated.request_id,
    dated.child_id,
    dated.birth_month,
    dated.sex,
    dated.ethnicity,
    ethnicity_code.ethnicity_group,
    dated.primary_need,
    dated.lsoa_code,
    area.ward_code,
    area.imd_quintile,
    dated.request_source,
    dated.received_date,
    dated.request_outcome,
    dated.request_outcome_date,
    dated.assessment_outcome,
    dated.assessment_outcome_date,
    dated.plan_issued_date,
    coalesce(dated.week20_exception, false) as week20_exception,
    dated.exception_reason,
    dated.mediation,
    dated.tribunal,
    dated.apdr_cycles_evidenced,
    cast(unix_date(dated.request_outcome_date) - unix_date(dated.received_date) as int) as days_to_decision,
    cast(unix_date(dated.plan_issued_date) - unix_date(dated.received_date) as int) as days_to_plan,
    dated.is_open,
    case when dated.is_open then cast(unix_date(dated.as_at) - unix_date(dated.received_date) as int) end as days_open,
    dated.plan_ceased_date,
    dated.review_meeting_date,
    dated.review_decision_date,
    dated.health_advice_requested_date,
    dated.health_advice_received_date,
    dated.social_care_advice_requested_date,
    dated.social_care_advice_received_date
from dated
left join ethnicity_code on dated.ethnicity = ethnicity_code.code
left join core.area as area on dated.lsoa_code = area.lsoa_code
