"""The published figures of `comparison`, with what they were counted from where that is published too."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

import pyarrow as pa

from pipelines.methods.intervals import poisson_rate, wilson

Kind = Literal["proportion", "rate", "none"]
_PER = re.compile(r"per ([0-9,]+) ")
_ROUNDING = 0.06
"""Published percentages have one decimal, some two: a value that its own counts miss by more is not made from them."""


@dataclass(frozen=True)
class PublishedFigure:
    """One row of `comparison`."""

    measure_id: str
    title: str
    breakdown: str
    breakdown_value: str
    period_type: str
    period_label: str
    area_code: str
    area_name: str
    area_role: str
    numerator: float | None
    denominator: float | None
    value: float | None
    unit: str
    status: str | None

    @property
    def series(self) -> tuple[str, str, str, str]:
        """What is the same along its history."""
        return self.measure_id, self.breakdown, self.breakdown_value, self.period_type

    @property
    def multiplier(self) -> float:
        """100 for a percentage, what a rate is per, else 1."""
        per = _PER.match(self.unit)
        return 100.0 if self.unit == "%" else float(per.group(1).replace(",", "")) if per else 1.0

    @property
    def counts(self) -> tuple[float, float] | None:
        """Numerator and denominator, if the value is made from them."""
        x, n, value = self.numerator, self.denominator, self.value
        if x is None or n is None or value is None or x < 0 or n <= 0 or self.kind == "none":
            return None
        if self.kind == "proportion" and x > n:
            return None
        return (x, n) if abs(self.multiplier * x / n - value) <= _ROUNDING else None

    @property
    def kind(self) -> Kind:
        """How its interval is made."""
        if self.unit == "%":
            return "proportion"
        return "rate" if _PER.match(self.unit) else "none"

    @property
    def first_day(self) -> date | None:
        """First day of a year (2024, or 2023/24 from August on); None for a term or where the label is no year."""
        year = re.fullmatch(r"([0-9]{4})(/[0-9]{2})?", self.period_label)
        if year is None:
            return None
        month = 8 if self.period_type == "academic_year" else 4 if self.period_type == "financial_year" else 1
        return date(int(year.group(1)), month, 1)

    def limits(self, confidence: float = 0.95) -> tuple[float, float] | None:
        """Wilson limits of a percentage, Byar or exact limits of a rate, in the unit of the value."""
        if self.counts is None:
            return None
        x, n = self.counts
        found = wilson([x], [n], confidence) if self.kind == "proportion" else poisson_rate([x], [n], confidence)
        return float(found.lower[0]) * self.multiplier, float(found.upper[0]) * self.multiplier


def published_figures(comparison: pa.Table) -> tuple[PublishedFigure, ...]:
    """The rows of `comparison`, in a fixed order; of a figure that is there twice the first that has counts."""
    names = [field.name for field in fields(PublishedFigure)]
    found: dict[tuple[str, ...], PublishedFigure] = {}
    rows = [PublishedFigure(**row) for row in comparison.select(names).to_pylist()]
    for row in sorted(rows, key=_order):
        found.setdefault((*row.series, row.period_label, row.area_code), row)
    return tuple(found[key] for key in sorted(found))


def of_role(rows: Sequence[PublishedFigure], role: str) -> Mapping[tuple[str, ...], PublishedFigure]:
    """The figures with a value of the area in a role (own, england, region), by series and period."""
    return {(*row.series, row.period_label): row for row in rows if row.area_role == role and row.value is not None}


def _order(row: PublishedFigure) -> tuple[str, ...]:
    counted = "0" if row.counts else "1"
    return (*row.series, row.period_label, row.area_code, counted, str(row.value), str(row.numerator))
