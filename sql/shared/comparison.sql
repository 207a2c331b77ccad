-- shared.comparison
-- One row per published figure, period and area, for the area itself, its region, England and its statistical
-- neighbours, so that the area can be seen beside others. Everything here is already published: nothing is suppressed.
--
-- measure_id: measure of the register (EH1), or the id of a figure that only gives context (EHCP_REQUESTS)
-- title: what the figure is, in words
-- breakdown: total, or sen_provision for the rates that are published by SEN group
-- breakdown_value: total, or E (EHC plan), K (SEN support), N (no SEN)
-- period_type: calendar_year, academic_year, term, financial_year or january (a count on the January census day)
-- period_label: the period in words: 2024, 2023/24, Autumn term 2023/24
-- area_code: GSS code of the area
-- area_name: name of the area
-- area_role: own, region, england or neighbour
-- numerator: what was counted; empty where only a rate is published
-- denominator: what it was counted out of; empty for counts and where only a rate is published
-- value: the figure as published, percentages from 0 to 100; empty where a symbol stands instead
-- unit: unit of the value
-- status: GSS symbol where there is no value: x unavailable, z not applicable, c suppressed, low; otherwise empty
-- source: published file that the figure was read from, the newest release that has it
with own as (
    select area_code from reference.refresh
),

region as (
    select max(published.region_code) as area_code
    from core.published_figure as published
    join own on published.area_code = own.area_code
),

area as (
    select
        area_code,
        'own' as area_role
    from own
    union all
    select
        area_code,
        'region' as area_role
    from region
    union all
    select
        'E92000001' as area_code,
        'england' as area_role
    union all
    select
        neighbour.neighbour_area_code as area_code,
        'neighbour' as area_role
    from reference.area_neighbour as neighbour
    join own on neighbour.area_code = own.area_code
)

select
    coalesce(published.measure_id, published.figure_id) as measure_id,
    published.title,
    case when published.breakdown_topic = 'Total' then 'total' else 'sen_provision' end as breakdown,
    case published.breakdown
        when 'Total' then 'total'
        when 'EHC plan' then 'E'
        when 'SEN support' then 'K'
        when 'No SEN' then 'N'
    end as breakdown_value,
    published.period_type,
    published.period_label,
    published.area_code,
    published.area_name,
    area.area_role,
    published.numerator,
    published.denominator,
    published.value,
    published.unit,
    published.symbol as status,
    published.source_file as source -- noqa: RF04
from core.published_figure as published
join area on published.area_code = area.area_code
where
    published.figure_id is not null
    and published.is_latest
    and published.breakdown_topic in ('Total', 'SEN provision')
