"""Figures of measures.assessed written by hand, and their rows of measures.bound."""

from collections.abc import Mapping
from datetime import date
from functools import cache

import pyarrow as pa

from pipelines.reference import load_register
from tests.assess.council import ASSESSED, Council

Period = tuple[str, date, date]
MAY: Period = ("month", date(2026, 5, 1), date(2026, 5, 31))
TERM: Period = ("term", date(2026, 4, 1), date(2026, 7, 31))
YEAR: Period = ("calendar_year", date(2026, 1, 1), date(2026, 12, 31))
SCHOOL_YEAR: Period = ("academic_year", date(2025, 8, 1), date(2026, 7, 31))
IN_USE = {"file_id": "f1", "source": "any", "supplier": "any", "status": "current"}


@cache
def register() -> Mapping[str, Mapping[str, object]]:
    """The entries of the register by measure."""
    return {str(entry["id"]): entry for entry in load_register()}


def value_of(measure: str, numerator: float, denominator: float) -> float:
    """The value in the unit of the register."""
    statistic = register()[measure]["statistic"]
    if statistic == "count":
        return numerator
    per = {"rate": float(str(register()[measure].get("multiplier") or 1)), "ratio": 1.0}.get(str(statistic), 100.0)
    return per * numerator / denominator


def figure(
    measure: str, numerator: float, denominator: float, period: Period, group: tuple[str, str] = ("total", "All")
) -> dict[str, object]:
    """A row of measures.assessed."""
    period_type, start, end = period
    return {
        "measure_id": measure,
        "period_type": period_type,
        "period_start": start,
        "period_end": end,
        "breakdown": group[0],
        "breakdown_value": group[1],
        "unit": str(register()[measure]["unit"]),
        "numerator": numerator,
        "denominator": denominator,
        "value": value_of(measure, numerator, denominator),
    }


def bounds(council: Council, *figures: dict[str, object]) -> list[dict[str, object]]:
    """The rows of measures.bound for some figures, in order of measure, period and group."""
    council.put("core.reconciliation", [IN_USE])
    council.give("measures.assessed", pa.Table.from_pylist([*figures], ASSESSED))
    return council.rows_of("bound", "core.area", "core.pupil", "core.child")


def limits_of(row: Mapping[str, object]) -> tuple[float, float | None]:
    """Lowest and highest value."""
    lowest, highest = row["lower_bound"], row["upper_bound"]
    assert isinstance(lowest, float) and isinstance(highest, float | None)
    return lowest, highest
