"""`jsna_indicator`: the figures as public health teams load them, long, in the columns of a Fingertips download."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from pipelines.methods.trend import trend_of_intervals
from pipelines.phases import RecordedPhase
from pipelines.publish.derived.figures import TOTAL, Figure
from pipelines.publish.derived.jsna_labels import (
    ENGLAND,
    POLARITY,
    Group,
    against,
    area_type,
    group_of,
    note_of,
    sortable,
    time_range,
    trend_words,
)
from pipelines.publish.derived.published import PublishedFigure
from pipelines.register import Measure

YEARS = ("calendar_year", "academic_year")
_VALUE_TYPES = {"proportion": "Proportion", "rate": "Crude rate"}
_ENGLAND_ROLES = ("england", "region")


@dataclass(frozen=True)
class Names:
    """Words for codes: (breakdown, value) → label, area code → name, and area code → code of the area that it lies in."""

    labels: Mapping[tuple[str, str], str]
    areas: Mapping[str, str]
    parents: Mapping[str, str]


def jsna_indicator(
    rows: Sequence[Figure],
    published: Sequence[PublishedFigure],
    register: Mapping[str, Measure],
    phases: Mapping[str, Sequence[RecordedPhase]],
    names: Names,
) -> list[dict[str, object]]:
    """One row per indicator, area, sex, age, category and period: our figures, and England's and the region's where published.

    Values and limits in the unit of the indicator. recent_trend only in the row of the newest year of a series, over the
    five newest years if the series does not break in them. A ward's figure is a row of the ward.
    """
    england: Mapping[tuple[str, ...], float | None] = {
        (row.measure_id, row.breakdown, row.breakdown_value, row.period_type, row.period_label): row.value
        for row in published
        if row.area_role == "england"
    }
    made: list[dict[str, object]] = []
    known = (row for row in rows if row.measure_id in register)
    for _, group in groupby(known, key=_series):
        series = list(group)
        measure = register[series[0].measure_id]
        trend = _trend(series, measure, phases.get(measure.id, ()))
        for row in series:
            in_england = england.get(_in_england(row))
            made.append(_own(row, measure, names, trend if row is series[-1] else None, in_england))
    for row in published:
        if row.area_role in _ENGLAND_ROLES and row.measure_id in register and row.first_day is not None:
            in_england = england.get((*row.series, row.period_label))
            made.append(_published(row, register[row.measure_id], names, in_england))
    return made


def _series(row: Figure) -> tuple[str, ...]:
    return row.measure_id, row.area_code, row.breakdown, row.breakdown_value, row.period_type


def _in_england(row: Figure) -> tuple[str, ...]:
    """England's figure to compare with: of the same SEN provision, else of everybody, for the whole area or a ward."""
    if row.breakdown == "sen_provision":
        return row.measure_id, "sen_provision", row.breakdown_value, row.period_type, row.period_label
    if row.breakdown in (TOTAL, "ward"):
        return row.measure_id, "total", "total", row.period_type, row.period_label
    return ()


def _trend(series: Sequence[Figure], measure: Measure, phases: Sequence[RecordedPhase]) -> str | None:
    """Fingertips' words for the trend over the newest five years; None where the period is no year."""
    if series[0].period_type not in YEARS:
        return None
    breaks = [phase.start for phase in phases if phase.start <= series[-1].period_start]
    unbroken = [row for row in series if not breaks or row.period_start >= max(breaks)]

    def numbers(values: Sequence[float | None]) -> list[float]:
        return [float("nan") if value is None else value for value in values]

    trend = trend_of_intervals(
        [float(row.period_start.year) for row in unbroken],
        numbers([row.value for row in unbroken]),
        numbers([row.lower_95 for row in unbroken]),
        numbers([row.upper_95 for row in unbroken]),
        _VALUE_TYPES.get(measure.statistic, measure.statistic),
    )
    return trend_words(trend.marker, POLARITY[measure.direction])


def _own(row: Figure, measure: Measure, names: Names, trend: str | None, england: float | None) -> dict[str, object]:
    is_ward = row.breakdown == "ward" and row.breakdown_value != "Unknown"
    code = row.breakdown_value if is_ward else row.area_code
    group = group_of(row.breakdown, row.breakdown_value, names.labels)
    if row.breakdown == "ward" and not is_ward:
        group = Group(category_type="Ward", category="Not recorded")
    limits = None if row.lower_95 is None or row.upper_95 is None else (row.lower_95, row.upper_95)
    has_goal = limits is not None and measure.target.value is not None
    goal = against(limits, measure.target.value, POLARITY[measure.direction]) if has_goal else None
    return {
        **_indicator(measure),
        **_area(code, row.area_code if is_ward else names.parents.get(code, ENGLAND[0]), names),
        **_group(group),
        "time_period": row.period_label,
        "value": row.value,
        "lower_95": row.lower_95,
        "upper_95": row.upper_95,
        "lower_998": row.lower_998,
        "upper_998": row.upper_998,
        "count": row.numerator,
        "denominator": row.denominator,
        "value_note": note_of(row.status, row.value),
        "recent_trend": trend,
        "compared_to_england": against(limits, england, POLARITY[measure.direction]),
        **_period(row.period_type, row.period_start, goal),
    }


def _published(row: PublishedFigure, measure: Measure, names: Names, england: float | None) -> dict[str, object]:
    assert row.first_day is not None  # only years are taken over
    near, far = row.limits(), row.limits(0.998)
    is_england = row.area_role == "england"
    judged = None if is_england else near
    return {
        **_indicator(measure),
        **_area(row.area_code, ENGLAND[0], names),
        **_group(group_of(row.breakdown, row.breakdown_value, names.labels)),
        "time_period": row.period_label,
        "value": row.value,
        "lower_95": near[0] if near else None,
        "upper_95": near[1] if near else None,
        "lower_998": far[0] if far else None,
        "upper_998": far[1] if far else None,
        "count": row.numerator,
        "denominator": row.denominator,
        "value_note": note_of(row.status, row.value),
        "recent_trend": None,
        "compared_to_england": against(judged, england, POLARITY[measure.direction]),
        **_period(row.period_type, row.first_day, None),
    }


def _indicator(measure: Measure) -> dict[str, object]:
    return {
        "indicator_id": str(measure.fingertips_id or measure.id),
        "indicator_name": f"{measure.title} ({measure.unit})",
    }


def _area(code: str, parent: str, names: Names) -> dict[str, object]:
    is_england = code == ENGLAND[0]
    return {
        "parent_code": None if is_england else parent,
        "parent_name": None if is_england else names.areas.get(parent),
        "area_code": code,
        "area_name": names.areas.get(code, code),
        "area_type": area_type(code),
    }


def _period(period_type: str, start: date, goal: str | None) -> dict[str, object]:
    return {
        "column_not_used": None,
        "time_period_sortable": sortable(period_type, start),
        "new_data": None,
        "compared_to_goal": goal,
        "time_period_range": time_range(period_type),
    }


def _group(group: Group) -> dict[str, object]:
    return {
        "sex": group.sex,
        "age": group.age,
        "category_type": group.category_type,
        "category": group.category,
    }
