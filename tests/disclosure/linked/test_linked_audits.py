"""Audits beyond exact counts: rounded tables, a reader who knows that records lie behind, tables that do not fit together."""

import numpy as np
import pytest
from atoms import Records, audit_atoms
from linked_cases import RING, STAR, Pairs, random_grid, random_linked, two_way

from pipelines.disclosure.linked.audit import audit, exact_view, rounded_view
from pipelines.disclosure.linked.control import make_safe
from pipelines.disclosure.linked.model import Cell, Kind, Sum, TablesError, link_tables, sums_over
from pipelines.disclosure.linked.primary import Policy, primary_cells


def test_rounding_alone_leaves_small_counts_of_a_three_way_table_too_narrow() -> None:
    tables = random_grid(2, (4, 3, 3))
    primary = primary_cells(tables)
    nothing = np.zeros(len(tables.keys), dtype=bool)
    assert audit(tables, rounded_view(tables, nothing, 5), primary).failing


def test_rounded_tables_with_hidden_small_counts_tell_less_than_exact_ones() -> None:
    tables = random_grid(2, (6, 5))
    safe = make_safe(tables, Policy())
    exact = audit(tables, exact_view(tables, safe.primary), safe.primary)
    rounded = audit(tables, rounded_view(tables, safe.primary, 5), safe.primary)
    assert set(rounded.failing) < set(exact.failing)
    assert not audit(tables, rounded_view(tables, safe.hidden, 5), safe.primary).failing


def test_rounding_bounds_hold_the_truth() -> None:
    tables = two_way([[0, 2, 3], [7, 8, 12], [13, 21, 48]])
    for base in (5, 10):
        view = rounded_view(tables, np.zeros(len(tables.keys), dtype=bool), base)
        assert (view.lower <= tables.value).all() and (tables.value <= view.upper).all()


def records_and_tables(seed: int, pairs: Pairs = RING) -> tuple:
    tables = random_linked(seed, pairs=pairs)
    random = np.random.default_rng(seed)
    sizes = {"need": 5, "age": 4, "ward": 3}
    codes = {name: random.choice(n, 160, p=random.dirichlet(np.full(n, 1.5))) for name, n in sizes.items()}
    where = {
        key: {} if key == "all" else {part.rstrip("0123456789"): int(part[-1]) for part in key.split("&")}
        for key in tables.keys
    }
    return tables, Records(tuple(sizes), np.column_stack(list(codes.values()))), where


def test_a_reader_who_knows_of_records_never_knows_less() -> None:
    tables, records, where = records_and_tables(5)
    safe = make_safe(tables, Policy())
    assert not audit(tables, exact_view(tables, safe.hidden), safe.primary).failing
    found = audit_atoms(tables, safe.hidden, safe.primary, records, where)
    assert len(found.cells) == safe.primary.sum()
    assert (found.low <= tables.value[found.cells]).all()
    everything = np.ones(len(tables.keys), dtype=bool)
    assert not audit_atoms(tables, everything, safe.primary, records, where).failing


@pytest.mark.parametrize("seed", range(4))
def test_of_tables_without_a_ring_records_give_away_nothing_more(seed: int) -> None:
    tables, records, where = records_and_tables(seed, STAR)
    safe = make_safe(tables, Policy())
    assert safe.primary.any() and not safe.hidden.all()
    assert not audit_atoms(tables, safe.hidden, safe.primary, records, where).failing


def test_records_can_give_away_what_tables_do_not() -> None:
    # a&b, b&c, a&c with one hidden count in each table: the tables alone leave it open, the eight atoms do not.
    codes = np.array([[0, 0, 0]] * 3 + [[1, 1, 1]] * 30 + [[0, 1, 0]] * 20)
    cells, sums, where = [], [], {}
    for first, second in ((0, 1), (1, 2), (0, 2)):
        for i in range(2):
            for j in range(2):
                key = f"{first}{i}&{second}{j}"
                where[key] = {str(first): i, str(second): j}
                cells.append(Cell(key, int(((codes[:, first] == i) & (codes[:, second] == j)).sum())))
    tables = link_tables(cells, sums)
    hidden = np.array([key in ("00&10", "10&20") for key in tables.keys])
    primary = hidden & (tables.value > 0)
    assert not audit(tables, exact_view(tables, hidden), primary).failing
    assert audit_atoms(tables, hidden, primary, Records(("0", "1", "2"), codes), where, 50).failing


def test_atoms_that_do_not_count_a_cell_are_refused() -> None:
    tables, records, where = records_and_tables(5)
    wrong = {**where, "all": {"need": 0}}
    safe = make_safe(tables, Policy())
    with pytest.raises(ValueError, match="does not count"):
        audit_atoms(tables, safe.hidden, safe.primary, records, wrong)


@pytest.mark.parametrize(
    ("cells", "sums", "told"),
    [
        ([Cell("a", -1)], [], "negative"),
        ([Cell("a", 1), Cell("a", 2)], [], "different counts"),
        ([Cell("a", 5), Cell("b", 4)], [Sum("a", ("b",))], "do not add up"),
        ([Cell("a", 5)], [Sum("a", ("b",))], "no table has"),
        ([Cell("a", 5), Cell("b", 9)], [Sum("a", ("b",), "rest")], "do not add up"),
    ],
)
def test_tables_that_do_not_fit_are_refused(cells: list[Cell], sums: list[Sum], told: str) -> None:
    with pytest.raises(TablesError, match=told):
        link_tables(cells, sums)


def test_a_cell_that_two_tables_show_is_one_variable_and_outside_knowledge_wins() -> None:
    tables = link_tables([Cell("a", 5), Cell("a", 5, Kind.KNOWN)], [])
    assert tables.keys == ("a",) and tables.kind[0] == Kind.KNOWN


def test_sums_follow_from_columns_with_a_hierarchy() -> None:
    columns = {
        "key": ["all", "north", "south", "n1", "n2", "s1", "all|asd", "north|asd"],
        "place": ["area", "north", "south", "n1", "n2", "s1", "area", "north"],
        "need": ["any", "any", "any", "any", "any", "any", "asd", "asd"],
    }
    above = {"n1": "north", "n2": "north", "s1": "south"}
    assert sums_over(columns, "key", "place", "area", above, ["need"]) == [
        Sum("all", ("north", "south")),
        Sum("north", ("n1", "n2")),
        Sum("south", ("s1",)),
        Sum("all|asd", ("north|asd",)),
    ]
