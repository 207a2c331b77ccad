-- shared.measure
-- One row per measure of the register, with what a reader needs to understand its figures.
--
-- measure_id: Id of the measure
-- workstream: Workstream of the improvement programme that owns it
-- title: Name of the measure
-- question: The question that it answers
-- numerator: What is counted
-- denominator: What it is counted out of
-- unit: Unit of the value
-- direction: up, down or context
-- frequency: How often it is measured
-- source: Where it comes from
-- lag: How long after the period it is known
-- minimum_base: Fewer children than this and the figure has a low base
-- break_in_series: Where figures before and after cannot be compared
select
    id as measure_id,
    concat_ws(' ', workstream_code, workstream_name) as workstream,
    title,
    question,
    numerator,
    denominator,
    unit,
    direction,
    frequency,
    source,
    case when lag_days is not null then concat_ws(' ', lag_days, 'days') end as lag,
    minimum_base,
    break_in_series
from reference.measure
