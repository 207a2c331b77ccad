"""Bounds against the measures' own SQL: when what was spoilt is mended, each figure is one that its bounds allowed."""

from collections.abc import Mapping, Sequence
from random import Random

import pyarrow as pa

from tests.assess.bound_cells import IN_USE, limits_of, register
from tests.assess.council import ASSESSED, Council, Row
from tests.assess.mended import EXTRACTS, spoilt

CORE = ("core.area", "core.pupil", "core.child")
EVENTS = tuple(f"measures.{name}_event" for name in ("workforce", "voice", "health", "plan_quality", "ehcp"))
OBSERVED = tuple(f"measures.{name}_observation" for name in ("event", "attendance", "ehcp"))
MADE = (*CORE, "core.plan", "core.request", *EVENTS, *OBSERVED)
MEASURES = {
    *("EH1", "EH3", "EH4", "EH6", "EH11", "EH12", "EH12_RESOLVED", "GR4", "JC3", "JC3_SEEN", "WF5", "WF6"),
    *("EX6", "EX6_OVERALL", "EX6_SEVERE", "EX7", "EX7_OUT", "EX9", "CU4", "CU5", "CU6", "CO2", "CO3", "EV5", "EV6"),
}
KEY = ("measure_id", "period_type", "period_start")
TOTALS = f"""
from (from {" union all by name from ".join(OBSERVED)})
where breakdown = 'total' and value is not null
"""


def key_of(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in KEY)


def totals(council: Council, extracts: Mapping[str, Sequence[Row]]) -> list[dict[str, object]]:
    """The figures of all children together that the models make of extracts."""
    for source, rows in extracts.items():
        council.put(f"staging.{source}", rows)
    council.rows_of("bound", *MADE)
    rows = council.connection.execute(TOTALS).to_arrow_table().to_pylist()
    return [row | {"unit": register()[str(row["measure_id"])]["unit"]} for row in rows if row["measure_id"] in MEASURES]


def test_a_figure_that_is_made_again_when_rows_are_mended_lies_within_the_bounds_that_it_had(council: Council) -> None:
    draw = Random(1)
    extracts = {source: spoilt(extract, draw) for source, extract in EXTRACTS.items()}
    council.put("core.reconciliation", [IN_USE])
    figures = totals(council, {source: rows.used for source, rows in extracts.items()})
    assert {str(row["measure_id"]) for row in figures} == MEASURES
    for source, rows in extracts.items():
        council.put(f"quarantine.{source}", rows.quarantined)
    council.give("measures.assessed", pa.Table.from_pylist(figures, ASSESSED))
    found = {key_of(row): limits_of(row) for row in council.rows_of("bound", *CORE)}
    assert set(found) == {key_of(row) for row in figures}
    mended = totals(council, {source: rows.mended for source, rows in extracts.items()})
    moved = [row for row in mended if key_of(row) in found]
    assert not [key_of(row) for row in moved if not holds(found[key_of(row)], row["value"])]
    assert len(moved) > 100


def holds(limits: tuple[float, float | None], value: object) -> bool:
    """Whether bounds hold a value; there may be no highest one."""
    lowest, highest = limits
    assert isinstance(value, float)
    return lowest - 1e-9 <= value and (highest is None or value <= highest + 1e-9)
