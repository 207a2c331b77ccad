"""Successive releases: what was hidden stays hidden, what was added can be small, and a revision that tells is held."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from linked_attacker import Attacker, equations_of
from linked_cases import grid

from pipelines.disclosure.linked.control import make_safe
from pipelines.disclosure.linked.joint import Cumulative, Release, Stock, join_releases
from pipelines.disclosure.linked.ledger import LedgerError, appended, check_values, identity, ledger_rows, shown_in
from pipelines.disclosure.linked.model import Cell, Sum, TablesError
from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.linked.verify import verify

KEY = b"k" * 32


def release(name: str, counts: np.ndarray, period: str = "") -> Release:
    cells, sums = grid(
        counts, [[f"{period}w{i}" for i in range(counts.shape[0])], [f"n{j}" for j in range(counts.shape[1])]]
    )
    unique = {c.key: c.key if c.key.startswith(period) else f"{period}{c.key}" for c in cells}
    return Release(
        name,
        tuple(replace(c, key=unique[c.key]) for c in cells),
        tuple(Sum(unique[s.total], tuple(unique[p] for p in s.parts)) for s in sums),
    )


def published(
    new: Release, earlier: list[Release], links: list[Cumulative | Stock] | None = None
) -> tuple[Release, Attacker]:
    """Protect jointly, verify, and hand what was ever printed to an attacker."""
    joint = join_releases(new, earlier, links or [])
    safe = make_safe(joint.tables, Policy())
    statuses = joint.statuses(safe.hidden)
    done = replace(new, shown=frozenset(key for key, status in statuses.items() if status == "shown"))
    files = {r.release_id: {c.key: c.value for c in r.cells if c.key in (r.shown or ())} for r in [*earlier, done]}
    printed = joint.printed(files)
    assert verify(safe.proof, printed) == []
    attacker = Attacker(printed, equations_of(joint.tables.keys, joint.tables.sums.toarray()))
    for key in joint.tables.named(safe.primary):
        low, high = attacker.bounds(key)
        assert low <= 1e-7 and high >= 5 - 1e-7, key
    return done, attacker


def test_months_of_year_to_date_counts_give_no_month_away() -> None:
    random = np.random.default_rng(3)
    total = np.zeros((4, 3), dtype=int)
    earlier: list[Release] = []
    for month in range(5):
        total = total + random.poisson(random.gamma(1.0, 6, total.shape))
        new = release(f"r{month}", total, f"m{month} ")
        chain = [*earlier, new]
        links = [
            Cumulative(a.key, b.key) for one, two in pairwise(chain) for a, b in zip(one.cells, two.cells, strict=True)
        ]
        done, _ = published(new, earlier, list(links))
        earlier.append(done)
    assert all(r.shown for r in earlier)


def test_months_protected_one_by_one_give_a_month_away() -> None:
    earlier = Release("r1", (Cell("Sep", 47),), (), frozenset({"Sep"}))
    joint = join_releases(Release("r2", (Cell("Oct", 49),), ()), [earlier], [Cumulative("Sep", "Oct")])
    safe = make_safe(joint.tables, Policy())
    assert joint.statuses(safe.hidden) == {"Oct": "suppressed"}


def test_what_was_suppressed_stays_suppressed_and_what_was_shown_stays_known() -> None:
    counts = np.array([[2, 9, 30], [12, 11, 25], [14, 13, 21]])
    first, _ = published(release("r1", counts), [])
    second, _ = published(release("r2", counts), [first])
    assert second.shown == first.shown


def test_a_revision_by_two_children_is_held_and_one_by_twenty_is_not() -> None:
    first = Release("r1", (Cell("a", 47), Cell("b", 60)), (), frozenset({"a", "b"}))
    joint = join_releases(Release("r2", (Cell("a", 49), Cell("b", 80)), ()), [first])
    safe = make_safe(joint.tables, Policy())
    assert joint.statuses(safe.hidden) == {"a": "held", "b": "shown"}
    free = join_releases(Release("r2", (Cell("a", 49), Cell("b", 80)), ()), [first], protect_changes=False)
    assert free.statuses(make_safe(free.tables, Policy()).hidden) == {"a": "shown", "b": "shown"}


def test_a_revised_table_does_not_open_the_old_one() -> None:
    counts = np.array([[2, 9, 30], [12, 11, 25], [14, 13, 21]])
    first, _ = published(release("r1", counts), [])
    changed = counts.copy()
    changed[0, 0], changed[1, 1] = 12, 30
    second, _ = published(release("r2", changed), [first])
    assert second.shown is not None and first.shown is not None
    assert second.shown <= first.shown


def test_stocks_that_cannot_change_much_are_one_system() -> None:
    counts = np.array([[2, 9, 30], [12, 11, 25], [14, 13, 21]])
    first, _ = published(release("r1", counts, "d1 "), [])
    later = counts + np.array([[0, 0, 2], [0, 1, 0], [0, 0, 0]])
    new = release("r2", later, "d2 ")
    published(new, [first], [Stock(a.key, b.key, 20) for a, b in zip(first.cells, new.cells, strict=True)])


def test_a_link_to_a_cell_that_no_release_has_is_refused() -> None:
    with pytest.raises(TablesError, match="no release has"):
        join_releases(Release("r1", (Cell("a", 9),), ()), [], [Cumulative("a", "b")])


def test_the_ledger_grows_and_holds_no_count() -> None:
    places = [("plans", "2026-09", "residents"), ("late", "2026-09", "residents")]
    names = [identity(*place) for place in places]
    values = dict(zip(names, (40, 3), strict=True))
    first = ledger_rows("r1", places, values, {names[0]: "shown", names[1]: "suppressed"}, "1", KEY)
    ledger = appended((), first)
    assert shown_in(ledger, "r1") == {names[0]}
    assert len({row.value_hash for row in ledger}) == 2
    check_values(ledger, "r1", values, KEY)
    with pytest.raises(LedgerError, match="late"):
        check_values(ledger, "r1", {**values, names[1]: 4}, KEY)
    opened = ledger_rows("r2", places, values, {names[0]: "shown", names[1]: "shown"}, "1", KEY)
    with pytest.raises(LedgerError, match="suppressed for its period"):
        appended(ledger, opened)
    with pytest.raises(LedgerError, match="once"):
        appended(ledger, first)
    again = ledger_rows("r2", places, values, {names[0]: "shown", names[1]: "suppressed"}, "1", KEY)
    assert len(appended(ledger, again)) == 4
    assert {row.value_hash for row in again}.isdisjoint(row.value_hash for row in first)
