"""What the real published files are known to hold."""

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.published import build_published_figures
from pipelines.settings import REFERENCE, Settings
from tests.published.conftest import BCP, Published


def test_the_newer_release_wins_and_the_older_row_stays_with_its_name(published: Published) -> None:
    rows = published.rows("""
        select release, value, is_latest, revised_by from figure
        where measure_id = 'EH1' and area_code = 'E92000001' and period_label = '2019' and breakdown_topic = 'Total'
        order by release""")
    newer = "ehcp_2026_timeliness_20_week__BCP_2025_rows.csv"
    assert rows == [(2025, 58.7, False, newer), (2026, 58.7, True, None)]


def test_every_real_file_is_read(published: Published) -> None:
    result = published.report.result
    assert (len(result.files), result.refused, result.absent) == (17, (), ())
    assert published.rows("select count(*) from figure") == [(result.rows,)]


@pytest.mark.parametrize(
    ("rule", "failed", "total"),
    [
        ("PUB_REQ_001", 0, 12415),
        ("PUB_TIM_001", 0, 12166),
        ("PUB_TIM_003", 340, 11526),
        ("PUB_TIM_004", 0, 323),
        ("PUB_REQ_002", 0, 323),
        ("PUB_ASS_001", 0, 323),
    ],
)
def test_an_identity_of_the_2025_release_holds_as_often_as_it_is_known_to(
    published: Published, rule: str, failed: int, total: int
) -> None:
    (check,) = (check for check in published.report.result.checks if check.rule_id == rule and "2026" not in check.file)
    assert (check.failed, check.total) == (failed, total)


def test_the_identity_that_fails_is_a_warning_and_does_not_refuse_the_file(published: Published) -> None:
    (check,) = (c for c in published.report.result.checks if c.rule_id == "PUB_TIM_003" and "2026" not in c.file)
    assert check.severity == "warning"
    assert not check.refuses


def test_only_inner_and_outer_london_of_the_interactive_tool_have_no_area_code(published: Published) -> None:
    rows = published.rows("select distinct area_name from figure where area_code is null order by 1")
    assert rows == [("London (Inner)",), ("London (Outer)",)]


def test_the_neighbours_in_the_reference_list_are_those_of_the_published_file(shared_dir: Path) -> None:
    with (shared_dir / "published" / "neighbours" / "stat_neighbours.csv").open(
        encoding="utf-8-sig", newline=""
    ) as lines:
        published_names = [row["Bournemouth, Christchurch and Poole"] for row in csv.DictReader(lines)]
    with (REFERENCE / "area_neighbours.csv").open(encoding="utf-8", newline="") as lines:
        kept = [row["neighbour_name"] for row in csv.DictReader(lines) if row["area_code"] == BCP]
    assert ["Bedford" if name == "Bedford Borough" else name for name in published_names if name] == kept


def test_without_a_published_folder_there_is_an_empty_table_with_the_same_columns(
    settings: Settings, published: Published
) -> None:
    report = build_published_figures(settings)
    empty = pq.read_table(report.output)
    assert not report.configured
    assert empty.num_rows == 0
    assert empty.schema.equals(pq.read_schema(published.figures))


def test_a_published_folder_that_is_not_there_is_said(settings: Settings) -> None:
    with pytest.raises(NotADirectoryError, match="is not there"):
        build_published_figures(settings.model_copy(update={"published_dir": settings.data_dir / "nowhere"}))
