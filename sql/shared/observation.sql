-- shared.observation
-- One row per measure, area, period and breakdown value: what partners would see before disclosure control. It is
-- council only; the release holds the protected copy.
--
-- measure_id: Measure of the register
-- period_type: month, term, calendar_year, academic_year, wave or as_at
-- period_start: First day of the period
-- period_end: Last day of the period
-- area_code: GSS code of the local authority
-- breakdown: What the children are broken down by; total for all of them
-- breakdown_value: Code of the group; All for the total; Unknown where it was not recorded
-- numerator: What is counted
-- denominator: What it is counted out of
-- value: The figure in its unit, percentages 0-100
-- base: Children, plans, responses or rows behind the value
-- lower_95: Lower 95 % confidence limit
-- upper_95: Upper 95 % confidence limit
-- lower_998: Lower 99.8 % confidence limit
-- upper_998: Upper 99.8 % confidence limit
-- unit: Unit of the value
select
    measure_id,
    period_type,
    period_start,
    period_end,
    area_code,
    breakdown,
    breakdown_value,
    numerator,
    denominator,
    value,
    base,
    lower_95,
    upper_95,
    lower_998,
    upper_998,
    unit
from measures.assessed
