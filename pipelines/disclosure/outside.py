"""Counts that readers have from published statistics: hiding ours would protect nothing, and they help to narrow others."""

from collections.abc import Mapping, Sequence

from pipelines.disclosure.measure_rules import TOTAL
from pipelines.disclosure.observation_cells import Row, RowCounts
from pipelines.disclosure.system import SystemBuilder, whole_number

_ALL_OF_PUBLISHED = "total"


def know_outside(
    builder: SystemBuilder,
    observation: Sequence[Row],
    counts: Sequence[RowCounts],
    comparison: Sequence[Row],
    printed: Mapping[str, int],
) -> None:
    """Mark every count of `observation` that `comparison` prints for the same area, year and group.

    Where the two differ, ours counts other children, and nobody knows it from the published one. Nor does anybody where we
    printed another number before: until we print the published one too, readers have that. printed: key → newest number.
    """
    published = {_place(row): row for row in comparison}
    for row, keys in zip(observation, counts, strict=True):
        twin = published.get(_place_of_ours(row))
        if twin is None:
            continue
        for key, name in ((keys.numerator, "numerator"), (keys.denominator, "denominator")):
            if not key or whole_number(twin[name]) != builder.value(key):
                continue
            if printed.get(key, builder.value(key)) == builder.value(key):
                builder.known_outside(key)


def _place(row: Row) -> tuple[object, ...]:
    group = "All" if row["breakdown_value"] == _ALL_OF_PUBLISHED else row["breakdown_value"]
    return (row["measure_id"], row["area_code"], row["period_type"], row["period_label"], row["breakdown"], group)


def _place_of_ours(row: Row) -> tuple[object, ...]:
    year = int(str(row["period_start"])[:4])
    label = f"{year}/{(year + 1) % 100:02}" if row["period_type"] == "academic_year" else str(year)
    place = (row["breakdown"], "All" if row["breakdown"] == TOTAL else row["breakdown_value"])
    return (row["measure_id"], row["area_code"], row["period_type"], label, *place)
