"""Named faults put into chosen rows of a table, never two in one row, and the count of each kind."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.synthetic.extract_columns import EPOCH, year_end
from pipelines.synthetic.identifiers import CHECK_LETTERS
from pipelines.synthetic.randomness import Flags, Floats, Ints

WRONG_CHECK_LETTER = "wrong_check_letter"
MISSING_UPN = "missing_upn"
IMPOSSIBLE_DATE = "impossible_date"
TEXT_IN_NUMBER = "text_in_number"
UNKNOWN_CODE = "unknown_code"
DUPLICATE_KEY = "duplicate_key_conflicting"
DUPLICATE_ROW = "duplicate_row_identical"
PLAN_BEFORE_REQUEST = "plan_before_request"
FUTURE_DATE = "future_date"


@dataclass(frozen=True)
class Expected:
    """Rules that must find a fault, and whether the row is then kept out. No rule: the copy counts as duplicate."""

    rules: tuple[str, ...]
    quarantined: bool = True


@dataclass(frozen=True)
class FaultyColumn:
    """Column that takes a fault; only rows with these texts elsewhere, so that no second critical rule finds them."""

    column: str
    expected: Expected
    only_where: tuple[tuple[str, str], ...] = ()


ANY_TEXT = "*"
IDENTICAL = Expected((), quarantined=False)


def _columns(prefix: str, found: dict[str, tuple[str, str] | FaultyColumn]) -> dict[str, FaultyColumn]:
    """Short form: fault -> (column, numbers of the rules)."""
    columns = {
        kind: entry
        if isinstance(entry, FaultyColumn)
        else FaultyColumn(entry[0], Expected(tuple(f"{prefix}_{number}" for number in entry[1].split())))
        for kind, entry in found.items()
    }
    return {**columns, DUPLICATE_ROW: FaultyColumn("", IDENTICAL)}


COLUMNS = {
    "ehcp_timeliness": _columns(
        "EHC",
        {
            WRONG_CHECK_LETTER: ("upn", "004"),
            # A valid ULN is enough to identify a young person without a UPN.
            MISSING_UPN: FaultyColumn("upn", Expected(("EHC_003",)), (("uln", ""),)),
            IMPOSSIBLE_DATE: ("received_date", "019 020"),
            TEXT_IN_NUMBER: FaultyColumn("apdr_cycles_evidenced", Expected(("EHC_077",), quarantined=False)),
            UNKNOWN_CODE: FaultyColumn("request_outcome", Expected(("EHC_024",)), (("request_outcome", "N"),)),
            DUPLICATE_KEY: ("sex", "002"),
            PLAN_BEFORE_REQUEST: FaultyColumn(
                "plan_issued_date",
                Expected(("EHC_039", "EHC_040")),
                (("plan_issued_date", ANY_TEXT), ("request_outcome", "Y")),
            ),
            FUTURE_DATE: FaultyColumn("received_date", Expected(("EHC_021",)), (("request_outcome", "A"),)),
        },
    ),
    "exclusions": _columns(
        "EXC",
        {
            WRONG_CHECK_LETTER: ("upn", "002"),
            MISSING_UPN: ("upn", "001"),
            IMPOSSIBLE_DATE: ("start_date", "015 016"),
            TEXT_IN_NUMBER: FaultyColumn("sessions", Expected(("EXC_024", "EXC_025")), (("sessions", ANY_TEXT),)),
            UNKNOWN_CODE: ("category", "022"),
            DUPLICATE_KEY: ("sex", "044"),
            FUTURE_DATE: ("start_date", "017"),
        },
    ),
    "graduated_response": _columns(
        "GRR",
        {
            WRONG_CHECK_LETTER: ("upn", "002"),
            MISSING_UPN: ("upn", "001"),
            IMPOSSIBLE_DATE: ("record_date", "007 008"),
            TEXT_IN_NUMBER: ("cycle_number", "011 012"),
            UNKNOWN_CODE: FaultyColumn("stage", Expected(("GRR_017",)), (("review_date", ""),)),
            DUPLICATE_KEY: ("parent_involved", "039"),
            FUTURE_DATE: FaultyColumn("record_date", Expected(("GRR_009",)), (("review_date", ""),)),
        },
    ),
    "family_survey": _columns(
        "SUR",
        {
            IMPOSSIBLE_DATE: ("completed_date", "008 009"),
            UNKNOWN_CODE: ("respondent_role", "006"),
            DUPLICATE_KEY: ("q_waiting", "002"),
            FUTURE_DATE: ("completed_date", "010"),
        },
    ),
    "pupil_roll": _columns(
        "ROL",
        {
            WRONG_CHECK_LETTER: ("upn", "002"),
            MISSING_UPN: ("upn", "001"),
            IMPOSSIBLE_DATE: ("census_date", "005 006"),
            UNKNOWN_CODE: ("sen_provision", "023"),
            DUPLICATE_KEY: ("sex", "029"),
            FUTURE_DATE: ("census_date", "007"),
        },
    ),
}
FLIP = {"M": "F", "F": "M", "0": "1", "1": "0"}
IMPOSSIBLE_DAY = "31/02/2025"


def add_faults(
    rng: np.random.Generator, source: str, table: pa.Table, rate: float, as_at: date
) -> tuple[pa.Table, dict[str, int]]:
    """The table with faults in about `rate` of its rows, and how many rows have each fault.

    A pair with a duplicate key counts as two rows, since neither can be trusted; an identical copy counts as one. The numbers
    drawn for a row depend on its place alone, so that a row keeps its fault when others follow it.
    """
    kinds = COLUMNS[source]
    drawn = rng.random((table.num_rows, len(kinds)))
    free = np.ones(table.num_rows, dtype=np.bool_)
    counts: dict[str, int] = {}
    copies: list[pa.Table] = []
    for place, (kind, faulty) in enumerate(kinds.items()):
        rows = _chosen(drawn[:, place], _eligible(table, faulty), free, rate / len(kinds))
        free[rows] = False
        if not len(rows):
            continue
        counts[kind] = 2 * len(rows) if kind == DUPLICATE_KEY else len(rows)
        if kind == DUPLICATE_ROW:
            copies.append(table.take(pa.array(rows)))
        elif kind == DUPLICATE_KEY:
            same = table.take(pa.array(rows))
            copies.append(_changed(same, faulty.column, np.arange(len(rows)), lambda text: FLIP.get(text, "1")))
        elif kind == PLAN_BEFORE_REQUEST:
            received = table["received_date"].take(pa.array(rows)).to_pylist()
            table = _put(table, faulty.column, rows, [_days_before(text, 30) for text in received])
        else:
            table = _changed(table, faulty.column, rows, _changes(source, as_at)[kind])
    return pa.concat_tables([table, *copies]), counts


def all_bad(source: str, table: pa.Table) -> pa.Table:
    """The same rows with 31/02/2025 in the main date of each."""
    column = COLUMNS[source][IMPOSSIBLE_DATE].column
    return _changed(table, column, np.arange(table.num_rows), lambda _: IMPOSSIBLE_DAY)


def future_day(source: str, as_at: date) -> date:
    """A weekday after every export of the year; for the roll the Thursday of the next year's January census."""
    day = EPOCH + timedelta(days=year_end(as_at) + (15 if source == "pupil_roll" else 60))
    wanted = (3,) if source == "pupil_roll" else range(5)
    while day.weekday() not in wanted:
        day += timedelta(days=1)
    return day


def _changes(source: str, as_at: date) -> dict[str, Callable[[str], str]]:
    future = future_day(source, as_at).strftime("%d/%m/%Y")
    return {
        WRONG_CHECK_LETTER: _next_letter,
        MISSING_UPN: lambda _: "",
        IMPOSSIBLE_DATE: lambda _: IMPOSSIBLE_DAY,
        TEXT_IN_NUMBER: lambda _: "two",
        UNKNOWN_CODE: lambda _: "QQ",
        FUTURE_DATE: lambda _: future,
    }


def _eligible(table: pa.Table, faulty: FaultyColumn) -> Flags:
    allowed = np.ones(table.num_rows, dtype=np.bool_)
    for name, text in faulty.only_where:
        function, compared = ("not_equal", "") if text == ANY_TEXT else ("equal", text)
        allowed &= pc.call_function(function, [table[name], pa.scalar(compared)]).to_numpy()
    return allowed


def _chosen(drawn: Floats, eligible: Flags, free: Flags, share: float) -> Ints:
    """Free eligible rows with the lowest numbers: about `share` of all rows, at least one."""
    usable = np.flatnonzero(eligible & free)
    if not len(usable):
        return usable
    chosen = usable[drawn[usable] * eligible.sum() < share * len(drawn)]
    return chosen if len(chosen) else usable[[drawn[usable].argmin()]]


def _next_letter(upn: str) -> str:
    return CHECK_LETTERS[(CHECK_LETTERS.index(upn[0]) + 1) % len(CHECK_LETTERS)] + upn[1:]


def _days_before(text: str, days: int) -> str:
    return (datetime.strptime(text, "%d/%m/%Y") - timedelta(days=days)).strftime("%d/%m/%Y")


def _changed(table: pa.Table, column: str, rows: Ints, change: Callable[[str], str]) -> pa.Table:
    return _put(table, column, rows, [change(text) for text in table[column].take(pa.array(rows)).to_pylist()])


def _put(table: pa.Table, column: str, rows: Ints, values: list[str]) -> pa.Table:
    mask = np.zeros(table.num_rows, dtype=np.bool_)
    mask[rows] = True
    text = table[column].combine_chunks()
    spoiled = pc.call_function("replace_with_mask", [text, pa.array(mask), pa.array(values, type=text.type)])
    return table.set_column(table.column_names.index(column), column, spoiled)
