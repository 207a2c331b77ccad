"""A few counted themes of one wave, beside the respondents of that wave, as candidates for a release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.publish.protect import protect_shared
from pipelines.publish.release import Release, earlier_releases, publish_tables
from pipelines.settings import Settings
from tests.publish.small_release import AS_AT, SOURCES, START

WAVE = "2026-SUM-PC"
QUOTED = "We waited, and [name] never rang"
FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
PLACE = {"period_type": "wave", "period_start": FIRST, "period_end": LAST, "area_code": "E06000058"}
LIMITS = dict.fromkeys(("lower_95", "upper_95", "lower_998", "upper_998"), 1.0)
MEASURE = ("title", "workstream", "question", "numerator", "denominator", "direction", "frequency", "source", "lag")
PAIRS = {"double_coded": 20.0, "both_coders": 8.0, "first_coder_only": 1.0, "second_coder_only": 1.0}


FIRST_THEMES = {"waiting": 40, "transport": 25, "health": 35, "short_breaks": 9}


@dataclass(frozen=True)
class FirstRelease:
    """A data folder in which a release of FIRST_THEMES was published, of 90 coded comments. To read and to protect only."""

    settings: Settings
    release: Release


def theme_rows(themes: Mapping[str, int], base: int) -> list[dict[str, object]]:
    """Rows of shared.theme: theme → responses, with the base of the wave."""
    return [
        {
            "wave_id": WAVE,
            "theme": theme,
            "label": theme.capitalize(),
            "code_book_version": 1,
            "wave_start_date": FIRST,
            "wave_end_date": LAST,
            "respondent_role": "parent_carer",
            "area_code": "E06000058",
            "numerator": float(responses),
            "denominator": float(base),
            **PAIRS,
        }
        for theme, responses in themes.items()
    ]


def quote_rows(themes: Sequence[str], role_responses: int = 30, number: int = 0) -> list[dict[str, object]]:
    """Rows of shared.quote: one approved quote under each of its themes."""
    place: dict[str, object] = {"quote_number": number, "wave_id": WAVE, "respondent_role": "parent_carer"}
    place |= {"role_responses": role_responses, "text": QUOTED}
    return [place | {"theme": theme, "label": theme.capitalize()} for theme in themes]


def candidates(
    folder: Path, themes: Mapping[str, int], base: int, respondents: int, more: Mapping[str, pa.Table] | None = None
) -> dict[str, Path]:
    """Candidate tables: the themes, and EV2 with its `respondents` out of 300."""
    rate = {"measure_id": "EV2", **PLACE, "value": 100 * respondents / 300, "base": 300, "unit": "%", **LIMITS}
    rate |= {"numerator": float(respondents), "denominator": 300.0}
    groups = (("total", "All"), ("respondent_role", "parent_carer"))
    tables = {
        "theme": pa.Table.from_pylist(theme_rows(themes, base)),
        "observation": pa.Table.from_pylist([rate | {"breakdown": by, "breakdown_value": at} for by, at in groups]),
        "measure": pa.Table.from_pylist(
            [
                {"measure_id": "EV2", "unit": "%", "minimum_base": "30", "break_in_series": "none"}
                | dict.fromkeys(MEASURE, "x")
            ]
        ),
        **(more or {}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return {name: folder / f"{name}.parquet" for name in tables}


def protected(
    settings: Settings, themes: Mapping[str, int], base: int, respondents: int = 120
) -> dict[str, dict[str, object]]:
    """Theme → its row as partners would see it in the next release."""
    found = candidates(settings.data_dir / "candidates", themes, base, respondents)
    tables = protect_shared(settings, found, earlier_releases(settings)).tables
    return {str(row["theme"]): row for row in pq.read_table(tables["theme"]).to_pylist()}


def publish(
    settings: Settings,
    themes: Mapping[str, int],
    base: int,
    more: Mapping[str, pa.Table] | None = None,
) -> Release:
    """Publish a first release of these themes."""
    found = candidates(settings.data_dir / "candidates", themes, base, 120, more)
    return publish_tables(settings, AS_AT, protect_shared(settings, found), SOURCES, START)


def published(release: Release, table: str = "theme") -> list[dict[str, object]]:
    """The rows of a table of a release."""
    return pq.read_table(release.folder / "parquet" / f"{table}.parquet").to_pylist()
