"""Fictional schools and postcodes, survey waves and questions, read from `data/reference`."""

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[2] / "data" / "reference"


@dataclass(frozen=True)
class Wave:
    """One survey wave: who was asked, between which days, and how many."""

    wave_id: str
    respondent_role: str
    start_date: date
    end_date: date
    invited: int


@dataclass(frozen=True)
class Places:
    """Everything that the extracts borrow from the reference tables."""

    postcodes: tuple[str, ...]
    schools: dict[tuple[str, str], tuple[str, ...]]
    waves: tuple[Wave, ...]
    question_ids: tuple[str, ...]

    @property
    def postcode_districts(self) -> tuple[str, ...]:
        """The first half of each postcode, once."""
        return tuple(sorted({postcode.split()[0] for postcode in self.postcodes}))


def load_places(reference: Path = REFERENCE) -> Places:
    """Read the four reference files; a postcode that does not start with ZZ could be real and stops the run."""
    postcodes = tuple(row["postcode"] for row in _rows(reference / "postcode_lsoa.csv"))
    if not all(postcode.startswith("ZZ") for postcode in postcodes):
        raise ValueError(f"{reference / 'postcode_lsoa.csv'} holds a postcode outside the fictional area ZZ.")
    schools: dict[tuple[str, str], list[str]] = {}
    for row in _rows(reference / "schools.csv"):
        schools.setdefault((row["phase"], row["setting_type"]), []).append(row["school_urn"])
    waves = tuple(
        Wave(
            row["wave_id"],
            row["population"],
            date.fromisoformat(row["start_date"]),
            date.fromisoformat(row["end_date"]),
            int(row["invited"]),
        )
        for row in _rows(reference / "survey_waves.csv")
    )
    return Places(
        postcodes=postcodes,
        schools={kind: tuple(urns) for kind, urns in schools.items()},
        waves=waves,
        question_ids=tuple(row["question_id"] for row in _rows(reference / "question_bank.csv")),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
