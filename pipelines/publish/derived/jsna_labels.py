"""How Fingertips writes areas, periods, groups, notes and trends."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pipelines.methods.trend import Marker, Polarity
from pipelines.publish.derived.figures import TOTAL

ENGLAND = ("E92000001", "England")
ALL_AGES, PERSONS = "All ages", "Persons"
_AREA_TYPES: Mapping[str, str] = {
    "E92": "England",
    "E12": "Regions (statistical)",
    **dict.fromkeys(("E06", "E08", "E09", "E10"), "Counties & UAs (from Apr 2023)"),
    "E54": "ICBs",
    "E05": "Ward",
}
_SEXES = {"M": "Male", "F": "Female"}
_AGES = {"under_5": "<5 yrs", "5_10": "5-10 yrs", "11_15": "11-15 yrs", "16_17": "16-17 yrs", "18_25": "18-25 yrs"}
_CATEGORY_TYPES: Mapping[str, str] = {
    "ethnicity_group": "Ethnic groups",
    "primary_need": "Primary type of need",
    "sen_provision": "SEN provision",
    "imd_quintile": "Deprivation quintiles in England (IMD2019)",
    "respondent_role": "Who answered",
    "sen_status": "SEN status",
    "has_diagnosis": "Child has a diagnosis",
    "setting_type": "Type of setting",
    "parent_carer_has_needs": "Parent or carer has needs of their own",
    "sibling_young_carer": "Brother or sister is a young carer",
    "source": "Source of data",
    "service": "Health service",
}
_QUINTILES = {"1": "Most deprived quintile", "5": "Least deprived quintile"}
_NOT_RECORDED = "Not recorded"
_NOTES: Mapping[str, str] = {
    "c": "Value suppressed for disclosure control due to small count",
    "x": "Value cannot be calculated",
    "z": "Value not applicable",
    "low": "Value too small to be shown",
    "u": "Low base: fewer than 30 answers",
    "h": "As printed before: some figures of the indicator have moved by too few to be shown",
}
_RANGES: Mapping[str, str] = {
    "calendar_year": "1y",
    "academic_year": "1y",
    "financial_year": "1y",
    "term": "1 term",
    "month": "1m",
    "wave": "survey wave",
    "as_at": "day",
}
_TRENDS: Mapping[Marker, str] = {
    Marker.CANNOT_BE_CALCULATED: "Cannot be calculated",
    Marker.NO_CHANGE: "No significant change",
    Marker.INCREASING: "Increasing",
    Marker.DECREASING: "Decreasing",
}
POLARITY: Mapping[str, Polarity] = {
    "up": Polarity.HIGH_IS_GOOD,
    "down": Polarity.LOW_IS_GOOD,
    "context": Polarity.NO_JUDGEMENT,
}


@dataclass(frozen=True)
class Group:
    """Whom a figure is about, in Fingertips' columns. `category` and its type are None for the headline."""

    sex: str = PERSONS
    age: str = ALL_AGES
    category_type: str | None = None
    category: str | None = None


def group_of(breakdown: str, value: str, labels: Mapping[tuple[str, str], str]) -> Group:
    """The group of a breakdown value. labels: (breakdown, value) → words."""
    if breakdown in (TOTAL, "ward"):
        return Group()
    if breakdown == "sex":
        return Group(sex=_SEXES.get(value, _NOT_RECORDED))
    if breakdown == "age_band":
        return Group(age=_AGES.get(value, _NOT_RECORDED))
    if value == "Unknown":
        words = _NOT_RECORDED
    elif breakdown == "imd_quintile":
        words = _QUINTILES.get(value, f"Quintile {value}")
    else:
        words = labels.get((breakdown, value), value)
    return Group(category_type=_CATEGORY_TYPES.get(breakdown, breakdown), category=words)


def area_type(area_code: str) -> str:
    """Fingertips' area type, by the first three characters of a GSS code."""
    return _AREA_TYPES.get(area_code[:3], "Other")


def sortable(period_type: str, start: date) -> int:
    """Time period Sortable: yyyy0000 for a year, yyyymm00 for a month, term or wave, yyyymmdd for a day."""
    if period_type in ("calendar_year", "academic_year", "financial_year"):
        return start.year * 10_000
    return start.year * 10_000 + start.month * 100 + (start.day if period_type == "as_at" else 0)


def time_range(period_type: str) -> str:
    """How long the period is."""
    return _RANGES.get(period_type, period_type)


def note_of(status: str | None, value: float | None) -> str | None:
    """Value note: why there is no value, or what to mind about it."""
    return _NOTES.get(status or "", None if value is not None else "Value missing")


def trend_words(marker: Marker, polarity: Polarity) -> str:
    """Fingertips' words for the marker, with better or worse where the direction says so."""
    words = _TRENDS[marker]
    if polarity is Polarity.NO_JUDGEMENT or marker not in (Marker.INCREASING, Marker.DECREASING):
        return words
    better = (marker is Marker.INCREASING) == (polarity is Polarity.HIGH_IS_GOOD)
    return f"{words} and getting {'better' if better else 'worse'}"


def against(limits: tuple[float, float] | None, other: float | None, polarity: Polarity) -> str:
    """Compared to England or to a goal: whether its value lies outside the figure's own 95 % limits."""
    if limits is None or other is None:
        return "Not compared"
    if limits[0] <= other <= limits[1]:
        return "Similar"
    higher = limits[0] > other
    if polarity is Polarity.NO_JUDGEMENT:
        return "Higher 95%" if higher else "Lower 95%"
    return "Better 95%" if higher == (polarity is Polarity.HIGH_IS_GOOD) else "Worse 95%"
