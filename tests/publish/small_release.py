"""A small shared dataset for the tests of publishing, and the scripts that run in processes of their own."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd

from pipelines.publish.dictionary import SourceState
from pipelines.publish.protect import protect_shared
from pipelines.publish.release import Release, earlier_releases, publish_tables
from pipelines.settings import Settings

AS_AT = date(2026, 9, 30)
STEP = 10
"""Rounds so far apart are both shown: a revision by a few children would be held, and the release be the same."""
START = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)
SOURCES = [SourceState("ehcp_timeliness", "ehcp_timeliness", "current", ("0123456789abcdef",), AS_AT, 0, "Received.")]


def candidates(folder: Path, round_number: int = 0) -> dict[str, Path]:
    """Candidate tables in which every number depends on `round_number`, so that each round is a new release."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for year in range(2019, 2026):
        groups = {"F": (60 + round_number, 30), "M": (90, 45 + year % 7), "Unknown": (3, 1)}
        groups_total = (sum(d for d, _ in groups.values()), sum(n for _, n in groups.values()))
        for value, (denominator, numerator) in {"All": groups_total, **groups}.items():
            rows.append(
                {
                    "measure_id": "EH1",
                    "period_type": "calendar_year",
                    "period_start": date(year, 1, 1),
                    "period_end": date(year, 12, 31),
                    "area_code": "E06000058",
                    "breakdown": "total" if value == "All" else "sex",
                    "breakdown_value": value,
                    "numerator": float(numerator),
                    "denominator": float(denominator),
                    "value": 100 * numerator / denominator,
                    "base": denominator,
                    "lower_95": 1.0,
                    "upper_95": 99.0,
                    "lower_998": 0.5,
                    "upper_998": 99.5,
                    "unit": "%",
                }
            )
    measure = dict.fromkeys(
        [
            "workstream",
            "question",
            "numerator",
            "denominator",
            "direction",
            "frequency",
            "source",
            "lag",
            "minimum_base",
        ],
        "x",
    )
    measure |= {"measure_id": "EH1", "title": "Issued within 20 weeks", "unit": "%", "break_in_series": None}
    made = {"observation": pd.DataFrame(rows), "measure": pd.DataFrame([measure])}
    paths = {name: folder / f"{name}.parquet" for name in made}
    for name, table in made.items():
        table.to_parquet(paths[name])
    return paths


def publish(settings: Settings, round_number: int = 0, as_at: date = AS_AT, minutes: int | None = None) -> Release:
    """Publish the small dataset of a round, at its own minute unless told otherwise."""
    found = candidates(settings.data_dir / "candidates", round_number)
    made_at = START + timedelta(minutes=round_number if minutes is None else minutes)
    return publish_tables(
        settings, as_at, protect_shared(settings, found, earlier_releases(settings)), SOURCES, made_at
    )


def main() -> None:
    """`python small_release.py DATA_DIR FIRST LAST`: publish rounds, one line each after `ready`."""
    data_dir, first, last = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    settings = Settings(data_dir=data_dir, key_file=data_dir.parent / "keys" / "pseudonym.key")
    print("ready", flush=True)
    for round_number in range(first, last):
        publish(settings, STEP * round_number)
        print(round_number, flush=True)


if __name__ == "__main__":
    main()
