-- core.response
-- One row per survey response of a known wave: who answered and about whom. Comments stay in the restricted staging
-- table; answers are in core.answer.
--
-- response_id: Id of the response
-- wave_id: Survey wave
-- wave_start_date: First day of the wave
-- wave_end_date: Last day of the wave
-- completed_date: Day on which the response was completed
-- respondent_role: parent_carer, child_young_person or practitioner
-- age_band: Age of the child or young person: under_5, 5_10, 11_15, 16_17, 18_25
-- sex: Sex of the child or young person: M or F
-- ethnicity: Ethnicity code
-- ethnicity_group: Ethnicity group code; NULL when refused or not obtained
-- sen_status: ehc_plan, sen_support or none_or_assessing
-- has_diagnosis: true when a diagnosis was given
-- primary_need: Code of the primary need
-- school_phase: early_years, primary, secondary or post_16
-- setting_type: mainstream, special, alternative_provision or not_in_school
-- parent_carer_has_needs: true when a parent or carer has needs of their own
-- sibling_young_carer: true when a sibling is a young carer
-- consent_share: true when the family agreed that their answers may be shared
-- consent_quote: true when the family agreed that their words may be quoted
with ethnicity_code as (
    select
        code,
        nullif(group_code, 'UNKNOWN') as ethnicity_group
    from reference.code_set
    where code_set = 'ethnicity'
)

select
    response.response_id,
    response.wave_id,
    wave.start_date as wave_start_date,
    wave.end_date as wave_end_date,
    response.completed_date,
    response.respondent_role,
    response.age_band,
    response.sex,
    response.ethnicity,
    ethnicity_code.ethnicity_group,
    response.sen_status,
    response.has_diagnosis,
    response.primary_need,
    response.school_phase,
    response.setting_type,
    response.parent_carer_has_needs,
    response.sibling_young_carer,
    response.consent_share,
    response.consent_quote
from staging.family_survey as response
inner join reference.survey_wave as wave on response.wave_id = wave.wave_id
left join ethnicity_code on response.ethnicity = ethnicity_code.code
