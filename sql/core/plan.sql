-- core.plan
-- One row per education, health and care plan issued, with its setting, its latest review and its end.
--
-- request_id: The request that the plan came from
-- child_id: Pseudonym of the child or young person
-- primary_need: Code of the primary need
-- plan_issued_date: Day on which the final plan was issued
-- plan_ceased_date: Day on which the plan ended or was transferred, NULL while it is maintained
-- cease_reason: Code 1 to 9 of the SEN2 return
-- is_maintained: true when the plan was in force on the day of the refresh
-- setting_urn: URN of the school or setting named in the plan
-- sen_setting: Kind of setting when it has no URN
-- review_meeting_date: Day of the latest annual review meeting
-- review_decision_date: Day on which the decision after that meeting was sent
select
    plan.request_id,
    plan.child_id,
    plan.primary_need,
    plan.plan_issued_date,
    plan.plan_ceased_date,
    plan.cease_reason,
    coalesce(plan.plan_issued_date <= refresh.as_at and plan.plan_ceased_date > refresh.as_at, true) as is_maintained,
    plan.setting_urn,
    plan.sen_setting,
    plan.review_meeting_date,
    plan.review_decision_date
from staging.ehcp_timeliness as plan
cross join reference.refresh as refresh
where plan.plan_issued_date is not null
