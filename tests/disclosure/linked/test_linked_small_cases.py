"""The reference cases of public bodies' own test suites."""

import json
from pathlib import Path

import numpy as np
import pytest
from linked_attacker import Attacker, equations_of
from linked_cases import two_way

from pipelines.disclosure.linked.audit import audit, exact_view
from pipelines.disclosure.linked.clean_up import clean_up
from pipelines.disclosure.linked.model import Cell, LinkedTables, Sum, link_tables
from pipelines.disclosure.linked.protect import protect


@pytest.fixture(scope="session")
def cases(shared_dir: Path) -> dict[str, dict]:
    told = json.loads((shared_dir / "reference_cases" / "disclosure" / "small_cases.json").read_text())
    return {case["id"]: case for case in told["cases"]}


def flags(tables: LinkedTables, keys: list[str]) -> np.ndarray:
    return np.isin(tables.keys, keys)


def test_the_one_small_count_of_microdata1_needs_three_more_cells(cases: dict[str, dict]) -> None:
    case = cases["sdcTable_microdata1_A_female"]
    rows, columns = case["rows"][1:], case["cols"][1:]
    tables = two_way(np.array(case["counts"])[1:, 1:], (rows, columns))
    assert tables.value[tables.position["total|total"]] == case["counts"][0][0]
    primary = flags(tables, ["A|female"])
    done = clean_up(tables, primary, protect(tables, primary))
    expected = case["expected"]
    assert done.hidden.sum() == expected["optimal_n_suppressed"]
    assert (~done.hidden).sum() == expected["publishable"]
    allowed = [{"|".join(cell) for cell in expected[method]} for method in ("sdcTable_OPT", "gauss")]
    assert set(tables.named(done.hidden)) in allowed
    assert done.cost() == pytest.approx(
        min(sum(tables.cost[tables.position[key]] for key in pattern) for pattern in allowed)
    )


def four_by_four(case: dict) -> tuple[LinkedTables, np.ndarray]:
    tables = two_way(case["counts"], (case["rows"], case["cols"]))
    return tables, flags(tables, ["|".join(cell) for cell in case["primary"]])


def test_audit_finds_the_cell_that_is_given_away_by_rows_less_columns(cases: dict[str, dict]) -> None:
    case = cases["sdcTable_4x4_linear_combination_trap"]
    tables, primary = four_by_four(case)
    # Protection must not depend on the value, so the case's thresholds are one more than each count.
    wanted = link_tables(
        [Cell(key, int(v), threshold=int(v) + 1) for key, v in zip(tables.keys, tables.value, strict=True)],
        _sums(tables),
    )
    found = audit(wanted, exact_view(wanted, primary), primary)
    assert "w|b" in found.failing
    assert {"z|b", "z|d", "w|a", "x|a"} <= set(found.failing)
    attacker = Attacker(_printed(tables, primary), equations_of(tables.keys, tables.sums.toarray()))
    for cell, bounds in case["expected"]["computed_before"].items():
        assert attacker.bounds(cell) == pytest.approx(tuple(bounds)), cell
    low, high = {}, {}
    for cell, at, to in zip(found.cells, found.low, found.high, strict=True):
        low[tables.keys[cell]], high[tables.keys[cell]] = at, to
    assert (low["w|b"], high["w|b"]) == (case["expected"]["wb_exactly_disclosed"],) * 2


def test_one_more_cell_cures_the_trap(cases: dict[str, dict]) -> None:
    case = cases["sdcTable_4x4_linear_combination_trap"]
    tables, primary = four_by_four(case)
    wb = tables.position["w|b"]
    # w|b alone must move, by one either way: as in the case, protection levels of 1.
    cells = [
        Cell(key, int(v), threshold=int(v) + 1 if at == wb else 0)
        for at, (key, v) in enumerate(zip(tables.keys, tables.value, strict=True))
    ]
    wanted = link_tables(cells, _sums(tables))
    only = flags(tables, ["w|b"])
    done = clean_up(wanted, only, protect(wanted, only, primary), primary)
    extra = set(tables.named(done.hidden & ~primary))
    assert len(extra) == case["expected"]["extra_suppressions_needed"]
    interval = case["expected"]["wb_interval_by_single_extra_suppression"][extra.pop()]
    attacker = Attacker(_printed(tables, done.hidden), equations_of(tables.keys, tables.sums.toarray()))
    assert attacker.bounds("w|b") == pytest.approx(tuple(interval))


def _printed(tables: LinkedTables, hidden: np.ndarray) -> dict[str, int]:
    return {key: int(v) for key, v, h in zip(tables.keys, tables.value, hidden, strict=True) if not h}


def _sums(tables: LinkedTables) -> list[Sum]:
    made = []
    for equation in equations_of(tables.keys, tables.sums.toarray()):
        total = next(key for key, times in equation.items() if times < 0)
        made.append(Sum(total, tuple(key for key, times in equation.items() if times > 0)))
    return made
