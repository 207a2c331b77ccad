-- measures.survey_observation
-- One row per survey measure, survey wave and breakdown value: the answers from measures.survey_event in one pass, and
-- the response rate (EV2) of all questionnaires of the same days together and of each kind of respondent.
--
-- measure_id: CU1, CU2, CO1, GR6 or EV2
-- period_type: wave
-- period_start: First day of the wave
-- period_end: Last day of the wave
-- breakdown: What the value is broken down by; total for everybody
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: Answers in the two most positive categories; responses (EV2)
-- denominator: Valid answers; people invited (EV2)
-- value: Percent 0-100; NULL when nobody was invited
-- base: Valid answers; people invited (EV2)
with cell as (
    select
        measure_id,
        wave_start_date,
        wave_end_date,
        respondent_role,
        sex,
        age_band,
        ethnicity_group,
        primary_need,
        sen_status,
        has_diagnosis,
        setting_type,
        parent_carer_has_needs,
        sibling_young_carer,
        cast(sum(numerator) as double) as numerator,
        count(*) as answers
    from measures.survey_event
    group by grouping sets (
        (measure_id, wave_start_date, wave_end_date),
        (measure_id, wave_start_date, wave_end_date, respondent_role),
        (measure_id, wave_start_date, wave_end_date, sex),
        (measure_id, wave_start_date, wave_end_date, age_band),
        (measure_id, wave_start_date, wave_end_date, ethnicity_group),
        (measure_id, wave_start_date, wave_end_date, primary_need),
        (measure_id, wave_start_date, wave_end_date, sen_status),
        (measure_id, wave_start_date, wave_end_date, has_diagnosis),
        (measure_id, wave_start_date, wave_end_date, setting_type),
        (measure_id, wave_start_date, wave_end_date, parent_carer_has_needs),
        (measure_id, wave_start_date, wave_end_date, sibling_young_carer)
    )
),

wave_response as (
    select
        wave_id,
        count(*) as responses
    from core.response
    group by wave_id
),

-- A wave without one response is one whose file has not come: no rate, rather than 0.
wave as (
    select
        survey_wave.start_date,
        survey_wave.end_date,
        survey_wave.population,
        wave_response.responses,
        survey_wave.invited
    from reference.survey_wave as survey_wave
    inner join wave_response on survey_wave.wave_id = wave_response.wave_id
    cross join reference.refresh as refresh
    where survey_wave.start_date <= refresh.as_at
),

response_rate as (
    select
        start_date,
        end_date,
        population,
        cast(sum(responses) as double) as responses,
        cast(sum(invited) as bigint) as invited
    from wave
    group by grouping sets (
        (start_date, end_date),
        (start_date, end_date, population)
    )
)

select
    measure_id,
    'wave' as period_type,
    wave_start_date as period_start,
    wave_end_date as period_end,
    case
        when respondent_role is not null then 'respondent_role'
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
        respondent_role,
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
    cast(answers as double) as denominator,
    100e0 * numerator / answers as value,
    cast(answers as bigint) as base
from cell
union all
select
    'EV2' as measure_id,
    'wave' as period_type,
    start_date as period_start,
    end_date as period_end,
    case when population is not null then 'respondent_role' else 'total' end as breakdown,
    coalesce(population, 'All') as breakdown_value,
    responses as numerator,
    cast(nullif(invited, 0) as double) as denominator,
    100e0 * responses / nullif(invited, 0) as value,
    invited as base
from response_rate
