-- measures.cross_tabulation
-- One row per subject, period, area and pair of values: the two-way tables that JSNA planning needs, with their margins
-- (All). Nothing in it is suppressed: it stays inside the council. Which pairs there are is reference.shared_table.
--
-- subject: plan, sen_support, pupil_with_sen, suspension or theme_answer
-- period_type: census, academic_year or wave
-- period_start: First day of the period
-- period_end: Last day of the period
-- area_code: GSS code of the local authority
-- row_breakdown: First characteristic
-- row_value: Its code; All for the margin; Unknown where it was not recorded
-- column_breakdown: Second characteristic
-- column_value: Its code; All for the margin; Unknown where it was not recorded
-- numerator: Things counted; of answers those that are positive
-- denominator: All things counted, positive or not
with pair as (
    select distinct
        subject,
        row_breakdown,
        column_breakdown
    from reference.shared_table
    where column_breakdown is not null
),

placed as (
    select
        pair.subject,
        event.period_type,
        event.period_start,
        event.period_end,
        pair.row_breakdown,
        case pair.row_breakdown
            when 'ward' then event.ward
            when 'primary_need' then event.primary_need
            when 'sen_provision' then event.sen_provision
            when 'theme' then event.theme
        end as row_value,
        pair.column_breakdown,
        case pair.column_breakdown
            when 'primary_need' then event.primary_need
            when 'age_band' then event.age_band
            when 'ethnicity_group' then event.ethnicity_group
            when 'imd_quintile' then event.imd_quintile
            when 'sen_provision' then event.sen_provision
            when 'sen_status' then event.sen_status
        end as column_value,
        event.positive
    from measures.cross_event as event
    inner join pair on event.subject = pair.subject
),

counted as (
    select
        subject,
        period_type,
        period_start,
        period_end,
        row_breakdown,
        row_value,
        column_breakdown,
        column_value,
        cast(sum(positive) as bigint) as numerator,
        count(*) as denominator
    from placed
    group by grouping sets (
        (subject, period_type, period_start, period_end, row_breakdown, column_breakdown),
        (subject, period_type, period_start, period_end, row_breakdown, column_breakdown, row_value),
        (subject, period_type, period_start, period_end, row_breakdown, column_breakdown, column_value),
        (subject, period_type, period_start, period_end, row_breakdown, column_breakdown, row_value, column_value)
    )
)

select
    counted.subject,
    counted.period_type,
    counted.period_start,
    counted.period_end,
    refresh.area_code,
    counted.row_breakdown,
    coalesce(counted.row_value, 'All') as row_value,
    counted.column_breakdown,
    coalesce(counted.column_value, 'All') as column_value,
    counted.numerator,
    counted.denominator
from counted
cross join reference.refresh as refresh
