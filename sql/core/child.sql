-- core.child
-- One row per child or young person seen in any extract. Each attribute is the newest one known: the latest dated
-- record that has it, and on the same day the pupil roll before exclusions, requests and graduated response.
-- child_id is a pseudonym and the same in every extract, so that journeys join.
--
-- child_id: Pseudonym of the child or young person
-- birth_month: First day of the month of birth
-- sex: M or F
-- ethnicity: Ethnicity code of the school census
-- ethnicity_group: Ethnicity group code; NULL when refused or not obtained
-- primary_need: Code of the primary need
-- sen_provision: E EHC plan, K SEN support, N none
-- lsoa_code: LSOA of the home address
-- ward_code: Ward of the home address
-- imd_quintile: Deprivation fifth of the home LSOA, 1 = most deprived
-- first_seen_date: Date of the oldest record in any extract
-- last_seen_date: Date of the newest record in any extract
with record as (
    -- recency orders by day, then extract, then row of the file: the same answer on every run.
    select
        child_id,
        census_date as seen_date,
        (unix_date(census_date) * 10 + 4) * cast(100000000 as bigint) + row_number as recency,
        birth_month,
        sex,
        ethnicity,
        primary_need,
        sen_provision,
        lsoa_code
    from staging.pupil_roll
    union all
    select
        child_id,
        start_date as seen_date,
        (unix_date(start_date) * 10 + 3) * cast(100000000 as bigint) + row_number as recency,
        birth_month,
        sex,
        ethnicity,
        primary_need,
        sen_provision,
        lsoa_code
    from staging.exclusions
    union all
    select
        child_id,
        received_date as seen_date,
        (unix_date(received_date) * 10 + 2) * cast(100000000 as bigint) + row_number as recency,
        birth_month,
        sex,
        ethnicity,
        primary_need,
        cast(null as varchar(1)) as sen_provision,
        lsoa_code
    from staging.ehcp_timeliness
    union all
    select
        child_id,
        record_date as seen_date,
        (unix_date(record_date) * 10 + 1) * cast(100000000 as bigint) + row_number as recency,
        cast(null as date) as birth_month,
        cast(null as varchar(1)) as sex,
        cast(null as varchar(4)) as ethnicity,
        primary_need,
        cast(null as varchar(1)) as sen_provision,
        cast(null as varchar(9)) as lsoa_code
    from staging.graduated_response
),

newest as (
    select
        child_id,
        max_by(birth_month, recency) filter (where birth_month is not null) as birth_month,
        max_by(sex, recency) filter (where sex is not null) as sex,
        max_by(ethnicity, recency) filter (where ethnicity is not null) as ethnicity,
        max_by(primary_need, recency) filter (where primary_need is not null) as primary_need,
        max_by(sen_provision, recency) filter (where sen_provision is not null) as sen_provision,
        max_by(lsoa_code, recency) filter (where lsoa_code is not null) as lsoa_code,
        min(seen_date) as first_seen_date,
        max(seen_date) as last_seen_date
    from record
    where child_id is not null and seen_date is not null
    group by child_id
),

ethnicity_code as (
    select
        code,
        nullif(group_code, 'UNKNOWN') as ethnicity_group
    from reference.code_set
    where code_set = 'ethnicity'
)

select
    newest.child_id,
    newest.birth_month,
    newest.sex,
    newest.ethnicity,
    ethnicity_code.ethnicity_group,
    newest.primary_need,
    newest.sen_provision,
    newest.lsoa_code,
    area.ward_code,
    area.imd_quintile,
    newest.first_seen_date,
    newest.last_seen_date
from newest
left join ethnicity_code on newest.ethnicity = ethnicity_code.code
left join core.area as area on newest.lsoa_code = area.lsoa_code
