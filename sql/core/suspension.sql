-- core.suspension
-- One row per suspension (SUSP), lunchtime suspension (LNCH) or permanent exclusion (PERM), as recorded by the school,
-- with the pupil's circumstances at the time.
--
-- child_id: Pseudonym of the pupil
-- school_urn: URN of the school
-- start_date: First day
-- category: SUSP, LNCH or PERM
-- sessions: Half-day sessions lost
-- reason1: First reason code
-- reason2: Second reason code
-- reason3: Third reason code
-- overturned: true when a permanent exclusion was overturned on review
-- year_group: National curriculum year
-- sen_provision: E EHC plan, K SEN support, N none, at the time
-- primary_need: Code of the primary need
-- sex: M or F
-- age_band: Age at the start date: under_5, 5_10, 11_15, 16_17, 18_25
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

-- Years before 2020/21 sent FIXD for what is now SUSP: the code set groups them.
category_code as (
    select
        code,
        group_code
    from reference.code_set
    where code_set = 'exclusion_category'
),

aged as (
    select
        exclusions.*,
        (year(exclusions.start_date) * 12 + month(exclusions.start_date))
        - (year(exclusions.birth_month) * 12 + month(exclusions.birth_month)) as months_old
    from staging.exclusions as exclusions
)

select
    aged.child_id,
    aged.school_urn,
    aged.start_date,
    coalesce(category_code.group_code, aged.category) as category,
    aged.sessions,
    aged.reason1,
    aged.reason2,
    aged.reason3,
    coalesce(aged.overturned, false) as overturned,
    aged.year_group,
    aged.sen_provision,
    aged.primary_need,
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
left join category_code on aged.category = category_code.code
left join ethnicity_code on aged.ethnicity = ethnicity_code.code
left join core.area as area on aged.lsoa_code = area.lsoa_code
