-- shared.cross_tabulation
-- One row per two-way table that partners may see (reference.shared_table), period, area and pair of values, with the
-- margins (All), before disclosure control. It is council only; the release holds the protected copy.
--
-- table_id: Table of the list of shared tables
-- subject: plan, sen_support, pupil_with_sen, suspension or theme_answer
-- period_type: census, academic_year or wave
-- period_start: First day of the period
-- period_end: Last day of the period
-- area_code: GSS code of the local authority
-- row_breakdown: First characteristic
-- row_value: Its code; All for the margin; Unknown where it was not recorded
-- column_breakdown: Second characteristic
-- column_value: Its code; All for the margin; Unknown where it was not recorded
-- numerator: Things counted; of respondents those who are positive about the theme
-- denominator: Respondents with a valid answer on the theme; NULL for any other subject
select
    shared_table.table_id,
    cross_tabulation.subject,
    cross_tabulation.period_type,
    cross_tabulation.period_start,
    cross_tabulation.period_end,
    cross_tabulation.area_code,
    cross_tabulation.row_breakdown,
    cross_tabulation.row_value,
    cross_tabulation.column_breakdown,
    cross_tabulation.column_value,
    cross_tabulation.numerator,
    case when cross_tabulation.subject = 'theme_answer' then cross_tabulation.denominator end as denominator
from measures.cross_tabulation as cross_tabulation
inner join reference.shared_table as shared_table
    on
        cross_tabulation.subject = shared_table.subject
        and cross_tabulation.row_breakdown = shared_table.row_breakdown
        and cross_tabulation.column_breakdown = shared_table.column_breakdown
