-- measures.ees_reconciliation
-- One row per column of the DfE's files and calendar year: our figure beside the published one, and why they differ.
--
-- ees_file: timeliness_20_week.csv, requests.csv or assessments.csv
-- period_label: Calendar year
-- ees_column: Column of that file, spelt as published where we have it
-- own_value: Our figure from the case system; NULL where it cannot be counted from the extract
-- published_value: The published figure; NULL where a symbol stands instead, or the year is not published
-- published_symbol: Symbol in the place of the figure: x unavailable, z not applicable
-- difference: Own minus published
-- reason_code: same, not_published, year_not_over, not_in_extract, before_extract, break_in_series, rounding or revised
-- reason: The same in words
with area as (
    select
        area_code,
        as_at
    from reference.refresh
),

own as (
    select
        local.ees_file,
        local.period_label,
        local.ees_column,
        lower(local.ees_column) as indicator,
        local.is_percent,
        local.value
    from measures.ees_local as local
),

-- The year of the oldest request is the first that the extract holds whole only if it starts before it.
coverage as (
    select cast(min(year(received_date)) as varchar(4)) as first_year
    from core.request
),

published as (
    select
        case figure.series_id
            when 'ehcp_timeliness' then 'timeliness_20_week.csv'
            when 'ehcp_requests' then 'requests.csv'
            else 'assessments.csv'
        end as ees_file,
        figure.period_label,
        figure.indicator,
        figure.value,
        figure.symbol
    from core.published_figure as figure
    inner join area on figure.area_code = area.area_code
    where
        figure.series_id in ('ehcp_timeliness', 'ehcp_requests', 'ehcp_assessments')
        and figure.is_latest
        and figure.breakdown_topic = 'Total'
        and figure.period_type = 'calendar_year'
),

beside as (
    select
        coalesce(own.ees_file, published.ees_file) as ees_file,
        coalesce(own.period_label, published.period_label) as period_label,
        coalesce(own.ees_column, published.indicator) as ees_column,
        own.value as own_value,
        published.value as published_value,
        published.symbol as published_symbol,
        own.value - published.value as difference,
        coalesce(own.is_percent, false) as is_percent
    from own
    full outer join published
        on
            own.ees_file = published.ees_file
            and own.period_label = published.period_label
            and own.indicator = published.indicator
),

reasoned as (
    select
        beside.*,
        case
            when beside.period_label = cast(year(area.as_at) as varchar(4)) then 'year_not_over'
            when beside.published_value is null then 'not_published'
            when beside.period_label <= coverage.first_year or coverage.first_year is null then 'before_extract'
            when beside.own_value is null then 'not_in_extract'
            when round(abs(beside.difference), 6) = 0e0 then 'same'
            when beside.is_percent and round(abs(beside.difference), 6) <= 0.05e0 then 'rounding'
            when beside.period_label < '2023' then 'break_in_series'
            else 'revised'
        end as reason_code
    from beside
    cross join area
    cross join coverage
)

select
    ees_file,
    period_label,
    ees_column,
    own_value,
    published_value,
    published_symbol,
    difference,
    reason_code,
    case reason_code
        when 'year_not_over' then 'The year is not over.'
        when 'not_published' then 'There is no published figure.'
        when 'before_extract' then 'The extract begins in or after this year.'
        when 'not_in_extract' then 'The extract does not hold what this column counts.'
        when 'same' then 'The same.'
        when 'rounding' then 'The same to the decimal that is published.'
        when 'break_in_series' then 'Before 2023 the published figure is from a return of totals, not of persons.'
        else 'The published figure is what was returned in January; ours is what the case system says now.'
    end as reason
from reasoned
