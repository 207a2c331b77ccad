"""`benchmark`: the area against England, its region, its neighbours and its own past, with the interval of the difference.

Everything is worked out from figures that are published already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from pipelines.methods.intervals import difference_of_proportions, difference_of_rates
from pipelines.phases import RecordedPhase
from pipelines.publish.derived.published import PublishedFigure, of_role
from pipelines.register import Measure

_OF_DIFFERENCE = "difference of the two figures"
_OF_PART = "difference of the two figures; the area is a part of the other and was allowed for"
_OF_OWN = "own figure only: the other is taken as it stands"
_NONE = "none: not published with what it was counted from"


@dataclass(frozen=True)
class _Against:
    """What the own figure is set beside; `figure` is None for a median."""

    comparator: str
    name: str
    value: float
    figure: PublishedFigure | None
    holds_own: bool = False


def benchmark(
    rows: Sequence[PublishedFigure],
    register: Mapping[str, Measure],
    phases: Mapping[str, Sequence[RecordedPhase]],
) -> list[dict[str, object]]:
    """One row per published figure of the area, period and comparator: england, region, neighbours_median, own_previous.

    Differences are own less the other, in the unit of the value. is_beyond_noise is NULL where there is no interval.
    """
    own, england, region = (of_role(rows, role) for role in ("own", "england", "region"))
    neighbours: dict[tuple[str, ...], list[float]] = {}
    for row in rows:
        if row.area_role == "neighbour" and row.value is not None:
            neighbours.setdefault((*row.series, row.period_label), []).append(row.value)
    found: list[dict[str, object]] = []
    previous: PublishedFigure | None = None
    for key in sorted(own):
        figure = own[key]
        others = [
            _Against(role, there[key].area_name, value, there[key], holds_own=True)
            for role, there in (("england", england), ("region", region))
            if key in there and (value := there[key].value) is not None
        ]
        if key in neighbours:
            count = len(neighbours[key])
            others.append(_Against("neighbours_median", f"{count} neighbours", median(neighbours[key]), None))
        if previous is not None and previous.value is not None and _follows(previous, figure, phases):
            others.append(_Against("own_previous", previous.period_label, previous.value, previous))
        found += [_row(figure, other, register.get(figure.measure_id)) for other in others]
        previous = figure
    return found


def _follows(before: PublishedFigure, figure: PublishedFigure, phases: Mapping[str, Sequence[RecordedPhase]]) -> bool:
    """Whether one is the year before of the other, with no break in the series between them."""
    first, second = before.first_day, figure.first_day
    if before.series != figure.series or first is None or second is None or second.year != first.year + 1:
        return False
    return not any(first < phase.start <= second for phase in phases.get(figure.measure_id, ()))


def _row(own: PublishedFigure, other: _Against, measure: Measure | None) -> dict[str, object]:
    assert own.value is not None  # only figures with a value are compared
    limits, basis = _limits(own, other)
    beyond = None if limits is None else limits[0] > 0 or limits[1] < 0
    difference = own.value - other.value
    direction = measure.direction if measure else "context"
    return {
        "measure_id": own.measure_id,
        "title": own.title,
        "breakdown": own.breakdown,
        "breakdown_value": own.breakdown_value,
        "period_type": own.period_type,
        "period_label": own.period_label,
        "area_code": own.area_code,
        "value": own.value,
        "unit": own.unit,
        "comparator": other.comparator,
        "comparator_name": other.name,
        "comparator_value": other.value,
        "difference": difference,
        "lower_95": limits[0] if limits else None,
        "upper_95": limits[1] if limits else None,
        "interval_basis": basis,
        "is_beyond_noise": beyond,
        "judgement": _judgement(direction, difference, beyond),
    }


def _limits(own: PublishedFigure, other: _Against) -> tuple[tuple[float, float] | None, str]:
    theirs = other.figure.counts if other.figure is not None else None
    if own.counts is None or own.value is None:
        return None, _NONE
    if theirs is not None:
        found = _of_part(own, theirs) if other.holds_own else _of_two(own, theirs)
        if found is not None:
            return found, _OF_PART if other.holds_own else _OF_DIFFERENCE
    alone = own.limits()
    if alone is None:
        return None, _NONE
    return (alone[0] - other.value, alone[1] - other.value), _OF_OWN


def _of_two(own: PublishedFigure, theirs: tuple[float, float]) -> tuple[float, float] | None:
    """95 % limits of own less another group that has no child in common."""
    if own.counts is None:
        return None
    (a, b), (c, d) = own.counts, theirs
    difference = difference_of_proportions if own.kind == "proportion" else difference_of_rates
    found = difference([a], [b], [c], [d])
    return float(found.lower[0]) * own.multiplier, float(found.upper[0]) * own.multiplier


def _of_part(own: PublishedFigure, whole: tuple[float, float]) -> tuple[float, float] | None:
    """95 % limits of own less a whole that holds it.

    Own less whole is own less the rest, times the rest's share of the denominator; own and rest are independent.
    """
    if own.counts is None:
        return None
    x, n = whole[0] - own.counts[0], whole[1] - own.counts[1]
    if x < 0 or n <= 0 or (own.kind == "proportion" and x > n):
        return None
    limits = _of_two(own, (x, n))
    share = n / whole[1]
    return (limits[0] * share, limits[1] * share) if limits else None


def _judgement(direction: str, difference: float, beyond: bool | None) -> str:
    if beyond is None:
        return "cannot say"
    if not beyond:
        return "no clear difference"
    if direction == "context":
        return "higher" if difference > 0 else "lower"
    return "better" if (difference > 0) == (direction == "up") else "worse"
