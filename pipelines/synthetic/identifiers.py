"""Valid identifiers that belong to nobody.

UPN: the local authority part is 839 and the establishment part lies between 9000 and 9999, which the numbering of
state schools leaves unused, so no school can have given the number to a pupil. The check letter is valid.
ULN: ten digits that start with 99 and end in a valid check digit.
"""

import numpy as np
import pyarrow as pa

from pipelines.synthetic.extract_columns import joined, only_where
from pipelines.synthetic.randomness import Ints

CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
LOCAL_AUTHORITY = 839
FIRST_ESTABLISHMENT = 9000
PUPILS_A_YEAR = 1_000_000


def digits_of(number: Ints, places: int) -> Ints:
    """Decimal digits, first to last, as a matrix of `places` columns."""
    powers = 10 ** np.arange(places - 1, -1, -1, dtype=np.int64)
    return (number[:, None] // powers) % 10


def upns(entry_year: Ints, position: Ints) -> pa.StringArray:
    """UPN of the pupil at `position` (0 to 999,999) among those given a number in `entry_year`."""
    establishment = FIRST_ESTABLISHMENT + position // 1000
    number = ((LOCAL_AUTHORITY * 10_000 + establishment) * 100 + entry_year % 100) * 1000 + position % 1000
    remainder = (digits_of(number, 12) * np.arange(2, 14)).sum(axis=1) % 23
    letters = pa.array(list(CHECK_LETTERS)).take(pa.array(remainder))
    return joined(letters, pa.array(number).cast(pa.string()))


def ulns(position: Ints) -> pa.StringArray:
    """ULN for each position (0 to 9,999,999), or empty where the check sum allows no digit."""
    stem = 990_000_000 + position
    check = 10 - (digits_of(stem, 9) * np.arange(10, 1, -1)).sum(axis=1) % 11
    text = pa.array(stem * 10 + check % 10).cast(pa.string())
    return only_where(text, check < 10)
