-- shared.observation
-- One row per measure, area, period and breakdown value that partners may see (reference.shared_breakdown), before
-- disclosure control. Only periods that are over: a period that grows each night would tell each night's children. It
-- is council only; the release holds the protected copy.
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
    assessed.measure_id,
    assessed.period_type,
    assessed.period_start,
    assessed.period_end,
    assessed.area_code,
    assessed.breakdown,
    assessed.breakdown_value,
    assessed.numerator,
    assessed.denominator,
    assessed.value,
    assessed.base,
    assessed.lower_95,
    assessed.upper_95,
    assessed.lower_998,
    assessed.upper_998,
    assessed.unit
from measures.assessed as assessed
inner join reference.shared_breakdown as shared_breakdown
    on
        assessed.measure_id = shared_breakdown.measure_id
        and assessed.breakdown = shared_breakdown.breakdown
        and assessed.period_type = shared_breakdown.period_type
cross join reference.refresh as refresh
where assessed.period_type = 'as_at' or assessed.period_end < refresh.as_at
