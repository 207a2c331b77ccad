"""Where the limits of a control chart start anew, and why (data/reference/phases.csv): one row per measure and start."""

import csv
from collections.abc import Collection
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.settings import REFERENCE, SetUpProblem

PHASES = REFERENCE / "phases.csv"
Text = Annotated[str, Field(min_length=10)]


class PhasesProblem(SetUpProblem, ValueError):
    """The list of phases cannot be used; the message names the row and the column."""


class RecordedPhase(BaseModel):
    """A new mean and new limits from the first period that begins on or after `start`.

    All three texts are required: limits move only after a sustained shift, with a known cause, for a recorded reason (NHS
    "Making Data Count"). A break in the series is recorded here too. `decided_by` is a role, never a name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure_id: str
    start: date
    reason: Text
    known_cause: Text
    sustained_shift: Text
    decided_by: Text
    decided_on: date


@cache
def load_phases(path: Path = PHASES) -> tuple[RecordedPhase, ...]:
    """The phases by measure and start. Raises PhasesProblem for the first row that lacks something or is there twice."""
    phases: list[RecordedPhase] = []
    with path.open(encoding="utf-8", newline="") as handle:
        for number, row in enumerate(csv.DictReader(handle), start=2):
            try:
                phases.append(RecordedPhase.model_validate(row))
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(map(str, first["loc"])) or "row"
                raise PhasesProblem(f"{path.name}: row {number}: {place}: {first['msg']}.") from None
    keys = [(phase.measure_id, phase.start) for phase in phases]
    if len(keys) != len(set(keys)):
        raise PhasesProblem(f"{path.name}: a measure starts a phase on the same day twice.")
    return tuple(sorted(phases, key=lambda phase: (phase.measure_id, phase.start)))


def check_phases(phases: Collection[RecordedPhase], measure_ids: Collection[str]) -> None:
    """Raises PhasesProblem if a phase belongs to a measure that the register does not have."""
    unknown = sorted({phase.measure_id for phase in phases} - set(measure_ids))
    if unknown:
        raise PhasesProblem(f"{PHASES.name}: not in measures.yaml: {', '.join(unknown)}.")
