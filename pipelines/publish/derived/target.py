"""`target`: where each measure stands against its target, and whether its last change is more than noise."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from pipelines.methods.intervals import difference_of_proportions, difference_of_rates
from pipelines.phases import RecordedPhase
from pipelines.publish.derived.figures import Figure, SeriesKey, is_one_series
from pipelines.register import Measure

ON_TRACK, OFF_TRACK, CANNOT_SAY = "on track", "off track", "cannot say"
_LOW_BASE = "u"


@dataclass(frozen=True)
class Change:
    """Newest figure less the one before, in the unit of the measure, with 95 % limits; why there is none, in words."""

    before: Figure | None = None
    difference: float | None = None
    lower_95: float | None = None
    upper_95: float | None = None
    reason: str = ""

    @property
    def is_beyond_noise(self) -> bool | None:
        """Whether the 95 % interval leaves out 0; None without an interval."""
        if self.lower_95 is None or self.upper_95 is None:
            return None
        return self.lower_95 > 0 or self.upper_95 < 0


def target(
    series: Mapping[SeriesKey, Sequence[Figure]],
    areas: Collection[str],
    register: Mapping[str, Measure],
    phases: Mapping[str, Sequence[RecordedPhase]],
) -> list[dict[str, object]]:
    """One row per measure of the register and area: newest published headline figure, trajectory, status, last change.

    Values are in the unit of the measure. The trajectory is the straight line from the end of the baseline's period to the
    day of the target, read at the end of the figure's period. `on track` and `off track` only if the 95 % interval of the
    figure lies wholly on one side of it.
    """
    rows: list[dict[str, object]] = []
    for measure in register.values():
        for area_code in sorted(areas):
            points = series.get((measure.id, area_code), ())
            newest = newest_shown(points)
            expected = trajectory(measure, newest.period_end) if newest else None
            status, reason = status_of(measure, newest, expected, hidden=bool(points))
            if newest is not None and newest is not points[-1]:
                reason = f"{reason} Newer figures, up to {points[-1].period_label}, are withheld."
            change = last_change(points, measure, phases.get(measure.id, ()))
            rows.append(_row(measure, area_code, newest, change) | _verdict(expected, status, reason, change))
    return rows


def newest_shown(points: Sequence[Figure]) -> Figure | None:
    """The newest figure with a value."""
    return next((point for point in reversed(points) if point.value is not None), None)


def trajectory(measure: Measure, day: date) -> float | None:
    """Where the measure should stand on a day; None without target or baseline, and before the end of the baseline."""
    start = _end_of(measure.baseline.period)
    first, last, by = measure.baseline.value, measure.target.value, measure.target.by
    if start is None or first is None or last is None or by is None or day < start:
        return None
    if day >= by:
        return last
    return first + (last - first) * (day - start).days / (by - start).days


def status_of(measure: Measure, newest: Figure | None, expected: float | None, hidden: bool) -> tuple[str, str]:
    """Status and its reason in words. hidden: there are figures, but none is shown."""
    if newest is None:
        why = (
            "Every figure of the area as a whole is withheld."
            if hidden
            else "There is no figure of the area as a whole yet."
        )
        return CANNOT_SAY, why
    if measure.direction == "context":
        return CANNOT_SAY, "It gives context: neither more nor less is better."
    if measure.target.value is None:
        return CANNOT_SAY, "The board has not set a target yet."
    if measure.baseline.value is None:
        return CANNOT_SAY, "There is no baseline from which a line to the target could start."
    if expected is None:
        return CANNOT_SAY, f"The figure of {newest.period_label} is from before the end of the baseline's period."
    if newest.status == _LOW_BASE:
        return CANNOT_SAY, "The figure rests on fewer than 30 answers."
    if newest.lower_95 is None or newest.upper_95 is None:
        return CANNOT_SAY, "A figure of this kind has no confidence interval: read its control chart."
    interval = f"The 95 % interval, {newest.lower_95:.1f} to {newest.upper_95:.1f},"
    line = f"the {expected:.1f} expected by {newest.period_end.isoformat()}"
    if newest.lower_95 <= expected <= newest.upper_95:
        return CANNOT_SAY, f"{interval} holds {line}: the gap is no larger than noise."
    above = newest.lower_95 > expected
    side = "above" if above else "below"
    return ON_TRACK if above == (measure.direction == "up") else OFF_TRACK, f"{interval} lies {side} {line}."


def last_change(points: Sequence[Figure], measure: Measure, phases: Sequence[RecordedPhase]) -> Change:
    """Newest shown figure less the shown figure before it.

    Intervals take the two groups as independent: where many children are in both, the true interval is narrower.
    """
    shown = [point for point in points if point.value is not None]
    if len(shown) < 2:
        return Change(reason="There is no earlier figure.")
    before, newest = shown[-2], shown[-1]
    if not is_one_series(points, measure):
        return Change(reason="The waves are not one series: see break_in_series of the measure.")
    if any(before.period_start < phase.start <= newest.period_start for phase in phases):
        return Change(reason="The series breaks between the two figures.")
    return _difference(before, newest, measure)


def _difference(before: Figure, newest: Figure, measure: Measure) -> Change:
    assert before.value is not None and newest.value is not None  # both are shown
    plain = newest.value - before.value
    limits = _limits_of_difference(before, newest, measure)
    if limits is None:
        return Change(before, plain, reason="A change of this kind of figure has no interval: read its control chart.")
    change = Change(before, plain, *limits)
    words = "more than noise" if change.is_beyond_noise else "no more than noise"
    return replace(change, reason=f"The change since {before.period_label} is {words}.")


def _limits_of_difference(before: Figure, newest: Figure, measure: Measure) -> tuple[float, float] | None:
    counts = (newest.numerator, newest.denominator, before.numerator, before.denominator)
    a, b, c, d = (-1.0 if count is None else float(count) for count in counts)
    if min(a, c) < 0 or min(b, d) <= 0:
        return None
    if measure.statistic == "rate":
        found, scale = difference_of_rates([a], [b], [c], [d]), float(measure.multiplier or 1)
    elif measure.statistic == "proportion" and a <= b and c <= d:
        found, scale = difference_of_proportions([a], [b], [c], [d]), 100.0
    else:
        return None
    return float(found.lower[0]) * scale, float(found.upper[0]) * scale


def _row(measure: Measure, area_code: str, newest: Figure | None, change: Change) -> dict[str, object]:
    before = change.before
    return {
        "measure_id": measure.id,
        "area_code": area_code,
        "direction": measure.direction,
        "unit": measure.unit,
        "period_type": newest.period_type if newest else None,
        "period_start": newest.period_start if newest else None,
        "period_end": newest.period_end if newest else None,
        "period_label": newest.period_label if newest else None,
        "value": newest.value if newest else None,
        "lower_95": newest.lower_95 if newest else None,
        "upper_95": newest.upper_95 if newest else None,
        "baseline": measure.baseline.value,
        "baseline_period": measure.baseline.period,
        "target": measure.target.value,
        "target_by": measure.target.by,
        "milestone_12_months": measure.milestones.months_12,
        "milestone_18_months": measure.milestones.months_18,
        "previous_period_start": before.period_start if before else None,
        "previous_period_label": before.period_label if before else None,
        "previous_value": before.value if before else None,
    }


def _verdict(expected: float | None, status: str, reason: str, change: Change) -> dict[str, object]:
    return {
        "trajectory": expected,
        "status": status,
        "reason": reason,
        "change": change.difference,
        "change_lower_95": change.lower_95,
        "change_upper_95": change.upper_95,
        "is_change_beyond_noise": change.is_beyond_noise,
        "change_reason": change.reason,
    }


def _end_of(period: str | None) -> date | None:
    """Last day of a period of the register: 2023 (a calendar year) or 2022/23 (a school year, to 31 July)."""
    if period is None:
        return None
    if re.fullmatch(r"[0-9]{4}", period):
        return date(int(period), 12, 31)
    if re.fullmatch(r"[0-9]{4}/[0-9]{2}", period):
        return date(int(period[:4]) + 1, 7, 31)
    return None
