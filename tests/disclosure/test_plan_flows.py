"""How many plans ended is printed nowhere and follows from what is."""

from calendar import monthrange
from datetime import date

import pytest

from pipelines.disclosure.linked.control import make_safe
from pipelines.disclosure.linked.model import link_tables
from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.observation_cells import RowCounts
from pipelines.disclosure.plan_flows import tie_plans_in_force
from pipelines.disclosure.system import SystemBuilder


def hidden(in_force: list[int], issued: list[int], past: dict[str, int] | None = None) -> set[str]:
    """What must be hidden of the months from October 2024 on; `issued` begins with the same month."""
    builder = SystemBuilder(Policy())
    places: dict[tuple[object, ...], RowCounts] = {}
    for measure, counts in (("CU4", in_force), ("EH1", issued)):
        for number, count in enumerate(counts):
            year, month = 2024 + (9 + number) // 12, (9 + number) % 12 + 1
            period = (date(year, month, 1), date(year, month, monthrange(year, month)[1]))
            key = builder.count(f"{measure} {period[0]}", count)
            places[measure, "month", *period, "total", "All"] = RowCounts(denominator=key)
    tie_plans_in_force(builder, places, past or {})
    tables = link_tables(builder.cells.values(), builder.sums)
    return set(tables.named(make_safe(tables, builder.policy).hidden)) & set(keys_of(places))


def keys_of(places: dict[tuple[object, ...], RowCounts]) -> list[str]:
    return [key for counts in places.values() for key in counts.keys]


@pytest.mark.parametrize(("ended", "is_small"), [(0, False), (3, True), (5, False)])
def test_a_few_plans_that_ended_in_a_month_cannot_be_had_by_subtraction(ended: int, is_small: bool) -> None:
    assert bool(hidden([1355, 1355 + 21 - ended], [30, 21])) is is_small


@pytest.mark.parametrize(("ended", "is_small"), [(4, True), (20, False)])
def test_a_few_plans_that_did_not_last_a_year_cannot_be_had_from_the_day_s_older_plans(
    ended: int, is_small: bool
) -> None:
    issued = [20] * 12
    day = {"EH9 denominator E06000058 as_at 2025-09-30 2025-09-30 total All": 1500 - 240 + ended}
    in_force = [1380 + 10 * month for month in range(11)] + [1500]
    assert bool(hidden(in_force, issued, day)) is is_small
    assert not hidden(in_force, issued, {key.replace("09-30", "09-29"): count for key, count in day.items()})
