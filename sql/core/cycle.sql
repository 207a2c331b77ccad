-- core.cycle
-- One row per assess-plan-do-review cycle of the graduated response, with the child's attributes from core.child.
-- The description of the provision is free text and stays in the restricted staging table.
--
-- child_id: Pseudonym of the pupil
-- school_urn: URN of the school
-- cycle_number: Number of the cycle at this school, from 1
-- record_date: Day on which the cycle was recorded
-- stage: assess, plan, do or review
-- primary_need: Code of the need that the cycle is about, or the child's
-- outcome_set: true when an outcome to reach was written down
-- review_date: Day of the review, NULL when not reviewed
-- review_outcome: met, partly or not_met
-- parent_involved: true when the parent or carer took part
-- child_voice_recorded: true when the child's view is written down
-- next_step: continue, step_down, refer or ehcna_request
-- sen_provision: Newest known provision: E, K or N
-- birth_month: First day of the month of birth
-- sex: M or F
-- ethnicity_group: Ethnicity group code
-- ward_code: Ward of the home address
-- imd_quintile: Deprivation fifth of the home LSOA, 1 = most deprived
select
    cycle.child_id,
    cycle.school_urn,
    cycle.cycle_number,
    cycle.record_date,
    cycle.stage,
    coalesce(cycle.primary_need, child.primary_need) as primary_need,
    cycle.outcome_set,
    cycle.review_date,
    cycle.review_outcome,
    cycle.parent_involved,
    cycle.child_voice_recorded,
    cycle.next_step,
    child.sen_provision,
    child.birth_month,
    child.sex,
    child.ethnicity_group,
    child.ward_code,
    child.imd_quintile
from staging.graduated_response as cycle
left join core.child as child on cycle.child_id = child.child_id
