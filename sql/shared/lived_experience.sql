-- shared.lived_experience
-- One row per survey wave, question and breakdown value: valid answers and the most positive of them, before disclosure
-- control; council only. A wave has one kind of respondent.
--
-- wave_id: Survey wave
-- wave_start_date: First day of the wave
-- wave_end_date: Last day of the wave
-- respondent_role: parent_carer, child_young_person or practitioner
-- theme: Theme of the question
-- question_id: Question of the question bank
-- wording: The question as it was asked
-- measure_ids: Measures that count this question, separated by |; NULL when none does
-- area_code: GSS code of the local authority
-- breakdown: What the answers are broken down by; total for all of them
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: Answers in the two most positive categories
-- denominator: Valid answers
with answered as (
    select
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
),

cell as (
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
    from answered
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
    cell.wave_id,
    cell.wave_start_date,
    cell.wave_end_date,
    cell.respondent_role,
    question.theme,
    cell.question_id,
    question.wording,
    question.measure_id as measure_ids,
    refresh.area_code,
    case
        when cell.sex is not null then 'sex'
        when cell.age_band is not null then 'age_band'
        when cell.ethnicity_group is not null then 'ethnicity_group'
        when cell.primary_need is not null then 'primary_need'
        when cell.sen_status is not null then 'sen_status'
        when cell.has_diagnosis is not null then 'has_diagnosis'
        when cell.setting_type is not null then 'setting_type'
        when cell.parent_carer_has_needs is not null then 'parent_carer_has_needs'
        when cell.sibling_young_carer is not null then 'sibling_young_carer'
        else 'total'
    end as breakdown,
    coalesce(
        cell.sex,
        cell.age_band,
        cell.ethnicity_group,
        cell.primary_need,
        cell.sen_status,
        cell.has_diagnosis,
        cell.setting_type,
        cell.parent_carer_has_needs,
        cell.sibling_young_carer,
        'All'
    ) as breakdown_value,
    cell.numerator,
    cell.denominator
from cell
inner join reference.question as question on cell.question_id = question.question_id
cross join reference.refresh as refresh
