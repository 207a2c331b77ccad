-- core.valid_answer
-- One row per valid answer to the family survey, with who gave it and about whom, in the groups that answers are
-- counted by. Does not know and does not apply (9), and answers that may not be shared, are not valid.
--
-- response_id: Id of the response
-- wave_id: Survey wave
-- wave_start_date: First day of the wave
-- wave_end_date: Last day of the wave
-- question_id: Question of the question bank
-- positive: 1 for one of the two most positive answers, else 0
-- respondent_role: parent_carer, child_young_person or practitioner
-- sex: M, F or Unknown
-- age_band: Age band given, or Unknown
-- ethnicity_group: Ethnicity group code, or Unknown
-- primary_need: Code of the primary need, or Unknown
-- sen_status: ehc_plan, sen_support, none_or_assessing or Unknown
-- has_diagnosis: yes, no or Unknown
-- setting_type: mainstream, special, alternative_provision, not_in_school or Unknown
-- parent_carer_has_needs: yes, no or Unknown
-- sibling_young_carer: yes, no or Unknown
select
    response.response_id,
    response.wave_id,
    response.wave_start_date,
    response.wave_end_date,
    answer.question_id,
    case when answer.positive then 1 else 0 end as positive,
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
where answer.valid
