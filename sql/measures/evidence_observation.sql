-- measures.evidence_observation
-- One row for the share of the register that has current figures (EV1, on the day of the refresh), and one per survey
-- wave for the largest gap between those who answered and the children with SEN (EV3). A figure is current for its lag
-- and one interval of its frequency after the end of its newest period. The gap compares the shares of each sex, age
-- band and need among parents and carers who answered with those among pupils with an EHC plan or SEN support at the
-- newest census before the end of the wave; who is Unknown is left out of both.
--
-- measure_id: EV1 or EV3
-- period_type: as_at (EV1) or wave (EV3)
-- period_start: First day of the period
-- period_end: Last day of the period
-- breakdown: total
-- breakdown_value: All
-- numerator: Measures with a current figure (EV1); NULL for EV3
-- denominator: Measures of the register but this one (EV1); NULL for EV3
-- value: Percent 0-100 (EV1); percentage points (EV3)
-- base: Measures (EV1) or responses (EV3)
with seen as (
    select
        measure_id,
        max(period_end) as period_end
    from measures.ehcp_observation
    where value is not null
    group by measure_id
    union all
    select
        measure_id,
        max(period_end) as period_end
    from measures.exclusion_observation
    where value is not null
    group by measure_id
    union all
    select
        measure_id,
        max(period_end) as period_end
    from measures.graduated_observation
    where value is not null
    group by measure_id
    union all
    select
        measure_id,
        max(period_end) as period_end
    from measures.survey_observation
    where value is not null
    group by measure_id
    union all
    select
        measure_id,
        max(period_end) as period_end
    from measures.quality_observation
    where value is not null
    group by measure_id
    union all
    select
        measure_id,
        max(period_end) as period_end
    from measures.attendance_observation
    where value is not null
    group by measure_id
    union all
    select
        measure_id,
        max(period_end) as period_end
    from measures.event_observation
    where value is not null
    group by measure_id
    union all
    select
        measure_id,
        max(period_end) as period_end
    from measures.published_observation
    where value is not null
    group by measure_id
    union all
    select
        'EV3' as measure_id,
        max(wave_end_date) as period_end
    from core.response
    where respondent_role = 'parent_carer'
),

currency as (
    select
        measure.id,
        refresh.as_at,
        case
            when
                unix_date(refresh.as_at) - unix_date(max(seen.period_end))
                <= cast(measure.lag_days as int)
                + case measure.frequency when 'monthly' then 31 when 'termly' then 123 else 366 end
                then 1
            else 0
        end as is_current
    from reference.measure as measure
    cross join reference.refresh as refresh
    left join seen on measure.id = seen.measure_id
    where measure.id <> 'EV1'
    group by measure.id, measure.lag_days, measure.frequency, refresh.as_at
),

wave as (
    select
        response.wave_start_date,
        response.wave_end_date,
        count(*) as responses
    from core.response as response
    cross join reference.refresh as refresh
    where response.respondent_role = 'parent_carer' and response.wave_start_date <= refresh.as_at
    group by response.wave_start_date, response.wave_end_date
),

wave_census as (
    select
        wave.wave_start_date,
        max(pupil.census_date) as census_date
    from wave
    inner join core.pupil as pupil on wave.wave_end_date >= pupil.census_date
    group by wave.wave_start_date
),

answered as (
    select
        response.wave_start_date,
        'sex' as attribute,
        response.sex as code
    from core.response as response
    where response.respondent_role = 'parent_carer'
    union all
    select
        response.wave_start_date,
        'age_band' as attribute,
        response.age_band as code
    from core.response as response
    where response.respondent_role = 'parent_carer'
    union all
    select
        response.wave_start_date,
        'primary_need' as attribute,
        response.primary_need as code
    from core.response as response
    where response.respondent_role = 'parent_carer'
),

answered_share as (
    select
        wave_start_date,
        attribute,
        code,
        count(*) / cast(sum(count(*)) over (partition by wave_start_date, attribute) as double) as share
    from answered
    where code is not null
    group by wave_start_date, attribute, code
),

cohort as (
    select
        census_date,
        'sex' as attribute,
        sex as code
    from core.pupil
    where sen_provision in ('E', 'K')
    union all
    select
        census_date,
        'age_band' as attribute,
        age_band as code
    from core.pupil
    where sen_provision in ('E', 'K')
    union all
    select
        census_date,
        'primary_need' as attribute,
        primary_need as code
    from core.pupil
    where sen_provision in ('E', 'K')
),

cohort_share as (
    select
        census_date,
        attribute,
        code,
        count(*) / cast(sum(count(*)) over (partition by census_date, attribute) as double) as share
    from cohort
    where code is not null
    group by census_date, attribute, code
),

-- Stacked and added up, so that a group that only one side has counts with its whole share.
side as (
    select
        wave_census.wave_start_date,
        cohort_share.attribute,
        cohort_share.code,
        cohort_share.share
    from wave_census
    inner join cohort_share on wave_census.census_date = cohort_share.census_date
    union all
    select
        wave_census.wave_start_date,
        answered_share.attribute,
        answered_share.code,
        -answered_share.share as share
    from wave_census
    inner join answered_share on wave_census.wave_start_date = answered_share.wave_start_date
),

difference as (
    select
        wave_start_date,
        attribute,
        code,
        abs(sum(share)) as gap
    from side
    group by wave_start_date, attribute, code
),

largest as (
    select
        wave_start_date,
        round(100e0 * max(gap), 6) as gap
    from difference
    group by wave_start_date
)

select
    'EV1' as measure_id,
    'as_at' as period_type,
    as_at as period_start,
    as_at as period_end,
    'total' as breakdown,
    'All' as breakdown_value,
    cast(sum(is_current) as double) as numerator,
    cast(count(*) as double) as denominator,
    100e0 * cast(sum(is_current) as double) / count(*) as value,
    count(*) as base
from currency
group by as_at
union all
select
    'EV3' as measure_id,
    'wave' as period_type,
    wave.wave_start_date as period_start,
    wave.wave_end_date as period_end,
    'total' as breakdown,
    'All' as breakdown_value,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    largest.gap as value,
    wave.responses as base
from wave
inner join largest on wave.wave_start_date = largest.wave_start_date
