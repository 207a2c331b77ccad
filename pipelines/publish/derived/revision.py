"""`revision`: what we said then and what we say now, for every published figure over all releases.

A history that changes slowly: a row only where what is published about a figure differs from the release before. It holds
nothing that a release did not print. It is told apart by release, so that it is no part of the hash of a release's content.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pipelines.publish.derived.figures import Figure

FIRST, REVISED, WITHDRAWN = "first", "revised", "withdrawn"
# The same figures computed by another version of a library may differ in their last bits.
_DECIMALS = 6

_PLACE = ("measure_id", "area_code", "period_type", "period_start", "period_end", "breakdown", "breakdown_value")
_Place = tuple[object, ...]
_Said = tuple[float | None, float | None, float | None, str | None]


@dataclass(frozen=True)
class Printed:
    """What one release printed. made_at: UTC, without a time zone."""

    release_id: str
    made_at: datetime
    figures: tuple[Figure, ...]


def revisions(history: Iterable[Mapping[str, object]], releases: Iterable[Printed]) -> list[dict[str, object]]:
    """The history (rows of an earlier `revision`, oldest first) with the releases after it, oldest first.

    change: `first`, `revised`, or `withdrawn` where the release has no row of the figure any more (its numbers are NULL).
    """
    rows = [dict(row) for row in history]
    said: dict[_Place, _Said] = {}
    for row in rows:
        place = _place_of_row(row)
        if row["change"] == WITHDRAWN:
            said.pop(place, None)
        else:
            said[place] = _said_in_row(row)
    for release in releases:
        rows += _changes(said, release)
    return rows


def _changes(said: dict[_Place, _Said], release: Printed) -> list[dict[str, object]]:
    """The rows that a release adds; `said` becomes what it says."""
    rows: list[dict[str, object]] = []
    now = {_place(figure): _said(figure) for figure in release.figures}
    for place, told in now.items():
        if place not in said or said[place] != told:
            rows.append(_row(place, release, told, REVISED if place in said else FIRST))
    for place in sorted(said.keys() - now.keys(), key=str):
        # A count on the day of a refresh stays what it was on that day, though the next release counts on another.
        if place[_PLACE.index("period_type")] != "as_at":
            rows.append(_row(place, release, (None, None, None, None), WITHDRAWN))
            del said[place]
    said.update(now)
    return rows


def _row(place: _Place, release: Printed, told: _Said, change: str) -> dict[str, object]:
    numbers = dict(zip(("value", "numerator", "denominator", "status"), told, strict=True))
    where = dict(zip(_PLACE, place, strict=True))
    return {**where, "release_id": release.release_id, "made_at": release.made_at, "change": change, **numbers}


def _place(figure: Figure) -> _Place:
    return tuple(getattr(figure, name) for name in _PLACE)


def _place_of_row(row: Mapping[str, object]) -> _Place:
    return tuple(row[name] for name in _PLACE)


def _said(figure: Figure) -> _Said:
    return _rounded(figure.value), _rounded(figure.numerator), _rounded(figure.denominator), figure.status or None


def _said_in_row(row: Mapping[str, object]) -> _Said:
    status = row["status"]
    return (
        _number(row["value"]),
        _number(row["numerator"]),
        _number(row["denominator"]),
        str(status) if status else None,
    )


def _number(value: object) -> float | None:
    return _rounded(float(value)) if isinstance(value, int | float) else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)
