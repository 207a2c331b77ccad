"""Figures that stand as they were first published, because the step to the new ones would tell of a few children."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.disclosure.observation_cells import RowCounts
from pipelines.disclosure.safe_rows import SafeRow

HELD = "h"
# Table → its columns for numerator, denominator and what is worked out from both.
_NUMBERS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "observation": ("numerator", "denominator", ("value", "lower_95", "upper_95", "lower_998", "upper_998")),
    "lived_experience": ("positive_answers", "base", ("positive_pct", "lower_95", "upper_95")),
    "cross_tabulation": ("count", "base", ("share_pct",)),
    "theme": ("responses", "base", ("share_pct", "lower_95", "upper_95", "agreement")),
    "data_quality": ("row_count", "total", ("share_pct",)),
}
# What tells of a row, changes from day to day, and does not say which row it is.
_ASIDE = ("status", "source_status", "age_days")


def with_held(
    table: str, rows: Sequence[SafeRow], counts: Sequence[RowCounts], held: Mapping[str, int], newest: Path | None
) -> list[SafeRow]:
    """The rows of a table, with the counts in `held` (key → as shown before) printed as before and status `h`.

    What is worked out from two counts is printed as before if both are as before, else not at all. So is a median that leans
    on counts of other rows: as before, where one of them is held.
    newest: the folder of the newest release's Parquet tables.
    """
    if not held or newest is None:
        return list(rows)
    numerator, denominator, worked_out = _NUMBERS[table]
    numbers = (numerator, denominator, *worked_out)
    place = [name for name in rows[0] if name not in (*numbers, *_ASIDE)] if rows else []
    before = {tuple(row[name] for name in place): row for row in pq.read_table(newest / f"{table}.parquet").to_pylist()}
    made: list[SafeRow] = []
    for row, keys in zip(rows, counts, strict=True):
        last = before.get(tuple(row[name] for name in place), {})
        if any(key in held for key in keys.leans_on):
            shown_before = last.get(worked_out[0]) is not None
            made.append({**row, **{name: last[name] for name in worked_out}, "status": HELD} if shown_before else row)
        elif keys.numerator in held or keys.denominator in held:
            kept = dict(row)
            for key, column in ((keys.numerator, numerator), (keys.denominator, denominator)):
                if key in held:
                    kept[column] = held[key]
            same = all(last.get(column) == kept[column] for column in (numerator, denominator))
            made.append(kept | {name: last[name] if same else None for name in worked_out} | {"status": HELD})
        else:
            made.append(row)
    return made
