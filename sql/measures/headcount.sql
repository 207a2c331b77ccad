-- measures.headcount
-- One row per January census and breakdown value: the pupils that rates are per, from core.pupil in one pass.
--
-- census_date: Day of the census
-- breakdown: What the pupils are broken down by; total for everybody
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- pupils: Pupils on roll
-- pupils_with_sen: Those with an EHC plan or SEN support
with pupil as (
    select
        census_date,
        coalesce(sen_provision, 'Unknown') as sen_provision,
        coalesce(sex, 'Unknown') as sex,
        coalesce(age_band, 'Unknown') as age_band,
        coalesce(ethnicity_group, 'Unknown') as ethnicity_group,
        coalesce(primary_need, 'Unknown') as primary_need,
        coalesce(ward_code, 'Unknown') as ward,
        coalesce(cast(imd_quintile as varchar(7)), 'Unknown') as imd_quintile
    from core.pupil
),

cell as (
    select
        census_date,
        sen_provision,
        sex,
        age_band,
        ethnicity_group,
        primary_need,
        ward,
        imd_quintile,
        count(*) as pupils,
        count(*) filter (where sen_provision in ('E', 'K')) as pupils_with_sen
    from pupil
    group by grouping sets (
        (census_date),
        (census_date, sen_provision),
        (census_date, sex),
        (census_date, age_band),
        (census_date, ethnicity_group),
        (census_date, primary_need),
        (census_date, ward),
        (census_date, imd_quintile)
    )
)

select
    census_date,
    case
        when sen_provision is not null then 'sen_provision'
        when sex is not null then 'sex'
        when age_band is not null then 'age_band'
        when ethnicity_group is not null then 'ethnicity_group'
        when primary_need is not null then 'primary_need'
        when ward is not null then 'ward'
        when imd_quintile is not null then 'imd_quintile'
        else 'total'
    end as breakdown,
    coalesce(sen_provision, sex, age_band, ethnicity_group, primary_need, ward, imd_quintile, 'All') as breakdown_value,
    cast(pupils as bigint) as pupils,
    cast(pupils_with_sen as bigint) as pupils_with_sen
from cell
