"""The counts of shared.cross_tabulation. Tables of the same subject share their margins, and some share counts with measures.

A cell is named by its subject, its day and the characteristics that are not All, whatever table it stands in. Pupils with
SEN support and pupils with SEN are one subject: the first are the second with provision K.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.disclosure.measure_rules import PERCENTAGE_BASE, TOTAL
from pipelines.disclosure.observation_cells import Row, RowCounts
from pipelines.disclosure.system import SystemBuilder, key_of, whole_number
from pipelines.shared_tables import PUPIL_WITH_SEN, SEN_SUPPORT

ALL = "All"
_LINE = ("subject", "row_breakdown", "column_breakdown", "area_code", "period_type", "period_start", "period_end")


def counts_of_cell(row: Row) -> RowCounts:
    """The keys of one row's counts; it says nothing of what they are worth."""
    subject = str(row["subject"])
    named = {
        str(row[breakdown]): str(row[value])
        for breakdown, value in (("row_breakdown", "row_value"), ("column_breakdown", "column_value"))
        if row[value] != ALL
    }
    if subject == SEN_SUPPORT:
        subject, named = PUPIL_WITH_SEN, named | {"sen_provision": "K"}
    characteristics = " ".join(f"{name}={value}" for name, value in sorted(named.items())) or ALL
    place = (row["area_code"], row["period_type"], row["period_start"], row["period_end"], characteristics)
    has_base = row["denominator"] is not None
    return RowCounts(key_of(f"{subject} number", place), key_of(f"{subject} base", place) if has_base else "")


def add_cross_tabulations(builder: SystemBuilder, rows: Sequence[Row]) -> list[RowCounts]:
    """Put every count of `rows` into the system with the sums of rows and columns; the keys of each row, in the same order."""
    found: list[RowCounts] = []
    lines: dict[tuple[object, ...], list[tuple[Row, RowCounts]]] = defaultdict(list)
    for row in rows:
        counts = counts_of_cell(row)
        _add_cell(builder, row, counts)
        found.append(counts)
        table = tuple(row[name] for name in _LINE)
        lines[(*table, "across", row["row_value"])].append((row, counts))
        lines[(*table, "down", row["column_value"])].append((row, counts))
    for line, cells in lines.items():
        _add_line(builder, cells, "column_value" if line[-2] == "across" else "row_value", f"{line}")
    return found


def _add_cell(builder: SystemBuilder, row: Row, counts: RowCounts) -> None:
    number, base = whole_number(row["numerator"]), whole_number(row["denominator"])
    if number is None:
        raise ValueError(f"{row['subject']}: a cell without a whole number")
    builder.count(counts.numerator, number)
    if counts.denominator and base is not None:
        builder.count(counts.denominator, base, builder.policy.base)
        builder.complement(counts.denominator, counts.numerator, f"{counts.denominator} less {counts.numerator}")
        if 0 < base < PERCENTAGE_BASE:
            builder.withheld.add(counts.numerator)


def _add_line(builder: SystemBuilder, cells: Sequence[tuple[Row, RowCounts]], along: str, name: str) -> None:
    """One row or column of a table adds up to its margin."""
    margin = [counts for row, counts in cells if row[along] == ALL]
    parts = [counts for row, counts in cells if row[along] != ALL]
    for total in margin:
        builder.add_up(total.numerator, [part.numerator for part in parts], f"{name} number")
        if total.denominator:
            builder.add_up(total.denominator, [part.denominator for part in parts], f"{name} base")


def tie_to_measures(
    builder: SystemBuilder,
    rows: Sequence[Row],
    found: Sequence[RowCounts],
    measures: Mapping[tuple[object, ...], RowCounts],
) -> None:
    """Tie what a measure counts too: suspensions by one characteristic, and pupils by provision on a census day.

    measures: (measure, period type, first day, last day, breakdown, value) → keys.
    """
    headcounts = _headcounts(measures)
    for row, counts in zip(rows, found, strict=True):
        for same in _twins(row, measures, headcounts):
            if builder.value(same) == builder.value(counts.numerator):
                builder.add_up(counts.numerator, [same], counts.numerator)
        for with_sen in _pupils_with_sen_around(row, headcounts):
            others = f"{with_sen} less {counts.numerator}"
            if others not in builder.cells:
                builder.complement(with_sen, counts.numerator, others)


@dataclass(frozen=True)
class _Headcount:
    """The denominator of a measure in one academic year."""

    start: date
    end: date
    key: str


# By measure, breakdown and its value.
_Headcounts = Mapping[tuple[object, object, object], Sequence[_Headcount]]


def _headcounts(measures: Mapping[tuple[object, ...], RowCounts]) -> _Headcounts:
    found: dict[tuple[object, object, object], list[_Headcount]] = defaultdict(list)
    for (measure, kind, start, end, breakdown, value), keys in measures.items():
        if kind == "academic_year" and keys.denominator and isinstance(start, date) and isinstance(end, date):
            found[measure, breakdown, value].append(_Headcount(start, end, keys.denominator))
    return found


def _on(day: object, headcounts: Sequence[_Headcount]) -> list[str]:
    return [count.key for count in headcounts if isinstance(day, date) and count.start <= day <= count.end]


def _characteristics(row: Row) -> list[tuple[object, object]]:
    return [
        (row[breakdown], row[value])
        for breakdown, value in (("row_breakdown", "row_value"), ("column_breakdown", "column_value"))
        if row[value] != ALL
    ]


def _pupils_with_sen_around(row: Row, headcounts: _Headcounts) -> list[str]:
    """Of pupils with SEN support by one characteristic: the headcounts of pupils with SEN. The others have a plan."""
    shown = _characteristics(row)
    if row["subject"] != SEN_SUPPORT or len(shown) > 1:
        return []
    breakdown, value = shown[0] if shown else (TOTAL, ALL)
    return _on(row["period_start"], headcounts.get(("EX5", breakdown, value), ()))


def _twins(row: Row, measures: Mapping[tuple[object, ...], RowCounts], headcounts: _Headcounts) -> list[str]:
    shown = _characteristics(row)
    if row["subject"] == SEN_SUPPORT:
        shown.append(("sen_provision", "K"))
    if len(shown) > 1:
        return []
    breakdown, value = shown[0] if shown else (TOTAL, ALL)
    if row["subject"] == "suspension":
        place = ("EX1", row["period_type"], row["period_start"], row["period_end"], breakdown, value)
        return [measures[place].numerator] if place in measures else []
    if row["subject"] in (SEN_SUPPORT, PUPIL_WITH_SEN):
        of = [headcounts.get((measure, breakdown, value), ()) for measure in ("EX1", "EX5")]
        return [key for counts_of_measure in of for key in _on(row["period_start"], counts_of_measure)]
    return []


def tie_themes_to_questions(
    builder: SystemBuilder,
    rows: Sequence[Row],
    found: Sequence[RowCounts],
    answers: Sequence[Row],
    answer_counts: Sequence[RowCounts],
) -> None:
    """A theme with one question has the answers of that question, of all waves of the same days together."""
    groups: dict[tuple[object, ...], list[RowCounts]] = defaultdict(list)
    for row, counts in zip(answers, answer_counts, strict=True):
        if row["breakdown"] in ("total", "sen_status"):
            groups[row["theme"], row["wave_start_date"], row["wave_end_date"], row["breakdown_value"]].append(counts)
    for row, counts in zip(rows, found, strict=True):
        if row["subject"] == "theme_answer" and row["row_value"] != ALL:
            parts = groups.get((row["row_value"], row["period_start"], row["period_end"], row["column_value"]), [])
            for own, keys in (
                (counts.numerator, [part.numerator for part in parts]),
                (counts.denominator, [part.denominator for part in parts]),
            ):
                if keys and builder.value(own) == sum(builder.value(key) for key in keys):
                    builder.add_up(own, keys, own)
