-- measures.observation
-- One row per measure, period, area, breakdown and breakdown value: the one table from which values, intervals, charts
-- and comparisons are made. Nothing in it is suppressed: it stays inside the council.
--
-- measure_id: Measure of the register (reference.measure)
-- period_type: month, term, calendar_year, academic_year, wave (survey) or as_at (the day of the refresh)
-- period_start: First day of the period
-- period_end: Last day of the period; later than the day of the refresh for a period that is not over
-- area_code: GSS code of the local authority
-- breakdown: total, sex, age_band, ethnicity_group, primary_need, sen_provision, ward, imd_quintile, a survey
--   attribute, service, role, workstream, or source
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: What is counted; NULL for medians and percentiles
-- denominator: What it is counted out of
-- value: In the unit of the register (percent 0-100); NULL when it cannot be computed
-- base: Children, plans, responses or rows behind the value
with observed as (
    select * from measures.ehcp_observation
    union all
    select * from measures.exclusion_observation
    union all
    select * from measures.graduated_observation
    union all
    select * from measures.survey_observation
    union all
    select * from measures.quality_observation
    union all
    select * from measures.attendance_observation
    union all
    select * from measures.event_observation
    union all
    select * from measures.published_observation
    union all
    select * from measures.evidence_observation
)

select
    observed.measure_id,
    observed.period_type,
    observed.period_start,
    observed.period_end,
    refresh.area_code,
    observed.breakdown,
    observed.breakdown_value,
    observed.numerator,
    observed.denominator,
    observed.value,
    observed.base
from observed
cross join reference.refresh as refresh
