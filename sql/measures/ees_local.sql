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
with dated as (
    select
        'issued' as counted_in,
        request.plan_issued_date as event_date,
        request.days_to_plan as days,
        cast(null as varchar(1)) as outcome,
        request.week20_exception as is_exception,
        request.mediation,
        request.tribunal
    from core.request as request
    inner join reference.refresh as refresh on request.plan_issued_date <= refresh.as_at
    union all
    select
        'received' as counted_in,
        request.received_date as event_date,
        cast(null as int) as days,
        coalesce(request.request_outcome, 'A') as outcome,
        request.week20_exception as is_exception,
        request.mediation,
        request.tribunal
    from core.request as request
    inner join reference.refresh as refresh on request.received_date <= refresh.as_at
    union all
    select
        'decided' as counted_in,
        request.request_outcome_date as event_date,
        request.days_to_decision as days,
        request.request_outcome as outcome,
        request.week20_exception as is_exception,
        request.mediation,
        request.tribunal
    from core.request as request
    inner join reference.refresh as refresh on request.request_outcome_date <= refresh.as_at
    where request.request_outcome in ('Y', 'N')
    union all
    select
        'assessed' as counted_in,
        request.assessment_outcome_date as event_date,
        cast(unix_date(request.assessment_outcome_date) - unix_date(request.received_date) as int) as days,
        request.assessment_outcome as outcome,
        request.week20_exception as is_exception,
        request.mediation,
        request.tribunal
    from core.request as request
    inner join reference.refresh as refresh on request.assessment_outcome_date <= refresh.as_at
    where request.assessment_outcome in ('Y', 'N', 'W')
),

-- The columns of the files: by which date they count, what, and out of what.
ees (ees_file, counted_in, ees_column, counted, out_of) as (
    values
    ('timeliness_20_week.csv', 'issued', 'plans_issued_den', 'plans', cast(null as varchar(24))),
    ('timeliness_20_week.csv', 'issued', 'plans_issued_den_ex', 'plans_ex', null),
    ('timeliness_20_week.csv', 'issued', 'plans_issued_within_20_weeks', 'within_20', null),
    ('timeliness_20_week.csv', 'issued', 'plans_issued_20_weeks_ex', 'within_20_ex', null),
    ('timeliness_20_week.csv', 'issued', 'pc_plans_issued_within_20_weeks', 'within_20', 'plans'),
    ('timeliness_20_week.csv', 'issued', 'PC_plans_issued_20_weeks_ex', 'within_20_ex', 'plans_ex'),
    ('timeliness_20_week.csv', 'issued', 'plans_issued_gt20weeks_ltYear', 'within_52', null),
    ('timeliness_20_week.csv', 'issued', 'plans_issued_gt20weeks_ltYear_ex', 'within_52_ex', null),
    ('timeliness_20_week.csv', 'issued', 'pc_plans_issued_gt20weeks_ltYear', 'within_52', 'plans'),
    ('timeliness_20_week.csv', 'issued', 'PC_plans_issued_gt20weeks_ltYear_ex', 'within_52_ex', 'plans_ex'),
    ('timeliness_20_week.csv', 'issued', 'plans_issued_gt_1_year', 'over_52', null),
    ('timeliness_20_week.csv', 'issued', 'plans_issued_gt_1_year_ex', 'over_52_ex', null),
    ('timeliness_20_week.csv', 'issued', 'pc_plans_issued_gt_1_year', 'over_52', 'plans'),
    ('timeliness_20_week.csv', 'issued', 'PC_plans_issued_gt_1_year_ex', 'over_52_ex', 'plans_ex'),
    ('requests.csv', 'received', 'requests_received_in_year', 'requests', null),
    ('requests.csv', 'received', 'requests_decided_to_assess', 'to_assess', null),
    ('requests.csv', 'received', 'requests_decided_not_to_assess', 'not_to_assess', null),
    ('requests.csv', 'received', 'requests_decision_not_made', 'not_made', null),
    ('requests.csv', 'received', 'requests_withdrawn', 'withdrawn', null),
    ('requests.csv', 'received', 'request_assess_pc', 'to_assess', 'requests'),
    ('requests.csv', 'received', 'request_not_assess_pc', 'not_to_assess', 'requests'),
    ('requests.csv', 'received', 'request_outstanding_pc', 'not_made', 'requests'),
    ('requests.csv', 'received', 'request_withdrawn_pc', 'withdrawn', 'requests'),
    ('requests.csv', 'received', 'mediation_related_request', 'mediation', null),
    ('requests.csv', 'received', 'tribunal_related_request', 'tribunal', null),
    ('requests.csv', 'received', 'tribunal_after_mediation_request', 'tribunal_after_mediation', null),
    ('requests.csv', 'decided', 'request_outcome_six_weeks', 'within_6', null),
    ('requests.csv', 'decided', 'request_outcome_over_6_weeks', 'over_6', null),
    ('requests.csv', 'decided', 'request_outcome_six_weeks_pc', 'within_6', 'decisions'),
    ('requests.csv', 'decided', 'request_outcome_over_6_weeks_pc', 'over_6', 'decisions'),
    ('assessments.csv', 'assessed', 'assess_in_year', 'assessments', null),
    ('assessments.csv', 'assessed', 'assess_issued', 'to_issue', null),
    ('assessments.csv', 'assessed', 'assess_not_issued', 'not_to_issue', null),
    ('assessments.csv', 'assessed', 'assess_withdrawn', 'withdrawn', null),
    ('assessments.csv', 'assessed', 'assess_issued_pc', 'to_issue', 'assessments'),
    ('assessments.csv', 'assessed', 'assess_not_issued_pc', 'not_to_issue', 'assessments'),
    ('assessments.csv', 'assessed', 'assess_withdrawn_pc', 'withdrawn', 'assessments'),
    ('assessments.csv', 'assessed', 'outcome_decision_within_time', 'within_16', null),
    ('assessments.csv', 'assessed', 'outcome_decision_over_time', 'over_16', null),
    ('assessments.csv', 'assessed', 'outcome_decision_within_time_pc', 'within_16', 'not_to_issue'),
    ('assessments.csv', 'assessed', 'outcome_decision_over_time_pc', 'over_16', 'not_to_issue')
),

counter as (
    select
        counted_in,
        counted
    from ees
    union distinct
    select
        counted_in,
        out_of as counted
    from ees
    where out_of is not null
),

tally as (
    select
        counter.counted_in,
        counter.counted,
        cast(year(dated.event_date) as varchar(4)) as period_label,
        count(*) filter (
            where
            case counter.counted
                when 'plans' then true
                when 'plans_ex' then not dated.is_exception
                when 'within_20' then dated.days <= 140
                when 'within_20_ex' then dated.days <= 140 and not dated.is_exception
                when 'within_52' then dated.days between 141 and 364
                when 'within_52_ex' then dated.days between 141 and 364 and not dated.is_exception
                when 'over_52' then dated.days > 364
                when 'over_52_ex' then dated.days > 364 and not dated.is_exception
                when 'requests' then true
                when 'to_assess' then dated.outcome = 'Y'
                when 'not_to_assess' then dated.outcome = 'N'
                when 'not_made' then dated.outcome = 'A'
                when 'withdrawn' then dated.outcome = 'W'
                when 'mediation' then dated.mediation
                when 'tribunal' then dated.tribunal
                when 'tribunal_after_mediation' then dated.mediation and dated.tribunal
                when 'decisions' then true
                when 'within_6' then dated.days <= 42
                when 'over_6' then dated.days > 42
                when 'assessments' then true
                when 'to_issue' then dated.outcome = 'Y'
                when 'not_to_issue' then dated.outcome = 'N'
                when 'within_16' then dated.outcome = 'N' and dated.days <= 112
                when 'over_16' then dated.outcome = 'N' and dated.days > 112
            end
        ) as cases
    from dated
    inner join counter on dated.counted_in = counter.counted_in
    group by counter.counted_in, counter.counted, year(dated.event_date)
)

select
    ees.ees_file,
    tally.period_label,
    ees.ees_column,
    ees.out_of is not null as is_percent,
    case
        when ees.out_of is null then cast(tally.cases as double)
        else 100e0 * cast(tally.cases as double) / nullif(cast(whole.cases as double), 0e0)
    end as value
from ees
inner join tally on ees.counted_in = tally.counted_in and ees.counted = tally.counted
left join tally as whole
    on
        ees.counted_in = whole.counted_in
        and ees.out_of = whole.counted
        and tally.period_label = whole.period_label
