"""Arrays of text, as a supplier's file holds them: dates dd/mm/yyyy, 1 and 0, codes, empty for missing."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.synthetic.randomness import Flags, Ints

MISSING_DAY = 0
EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1 January 1970."""
    return (day - EPOCH).days


def year_end(as_at: date) -> int:
    """Number of the last day of the calendar year.

    All that is random is drawn up to this day and then cut at the day of the export, so that the exports of a year tell
    one past.
    """
    return day_number(date(as_at.year, 12, 31))


@cache
def _date_texts() -> pa.StringArray:
    last = day_number(date(2045, 12, 31))
    return pa.array([""] + [(EPOCH + timedelta(days=n)).strftime("%d/%m/%Y") for n in range(1, last + 1)])


def dates(days: Ints) -> pa.StringArray:
    """dd/mm/yyyy, empty where the day is `MISSING_DAY`."""
    return _date_texts().take(pa.array(days))


def codes(names: Sequence[str], index: Ints, present: Flags | None = None) -> pa.StringArray:
    """The code at each index, empty where not present."""
    where = index if present is None else np.where(present, index, len(names))
    return pa.array([*names, ""]).take(pa.array(where))


def flags(values: Flags, present: Flags | None = None) -> pa.StringArray:
    """1 and 0, empty where not present."""
    return codes(("0", "1"), values.astype(np.int64), present)


def numbers(values: Ints, present: Flags | None = None) -> pa.StringArray:
    """Whole numbers, empty where not present."""
    text = pa.array(values).cast(pa.string())
    return text if present is None else only_where(text, present)


def numbered(prefix: str, values: Ints, width: int) -> pa.StringArray:
    """`prefix` and a number padded with zeros to `width` digits."""
    digits = pa.array(values).cast(pa.string())
    padded = pc.call_function("utf8_lpad", [digits], pc.PadOptions(width, "0"))
    return joined(pa.scalar(prefix), padded)


def only_where(text: pa.StringArray, present: Flags) -> pa.StringArray:
    """The text, empty where not present."""
    return pc.call_function("if_else", [pa.array(present), text, pa.scalar("")])


def joined(first: pa.StringArray | pa.StringScalar, second: pa.StringArray) -> pa.StringArray:
    """Both texts, one after the other."""
    return pc.call_function("binary_join_element_wise", [first, second, pa.scalar("")])
