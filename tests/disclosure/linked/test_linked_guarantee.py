"""No attacker can narrow a small count: linear and whole-number bounds, and every table tried on tiny ones."""

import json

import numpy as np
import pytest
from exact_optimum import optimal_cost
from linked_attacker import Attacker, equations_of
from linked_cases import random_grid, random_linked, two_way

from pipelines.disclosure.linked.audit import audit, exact_view
from pipelines.disclosure.linked.control import SafeTables, cheapest_protection, make_safe
from pipelines.disclosure.linked.model import Cell, Kind, Sum, link_tables
from pipelines.disclosure.linked.primary import Policy, primary_cells, shown_percentages, withheld_with_base
from pipelines.disclosure.linked.protect import UnprotectableError, protect
from pipelines.disclosure.linked.verify import verify

MADE = {
    "two-way": lambda seed: random_grid(seed, (9, 5)),
    "three-way": lambda seed: random_grid(seed, (4, 3, 3)),
    "linked": random_linked,
}


def attack(safe: SafeTables) -> Attacker:
    return Attacker(safe.published(), equations_of(safe.tables.keys, safe.tables.sums.toarray()))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", MADE)
def test_no_small_count_can_be_narrowed(kind: str, seed: int) -> None:
    tables = MADE[kind](seed)
    safe = make_safe(tables, Policy())
    attacker = attack(safe)
    small = [key for key, v in zip(tables.keys, tables.value, strict=True) if 1 <= v < 5]
    assert small and not set(small) & set(safe.published())
    for number, key in enumerate(small):
        low, high = attacker.bounds(key)
        assert low <= 1e-7, key
        assert high >= 5 - 1e-7, key
        if number < 4:
            assert attacker.whole_bounds(key)[0] == 0, key
            assert attacker.whole_bounds(key)[1] >= 5, key
    assert verify(safe.proof, safe.published()) == []


@pytest.mark.parametrize("seed", range(6))
def test_every_table_that_agrees_leaves_a_small_count_open(seed: int) -> None:
    tables = two_way(np.random.default_rng(seed).integers(0, 6, (2, 2)) + np.array([[1, 3], [3, 0]]))
    safe = make_safe(tables, Policy())
    inner = [key for key in tables.named(safe.primary) if "total" not in key]
    attacker = attack(safe)
    tried = [key for key in attacker.unknown if "total" not in key]
    for key in inner:
        values = attacker.every_value(key, tried, 11)
        assert 0 in values and max(values) >= 5, key


def test_more_is_hidden_where_only_fractions_of_children_would_protect_a_small_count() -> None:
    # With p + s and q + s known, p and q change together, and p + q by two or not at all: `few` can't become 0 through
    # them, though a linear programme finds half a child in each. Only hiding `many`, which costs more, helps.
    cells = [
        *(Cell(key, value, cost=1) for key, value in (("few", 1), ("both", 20), ("p", 10), ("q", 10), ("s", 10))),
        Cell("many", 100, cost=50),
        *(Cell(key, value, Kind.KNOWN) for key, value in (("all", 121), ("p and s", 20), ("q and s", 20))),
    ]
    sums = [Sum("all", ("few", "both", "many")), Sum("both", ("p", "q"))]
    sums += [Sum("p and s", ("p", "s")), Sum("q and s", ("q", "s"))]
    tables = link_tables(cells, sums)
    fractional = protect(tables, primary_cells(tables))
    assert "many" not in tables.named(fractional.hidden)
    safe = make_safe(tables, Policy())
    assert "many" in tables.named(safe.hidden)
    assert verify(safe.proof, safe.published()) == []
    low, high = attack(safe).whole_bounds("few")
    assert low == 0 and high >= 5


def test_hiding_small_counts_alone_is_not_enough_and_the_audit_agrees_with_the_attacker() -> None:
    tables = random_grid(4, (8, 5))
    primary = primary_cells(tables)
    failing = set(audit(tables, exact_view(tables, primary), primary).failing)
    printed = {key: int(v) for key, v, p in zip(tables.keys, tables.value, primary, strict=True) if not p}
    attacker = Attacker(printed, equations_of(tables.keys, tables.sums.toarray()))
    narrowed = {
        key for key in tables.named(primary) if attacker.bounds(key)[0] > 1e-6 or attacker.bounds(key)[1] < 5 - 1e-6
    }
    assert narrowed
    assert failing == narrowed


@pytest.mark.parametrize("kind", MADE)
def test_hiding_costs_within_ten_percent_of_the_exact_optimum(kind: str) -> None:
    tables = random_grid(11, (3, 3, 2)) if kind == "three-way" else MADE[kind](11)
    primary = primary_cells(tables)
    found = cheapest_protection(tables, primary).cost()
    best = optimal_cost(tables.sums.toarray(), tables.value, tables.cost, primary, 5)
    assert best - 1e-6 <= found <= 1.1 * best


def test_a_percentage_and_its_complement_are_one_system() -> None:
    tables = link_tables(
        [Cell("plans", 40), Cell("on time", 38), Cell("area plans", 100), Cell("area on time", 70), Cell("rest plans", 60),
         Cell("rest on time", 32)],
        [Sum("plans", ("on time",), "late"), Sum("area plans", ("area on time",), "area late"),
         Sum("area plans", ("plans", "rest plans")), Sum("area on time", ("on time", "rest on time"))],
    )  # fmt: skip
    safe = make_safe(tables, Policy())
    low, high = attack(safe).bounds("late")
    assert low == 0 and high >= 5
    percentages = {"plans %": ("on time", "plans"), "area %": ("area on time", "area plans")}
    shown = shown_percentages(tables, safe.hidden, percentages)
    assert shown["area %"] and not shown["plans %"]


def test_exceptions_are_protected_between_two_definitions() -> None:
    tables = link_tables(
        [Cell("issued", 784), Cell("issued less exceptions", 781)],
        [Sum("issued", ("issued less exceptions",), "exceptions")],
    )
    assert make_safe(tables, Policy()).hidden[:2].sum() == 1


def test_a_survey_base_under_ten_is_withheld_with_its_answers() -> None:
    cells = [Cell("base a", 8, threshold=10), Cell("base b", 60, threshold=10), Cell("base", 68, threshold=10)]
    cells += [Cell("yes a", 8), Cell("yes b", 33), Cell("yes", 41)]
    sums = [Sum("base", ("base a", "base b")), Sum("yes", ("yes a", "yes b"))]
    sums += [Sum(f"base{x}", (f"yes{x}",), f"no{x}") for x in ("", " a", " b")]
    tables = link_tables(cells, sums)
    must = withheld_with_base(tables, {"yes a": "base a", "yes b": "base b"})
    assert tables.named(must) == ["yes a"]
    safe = make_safe(tables, Policy(), must)
    assert {"base a", "yes a"} <= set(tables.named(safe.hidden))
    low, high = attack(safe).bounds("base a")
    assert low == 0 and high >= 10


def test_zeros_can_be_protected_too() -> None:
    tables = two_way([[0, 12, 9], [14, 11, 20], [8, 10, 13]])
    assert not make_safe(tables, Policy()).hidden.any()
    safe = make_safe(tables, Policy(zeros="suppressed"))
    assert attack(safe).bounds("r0|c0")[1] >= 5
    assert verify(safe.proof, safe.published()) == []


def test_what_readers_know_from_elsewhere_is_taken_into_account() -> None:
    cells = [Cell("area", 60, Kind.KNOWN), Cell("ward 1", 3), Cell("ward 2", 30), Cell("ward 3", 27)]
    safe = make_safe(link_tables(cells, [Sum("area", ("ward 1", "ward 2", "ward 3"))]), Policy())
    assert safe.hidden.sum() == 2
    cells[2] = Cell("ward 2", 30, Kind.KNOWN)
    cells[3] = Cell("ward 3", 27, Kind.KNOWN)
    with pytest.raises(UnprotectableError, match="ward 1"):
        make_safe(link_tables(cells, [Sum("area", ("ward 1", "ward 2", "ward 3"))]), Policy())


def test_structural_zeros_hide_nothing() -> None:
    counts = two_way([[2, 8, 9], [7, 11, 20], [8, 10, 13]])
    kinds = {"r1|c1": Kind.KNOWN}
    impossible = link_tables(
        [Cell(k, int(v), kinds.get(k, Kind.PUBLISHABLE)) for k, v in zip(counts.keys, counts.value, strict=True)], []
    )
    primary = primary_cells(impossible)
    assert not protect(impossible, primary).hidden[impossible.position["r1|c1"]]


def test_the_proof_survives_a_file_and_names_no_child() -> None:
    safe = make_safe(random_linked(2), Policy())
    assert verify(json.loads(json.dumps(safe.proof)), safe.published()) == []


def test_the_same_tables_give_the_same_hidden_cells_and_proof() -> None:
    first, second = (make_safe(random_linked(3), Policy()) for _ in range(2))
    assert first.proof["digest"] == second.proof["digest"]


def test_a_warm_start_that_the_solver_loses_itself_in_is_tried_again() -> None:
    random = np.random.default_rng(783)
    tables = random_grid(783, (int(random.integers(2, 8)), int(random.integers(2, 6))))
    assert verify((safe := make_safe(tables, Policy(zeros="suppressed"), tries=1)).proof, safe.published()) == []
