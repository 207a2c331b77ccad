"""The attacker is able: each leak, planted by hand, is found; and where nothing leaks, nothing is."""

import json
from dataclasses import dataclass
from math import inf
from pathlib import Path

import duckdb
import pytest
from statsmodels.stats.proportion import proportion_confint

from pipelines.methods.intervals import poisson_rate
from tests.attack.bounds import Row, Unknown, intervals
from tests.attack.figures import counts_behind
from tests.attack.handmade import cell, figure, write
from tests.attack.program import Finding, attack

SAFE = [figure("All", 150, 75), figure("F", None, None), figure("M", None, None), figure("Unknown", 50, 25)]
WARDS = ("A", "B", "C")


def found(*paths: Path) -> dict[str, Finding]:
    """The findings by what they are about."""
    return {one.about: one for one in attack(paths).findings}


@dataclass(frozen=True)
class Case:
    """A case of the jury: names of rows and columns, counts, suppressed cells, and what is expected."""

    rows: list[str]
    cols: list[str]
    counts: list[list[float]]
    primary: list[list[str]]
    before: dict[str, list[float]]
    optimal: list[list[str]]


def case_of(shared_dir: Path, name: str) -> Case:
    text = (shared_dir / "reference_cases" / "disclosure" / "small_cases.json").read_text(encoding="utf-8")
    one = next(one for one in json.loads(text)["cases"] if one["id"] == name)
    expected = one["expected"]
    before, optimal = expected.get("computed_before", {}), expected.get("sdcTable_OPT", [])
    return Case(one["rows"], one["cols"], one["counts"], one["primary"], before, optimal)


def test_two_hidden_groups_that_could_be_anything_are_no_finding(tmp_path: Path) -> None:
    assert not found(write(tmp_path / "one.duckdb", observation=SAFE))


def test_the_only_hidden_group_is_found_by_subtraction(tmp_path: Path) -> None:
    rows = [figure("All", 63, 31), figure("F", 60, 30), figure("M", None, None)]
    one = found(write(tmp_path / "one.duckdb", observation=rows))["EH1 calendar_year 2024-01-01 sex M d"]
    assert (one.kind, one.low, one.high) == ("small", 3, 3)
    assert any("total" in why for why in one.how) or one.how == ()


def test_two_hidden_groups_that_are_few_together_are_found(tmp_path: Path) -> None:
    rows = [figure("All", 64, 32), figure("F", 60, 30), figure("M", None, None), figure("Unknown", None, None)]
    one = found(write(tmp_path / "one.duckdb", observation=rows))["EH1 calendar_year 2024-01-01 sex M d"]
    assert (one.kind, one.low, one.high) == ("small", 0, 4)


def test_a_hidden_month_is_found_from_its_year(tmp_path: Path) -> None:
    months = [figure("All", 20, 10, period_type="month", period_start=f"2024-{month:02}-01") for month in range(1, 12)]
    hidden = figure("All", None, None, period_type="month", period_start="2024-12-01")
    rows = [figure("All", 222, 111), *months, hidden]
    one = found(write(tmp_path / "one.duckdb", observation=rows))["EH1 month 2024-12-01 total All d"]
    assert (one.kind, one.low, one.high) == ("small", 2, 2)


def test_what_one_table_hides_and_another_prints_is_found(tmp_path: Path) -> None:
    hidden = [cell("All", "All", 40), cell("All", "ASD", None), cell("All", "MLD", None), cell("All", "SEMH", 25)]
    other = {"table_id": "sen_support_by_need_and_age_band", "row_breakdown": "age_band"}
    safe = write(tmp_path / "one.duckdb", cross_tabulation=hidden)
    leak = write(tmp_path / "two.duckdb", cross_tabulation=[*hidden, cell("All", "MLD", 12, **other)])
    assert not found(safe)
    assert found(leak)["x sen_support 2025-01-16 primary_need=ASD"].high == 3


def test_a_group_that_two_releases_hide_in_turn_with_others_is_found(tmp_path: Path) -> None:
    groups = {"F": (100, 50), "M": (47, 22), "Unknown": (3, 3)}

    def release(name: str, hidden: set[str]) -> Path:
        shown = [figure(one, *((None, None) if one in hidden else counts)) for one, counts in groups.items()]
        return write(tmp_path / name, observation=[figure("All", 150, 75), *shown])

    first, second = release("first.duckdb", {"M", "Unknown"}), release("second.duckdb", {"F", "Unknown"})
    assert not found(first) and not found(second)
    one = found(first, second)["EH1 calendar_year 2024-01-01 sex Unknown d"]
    assert (one.kind, one.low, one.high) == ("small", 3, 3)


def test_a_revision_by_a_few_is_found_and_one_by_many_is_not(tmp_path: Path) -> None:
    paths = [
        write(tmp_path / f"{number}.duckdb", observation=[figure("All", number, 30)]) for number in (150, 152, 172)
    ]
    assert [(one.kind, one.low) for one in attack(paths).findings] == [("revised", 2)]


def test_a_numerator_is_found_from_its_percentage(tmp_path: Path) -> None:
    rows = [figure("All", 60, None, value=5.0)]
    assert found(write(tmp_path / "one.duckdb", observation=rows))["EH1 calendar_year 2024-01-01 total All n"].low == 3


def test_both_counts_are_found_from_the_limits_of_a_percentage(tmp_path: Path) -> None:
    lower, upper = (100 * limit for limit in proportion_confint(3, 17, method="wilson"))
    rows = [figure("All", None, None, lower_95=lower, upper_95=upper)]
    findings = found(write(tmp_path / "one.duckdb", observation=rows))
    assert findings["EH1 calendar_year 2024-01-01 total All n"].high == 3
    assert findings["observation.lower_95: 1 rows"].kind == "number beside a suppression"


@pytest.mark.parametrize("n", [1, 9, 10, 400])
def test_both_counts_are_found_from_the_limits_of_a_rate(n: int) -> None:
    limits = poisson_rate([n], [9000], multiplier=100)
    lower, upper = float(limits.lower[0]), float(limits.upper[0])
    assert counts_behind(100 * n / 9000, lower, upper, 100.0, "rate", None, None) == (n, 9000)


def test_a_range_that_only_whole_numbers_narrow_is_found() -> None:
    a, b = (("a",), 0), (("b",), 0)
    ranges, broken = intervals([Row({a: 7.0, b: 5.0}, 31.0, 31.0)], {"a": {a: 1.0}}, {"a": 0.0}, lambda _: 4.0)
    assert not broken
    assert (ranges["a"].low, ranges["a"].high) == (3, 3)


def test_equations_that_contradict_each_other_are_named_and_left_out() -> None:
    a = (("a",), 0)
    rows = [Row({a: 1.0}, 4.0, 4.0, "one"), Row({a: 1.0}, 4.0, 4.0, "two"), Row({a: 1.0}, 9.0, 9.0, "wrong")]
    ranges, broken = intervals(rows, {"a": {a: 1.0}}, {"a": 0.0}, lambda _: 5.0)
    assert [row.why for row in broken] == ["wrong"]
    assert (ranges["a"].low, ranges["a"].high) == (4, 4)


def test_the_linear_combination_trap_of_sdctable_is_seen_through(shared_dir: Path) -> None:
    case = case_of(shared_dir, "sdcTable_4x4_linear_combination_trap")
    hidden = {f"{row}|{column}" for row, column in case.primary}
    named = {
        f"{row}|{column}": case.counts[i][j] for i, row in enumerate(case.rows) for j, column in enumerate(case.cols)
    }
    rows = []
    for place, line in [(0, one) for one in case.rows] + [(1, one) for one in case.cols]:
        cells: list[Unknown] = [((one,), 0) for one in hidden if one.split("|")[place] == str(line)]
        total = sum(named[one] for one in hidden if one.split("|")[place] == str(line))
        rows.append(Row(dict.fromkeys(cells, 1.0), total, total))
    targets = {one: {((one,), 0): 1.0} for one in hidden}
    ranges, _ = intervals(rows, targets, dict.fromkeys(hidden, 0.0), lambda _: inf)
    expected = case.before
    assert {one: [float(ranges[one].low), float(ranges[one].high)] for one in hidden} == expected


def test_a_small_cell_of_sdctable_is_found_alone_and_not_in_its_optimal_pattern(
    shared_dir: Path, tmp_path: Path
) -> None:
    case = case_of(shared_dir, "sdcTable_microdata1_A_female")
    named = {"total": "All"}

    def table(name: str, hidden: list[list[str]]) -> Path:
        rows = [
            cell(
                named.get(row, row),
                named.get(column, column),
                None if [row, column] in hidden else case.counts[i][j],
            )
            for i, row in enumerate(case.rows)
            for j, column in enumerate(case.cols)
        ]
        return write(tmp_path / name, cross_tabulation=rows)

    about = "x sen_support 2025-01-16 primary_need=female|ward=A"
    assert found(table("alone.duckdb", case.primary))[about].low == 2
    # The pattern protects against the exact value only: 20 children are in the row, and 12 and 10 beside them.
    assert not found(table("pattern.duckdb", case.optimal))


def test_names_judgements_and_copies_of_hidden_figures_are_found(tmp_path: Path) -> None:
    chart = {"measure_id": "EH1", "period_type": "calendar_year", "phase": 1, "mean": 40.0, "denominator": 150}
    points = [
        chart | {"period_start": "2024-01-01", "value": 50.0, "signal": "none", "unit": "%"},
        chart | {"period_start": "2023-01-01", "value": None, "signal": "concern", "unit": "%"},
        chart | {"period_start": "2022-01-01", "value": 47.0, "signal": "none", "unit": "%"},
    ]
    plan = [{"measure_id": "EH1", "action": "Ask jo@example.org about H839123456789"}]
    kinds = {
        one.kind
        for one in attack(
            [write(tmp_path / "one.duckdb", observation=SAFE, control_chart=points, improvement_plan=plan)]
        ).findings
    }
    assert kinds >= {
        "judgement of a hidden figure",
        "mean with hidden points",
        "number that observation hides",
        "identifier",
    }


def test_rows_that_were_removed_are_found_in_the_blocks_that_they_left(tmp_path: Path) -> None:
    path = write(tmp_path / "one.duckdb", observation=SAFE)
    assert not found(path)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table gone as select range as n, md5(range::varchar) as t from range(200000)")
        connection.execute("checkpoint")
        connection.execute("drop table gone")
        connection.execute("checkpoint")
    assert {one.kind for one in attack([path]).findings} == {"free blocks"}
