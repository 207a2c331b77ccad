"""What we said then and what we say now."""

from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from small_release import publish
from small_tables import figure, month, observation

from pipelines.publish import list_releases
from pipelines.publish.derived.figures import Figure
from pipelines.publish.derived.revision import Printed, revisions
from pipelines.publish.derived.tables import PastRelease, revision_table
from pipelines.publish.rollback import roll_back
from pipelines.publish.shared_contract import load_shared_contract
from pipelines.settings import Settings

A, B = month(2024, 1), month(2024, 2)
MOMENTS = [datetime(2024, 3, day) for day in (1, 2, 3, 4)]


def printed(number: int, *figures: Figure) -> Printed:
    return Printed(f"r{number}", MOMENTS[number], figures)


def told(rows: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in ("release_id", "period_start", "change", "value", "status")) for row in rows]


def test_a_row_only_where_a_release_says_something_else() -> None:
    rows = revisions(
        [],
        [
            printed(0, figure("EH1", *A, 10.0, (1, 10)), figure("EH1", *B, None, status="c")),
            printed(1, figure("EH1", *A, 12.0, (6, 50)), figure("EH1", *B, None, status="c")),
            printed(2, figure("EH1", *A, 12.0, (6, 50))),
            printed(3, figure("EH1", *A, 12.0, (6, 50)), figure("EH1", *B, 30.0, (3, 10))),
        ],
    )
    assert told(rows) == [
        ("r0", A[0], "first", 10.0, None),
        ("r0", B[0], "first", None, "c"),
        ("r1", A[0], "revised", 12.0, None),
        ("r2", B[0], "withdrawn", None, None),
        ("r3", B[0], "first", 30.0, None),
    ]


def test_a_count_that_changes_under_the_same_value_is_a_revision() -> None:
    rows = revisions([], [printed(0, figure("EH1", *A, 50.0, (5, 10))), printed(1, figure("EH1", *A, 50.0, (6, 12)))])
    assert [(row["change"], row["numerator"]) for row in rows] == [("first", 5), ("revised", 6)]


def test_a_count_on_the_day_of_a_refresh_is_not_withdrawn_by_the_next_day() -> None:
    days = [date(2024, 3, 1), date(2024, 3, 2)]
    first, second = (figure("EH6", day, day, 7.0, period_type="as_at") for day in days)
    rows = revisions([], [printed(0, first), printed(1, second)])
    assert [(row["period_start"], row["change"]) for row in rows] == [(days[0], "first"), (days[1], "first")]


def test_a_history_that_is_passed_on_equals_one_made_anew_and_outlives_the_older_folders(tmp_path: Path) -> None:
    tables = [observation([figure("EH1", *A, value)]) for value in (10.0, 11.0, 12.0)]
    folders = [tmp_path / f"r{number}" for number in range(3)]
    past: list[PastRelease] = []
    for number, folder in enumerate(folders):
        folder.mkdir()
        pq.write_table(tables[number], folder / "observation.parquet")
        past.append(PastRelease(f"r{number}", MOMENTS[number].replace(tzinfo=UTC), folder))
    anew = revision_table("r2", MOMENTS[2].replace(tzinfo=UTC), tables[2], past[:2])
    pq.write_table(
        revision_table("r1", MOMENTS[1].replace(tzinfo=UTC), tables[1], past[:1]), folders[1] / "revision.parquet"
    )
    assert revision_table("r2", MOMENTS[2].replace(tzinfo=UTC), tables[2], past[:2]) == anew
    assert revision_table("r2", MOMENTS[2].replace(tzinfo=UTC), tables[2], past[1:2]) == anew
    assert anew.column("value").to_pylist() == [10.0, 11.0, 12.0]


def as_known(database: Path, at: datetime) -> list[tuple[object, ...]]:
    """What the query in the dictionary returns for a moment."""
    words = load_shared_contract().table("revision").description
    query = words.partition("As known on a day: ")[2].partition(". One row per")[0]
    assert query.startswith("select ")
    asked = query.replace("2026-12-31 00:00:00", str(at))
    place = "measure_id, area_code, period_type, period_start, period_end, breakdown, breakdown_value"
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(
            f"select {place}, round(value, 6), numerator, denominator, status from ({asked}) order by all"
        ).fetchall()


def observed(database: Path) -> list[tuple[object, ...]]:
    place = "measure_id, area_code, period_type, period_start, period_end, breakdown, breakdown_value"
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(
            f"select {place}, round(value, 6), numerator, denominator, status from observation order by all"
        ).fetchall()


def test_the_query_of_the_dictionary_gives_each_release_back_as_it_was(twice: Settings) -> None:
    second, first = list_releases(twice)
    now = twice.shared / "send_shared.duckdb"
    assert as_known(now, datetime(2026, 9, 30, 2, 0, 30)) == observed(first.folder / "send_shared.duckdb")
    assert as_known(now, datetime(2026, 9, 30, 2, 1, 0)) == observed(second.folder / "send_shared.duckdb")
    assert as_known(now, datetime(2026, 9, 30, 1, 0, 0)) == []


def test_what_a_rollback_withdrew_is_not_printed_again(twice: Settings) -> None:
    first = list_releases(twice)[1]
    roll_back(twice, first.release_id, "The wrong roll was used.", datetime(2026, 10, 1))
    third = publish(twice, 2)
    made = pq.read_table(third.folder / "parquet" / "revision.parquet").column("release_id").to_pylist()
    assert set(made) == {first.release_id, third.release_id}


def test_a_release_says_the_same_whatever_its_history(twice: Settings) -> None:
    second, first = list_releases(twice)
    assert (
        pq.read_table(second.folder / "parquet" / "revision.parquet").num_rows
        > pq.read_table(first.folder / "parquet" / "revision.parquet").num_rows
    )
    assert publish(twice, 1, minutes=9).unchanged


@pytest.mark.parametrize("value", [0.1 + 0.2, 0.3])
def test_last_bits_are_no_revision(value: float) -> None:
    rows = revisions([], [printed(0, figure("EH1", *A, 0.3)), printed(1, figure("EH1", *A, value))])
    assert len(rows) == 1
