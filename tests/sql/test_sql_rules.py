"""The text of every model means the same on every engine: nothing from the right side of the table in docs/sql-rules.md."""

import re
from pathlib import Path

import pytest

from pipelines.settings import SQL

FILES = sorted(SQL.glob("*/*.sql"))

# What to look for (in lower-case SQL without comments and texts) → what to write.
REFUSED = {
    r"\b(date_diff|datediff|age|date_sub|datesub|date_part|datepart)\s*\(": "unix_date(b) - unix_date(a), or year and month",
    r"\b(to_days|to_weeks|to_months|date_add|dateadd)\s*\(": "cast(d + interval 20 weeks as date)",
    r"(?<!cast\()\b[a-z_][a-z_0-9.]*\s*[+-]\s*interval\b": "cast(d + interval 20 weeks as date)",
    r"\b(dayofweek|isodow|weekday|dow)\b": "(unix_date(d) + 3) % 7",
    r"(?<!cast\()\bdate_trunc\s*\(": "cast(date_trunc('month', d) as date)",
    r"\b(strftime|strptime|try_strptime)\s*\(": "year(d), month(d), day(d)",
    r"::": "cast(x as type)",
    r"\b(generate_series|range|unnest|sequence|explode)\s*\(": "a calendar table",
    r"\bwith\s+recursive\b": "a calendar table",
    r"\b(quantile\w*|percentile_cont|percentile_disc|approx_\w+|mode)\s*\(": "median(x) or percentile(x, 0.9)",
    r"\bfilter\s*\(\s*+(?!where\b)": "filter (where c)",
    r"\b(group|order)\s+by\s+all\b": "explicit columns",
    r"\bgrouping\s*\(": "grouping_id(a, b)",
    r"\bqualify\b": "row_number() in a subquery",
    r"\bdistinct\s+on\b": "row_number() in a subquery",
    r"\basof\b": "row_number() in a subquery",
    r"\b(first|last|any_value|first_value|last_value)\s*\(": "row_number() in a subquery",
    r"\busing\s*\(": "join … on",
    r"\brange\s+between\s+interval\b": "rows between, or range over unix_date(d)",
    r"\b(ignore|respect)\s+nulls\b": "a filter",
    r"\bexclude\b": "explicit columns",
    r"\b(arg_max|arg_min|argmax|argmin)\s*\(": "max_by, min_by",
    r"(?<!_)\bconcat\s*\(": "concat_ws, or coalesce every part",
    r"//": "cast(floor(a / b) as int)",
    r"/\s*0(?![.e\d])": "nullif(b, 0)",
    r"(?<![\w.])\d+\.\d+(?!e|\d)(?!\s*\))": "a double: 1e0 or cast(x as double)",
    r"\b(hash|md5_number|regexp_\w+|struct_pack|list_\w+|array_\w+|map)\s*\(": "plain columns",
    r"\b(columns|pivot|unpivot)\s*\(": "plain columns",
    r"\b(pivot|unpivot)\b": "case and group by",
    r"\*\s*(replace|exclude)\b": "explicit columns",
    r"->": "a join or a case",
    r"\[": "plain columns",
    r"(?<!cast\()\bsum\s*\(\s*\d": "count(*)",
}


def stripped(sql: str) -> str:
    """SQL in lower case without comments and without what stands between quotes."""
    return re.sub(r"'[^']*'", "''", re.sub(r"--[^\n]*", "", sql)).lower()


def faults(sql: str) -> list[str]:
    """What to write instead, for each thing that an engine would read in its own way."""
    text = stripped(sql)
    found = [better for pattern, better in REFUSED.items() if re.search(pattern, text)]
    windows = re.findall(r"over\s*\(([^()]*)\)", text)
    if any("order by" in window and len(re.findall(r"nulls (?:first|last)", window)) == 0 for window in windows):
        found.append("order by x nulls last in windows")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_model_holds_nothing_that_engines_read_in_different_ways(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "sql",
    [
        "select date_diff('day', a, b) from t",
        "select d + interval 20 weeks from t",
        "select dayofweek(d) from t",
        "select date_trunc('month', d) from t",
        "select strftime(d, '%Y') from t",
        "select a::int from t",
        "select unnest(x) from t",
        "with recursive t as (select 1) select * from t",
        "select quantile_cont(a, 0.5) from t",
        "select mode(a) from t",
        "select count(*) filter (a > 1) from t",
        "select a, count(*) from t group by all",
        "select grouping(a, b) from t",
        "select a from t qualify row_number() over (order by a nulls last) = 1",
        "select distinct on (a) a from t",
        "select first(a order by b) from t",
        "select a from t join u using (a)",
        "select arg_max(a, b) from t",
        "select concat(a, b) from t",
        "select a // b from t",
        "select a * 1.0 from t",
        "select * exclude (a) from t",
        "select regexp_matches(a, 'x') from t",
        "select row_number() over (order by a) from t",
        "select list_sum(a) from t",
        "select a[1] from t",
        "from t pivot (sum(a) for b in (1, 2))",
    ],
)
def test_the_rule_finds_what_it_is_there_for(sql: str) -> None:
    assert faults(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "select cast(d + interval 20 weeks as date) as e, cast(date_trunc('month', d) as date) as m from t",
        "select count(*) filter (where a > 1) as n, percentile(x, 0.9) as p, 100e0 * a / nullif(b, 0) as v from t",
        "select concat_ws('-', a, b) as c, max_by(a, b) as d, 'it says concat(x) and ::' as e from t -- using (a)",
        "select row_number() over (partition by a order by b nulls last, c nulls last) as n from t",
    ],
)
def test_the_rule_lets_portable_sql_pass(sql: str) -> None:
    assert faults(sql) == []
