-- measures.ees_local
-- One row per calendar year and column of the DfE's three files about requests, assessments and timeliness that can be
-- counted from our own extract, under the column's published name. Definitions are those of the data guidance 2025:
-- 20 weeks are 140 days, a year 52 weeks, 6 and 16 weeks 42 and 112 days; outcomes in time are put in the year of the
-- decision, requests in the year of receipt, assessments in the year of their outcome. Area totals, for the council.
--
-- ees_file: timeliness_20_week.csv, requests.csv or assessments.csv
-- period_label: Calendar year
-- ees_column: Column of that file, spelt as published
-- is_percent: true for a share (0-100), false for a count
-- value: Our figure; NULL for a share of nothing
with issued as (
    select
        cast(year(request.plan_issued_date) as varchar(4)) as period_label,
        count(*) as plans,
        count(*) filter (where not request.week20_exception) as plans_ex,
        count(*) filter (where request.days_to_plan <= 140) as within_20,
        count(*) filter (where request.days_to_plan <= 140 and not request.week20_exception) as within_20_ex,
        count(*) filter (where request.days_to_plan between 141 and 364) as within_52,
        count(*) filter (
            where request.days_to_plan between 141 and 364 and not request.week20_exception
        ) as within_52_ex,
        count(*) filter (where request.days_to_plan > 364) as over_52,
        count(*) filter (where request.days_to_plan > 364 and not request.week20_exception) as over_52_ex
    from core.request as request
    inner join reference.refresh as refresh on request.plan_issued_date <= refresh.as_at
    group by year(request.plan_issued_date)
),

received as (
    select
        cast(year(request.received_date) as varchar(4)) as period_label,
        count(*) as requests,
        count(*) filter (where request.request_outcome = 'Y') as to_assess,
        count(*) filter (where request.request_outcome = 'N') as not_to_assess,
        count(*) filter (where coalesce(request.request_outcome, 'A') = 'A') as not_made,
        count(*) filter (where request.request_outcome = 'W') as withdrawn,
        count(*) filter (where request.mediation) as mediation,
        count(*) filter (where request.tribunal) as tribunal,
        count(*) filter (where request.mediation and request.tribunal) as tribunal_after_mediation
    from core.request as request
    inner join reference.refresh as refresh on request.received_date <= refresh.as_at
    group by year(request.received_date)
),

decided as (
    select
        cast(year(request.request_outcome_date) as varchar(4)) as period_label,
        count(*) as decisions,
        count(*) filter (where request.days_to_decision <= 42) as within_6,
        count(*) filter (where request.days_to_decision > 42) as over_6
    from core.request as request
    inner join reference.refresh as refresh on request.request_outcome_date <= refresh.as_at
    where request.request_outcome in ('Y', 'N')
    group by year(request.request_outcome_date)
),

assessed as (
    select
        cast(year(request.assessment_outcome_date) as varchar(4)) as period_label,
        count(*) as assessments,
        count(*) filter (where request.assessment_outcome = 'Y') as to_issue,
        count(*) filter (where request.assessment_outcome = 'N') as not_to_issue,
        count(*) filter (where request.assessment_outcome = 'W') as withdrawn,
        count(*) filter (
            where
            request.assessment_outcome = 'N'
            and unix_date(request.assessment_outcome_date) - unix_date(request.received_date) <= 112
        ) as within_16,
        count(*) filter (
            where
            request.assessment_outcome = 'N'
            and unix_date(request.assessment_outcome_date) - unix_date(request.received_date) > 112
        ) as over_16
    from core.request as request
    inner join reference.refresh as refresh on request.assessment_outcome_date <= refresh.as_at
    where request.assessment_outcome in ('Y', 'N', 'W')
    group by year(request.assessment_outcome_date)
),

counted as (
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'plans_issued_den' as ees_column,
        plans as counted_cases,
        cast(null as bigint) as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'plans_issued_den_ex' as ees_column,
        plans_ex as counted_cases,
        cast(null as bigint) as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'plans_issued_within_20_weeks' as ees_column,
        within_20 as counted_cases,
        cast(null as bigint) as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'plans_issued_20_weeks_ex' as ees_column,
        within_20_ex as counted_cases,
        cast(null as bigint) as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'pc_plans_issued_within_20_weeks' as ees_column,
        within_20 as counted_cases,
        plans as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'PC_plans_issued_20_weeks_ex' as ees_column,
        within_20_ex as counted_cases,
        plans_ex as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'plans_issued_gt20weeks_ltYear' as ees_column,
        within_52 as counted_cases,
        cast(null as bigint) as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'plans_issued_gt20weeks_ltYear_ex' as ees_column,
        within_52_ex as counted_cases,
        cast(null as bigint) as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'pc_plans_issued_gt20weeks_ltYear' as ees_column,
        within_52 as counted_cases,
        plans as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'PC_plans_issued_gt20weeks_ltYear_ex' as ees_column,
        within_52_ex as counted_cases,
        plans_ex as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'plans_issued_gt_1_year' as ees_column,
        over_52 as counted_cases,
        cast(null as bigint) as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'plans_issued_gt_1_year_ex' as ees_column,
        over_52_ex as counted_cases,
        cast(null as bigint) as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'pc_plans_issued_gt_1_year' as ees_column,
        over_52 as counted_cases,
        plans as out_of
    from issued
    union all
    select
        'timeliness_20_week.csv' as ees_file,
        period_label,
        'PC_plans_issued_gt_1_year_ex' as ees_column,
        over_52_ex as counted_cases,
        plans_ex as out_of
    from issued
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'requests_received_in_year' as ees_column,
        requests as counted_cases,
        cast(null as bigint) as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'requests_decided_to_assess' as ees_column,
        to_assess as counted_cases,
        cast(null as bigint) as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'requests_decided_not_to_assess' as ees_column,
        not_to_assess as counted_cases,
        cast(null as bigint) as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'requests_decision_not_made' as ees_column,
        not_made as counted_cases,
        cast(null as bigint) as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'requests_withdrawn' as ees_column,
        withdrawn as counted_cases,
        cast(null as bigint) as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'request_assess_pc' as ees_column,
        to_assess as counted_cases,
        requests as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'request_not_assess_pc' as ees_column,
        not_to_assess as counted_cases,
        requests as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'request_outstanding_pc' as ees_column,
        not_made as counted_cases,
        requests as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'request_withdrawn_pc' as ees_column,
        withdrawn as counted_cases,
        requests as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'mediation_related_request' as ees_column,
        mediation as counted_cases,
        cast(null as bigint) as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'tribunal_related_request' as ees_column,
        tribunal as counted_cases,
        cast(null as bigint) as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'tribunal_after_mediation_request' as ees_column,
        tribunal_after_mediation as counted_cases,
        cast(null as bigint) as out_of
    from received
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'request_outcome_six_weeks' as ees_column,
        within_6 as counted_cases,
        cast(null as bigint) as out_of
    from decided
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'request_outcome_over_6_weeks' as ees_column,
        over_6 as counted_cases,
        cast(null as bigint) as out_of
    from decided
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'request_outcome_six_weeks_pc' as ees_column,
        within_6 as counted_cases,
        decisions as out_of
    from decided
    union all
    select
        'requests.csv' as ees_file,
        period_label,
        'request_outcome_over_6_weeks_pc' as ees_column,
        over_6 as counted_cases,
        decisions as out_of
    from decided
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'assess_in_year' as ees_column,
        assessments as counted_cases,
        cast(null as bigint) as out_of
    from assessed
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'assess_issued' as ees_column,
        to_issue as counted_cases,
        cast(null as bigint) as out_of
    from assessed
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'assess_not_issued' as ees_column,
        not_to_issue as counted_cases,
        cast(null as bigint) as out_of
    from assessed
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'assess_withdrawn' as ees_column,
        withdrawn as counted_cases,
        cast(null as bigint) as out_of
    from assessed
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'assess_issued_pc' as ees_column,
        to_issue as counted_cases,
        assessments as out_of
    from assessed
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'assess_not_issued_pc' as ees_column,
        not_to_issue as counted_cases,
        assessments as out_of
    from assessed
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'assess_withdrawn_pc' as ees_column,
        withdrawn as counted_cases,
        assessments as out_of
    from assessed
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'outcome_decision_within_time' as ees_column,
        within_16 as counted_cases,
        cast(null as bigint) as out_of
    from assessed
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'outcome_decision_over_time' as ees_column,
        over_16 as counted_cases,
        cast(null as bigint) as out_of
    from assessed
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'outcome_decision_within_time_pc' as ees_column,
        within_16 as counted_cases,
        not_to_issue as out_of
    from assessed
    union all
    select
        'assessments.csv' as ees_file,
        period_label,
        'outcome_decision_over_time_pc' as ees_column,
        over_16 as counted_cases,
        not_to_issue as out_of
    from assessed
)

select
    ees_file,
    period_label,
    ees_column,
    out_of is not null as is_percent,
    case
        when out_of is null then cast(counted_cases as double)
        else 100e0 * cast(counted_cases as double) / nullif(cast(out_of as double), 0e0)
    end as value
from counted
