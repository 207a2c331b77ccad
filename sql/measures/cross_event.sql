-- measures.cross_event
-- One row per thing that a cross-tabulation counts: a plan or a pupil with SEN on a January census day, a suspension in
-- its academic year, a respondent's answers on a theme in its wave. Characteristics that a subject has not are NULL.
--
-- subject: plan, sen_support, pupil_with_sen, suspension or theme_answer
-- period_type: census, academic_year or wave
-- period_start: First day of the period
-- period_end: Last day of the period
-- positive: 1; of a respondent on a theme 0 where under half of the valid answers are among the two most positive
-- ward: GSS code of the ward, or Unknown
-- primary_need: Code of the primary need, or Unknown
-- age_band: Age on census day, or Unknown
-- ethnicity_group: Ethnicity group code, or Unknown
-- imd_quintile: 1 to 5, or Unknown
-- sen_provision: E EHC plan, K SEN support, N none, or Unknown
-- theme: Theme of the question
-- sen_status: What the family says: ehc_plan, sen_support, none_or_assessing, or Unknown
with census as (
    select distinct census_date
    from core.pupil
),

plan_on_census_day as (
    select
        census.census_date,
        plan.primary_need,
        child.ward_code,
        child.ethnicity_group,
        (year(census.census_date) * 12 + month(census.census_date))
        - (year(child.birth_month) * 12 + month(child.birth_month)) as months_old
    from core.plan as plan
    inner join census
        on
            plan.plan_issued_date <= census.census_date
            and coalesce(plan.plan_ceased_date > census.census_date, true)
    left join core.child as child on plan.child_id = child.child_id
),

academic_year as (
    select
        period_start,
        period_end
    from reference.calendar
    where period_type = 'academic_year'
),

theme_answer as (
    select
        response.response_id,
        response.wave_start_date,
        response.wave_end_date,
        response.sen_status,
        question.theme,
        case
            when count(*) filter (where answer.positive) * 2 >= count(*) then 1
            else 0
        end as positive
    from core.answer as answer
    inner join core.response as response on answer.response_id = response.response_id
    inner join reference.question as question on answer.question_id = question.question_id
    where answer.valid
    group by
        response.response_id, response.wave_start_date, response.wave_end_date, response.sen_status, question.theme
)

select
    'plan' as subject,
    'census' as period_type,
    census_date as period_start,
    census_date as period_end,
    1 as positive,
    coalesce(ward_code, 'Unknown') as ward,
    coalesce(primary_need, 'Unknown') as primary_need,
    case
        when months_old between 0 and 59 then 'under_5'
        when months_old between 60 and 131 then '5_10'
        when months_old between 132 and 191 then '11_15'
        when months_old between 192 and 215 then '16_17'
        when months_old between 216 and 311 then '18_25'
        else 'Unknown'
    end as age_band,
    coalesce(ethnicity_group, 'Unknown') as ethnicity_group,
    cast(null as varchar(7)) as imd_quintile,
    cast(null as varchar(7)) as sen_provision,
    cast(null as varchar(40)) as theme,
    cast(null as varchar(40)) as sen_status
from plan_on_census_day
union all
select
    'sen_support' as subject,
    'census' as period_type,
    census_date as period_start,
    census_date as period_end,
    1 as positive,
    coalesce(ward_code, 'Unknown') as ward,
    coalesce(primary_need, 'Unknown') as primary_need,
    coalesce(age_band, 'Unknown') as age_band,
    coalesce(ethnicity_group, 'Unknown') as ethnicity_group,
    cast(null as varchar(7)) as imd_quintile,
    cast(null as varchar(7)) as sen_provision,
    cast(null as varchar(40)) as theme,
    cast(null as varchar(40)) as sen_status
from core.pupil
where sen_provision = 'K'
union all
select
    'pupil_with_sen' as subject,
    'census' as period_type,
    census_date as period_start,
    census_date as period_end,
    1 as positive,
    cast(null as varchar(9)) as ward,
    cast(null as varchar(7)) as primary_need,
    cast(null as varchar(7)) as age_band,
    cast(null as varchar(7)) as ethnicity_group,
    coalesce(cast(imd_quintile as varchar(7)), 'Unknown') as imd_quintile,
    sen_provision,
    cast(null as varchar(40)) as theme,
    cast(null as varchar(40)) as sen_status
from core.pupil
where sen_provision in ('E', 'K')
union all
select
    'suspension' as subject,
    'academic_year' as period_type,
    academic_year.period_start,
    academic_year.period_end,
    1 as positive,
    cast(null as varchar(9)) as ward,
    coalesce(suspension.primary_need, 'Unknown') as primary_need,
    cast(null as varchar(7)) as age_band,
    cast(null as varchar(7)) as ethnicity_group,
    cast(null as varchar(7)) as imd_quintile,
    coalesce(suspension.sen_provision, 'Unknown') as sen_provision,
    cast(null as varchar(40)) as theme,
    cast(null as varchar(40)) as sen_status
from core.suspension as suspension
inner join academic_year on suspension.start_date between academic_year.period_start and academic_year.period_end
cross join reference.refresh as refresh
where suspension.category = 'SUSP' and suspension.start_date <= refresh.as_at
union all
select
    'theme_answer' as subject,
    'wave' as period_type,
    wave_start_date as period_start,
    wave_end_date as period_end,
    positive,
    cast(null as varchar(9)) as ward,
    cast(null as varchar(7)) as primary_need,
    cast(null as varchar(7)) as age_band,
    cast(null as varchar(7)) as ethnicity_group,
    cast(null as varchar(7)) as imd_quintile,
    cast(null as varchar(7)) as sen_provision,
    theme,
    coalesce(sen_status, 'Unknown') as sen_status
from theme_answer
