"""Which columns a model needs for a measure: what is selected, filtered, joined and grouped by, and no more."""

from collections.abc import Mapping

from sqlglot import exp, parse_one
from sqlglot.optimizer.qualify import qualify

from pipelines.letters.columns_needed import columns_needed

TABLE = {"core": {"request": dict.fromkeys(("id", "day", "issued", "decided", "sex", "excepted", "ward"), "varchar")}}
MEASURES = ("EH1", "EH2", "EH3")


def needed(
    sql: str, measure: str, wanted: tuple[str, ...] = ("numerator",), total: bool = True
) -> Mapping[str, set[str]]:
    select = qualify(parse_one(sql, dialect="duckdb"), schema={**TABLE}, dialect="duckdb")
    assert isinstance(select, exp.Query)
    found = columns_needed(select, wanted, {"measure_id": measure}, MEASURES, total)
    return {table: set(columns) for table, columns in found.columns.items()}


CASES = """
with measure as (select 'EH1' as measure_id union all select 'EH2' as measure_id),
step as (
    select measure.measure_id, case measure.measure_id when 'EH2' then not excepted else true end as is_counted,
        case measure.measure_id when 'EH2' then decided else issued end as step_day, sex
    from core.request cross join measure
)
select measure_id, step_day as numerator, sex from step where is_counted
"""


def test_only_the_branch_of_the_measure_counts_and_a_filter_counts_too() -> None:
    assert needed(CASES, "EH1") == {"core.request": {"issued"}}
    assert needed(CASES, "EH2") == {"core.request": {"decided", "excepted"}}


def test_a_column_is_needed_only_by_what_is_made_of_it() -> None:
    assert needed(CASES, "EH1", ("numerator", "sex")) == {"core.request": {"issued", "sex"}}


UNION = """
select 'EH1' as measure_id, issued as numerator from core.request
union all
select 'EH2' as measure_id, decided as numerator from core.request where excepted
union all
select case when day is null then 'EH2' else 'EH3' end as measure_id, day as numerator from core.request
"""


def test_parts_of_a_union_that_make_other_measures_are_left_out() -> None:
    assert needed(UNION, "EH1") == {"core.request": {"issued"}}
    assert needed(UNION, "EH2") == {"core.request": {"decided", "excepted", "day"}}
    assert needed(UNION, "EH3") == {"core.request": {"day"}}


JOINED = """
with named as (
    select request.id, request.day, other.ward, {extra} as told
    from core.request as request left join core.request as other on request.decided = other.decided
)
select 'EH1' as measure_id, day as numerator, told from named
"""


def test_a_left_join_counts_only_if_something_is_taken_from_it() -> None:
    assert needed(JOINED.format(extra="other.ward"), "EH1") == {"core.request": {"day"}}
    whole = needed(JOINED.format(extra="other.ward"), "EH1", ("numerator", "told"))
    assert whole == {"core.request": {"day", "ward", "decided"}}


GROUPED = """
with cell as (
    select day, sex, ward, count(issued) as numerator from core.request
    group by grouping sets ((day), (day, sex), (day, ward))
)
select 'EH1' as measure_id, day, numerator, case when sex is not null then 'sex' else 'total' end as breakdown from cell
"""


def test_of_grouping_sets_the_total_alone_or_all() -> None:
    assert needed(GROUPED, "EH1") == {"core.request": {"day", "issued"}}
    every = needed(GROUPED, "EH1", ("numerator", "breakdown"), total=False)
    assert every == {"core.request": {"day", "issued", "sex", "ward"}}
