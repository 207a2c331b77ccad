"""The protected figures as partners see them, and the headline series of each measure. Everything derived starts here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

import pyarrow as pa

from pipelines.phases import RecordedPhase
from pipelines.register import Measure

TOTAL = "total"
CHARTED = ("month", "term", "wave")
_YEARS_AND_DAYS = ("calendar_year", "academic_year", "as_at")
# Which kind of period is the headline of a measure: the first that has a figure.
_PREFERRED: Mapping[str, Sequence[str]] = {
    "monthly": ("month", "term", "wave", *_YEARS_AND_DAYS),
    "termly": ("term", "wave", "month", *_YEARS_AND_DAYS),
    "annual": ("calendar_year", "academic_year", *CHARTED, "as_at"),
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_TERM_OF_MONTH = {8: 0, 1: 1, 4: 2}
_TERMS = ("Autumn", "Spring", "Summer")

SeriesKey = tuple[str, str]
"""Measure and area."""


@dataclass(frozen=True)
class Figure:
    """One row of the protected `observation`: what is hidden is None."""

    measure_id: str
    period_type: str
    period_start: date
    period_end: date
    area_code: str
    breakdown: str
    breakdown_value: str
    numerator: float | None
    denominator: float | None
    value: float | None
    lower_95: float | None
    upper_95: float | None
    lower_998: float | None
    upper_998: float | None
    unit: str
    status: str | None

    @property
    def period_label(self) -> str:
        """The period in words: January 2024, Autumn term 2023/24, 2024, 2023/24, November 2024 (a wave) or a day."""
        return period_label(self.period_type, self.period_start)


def figures(observation: pa.Table) -> tuple[Figure, ...]:
    """The rows of a protected observation table, in a fixed order."""
    names = [field.name for field in fields(Figure)]
    rows = [Figure(**row) for row in observation.select(names).to_pylist()]
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                *(row.measure_id, row.area_code, row.breakdown, row.breakdown_value or ""),
                *(row.period_type, row.period_start, row.period_end),
            ),
        )
    )


def headline_series(rows: Iterable[Figure], register: Mapping[str, Measure]) -> dict[SeriesKey, tuple[Figure, ...]]:
    """The totals of each measure of the register and area, oldest first, for its headline kind of period only.

    The kind is the first in the order of the measure's frequency that has a figure; if all are hidden, the first there is.
    """
    by_kind: dict[SeriesKey, dict[str, list[Figure]]] = {}
    for row in rows:
        if row.breakdown == TOTAL and row.measure_id in register:
            kinds = by_kind.setdefault((row.measure_id, row.area_code), {})
            kinds.setdefault(row.period_type, []).append(row)
    series: dict[SeriesKey, tuple[Figure, ...]] = {}
    for key, kinds in by_kind.items():
        known = [kind for kind in _PREFERRED[register[key[0]].frequency] if kind in kinds]
        shown = [kind for kind in known if any(row.value is not None for row in kinds[kind])]
        for kind in (shown or known)[:1]:
            series[key] = tuple(sorted(kinds[kind], key=lambda row: row.period_start))
    return series


def positions(series: Sequence[Figure]) -> list[int]:
    """Place of each figure on the axis of time, the first at 0: a month or term that is not there leaves a gap.

    Waves are no equal steps: each is one after the other.
    """
    kinds = {row.period_type for row in series}
    if kinds == {"month"}:
        steps = [row.period_start.year * 12 + row.period_start.month for row in series]
    elif kinds == {"term"} and all(row.period_start.month in _TERM_OF_MONTH for row in series):
        steps = [
            _school_year(row.period_start) * len(_TERMS) + _TERM_OF_MONTH[row.period_start.month] for row in series
        ]
    else:
        steps = list(range(len(series)))
    return [step - steps[0] for step in steps]


def is_one_series(series: Sequence[Figure], measure: Measure) -> bool:
    """Whether points may be joined by a line: waves not, if the register says that they differ in who or what was asked."""
    return series[0].period_type != "wave" or measure.break_in_series is None


def by_measure(phases: Iterable[RecordedPhase]) -> dict[str, tuple[RecordedPhase, ...]]:
    """The recorded phases of each measure, by start."""
    found: dict[str, list[RecordedPhase]] = {}
    for phase in sorted(phases, key=lambda phase: phase.start):
        found.setdefault(phase.measure_id, []).append(phase)
    return {measure_id: tuple(own) for measure_id, own in found.items()}


def period_label(period_type: str, start: date) -> str:
    """A period in words."""
    if period_type == "calendar_year":
        return str(start.year)
    if period_type == "academic_year":
        return _school_year_label(start)
    if period_type == "term" and start.month in _TERM_OF_MONTH:
        return f"{_TERMS[_TERM_OF_MONTH[start.month]]} term {_school_year_label(start)}"
    if period_type == "as_at":
        return start.isoformat()
    return f"{_MONTHS[start.month - 1]} {start.year}"


def _school_year(day: date) -> int:
    return day.year if day.month >= 8 else day.year - 1


def _school_year_label(day: date) -> str:
    first = _school_year(day)
    return f"{first}/{(first + 1) % 100:02d}"
