"""`control_chart`: the headline series of each measure as an XmR chart, from published figures only."""

from collections.abc import Mapping, Sequence

import numpy as np

from pipelines.methods import spc
from pipelines.phases import RecordedPhase
from pipelines.publish.derived.figures import CHARTED, Figure, SeriesKey, is_one_series, positions
from pipelines.register import Measure

# The default of NHSRplotthedots; the tool of NHS England in Excel does not screen. The table says which was used.
SCREEN_OUTLIERS = True
_IMPROVEMENT = {
    "up": spc.Direction.INCREASE,
    "down": spc.Direction.DECREASE,
    "context": spc.Direction.NEUTRAL,
}
_SIGNAL = {
    spc.PointType.IMPROVEMENT: "improvement",
    spc.PointType.CONCERN: "concern",
    spc.PointType.NEUTRAL_HIGH: "neutral",
    spc.PointType.NEUTRAL_LOW: "neutral",
    spc.PointType.COMMON_CAUSE: "none",
}


def control_chart(
    series: Mapping[SeriesKey, Sequence[Figure]],
    register: Mapping[str, Measure],
    phases: Mapping[str, Sequence[RecordedPhase]],
) -> list[dict[str, object]]:
    """One row per measure, area and point of its headline series, where that is by month, term or wave.

    A hidden point has no place in the limits and breaks runs, as does a month or term that is not there. Limits are in the
    unit of the value. Survey waves that the register does not hold to be one series get no chart.
    """
    rows: list[dict[str, object]] = []
    for key, points in series.items():
        shown = any(point.value is not None for point in points)
        if shown and points[0].period_type in CHARTED and is_one_series(points, register[key[0]]):
            rows += _chart_rows(points, register[key[0]], phases.get(key[0], ()))
    return rows


def _chart_rows(
    points: Sequence[Figure], measure: Measure, recorded: Sequence[RecordedPhase]
) -> list[dict[str, object]]:
    places = positions(points)
    values = np.full(places[-1] + 1, np.nan)
    values[places] = [np.nan if point.value is None else point.value for point in points]
    starting = _starting(points, places, recorded)
    chart = spc.control_chart(
        values,
        _IMPROVEMENT[measure.direction],
        measure.target.value,
        [spc.Phase(at, one.reason, one.known_cause, one.sustained_shift) for at, one in starting.items()],
        SCREEN_OUTLIERS,
    )
    newest = max(place for place, point in zip(places, points, strict=True) if point.value is not None)
    of_phase = [None, *(starting[at] for at in sorted(starting))]
    rows: list[dict[str, object]] = []
    for place, point in zip(places, points, strict=True):
        number = int(chart.phase[place])
        phase = of_phase[number]
        kind = spc.PointType(str(chart.point_type[place]))
        rows.append(
            {
                "measure_id": point.measure_id,
                "area_code": point.area_code,
                "period_type": point.period_type,
                "period_start": point.period_start,
                "period_end": point.period_end,
                "value": point.value,
                "denominator": point.denominator,
                "unit": point.unit,
                "status": point.status,
                "mean": _number(chart.mean[place]),
                "lower_process_limit": _number(chart.lower_limit[place]),
                "upper_process_limit": _number(chart.upper_limit[place]),
                "point_type": str(kind),
                "special_cause_rule": str(chart.rule[place]) or None,
                "signal": _SIGNAL.get(kind),
                "phase": number + 1,
                "phase_reason": f"{phase.reason}. Cause: {phase.known_cause}." if phase else None,
                "phase_decided_by": phase.decided_by if phase else None,
                "phase_decided_on": phase.decided_on if phase else None,
                "is_trial_limit": bool(chart.is_trial[place]),
                "outliers_screened": chart.screen_outliers,
                "is_newest": place == newest,
                "variation": str(chart.variation) if chart.variation else None,
                "assurance": str(chart.assurance) if chart.assurance else None,
            }
        )
    return rows


def _starting(
    points: Sequence[Figure], places: Sequence[int], recorded: Sequence[RecordedPhase]
) -> dict[int, RecordedPhase]:
    """Place at which a recorded phase starts → the phase; one that the series does not reach back beyond starts nothing."""
    starting: dict[int, RecordedPhase] = {}
    for phase in recorded:
        at = next((p for p, point in zip(places, points, strict=True) if point.period_start >= phase.start), 0)
        if at > 0:
            starting[at] = phase
    return starting


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
