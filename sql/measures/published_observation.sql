-- measures.published_observation
-- One row per measure whose source is a published file, and year: the newest published figure of the area. A figure of
-- a financial year is put in the calendar year of its name.
--
-- measure_id: Measure of the register whose source is published
-- period_type: calendar_year or academic_year
-- period_start: First day of the year
-- period_end: Last day of the year
-- breakdown: total
-- breakdown_value: All
-- numerator: As published; NULL where only a rate is
-- denominator: As published; NULL where only a rate is
-- value: As published; percent 0-100, score, or plans
-- base: The published denominator; NULL where there is none
with figure as (
    select
        measure.id as measure_id,
        case when published.period_type = 'financial_year' then 'calendar_year' else published.period_type end
            as period_type,
        published.period_label,
        published.numerator,
        published.denominator,
        published.value
    from core.published_figure as published
    inner join reference.measure as measure
        on measure.source = 'published' and published.measure_id = measure.id
    inner join reference.refresh as refresh on published.area_code = refresh.area_code
    where published.is_latest and published.breakdown_topic = 'Total' and published.value is not null
)

select
    figure.measure_id,
    calendar.period_type,
    calendar.period_start,
    calendar.period_end,
    'total' as breakdown,
    'All' as breakdown_value,
    figure.numerator,
    figure.denominator,
    figure.value,
    cast(round(figure.denominator, 0) as bigint) as base
from figure
inner join reference.calendar as calendar
    on figure.period_type = calendar.period_type and figure.period_label = calendar.label
