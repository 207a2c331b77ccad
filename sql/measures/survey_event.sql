-- measures.survey_event
-- One row per valid answer and measure that it counts in. CU1: parents and carers who feel listened to; CU2: children
-- and young people who do; CO1: parents and carers who were involved in the plan; GR6: parents and carers who are
-- confident in the school's SEN support. Does not know and does not apply (9) are not valid answers.
--
-- measure_id: CU1, CU2, CO1 or GR6
-- wave_start_date: First day of the survey wave
-- wave_end_date: Last day of the survey wave
-- numerator: 1 for one of the two most positive answers, else 0
-- respondent_role: parent_carer or child_young_person
-- sex: M, F or Unknown
-- age_band: Age band given, or Unknown
-- ethnicity_group: Ethnicity group code, or Unknown
-- primary_need: Code of the primary need, or Unknown
-- sen_status: ehc_plan, sen_support, none_or_assessing or Unknown
-- has_diagnosis: yes, no or Unknown
-- setting_type: mainstream, special, alternative_provision, not_in_school or Unknown
-- parent_carer_has_needs: yes, no or Unknown
-- sibling_young_carer: yes, no or Unknown
with measure as (
    select
        'CU1' as measure_id,
        'q_listened' as question_id,
        'parent_carer' as respondent_role
    union all
    select
        'CU2' as measure_id,
        'q_listened' as question_id,
        'child_young_person' as respondent_role
    union all
    select
        'CO1' as measure_id,
        'q_involved_in_plan' as question_id,
        'parent_carer' as respondent_role
    union all
    select
        'GR6' as measure_id,
        'q_confident_school' as question_id,
        'parent_carer' as respondent_role
)

select
    measure.measure_id,
    response.wave_start_date,
    response.wave_end_date,
    case when answer.positive then 1 else 0 end as numerator,
    response.respondent_role,
    coalesce(response.sex, 'Unknown') as sex,
    coalesce(response.age_band, 'Unknown') as age_band,
    coalesce(response.ethnicity_group, 'Unknown') as ethnicity_group,
    coalesce(response.primary_need, 'Unknown') as primary_need,
    coalesce(response.sen_status, 'Unknown') as sen_status,
    case
        when response.has_diagnosis then 'yes'
        when not response.has_diagnosis then 'no'
        else 'Unknown'
    end as has_diagnosis,
    coalesce(response.setting_type, 'Unknown') as setting_type,
    case
        when response.parent_carer_has_needs then 'yes'
        when not response.parent_carer_has_needs then 'no'
        else 'Unknown'
    end as parent_carer_has_needs,
    case
        when response.sibling_young_carer then 'yes'
        when not response.sibling_young_carer then 'no'
        else 'Unknown'
    end as sibling_young_carer
from core.answer as answer
inner join core.response as response on answer.response_id = response.response_id
inner join measure
    on answer.question_id = measure.question_id and response.respondent_role = measure.respondent_role
cross join reference.refresh as refresh
where answer.valid and response.wave_start_date <= refresh.as_at
