"""Several releases as one reader has them: what a later one changes must not tell what an earlier one hid."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_release import AS_AT, SOURCES, START, candidates

from pipelines.disclosure.errors import DisclosureError
from pipelines.publish.derived.published import PublishedFigure
from pipelines.publish.errors import PublishError
from pipelines.publish.formats import DATABASE
from pipelines.publish.guarantee import check_release, load_proof
from pipelines.publish.past import record_path
from pipelines.publish.protect import protect_shared
from pipelines.publish.release import Release, earlier_releases, publish_tables
from pipelines.settings import Settings

Counts = dict[str, tuple[int, int]]
LINES = pa.schema(
    [
        *((name, pa.string()) for name in ("source", "topic", "item", "dimension", "severity", "plain_words")),
        ("row_count", pa.int64()),
        ("total", pa.int64()),
        ("source_status", pa.string()),
        ("age_days", pa.int32()),
    ]
)
FIRST: Counts = {"F": (60, 30), "M": (90, 45)}


def counted(settings: Settings, counts: Counts) -> dict[str, Path]:
    """Candidates: one calendar year of EH1 by sex, value → (denominator, numerator)."""
    found = candidates(settings.data_dir / "candidates")
    rows = pd.read_parquet(found["observation"])
    one = rows[rows["breakdown_value"].isin([*counts, "All"])].drop_duplicates("breakdown_value").copy()
    whole = {**counts, "All": (sum(d for d, _ in counts.values()), sum(n for _, n in counts.values()))}
    one["denominator"] = [float(whole[value][0]) for value in one["breakdown_value"]]
    one["numerator"] = [float(whole[value][1]) for value in one["breakdown_value"]]
    one["value"] = 100 * one["numerator"] / one["denominator"]
    one.to_parquet(found["observation"])
    return found


def publish(settings: Settings, number: int, counts: Counts) -> Release:
    """A release of these counts."""
    protected = protect_shared(settings, counted(settings, counts), earlier_releases(settings))
    return publish_tables(settings, AS_AT, protected, SOURCES, START + timedelta(days=number))


def printed(release: Release) -> dict[str, tuple[object, ...]]:
    with duckdb.connect(str(release.folder / DATABASE), read_only=True) as connection:
        rows = connection.execute(
            "select breakdown_value, denominator, numerator, value, status from observation"
        ).fetchall()
    return {row[0]: (*row[1:3], row[3] and round(row[3], 2), row[4]) for row in rows}


def test_a_revision_by_a_few_children_is_held_and_says_so(settings: Settings) -> None:
    publish(settings, 1, FIRST)
    second = printed(publish(settings, 2, {"F": (60, 32), "M": (90, 45)}))
    assert second["F"] == (60, 30, 50.0, "h")
    assert second["All"] == (150, 75, 50.0, "h")
    # Its count did not move: were it not marked like the others, each that is marked would be known to have moved.
    assert second["M"] == (90, 45, 50.0, "h")


def test_a_small_revision_to_the_figure_that_the_dfe_has_published_is_held_all_the_same(settings: Settings) -> None:
    publish(settings, 1, FIRST)
    found = counted(settings, {"F": (60, 32), "M": (90, 45)})
    year = pd.read_parquet(found["observation"])["period_start"].iloc[0].year
    figure = PublishedFigure(
        "EH1", "", "total", "total", "calendar_year", str(year), "E06000058", "", "own", 77, 150, 51.3, "%", None
    )
    found["comparison"] = settings.data_dir / "candidates" / "comparison.parquet"
    pd.DataFrame([asdict(figure)]).to_parquet(found["comparison"])
    rows = pd.read_parquet(protect_shared(settings, found, earlier_releases(settings)).tables["observation"])
    assert rows.set_index("breakdown_value")["numerator"].to_dict() == {"All": 75, "F": 30, "M": 45, "Unknown": 0}


def test_a_few_rows_more_than_last_night_are_held_and_many_are_shown(settings: Settings) -> None:
    told: list[list[tuple[object, ...]]] = []
    for number, accepted in enumerate((600, 603, 650)):
        found = counted(settings, FIRST)
        found["data_quality"] = settings.data_dir / "candidates" / "data_quality.parquet"
        usual = {"source": "appeals", "source_status": "current", "age_days": number, "plain_words": None}
        lines = [
            {**usual, "topic": "rows", "item": item, "row_count": accepted, "total": accepted}
            for item in ("received", "accepted")
        ]
        lines.append({**usual, "topic": "rule", "item": "APP_001", "row_count": 60, "total": accepted})
        pq.write_table(pa.Table.from_pylist(lines, LINES), found["data_quality"])
        protected = protect_shared(settings, found, earlier_releases(settings))
        release = publish_tables(settings, AS_AT, protected, SOURCES, START + timedelta(days=number))
        check_release(release.folder / DATABASE, load_proof(settings, release.release_id))
        with duckdb.connect(str(release.folder / DATABASE), read_only=True) as connection:
            told.append(
                connection.execute(
                    "select item, row_count, total, share_pct, status from data_quality order by item"
                ).fetchall()
            )
    first, second, third = told
    assert first == [
        ("APP_001", 60, 600, 10.0, None),
        ("accepted", 600, 600, 100.0, None),
        ("received", 600, 600, 100.0, None),
    ]
    assert second == [(*row[:4], "h") for row in first]
    assert third == [
        ("APP_001", 60, 650, 9.2, None),
        ("accepted", 650, 650, 100.0, None),
        ("received", 650, 650, 100.0, None),
    ]


def test_the_plans_that_ended_are_part_of_what_is_proven(settings: Settings) -> None:
    found = candidates(settings.data_dir / "candidates")
    issued = pd.read_parquet(found["observation"]).query("breakdown == 'total'")
    in_force = issued.assign(measure_id="CU4", numerator=60.0, denominator=500.0)
    pd.concat([issued, in_force]).to_parquet(found["observation"])
    proof = protect_shared(settings, {"observation": found["observation"]}).guarantee.proof
    assert "plans that ended in calendar_year 2025-01-01" in proof["cells"]


def test_a_revision_by_many_children_is_shown_and_so_is_a_held_one_once_it_has_grown(settings: Settings) -> None:
    publish(settings, 1, FIRST)
    publish(settings, 2, {"F": (60, 32), "M": (90, 45)})
    third = printed(publish(settings, 3, {"F": (60, 40), "M": (90, 45)}))
    assert third["F"] == (60, 40, 66.67, None)


def test_what_was_suppressed_stays_so_for_its_period_though_the_count_has_grown(settings: Settings) -> None:
    first = printed(publish(settings, 1, {"F": (60, 3), "M": (90, 45), "Unknown": (40, 20)}))
    assert first["F"][1:] == (None, None, "c")
    second = printed(publish(settings, 2, {"F": (60, 30), "M": (90, 45), "Unknown": (40, 20)}))
    assert second["F"][1:] == (None, None, "c")


def test_without_the_record_of_an_earlier_release_nothing_is_published(settings: Settings) -> None:
    first = publish(settings, 1, FIRST)
    record_path(settings, first.release_id).unlink()
    with pytest.raises(PublishError, match=r"record of release .* is missing"):
        publish(settings, 2, {"F": (60, 40), "M": (90, 45)})


def test_the_record_of_a_run_that_was_killed_before_it_published_is_forgotten(settings: Settings) -> None:
    first = publish(settings, 1, FIRST)
    orphan = record_path(settings, "9999-killed")
    orphan.write_bytes(record_path(settings, first.release_id).read_bytes())
    publish(settings, 2, {"F": (60, 40), "M": (90, 45)})
    assert not orphan.exists()


@pytest.mark.parametrize(
    "change",
    [
        "update observation set numerator = 1 where breakdown_value = 'F'",
        "update observation set denominator = denominator + 1 where breakdown_value = 'M'",
        "update observation set value = 5.0 where breakdown_value = 'F'",
    ],
)
def test_a_release_whose_numbers_are_not_those_of_its_proof_is_stopped(
    settings: Settings, tmp_path: Path, change: str
) -> None:
    release = publish(settings, 1, {"F": (60, 3), "M": (90, 45), "Unknown": (40, 20)})
    guarantee = load_proof(settings, release.release_id)
    check_release(release.folder / DATABASE, guarantee)
    altered = tmp_path / "altered.duckdb"
    altered.write_bytes((release.folder / DATABASE).read_bytes())
    with duckdb.connect(str(altered)) as connection:
        connection.execute(change)
    with pytest.raises(DisclosureError, match="The release was stopped"):
        check_release(altered, guarantee)
