"""Counts of themes: withheld under ten, with what would give them away, and between releases."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.disclosure.errors import DisclosureError
from pipelines.publish.protect import protect_shared
from pipelines.publish.release import list_releases, publish_tables
from pipelines.settings import Settings
from tests.publish.small_release import AS_AT, SOURCES, START
from tests.voice.small_themes import FIRST_THEMES, FirstRelease, candidates, protected

ENOUGH = {"waiting": 40, "transport": 25, "health": 35}


def test_themes_of_ten_and_more_are_shown_with_share_limits_and_agreement(settings: Settings) -> None:
    row = protected(settings, ENOUGH, 90)["waiting"]
    assert (row["responses"], row["base"], row["status"]) == (40, 90, None)
    assert row["share_pct"] == pytest.approx(44.444, abs=1e-3)
    # Wilson's limits of 40 in 90, worked by hand.
    assert (row["lower_95"], row["upper_95"]) == (pytest.approx(34.62, abs=0.01), pytest.approx(54.73, abs=0.01))
    # 8 + 10 of 20 alike = 0.9; by chance 0.45² + 0.55² = 0.505; (0.9 - 0.505) / 0.495 = 0.798.
    assert row["agreement"] == 0.8


@pytest.mark.parametrize("few", [0, 1, 4, 5, 9])
def test_a_theme_of_fewer_than_ten_is_withheld_also_a_zero(settings: Settings, few: int) -> None:
    row = protected(settings, ENOUGH | {"short_breaks": few}, 90)["short_breaks"]
    assert (row["responses"], row["share_pct"], row["agreement"], row["status"]) == (None, None, None, "c")


def test_a_theme_of_ten_is_shown(settings: Settings) -> None:
    assert protected(settings, ENOUGH | {"short_breaks": 10}, 90)["short_breaks"]["responses"] == 10


@pytest.mark.parametrize("left", [1, 4])
def test_one_to_four_whom_a_theme_leaves_out_cannot_be_worked_out(settings: Settings, left: int) -> None:
    row = protected(settings, {"waiting": 90 - left, "transport": 45}, 90)["waiting"]
    assert row["responses"] is None or row["base"] is None
    assert row["share_pct"] is None


def test_a_theme_that_leaves_nobody_or_five_out_is_shown(settings: Settings) -> None:
    rows = protected(settings, {"waiting": 90, "transport": 85}, 90)
    assert [row["responses"] for row in rows.values()] == [90, 85]


def test_a_base_under_ten_is_withheld_with_its_themes(settings: Settings) -> None:
    rows = protected(settings, {"waiting": 9, "transport": 3}, 9)
    assert {(row["responses"], row["base"]) for row in rows.values()} == {(None, None)}


def test_what_the_shown_themes_leave_of_the_base_does_not_tell_that_a_small_theme_is_there(settings: Settings) -> None:
    # 30 + 20 named a theme that is shown, of 55 who named any: at least five named the third, unless one of these is hidden.
    rows = protected(settings, {"waiting": 30, "transport": 20, "health": 6}, 55)
    assert rows["health"]["responses"] is None
    assert (
        any(rows[theme]["responses"] is None for theme in ("waiting", "transport")) or rows["waiting"]["base"] is None
    )


def test_a_theme_that_was_withheld_stays_so_for_its_wave_and_a_small_revision_is_held(
    first_release: FirstRelease,
) -> None:
    later = protected(first_release.settings, FIRST_THEMES | {"waiting": 42, "short_breaks": 30}, 90)
    assert (later["short_breaks"]["responses"], later["short_breaks"]["status"]) == (None, "c")
    waiting = later["waiting"]
    assert (waiting["responses"], waiting["status"], waiting["agreement"]) == (40, "h", 0.8)


def test_a_revision_by_many_is_shown(first_release: FirstRelease) -> None:
    waiting = protected(first_release.settings, FIRST_THEMES | {"waiting": 60}, 110)["waiting"]
    assert (waiting["responses"], waiting["base"], waiting["status"]) == (60, 110, None)


@pytest.mark.parametrize(
    ("theme", "change"),
    [("short_breaks", {"responses": 9.0}), ("waiting", {"base": 91.0}), ("waiting", {"responses": None})],
    ids=["a withheld count is printed", "a count is altered", "a share stands without its count"],
)
def test_a_release_that_prints_what_its_proof_does_not_know_is_stopped(
    settings: Settings, theme: str, change: dict[str, object]
) -> None:
    safe = protect_shared(settings, candidates(settings.data_dir / "candidates", ENOUGH | {"short_breaks": 9}, 90, 120))
    table = pq.read_table(safe.tables["theme"])
    rows = [row | change if row["theme"] == theme else row for row in table.to_pylist()]
    pq.write_table(pa.Table.from_pylist(rows, table.schema), safe.tables["theme"])
    with pytest.raises(DisclosureError, match="proof of its safety"):
        publish_tables(settings, AS_AT, safe, SOURCES, START)
    assert list_releases(settings) == []
