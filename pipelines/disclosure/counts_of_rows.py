"""The counts of shared.data_quality: rows of extracts are about children, so that small counts of them, and small changes
from one release to the next (three appeals more than last night), are protected like all others.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from pipelines.disclosure.observation_cells import Row, RowCounts
from pipelines.disclosure.safe_rows import SUPPRESSED, UNAVAILABLE, SafeRow
from pipelines.disclosure.system import SystemBuilder, key_of, whole_number

PARTS = ("accepted", "quarantined", "duplicate", "superseded")
PERIODS = ("month", "calendar_year")


def counts_of_line(line: Row) -> RowCounts:
    """The keys of one line's rows, and of the rows that they are a part of."""
    source = str(line["source"])
    if line["topic"] == "rows":
        return RowCounts(_received(source, str(line["item"])), _received(source, "received"))
    place = (source, line["item"])
    return RowCounts(key_of("rows failing", place), key_of("rows checked", place))


def add_data_quality(
    builder: SystemBuilder,
    lines: Sequence[Row],
    observation: Sequence[Row],
    observed: Sequence[RowCounts],
) -> list[RowCounts]:
    """Put every count of `lines` into the system, with all that ties them; the keys of each line, in the same order.

    lines: as shared.data_quality. observation, observed: rows of shared.observation and their keys, for EV4.
    """
    found = [counts_of_line(line) for line in lines]
    for line, keys in zip(lines, found, strict=True):
        for key, name in ((keys.numerator, "row_count"), (keys.denominator, "total")):
            builder.count(key, _count(line[name]))
        if line["topic"] == "rule":
            builder.complement(keys.denominator, keys.numerator, f"{keys.denominator} less {keys.numerator}")
    sources = sorted({str(line["source"]) for line in lines if line["topic"] == "rows"})
    for source in sources:
        parts = [key for part in PARTS if (key := _received(source, part)) in builder.cells]
        builder.add_up(_received(source, "received"), parts, f"rows of {source}")
    _tie_rules(builder, lines, found)
    _tie_to_measure(builder, sources, observation, observed)
    return found


def safe_data_quality(lines: Sequence[Row], counts: Sequence[RowCounts], hidden: Collection[str]) -> list[SafeRow]:
    """The lines as row_count, total and share_pct (one decimal), with `status`."""
    made: list[SafeRow] = []
    for line, keys in zip(lines, counts, strict=True):
        rows = None if keys.numerator in hidden else line["row_count"]
        total = None if keys.denominator in hidden else line["total"]
        share, status = None, SUPPRESSED
        if isinstance(rows, int | float) and isinstance(total, int | float):
            share, status = (round(100 * rows / total, 1), None) if total else (None, UNAVAILABLE)
        made.append({**line, "row_count": rows, "total": total, "share_pct": share, "status": status})
    return made


def _received(source: str, item: str) -> str:
    return key_of(f"rows {item}", (source,))


def _count(number: object) -> int:
    counted = whole_number(number)
    if counted is None:
        raise ValueError("data_quality: a line without a whole number of rows")
    return counted


def _tie_rules(builder: SystemBuilder, lines: Sequence[Row], found: Sequence[RowCounts]) -> None:
    """A row that fails a critical rule is quarantined, and most that are quarantined fail one. Rules that look at every row
    of a source look at equally many."""
    critical: dict[str, list[str]] = defaultdict(list)
    same: dict[tuple[object, object], str] = {}
    for line, keys in zip(lines, found, strict=True):
        if line["topic"] != "rule":
            continue
        first = same.setdefault((line["source"], line["total"]), keys.denominator)
        if first != keys.denominator:
            builder.add_up(first, [keys.denominator], keys.denominator)
        if line["severity"] == "critical":
            critical[str(line["source"])].append(keys.numerator)
    for source, failing in critical.items():
        quarantined = _received(source, "quarantined")
        if quarantined not in builder.cells:
            continue
        for key in failing:
            builder.at_most(key, quarantined)
        builder.at_most_together(quarantined, failing, f"critical failures of {source}")


def _tie_to_measure(
    builder: SystemBuilder, sources: Sequence[str], observation: Sequence[Row], observed: Sequence[RowCounts]
) -> None:
    """EV4 counts the rows of all files by the period in which they came: where no file was replaced or refused, these rows.
    What its periods leave out came since."""
    periods: Mapping[tuple[str, str], list[RowCounts]] = defaultdict(list)
    for row, keys in zip(observation, observed, strict=True):
        if row["measure_id"] == "EV4" and row["breakdown"] == "source" and keys.numerator and keys.denominator:
            periods[str(row["breakdown_value"]), str(row["period_type"])].append(keys)
    for source in sources:
        for kind in PERIODS:
            of_source = periods.get((source, kind), [])
            for item, keys in (
                ("quarantined", [one.numerator for one in of_source]),
                ("received", [one.denominator for one in of_source]),
            ):
                builder.add_up(_received(source, item), keys, f"{_received(source, item)} by {kind}")
