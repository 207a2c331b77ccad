"""How many rows each cell of measures.assessed leaves out: SQL over the extracts and their quarantine. Counts only come back."""

from collections.abc import Iterator, Mapping

import duckdb
import pyarrow as pa

from pipelines.assess.left_out import COVERED, DENOMINATORS, LEFT_OUT, SOURCES
from pipelines.assess.left_out_groups import GROUPS
from pipelines.assess.left_out_rule import EARLIEST, NEVER, LeftOut, On
from pipelines.contract_files import load_contract

KINDS = ("quarantined", "missing", "undecided", "uncertain", "uncertain_met", "denominator_left_out")
# Of the files in use; a row whose key is in use from another delivery is not left out.
_QUARANTINED = """
create or replace temp table quarantined as
select row.* {groups} from quarantine.{source} as row
inner join core.reconciliation as file on row.file_id = file.file_id and file.status = 'current'
anti join staging.{source} as used on {key}
{joins}
"""
_IN_USE = """
create or replace temp table in_use as
select row.*, '' as unreadable_columns {groups} from staging.{source} as row cross join reference.refresh as refresh
{joins} where {condition}
"""
_AGE_BAND = """case
    when {months} between 0 and 59 then 'under_5' when {months} between 60 and 131 then '5_10'
    when {months} between 132 and 191 then '11_15' when {months} between 192 and 215 then '16_17'
    when {months} between 216 and 311 then '18_25' end"""
# The census behind a rate of suspensions is that of the school year, or the newest before the end of the period.
_SHOWN = """
create or replace temp table shown as
with period as (
    select distinct measure_id, period_type, period_start, period_end,
        make_date(year(period_end) + case when month(period_end) > 8 then 1 else 0 end, 8, 1) as year_end
    from measures.assessed where value is not null
),
census as (select distinct census_date from core.pupil)
select period.measure_id, period.period_type, period.period_start, period.period_end,
    least(period.period_end, refresh.as_at) as counted_to,
    coalesce(
        max(census_date) filter (where census_date >= year_end - interval 1 year and census_date < year_end),
        max(census_date) filter (where census_date <= period_end)
    ) as census_date
from period cross join reference.refresh as refresh left join census on true
group by all
"""
# Which day a row is looked at on → that day of a period, and the periods that the row belongs to.
_LOOKED_AT: Mapping[On, tuple[str, str]] = {
    "its_period": (
        "shown.period_start",
        "row.first_day <= shown.period_end and row.last_day >= shown.period_start",
    ),
    "first_day": ("shown.period_start", "shown.period_start between row.first_day and row.last_day"),
    "last_day": ("shown.counted_to", "shown.counted_to between row.first_day and row.last_day"),
    "census": ("shown.census_date", "shown.census_date between row.first_day and row.last_day"),
}
_CELLS = """
with out as materialized (
    select measure_id, kind, period_type, first_day, last_day, breakdown, breakdown_value, sum(weight) as weight
    from left_out group by all
),
cell as (select * from measures.assessed where value is not null and measure_id in ({covered})),
counted as (
    select cell.measure_id, cell.period_type, cell.period_start, cell.breakdown, cell.breakdown_value,
        {counts}
    from cell inner join out
        on cell.measure_id = out.measure_id and cell.breakdown = out.breakdown
        and cell.breakdown_value = out.breakdown_value
        and coalesce(out.period_type = cell.period_type, true)
        and cell.period_start <= out.last_day and cell.period_end >= out.first_day
    group by all
)
select cell.measure_id, cell.period_type, cell.period_start, cell.period_end, cell.area_code, cell.breakdown,
    cell.breakdown_value, cell.unit, cell.numerator, cell.denominator, cell.value, {columns}
from cell
left join counted using (measure_id, period_type, period_start, breakdown, breakdown_value)
order by all
"""


def read_cells(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """The covered cells of measures.assessed that have a value, with the rows that each leaves out, by kind."""
    connection.execute(
        "create or replace temp table left_out (measure_id varchar, kind varchar, period_type varchar, first_day date,"
        " last_day date, breakdown varchar, breakdown_value varchar, weight double)"
    )
    connection.execute(_SHOWN)
    shown = {str(row[0]) for row in connection.execute("select distinct measure_id from shown").fetchall()}
    rules = [rule for rule in (*LEFT_OUT, *DENOMINATORS) if rule.measure_id in shown]
    for source in SOURCES:
        _insert(connection, source, [rule for rule in rules if rule.source == source])
    counts = ", ".join(f"sum(out.weight) filter (where out.kind = '{kind}') as {kind}" for kind in KINDS)
    columns = ", ".join(f"coalesce(counted.{kind}, 0) as {kind}" for kind in KINDS)
    covered = ", ".join(f"'{measure_id}'" for measure_id in COVERED)
    return connection.execute(_CELLS.format(counts=counts, columns=columns, covered=covered)).to_arrow_table()


def _insert(connection: duckdb.DuckDBPyConnection, source: str, rules: list[LeftOut]) -> None:
    """Add what the measures of one source leave out."""
    if not rules:
        return
    _gather(connection, source, rules)
    filled = {table for table in ("quarantined", "in_use") if connection.execute(f"from {table} limit 1").fetchall()}
    for rule in rules:
        if "quarantined" in filled:
            connection.execute(f"insert into left_out {_of_quarantine(rule)}")
        for kind, condition, first_day, last_day in _conditions(rule) if "in_use" in filled else ():
            connection.execute(f"insert into left_out {_select(rule, kind, 'in_use', condition, first_day, last_day)}")


def _gather(connection: duckdb.DuckDBPyConnection, source: str, rules: list[LeftOut]) -> None:
    """Put the few rows that any of the rules may be about into temporary tables, with their groups."""
    found = GROUPS[source]
    groups = "".join(
        f", coalesce(nullif({expression}, 'not_a_code'), 'Unknown') as group_{name}"
        for name, expression in found.expressions.items()
    )
    if found.born:
        groups += f", {found.born} as born"
    key = " and ".join(f'row."{name}" = used."{name}"' for name in load_contract(source).key)
    connection.execute(_QUARANTINED.format(source=source, groups=groups, key=key, joins=found.joins))
    conditions = [condition for rule in rules for _, condition, *_ in _conditions(rule)] or [NEVER]
    connection.execute(
        _IN_USE.format(source=source, groups=groups, joins=found.joins, condition=f"({') or ('.join(conditions)})")
    )


def _conditions(rule: LeftOut) -> Iterator[tuple[str, str, str, str]]:
    """Kind, condition, first and last day of what a measure says of the rows in use."""
    kinds = {
        "missing": (rule.missing, rule.missing_from, rule.missing_to),
        "undecided": (rule.undecided, rule.day, rule.day),
        "uncertain": (rule.uncertain, rule.day, rule.day),
        "uncertain_met": (
            NEVER if rule.uncertain == NEVER else f"{rule.uncertain} and {rule.is_met}",
            rule.day,
            rule.day,
        ),
    }
    for kind, (condition, first_day, last_day) in kinds.items():
        if condition != NEVER:
            yield "denominator_left_out" if rule.of_denominator else kind, condition, first_day, last_day


def _of_quarantine(rule: LeftOut) -> str:
    doubt = _doubt(rule)
    return _select(
        rule,
        "denominator_left_out" if rule.of_denominator else "quarantined",
        "quarantined",
        rule.may_count,
        f"case when {doubt} then {EARLIEST} else {rule.day} end",
        f"case when {doubt} then refresh.as_at else {rule.last_day or rule.day} end",
    )


def _doubt(rule: LeftOut) -> str:
    """Whether the day of a quarantined row is missing, cannot be read, or is what a rule found fault with."""
    faults = [
        f"'{each.id}'"
        for each in load_contract(rule.source).rules
        if each.level == "row" and each.column in rule.day_columns
    ]
    doubts = [f"({rule.day}) is null"]
    doubts += [f"coalesce(contains(row.unreadable_columns, ',{column},'), false)" for column in rule.day_columns]
    if faults:
        doubts.append(f"list_has_any(string_split(row.rule_ids, ','), [{', '.join(faults)}])")
    return " or ".join(doubts)


def _select(rule: LeftOut, kind: str, rows: str, condition: str, first_day: str, last_day: str) -> str:
    groups = GROUPS[rule.source]
    values = {"total": "'All'"} | {name: f"row.group_{name}" for name in groups.expressions}
    if groups.born:
        months = "((year(row.looked_at) * 12 + month(row.looked_at)) - (year(row.born) * 12 + month(row.born)))"
        values["age_band"] = f"coalesce({_AGE_BAND.format(months=months)}, 'Unknown')"
    names = ", ".join(f"'{name}'" for name in values)
    found = f"""
    select row.*, {first_day} as first_day, {last_day} as last_day
    from {rows} as row cross join reference.refresh as refresh where {condition}
    """
    if rule.on in _LOOKED_AT:
        day, belongs = _LOOKED_AT[rule.on]
        placed = f"""
        select row.* replace (shown.period_start as first_day, shown.period_start as last_day),
            {day} as looked_at, shown.period_type
        from ({found}) as row inner join shown on shown.measure_id = '{rule.measure_id}' and {belongs}
        """
    else:
        placed = f"select row.*, row.first_day as looked_at, null as period_type from ({found}) as row"
    return f"""
    select '{rule.measure_id}', '{kind}', period_type, first_day, last_day, unnest([{names}]) as breakdown,
        unnest([{", ".join(values.values())}]) as breakdown_value, {rule.weight}
    from ({placed}) as row
    """
