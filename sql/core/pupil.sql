-- core.pupil
-- One row per pupil on roll per January census: the people that rates are per.
--
-- child_id: Pseudonym of the pupil, NULL when the UPN was missing or not valid
-- census_date: Day of the census
-- school_urn: URN of the school
-- year_group: National curriculum year
-- sen_provision: E EHC plan, K SEN support, N none, on census day
-- primary_need: Code of the primary need
-- fsm_eligible: true when eligible for free school meals
-- sex: M or F
-- age_band: Age on census day: under_5, 5_10, 11_15, 16_17, 18_25
-- ethnicity: Ethnicity code
-- ethnicity_group: Ethnicity group code; NULL when refused or not obtained
-- lsoa_code: LSOA of the home address
-- ward_code: Ward of the home address
-- imd_quintile: Deprivation fifth of the home LSOA, 1 = most deprived
with ethnicity_code as (
    select
        code,
        nullif(group_code, 'UNKNOWN') as ethnicity_group
    from reference.code_set
    where code_set = 'ethnicity'
),

aged as (
    select
        pupil_roll.*,
        (year(pupil_roll.census_date) * 12 + month(pupil_roll.census_date))
        - (year(pupil_roll.birth_month) * 12 + month(pupil_roll.birth_month)) as months_old
    from staging.pupil_roll as pupil_roll
)

select
    aged.child_id,
    aged.census_date,
    aged.school_urn,
    aged.year_group,
    aged.sen_provision,
    aged.primary_need,
    aged.fsm_eligible,
    aged.sex,
    case
        when aged.months_old between 0 and 59 then 'under_5'
        when aged.months_old between 60 and 131 then '5_10'
        when aged.months_old between 132 and 191 then '11_15'
        when aged.months_old between 192 and 215 then '16_17'
        when aged.months_old between 216 and 311 then '18_25'
    end as age_band,
    aged.ethnicity,
    ethnicity_code.ethnicity_group,
    aged.lsoa_code,
    area.ward_code,
    area.imd_quintile
from aged
left join ethnicity_code on aged.ethnicity = ethnicity_code.code
left join core.area as area on aged.lsoa_code = area.lsoa_code
