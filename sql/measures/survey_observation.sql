-- measures.survey_observation
-- One row per survey measure, survey wave and breakdown value, over all questionnaires of the same days. CU1: parents
-- and carers who feel listened to; CU2: children and young people who do; CU3: parents and carers who call the services
-- good or very good; CO1: parents and carers who were involved in the plan; GR6: parents and carers who are confident
-- in the school's SEN support; EV2: the response rate, of all together and of each kind of respondent.
--
-- measure_id: CU1, CU2, CU3, CO1, GR6 or EV2
-- period_type: wave
-- period_start: First day of the wave
-- period_end: Last day of the wave
-- breakdown: What the value is broken down by; total for everybody
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: Answers in the two most positive categories; responses (EV2)
-- denominator: Valid answers; people invited (EV2)
-- value: Percent 0-100; NULL when nobody was invited
-- base: Valid answers; people invited (EV2)
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
        'CU3' as measure_id,
        'q_services_good' as question_id,
        'parent_carer' as respondent_role
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
),

answered as (
    select
        measure.measure_id,
        measure.respondent_role,
        cell.wave_start_date,
        cell.wave_end_date,
        cell.breakdown,
        cell.breakdown_value,
        sum(cell.numerator) as numerator,
        sum(cell.denominator) as denominator
    from measures.survey_cell as cell
    inner join measure
        on cell.question_id = measure.question_id and cell.respondent_role = measure.respondent_role
    cross join reference.refresh as refresh
    where cell.wave_start_date <= refresh.as_at
    group by
        measure.measure_id,
        measure.respondent_role,
        cell.wave_start_date,
        cell.wave_end_date,
        cell.breakdown,
        cell.breakdown_value
),

-- Each measure asks one kind of respondent, whose figure is the total.
answered_by_role as (
    select
        measure_id,
        wave_start_date,
        wave_end_date,
        breakdown,
        breakdown_value,
        numerator,
        denominator
    from answered
    union all
    select
        measure_id,
        wave_start_date,
        wave_end_date,
        'respondent_role' as breakdown,
        respondent_role as breakdown_value,
        numerator,
        denominator
    from answered
    where breakdown = 'total'
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
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    100e0 * numerator / denominator as value,
    cast(denominator as bigint) as base
from answered_by_role
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
