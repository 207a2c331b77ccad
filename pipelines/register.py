"""The schema of the measure register, data/reference/measures.yaml: what an entry must hold before anything is computed."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.settings import SetUpProblem

Statistic = Literal["proportion", "rate", "median", "percentile", "count", "ratio", "maximum", "share", "published"]
Unit = Literal[
    "%",
    "percentage points",
    "per 100 pupils",
    "per 1,000 plans",
    "weeks",
    "count",
    "ratio",
    "score",
    "sessions per pupil",
    "cases per caseworker",
]
Text = Annotated[str, Field(min_length=3)]
TO_BE_SET = "to be set by the board"


class RegisterProblem(SetUpProblem, ValueError):
    """An entry of the register is incomplete or contradicts itself: the message names the measure and the key."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Workstream(_Part):
    """One of the eight workstreams of the improvement programme, or preparing for adulthood, which cuts across them."""

    code: Literal[1, 2, 3, 4, 5, 6, 7, 8, "PFA"]
    name: Text


class Baseline(_Part):
    """Where the measure stood before the programme: a value with its period and where it was read, or none yet."""

    value: float | None
    period: str | None
    source: Text

    @model_validator(mode="after")
    def _value_has_a_period(self) -> "Baseline":
        if (self.value is None) != (self.period is None):
            raise ValueError("a baseline has a value and its period, or neither")
        return self


class Target(_Part):
    """What the board wants, and by when; empty until it has said so."""

    value: float | None
    by: date | None
    note: str | None

    @model_validator(mode="after")
    def _value_has_a_day(self) -> "Target":
        if (self.value is None) != (self.by is None):
            raise ValueError("a target has a value and a day, or neither")
        if self.value is None and self.note != TO_BE_SET:
            raise ValueError(f"a target that is empty says '{TO_BE_SET}'")
        return self


class Milestones(_Part):
    """Where the measure should stand 12 and 18 months on."""

    months_12: float | None
    months_18: float | None
    note: str | None


class Review(_Part):
    """One technical review: how it ended, who (a role) made it, and when."""

    status: Literal["not reviewed", "accepted", "accepted with changes", "rejected"]
    who: str | None
    when: date | None

    @model_validator(mode="after")
    def _reviewed_by_somebody(self) -> "Review":
        if (self.status == "not reviewed") != (self.who is None and self.when is None):
            raise ValueError("a review that took place has who and when, and only that one")
        return self


class TechnicalReview(_Part):
    """The four things that are reviewed before a measure is relied on."""

    definition: Review
    source: Review
    quality: Review
    sensitivity: Review


class Measure(_Part):
    """One entry of the register. `multiplier` is there for a rate only; `fingertips_id` only where the match is confirmed."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}[0-9]{1,2}(_[A-Z0-9]+)?$")]
    workstream: Workstream
    title: Text
    question: Annotated[str, Field(pattern=r"\?$")]
    definition: Text
    numerator: Text
    denominator: Text
    exclusions: Text
    unit: Unit
    statistic: Statistic
    multiplier: int | None = None
    direction: Literal["up", "down", "context"]
    frequency: Literal["monthly", "termly", "annual"]
    source: Text
    lag_days: Annotated[int, Field(gt=0)]
    minimum_base: Annotated[int, Field(ge=0)]
    break_in_series: str | None
    baseline: Baseline
    target: Target
    milestones: Milestones
    owner_role: Text
    jsna_theme: Text
    fingertips_id: int | None
    technical_review: TechnicalReview

    @model_validator(mode="after")
    def _only_a_rate_is_multiplied(self) -> "Measure":
        if (self.multiplier is not None) != (self.statistic == "rate"):
            raise ValueError("a rate, and only a rate, has a multiplier")
        if (self.statistic == "published") != (self.source == "published"):
            raise ValueError("what is read from a published file has the statistic and the source published")
        return self


def check_register(entries: Sequence[object]) -> tuple[Measure, ...]:
    """The entries as `Measure`. Raises RegisterProblem for the first that breaks the schema, or an id that is there twice."""
    measures: list[Measure] = []
    for number, entry in enumerate(entries, start=1):
        name = str(entry.get("id", f"entry {number}")) if isinstance(entry, dict) else f"entry {number}"
        try:
            measures.append(Measure.model_validate(entry))
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise RegisterProblem(f"measures.yaml: {name}: {place or 'entry'}: {first['msg']}") from None
    twice = sorted(name for name, count in Counter(measure.id for measure in measures).items() if count > 1)
    if twice:
        raise RegisterProblem(f"measures.yaml: {', '.join(twice)} is there more than once")
    return tuple(measures)
