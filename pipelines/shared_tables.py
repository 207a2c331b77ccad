"""Which tables partners may see (data/reference/shared_tables.yaml), each with its purpose and legal basis."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.settings import REFERENCE, SetUpProblem

SHARED_TABLES = REFERENCE / "shared_tables.yaml"
ALL, SMALL_GROUP, DEFAULT = "all", "small_group", "default"
# Pupils with SEN support are pupils with SEN: a reader can use the tables of both together.
SEN_SUPPORT, PUPIL_WITH_SEN = "sen_support", "pupil_with_sen"
PeriodType = Literal["month", "term", "calendar_year", "academic_year", "wave", "as_at"]


class SharedTablesProblem(SetUpProblem):
    """The list of tables for partners cannot be used; the message names the entry."""


class Agreement(BaseModel):
    """What stands behind the publication of a table; printed into the record of processing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    purpose: str = Field(min_length=10)
    legal_basis: str = Field(min_length=10)
    recipients: str = Field(min_length=3)
    retention: str = Field(min_length=3)


class OneWayTable(Agreement):
    """A breakdown of measures in shared.observation, for the kinds of period in `periods`."""

    measures: Literal["all"] | tuple[str, ...]
    breakdown: str
    periods: Literal["small_group"] | tuple[PeriodType, ...]

    def holds(self, measure_id: str) -> bool:
        """Whether the table is about the measure."""
        return self.measures == ALL or measure_id in self.measures


class CrossTable(Agreement):
    """A pair of characteristics of measures.cross_tabulation."""

    subject: str
    row_breakdown: str
    column_breakdown: str


class SharedTables(BaseModel):
    """All tables that partners may see."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    small_group_periods: dict[str, tuple[PeriodType, ...]]
    one_way: tuple[OneWayTable, ...]
    cross_tabulations: tuple[CrossTable, ...]
    comments: tuple[Agreement, ...]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "SharedTables":
        ids = [table.id for table in self.agreements]
        if len(ids) != len(set(ids)):
            raise ValueError("an id is there twice")
        if DEFAULT not in self.small_group_periods:
            raise ValueError("small_group_periods has no default")
        return self

    @model_validator(mode="after")
    def _no_subject_has_a_ring_of_tables(self) -> "SharedTables":
        """Without a ring, every way to fill the tables is one that records could have made: the witnesses of the tables then
        hold for a reader too who knows that records lie behind them (Vorob'ev 1962). With one (A×B, B×C, A×C) they do not.
        """
        group: dict[tuple[str, str], set[str]] = {}
        for table in self.cross_tabulations:
            subject = PUPIL_WITH_SEN if table.subject == SEN_SUPPORT else table.subject
            first = group.setdefault((subject, table.row_breakdown), {table.row_breakdown})
            second = group.setdefault((subject, table.column_breakdown), {table.column_breakdown})
            if first is second:
                raise ValueError(
                    f"{table.id} closes a ring of tables of {subject}: who knows that records lie behind them could"
                    " learn more than they show. Leave one of them out"
                )
            first |= second
            group |= {(subject, name): first for name in second}
        return self

    def periods(self, table: OneWayTable, source: str) -> tuple[PeriodType, ...]:
        """The kinds of period in which partners see a table of measures whose first source is named in `source`."""
        if table.periods != SMALL_GROUP:
            return table.periods
        first = source.partition(",")[0]
        return self.small_group_periods.get(first) or self.small_group_periods[DEFAULT]

    @property
    def agreements(self) -> Sequence[Agreement]:
        """Every table, one-way first."""
        return (*self.one_way, *self.cross_tabulations, *self.comments)


@cache
def load_shared_tables(path: Path = SHARED_TABLES) -> SharedTables:
    """Read the list. Raises SharedTablesProblem where an entry lacks its purpose or legal basis, or is there twice."""
    document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    defaults = document.pop("defaults", {})
    for kind in ("one_way", "cross_tabulations", "comments"):
        document[kind] = [defaults | entry for entry in document.get(kind, ())]
    try:
        return SharedTables.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = " → ".join(str(part) for part in first["loc"])
        raise SharedTablesProblem(f"{path.name}: {place or 'the list'}: {first['msg']}.") from None
