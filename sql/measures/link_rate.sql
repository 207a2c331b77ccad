-- measures.link_rate
-- One row per extract and breakdown value: how many of its rows could be linked to a child, and how many of those
-- children are on a school roll. Where the rates of groups differ, journeys tell more of one group than of another.
-- Groups are what the row itself says, so that rows without a child have one too; a cycle says its need only.
--
-- extract: ehcp_timeliness, exclusions or graduated_response
-- breakdown: total, sex, ethnicity_group, primary_need, ward or imd_quintile
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- received: Rows in use
-- with_child: Rows with a valid UPN
-- on_roll: Rows whose child is in a school census
-- child_rate: Percent of the rows with a valid UPN
-- roll_rate: Percent of the rows whose child is in a school census
with pupil as (
    select child_id
    from core.pupil
    where child_id is not null
    group by child_id
),

record as (
    select
        'ehcp_timeliness' as extract,
        child_id,
        sex,
        ethnicity_group,
        primary_need,
        ward_code,
        imd_quintile
    from core.request
    union all
    select
        'exclusions' as extract,
        child_id,
        sex,
        ethnicity_group,
        primary_need,
        ward_code,
        imd_quintile
    from core.suspension
    union all
    select
        'graduated_response' as extract,
        child_id,
        cast(null as varchar(1)) as sex,
        cast(null as varchar(4)) as ethnicity_group,
        primary_need,
        cast(null as varchar(9)) as ward_code,
        cast(null as int) as imd_quintile
    from staging.graduated_response
),

linked as (
    select
        record.extract,
        coalesce(record.sex, 'Unknown') as sex,
        coalesce(record.ethnicity_group, 'Unknown') as ethnicity_group,
        coalesce(record.primary_need, 'Unknown') as primary_need,
        coalesce(record.ward_code, 'Unknown') as ward,
        coalesce(cast(record.imd_quintile as varchar(7)), 'Unknown') as imd_quintile,
        record.child_id is not null as has_child,
        pupil.child_id is not null as is_on_roll
    from record
    left join pupil on record.child_id = pupil.child_id
),

cell as (
    select
        extract,
        sex,
        ethnicity_group,
        primary_need,
        ward,
        imd_quintile,
        count(*) as received,
        count(*) filter (where has_child) as with_child,
        count(*) filter (where is_on_roll) as on_roll
    from linked
    group by grouping sets (
        (extract),
        (extract, sex),
        (extract, ethnicity_group),
        (extract, primary_need),
        (extract, ward),
        (extract, imd_quintile)
    )
)

-- The groups hold no NULL, so a NULL here is a column that this grouping set does not use.
select
    extract,
    case
        when sex is not null then 'sex'
        when ethnicity_group is not null then 'ethnicity_group'
        when primary_need is not null then 'primary_need'
        when ward is not null then 'ward'
        when imd_quintile is not null then 'imd_quintile'
        else 'total'
    end as breakdown,
    coalesce(sex, ethnicity_group, primary_need, ward, imd_quintile, 'All') as breakdown_value,
    received,
    with_child,
    on_roll,
    100e0 * cast(with_child as double) / cast(received as double) as child_rate,
    100e0 * cast(on_roll as double) / cast(received as double) as roll_rate
from cell
