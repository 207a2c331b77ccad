"""Hand-made protected tables: a few months of one measure, and entries of the register with a target."""

from collections.abc import Sequence
from datetime import date, timedelta

import pyarrow as pa

from pipelines.publish.derived.figures import Figure
from pipelines.publish.derived.published import PublishedFigure
from pipelines.publish.formats import empty_of
from pipelines.publish.shared_contract import load_shared_contract
from pipelines.reference import load_register
from pipelines.register import Baseline, Measure, Target, check_register

AREA, ENGLAND, REGION = "E06000058", "E92000001", "E12000009"
REGISTER = {measure.id: measure for measure in check_register(load_register())}


def month(year: int, number: int) -> tuple[date, date]:
    """First and last day of a month."""
    after = date(year + number // 12, number % 12 + 1, 1)
    return date(year, number, 1), after - timedelta(days=1)


def figure(
    measure_id: str,
    start: date,
    end: date,
    value: float | None,
    counts: tuple[float | None, float | None] = (None, None),
    limits: tuple[float | None, float | None] = (None, None),
    period_type: str = "month",
    breakdown: tuple[str, str] = ("total", "All"),
    status: str | None = None,
) -> Figure:
    """One protected figure, in percent."""
    return Figure(
        measure_id, period_type, start, end, AREA, *breakdown, *counts, value, *limits, *limits, "%", status
    )  # fmt: skip


def monthly(measure_id: str, year: int, values: Sequence[float | None], first: int = 1) -> tuple[Figure, ...]:
    """Figures of months that follow each other within a year."""
    return tuple(figure(measure_id, *month(year, first + at), value) for at, value in enumerate(values))


def with_target(
    measure_id: str, baseline: tuple[float | None, str | None], target: float | None, by: date | None
) -> Measure:
    """An entry of the register, with another baseline and target."""
    note = "to be set by the board" if target is None else None
    return REGISTER[measure_id].model_copy(
        update={
            "baseline": Baseline(value=baseline[0], period=baseline[1], source="hand made"),
            "target": Target(value=target, by=by, note=note),
        }
    )


def observation(rows: Sequence[Figure]) -> pa.Table:
    """Figures as the protected table."""
    return pa.Table.from_pylist(
        [vars(row) for row in rows], empty_of(load_shared_contract().table("observation")).schema
    )


def published(
    role: str,
    area_code: str,
    value: float | None,
    counts: tuple[float | None, float | None] = (None, None),
    year: str = "2024",
    unit: str = "%",
    measure_id: str = "EH1",
) -> PublishedFigure:
    """One published figure of a year."""
    return PublishedFigure(
        measure_id, "A title", "total", "total", "calendar_year", year, area_code, f"Name of {role}", role, *counts, value,
        unit, None,
    )  # fmt: skip
