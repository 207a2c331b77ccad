-- measures.survey_cell
-- One row per survey wave, kind of respondent, question and breakdown value: the valid answers of core.valid_answer in
-- one pass. A wave has one kind of respondent.
--
-- wave_id: Survey wave
-- wave_start_date: First day of the wave
-- wave_end_date: Last day of the wave
-- respondent_role: parent_carer, child_young_person or practitioner
-- question_id: Question of the question bank
-- breakdown: What the answers are broken down by; total for all of them
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: Answers in the two most positive categories
-- denominator: Valid answers
with cell as (
    select
        wave_id,
        wave_start_date,
        wave_end_date,
        respondent_role,
        question_id,
        sex,
        age_band,
        ethnicity_group,
        primary_need,
        sen_status,
        has_diagnosis,
        setting_type,
        parent_carer_has_needs,
        sibling_young_carer,
        cast(sum(positive) as double) as numerator,
        cast(count(*) as double) as denominator
    from core.valid_answer
    group by grouping sets (
        (wave_id, wave_start_date, wave_end_date, respondent_role, question_id),
        (wave_id, wave_start_date, wave_end_date, respondent_role, question_id, sex),
        (wave_id, wave_start_date, wave_end_date, respondent_role, question_id, age_band),
        (wave_id, wave_start_date, wave_end_date, respondent_role, question_id, ethnicity_group),
        (wave_id, wave_start_date, wave_end_date, respondent_role, question_id, primary_need),
        (wave_id, wave_start_date, wave_end_date, respondent_role, question_id, sen_status),
        (wave_id, wave_start_date, wave_end_date, respondent_role, question_id, has_diagnosis),
        (wave_id, wave_start_date, wave_end_date, respondent_role, question_id, setting_type),
        (wave_id, wave_start_date, wave_end_date, respondent_role, question_id, parent_carer_has_needs),
        (wave_id, wave_start_date, wave_end_date, respondent_role, question_id, sibling_young_carer)
    )
)

select
    wave_id,
    wave_start_date,
    wave_end_date,
    respondent_role,
    question_id,
    case
        when sex is not null then 'sex'
        when age_band is not null then 'age_band'
        when ethnicity_group is not null then 'ethnicity_group'
        when primary_need is not null then 'primary_need'
        when sen_status is not null then 'sen_status'
        when has_diagnosis is not null then 'has_diagnosis'
        when setting_type is not null then 'setting_type'
        when parent_carer_has_needs is not null then 'parent_carer_has_needs'
        when sibling_young_carer is not null then 'sibling_young_carer'
        else 'total'
    end as breakdown,
    coalesce(
        sex,
        age_band,
        ethnicity_group,
        primary_need,
        sen_status,
        has_diagnosis,
        setting_type,
        parent_carer_has_needs,
        sibling_young_carer,
        'All'
    ) as breakdown_value,
    numerator,
    denominator
from cell
