"""Figures that stand as they were first published, because the step to the new ones would tell of a few children."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.disclosure.observation_cells import RowCounts
from pipelines.disclosure.safe_rows import SUPPRESSED, SafeRow

HELD = "h"


@dataclass(frozen=True)
class _Table:
    """Columns of numerator, denominator and what is worked out from both; `group`: those that say what is held together."""

    numerator: str
    denominator: str
    worked_out: tuple[str, ...]
    group: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """All columns that may be held."""
        return (self.numerator, self.denominator, *self.worked_out)


_LIMITS = ("lower_95", "upper_95")
_TABLES: Mapping[str, _Table] = {
    "observation": _Table("numerator", "denominator", ("value", *_LIMITS, "lower_998", "upper_998"), ("measure_id",)),
    "lived_experience": _Table("positive_answers", "base", ("positive_pct", *_LIMITS), ("question_id",)),
    "cross_tabulation": _Table("count", "base", ("share_pct",), ("table_id",)),
    "theme": _Table("responses", "base", ("share_pct", *_LIMITS, "agreement")),
    "data_quality": _Table("row_count", "total", ("share_pct",)),
}
# What tells of a row, changes from day to day, and does not say which row it is.
_ASIDE = ("status", "source_status", "age_days")


def with_held(
    table: str, rows: Sequence[SafeRow], counts: Sequence[RowCounts], held: Mapping[str, int], newest: Path | None
) -> list[SafeRow]:
    """The rows of a table, with the counts in `held` (key → as shown before) printed as before.

    What is worked out from two counts is printed as before if both are as before, else not at all. So is a median that leans
    on counts of other rows: as before, where one of them is held.

    The status `h` is that of every row of a measure (a question, a table) that stands as it did, once one of them is held: on
    the held ones alone it would say of each that its count has moved, by few. What was suppressed or of a low base says that.
    newest: the folder of the newest release's Parquet tables.
    """
    if not held or newest is None or not rows:
        return list(rows)
    columns = _TABLES[table]
    place = [name for name in rows[0] if name not in (*columns.numbers, *_ASIDE)]
    before = {tuple(row[name] for name in place): row for row in pq.read_table(newest / f"{table}.parquet").to_pylist()}
    made: list[SafeRow] = []
    moved: set[tuple[object, ...]] = set()
    for row, keys in zip(rows, counts, strict=True):
        last = before.get(tuple(row[name] for name in place), {})
        stands = _as_before(row, last, keys, held, columns)
        if stands is not row:
            moved.add(tuple(row[name] for name in columns.group))
        made.append(stands)
    for row in made:
        last = before.get(tuple(row[name] for name in place))
        if last is None or tuple(row[name] for name in columns.group) not in moved or row["status"] is not None:
            continue
        if all(row[name] == last[name] for name in columns.numbers):
            row["status"] = HELD
    return made


def _as_before(
    row: SafeRow, last: Mapping[str, object], keys: RowCounts, held: Mapping[str, int], columns: _Table
) -> SafeRow:
    """The row itself if nothing of it is held."""
    status = None if last.get("status") == HELD else last.get("status")
    if any(key in held for key in keys.leans_on):
        worked_out = columns.worked_out
        if last.get(worked_out[0]) is None:
            return row
        return {**row, **{name: last[name] for name in worked_out}, "status": status}
    if keys.numerator not in held and keys.denominator not in held:
        return row
    kept = dict(row)
    for key, column in ((keys.numerator, columns.numerator), (keys.denominator, columns.denominator)):
        if key in held:
            kept[column] = held[key]
    same = all(last.get(column) == kept[column] for column in (columns.numerator, columns.denominator))
    if not same:
        return kept | dict.fromkeys(columns.worked_out) | {"status": SUPPRESSED}
    return kept | {name: last[name] for name in columns.worked_out} | {"status": status}
