"""The recorded phases of control charts."""

from pathlib import Path

import pytest

from pipelines.phases import PhasesProblem, check_phases, load_phases
from pipelines.reference import load_register

HEADER = "measure_id,start,reason,known_cause,sustained_shift,decided_by,decided_on\n"
GOOD = "EH1,2024-01-01,A new way of counting,A new return,For good from then on,Lead for data,2024-02-01\n"


def phases_in(folder: Path, *lines: str) -> Path:
    path = folder / "phases.csv"
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return path


def test_every_recorded_phase_belongs_to_a_measure_of_the_register() -> None:
    phases = load_phases()
    ids = [str(entry["id"]) for entry in load_register()]
    check_phases(phases, ids)
    with pytest.raises(PhasesProblem, match="EH1"):
        check_phases(phases, [name for name in ids if name != "EH1"])


def test_the_change_to_the_person_level_return_is_a_phase() -> None:
    assert {phase.measure_id for phase in load_phases() if phase.start.isoformat() == "2023-01-01"} >= {
        "EH1",
        "EH2",
        "EH3",
    }


@pytest.mark.parametrize(
    "missing", ["A new way of counting", "A new return", "For good from then on", "Lead for data", "2024-02-01"]
)
def test_a_phase_without_its_reason_cause_shift_role_or_day_is_refused(tmp_path: Path, missing: str) -> None:
    with pytest.raises(PhasesProblem, match="row 2"):
        load_phases(phases_in(tmp_path, GOOD.replace(missing, "")))


def test_two_phases_of_a_measure_cannot_start_on_one_day(tmp_path: Path) -> None:
    with pytest.raises(PhasesProblem, match="same day"):
        load_phases(phases_in(tmp_path, GOOD, GOOD))
