-- shared.data_quality
-- One row per source and item: what became of the rows of the files in use, and how many of them failed each rule. A
-- file that was replaced is not counted: a full export beside the one before would tell how few rows were added.
-- Before disclosure control; council only.
--
-- source: Source of data (an extract)
-- topic: rows, or rule
-- item: received, accepted, quarantined, duplicate or superseded; or the id of the rule
-- dimension: Dimension of data quality of the rule; NULL for rows
-- severity: critical, warning or info; NULL for rows
-- plain_words: The rule in plain words; NULL for rows
-- row_count: Rows
-- total: Rows received (rows) or checked (rule)
-- source_status: current, stale or missing: the worst of the suppliers
-- age_days: Days from the receipt of the newest file in use to as_at
with source_state as (
    select
        source,
        case
            when count(*) filter (where status = 'missing') > 0 then 'missing'
            when count(*) filter (where status = 'stale') > 0 then 'stale'
            else 'current'
        end as source_status,
        min(age_days) as age_days
    from core.source_status
    group by source
),

received as (
    select
        source,
        cast(sum(rows_received) as bigint) as rows_received,
        cast(sum(rows_accepted) as bigint) as rows_accepted,
        cast(sum(rows_quarantined) as bigint) as rows_quarantined,
        cast(sum(rows_duplicate) as bigint) as rows_duplicate,
        cast(sum(rows_superseded) as bigint) as rows_superseded
    from core.reconciliation
    where status = 'current'
    group by source
),

counted as (
    select
        source,
        'received' as item,
        rows_received as row_count,
        rows_received as total
    from received
    union all
    select
        source,
        'accepted' as item,
        rows_accepted as row_count,
        rows_received as total
    from received
    union all
    select
        source,
        'quarantined' as item,
        rows_quarantined as row_count,
        rows_received as total
    from received
    union all
    select
        source,
        'duplicate' as item,
        rows_duplicate as row_count,
        rows_received as total
    from received
    union all
    select
        source,
        'superseded' as item,
        rows_superseded as row_count,
        rows_received as total
    from received
),

rule_failure as (
    select
        rule_result.source,
        rule_result.rule_id as item,
        max(rule_result.dimension) as dimension,
        max(rule_result.severity) as severity,
        max(rule_result.plain_words) as plain_words,
        cast(sum(rule_result.failed) as bigint) as row_count,
        cast(sum(rule_result.total) as bigint) as total
    from core.rule_result as rule_result
    inner join core.reconciliation as reconciliation
        on rule_result.file_id = reconciliation.file_id and rule_result.source = reconciliation.source
    where reconciliation.status = 'current'
    group by rule_result.source, rule_result.rule_id
),

line as (
    select
        source,
        'rows' as topic,
        item,
        cast(null as string) as dimension,
        cast(null as string) as severity,
        cast(null as string) as plain_words,
        row_count,
        total
    from counted
    union all
    select
        source,
        'rule' as topic,
        item,
        dimension,
        severity,
        plain_words,
        row_count,
        total
    from rule_failure
)

select
    line.source,
    line.topic,
    line.item,
    line.dimension,
    line.severity,
    line.plain_words,
    line.row_count,
    line.total,
    source_state.source_status,
    source_state.age_days
from line
left join source_state on line.source = source_state.source
