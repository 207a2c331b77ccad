"""A median beside a figure that is held."""

from pathlib import Path

import pandas as pd
import pytest

from pipelines.disclosure.observation_cells import RowCounts
from pipelines.publish.held import with_held

NUMBERS = ("numerator", "denominator", "value", "lower_95", "upper_95", "lower_998", "upper_998")
COUNTS = [RowCounts("plans in time", "plans"), RowCounts(leans_on=("plans in time", "plans"))]


def rows(issued: float | None, median: float | None) -> list[dict[str, object]]:
    empty: dict[str, object] = dict.fromkeys(NUMBERS)
    status = None if median else "c"
    return [
        {"measure_id": "EH1", **empty, "numerator": 30.0, "denominator": issued, "value": 50.0, "status": None},
        {"measure_id": "EH5", **empty, "value": median, "status": status},
    ]


@pytest.fixture
def newest(tmp_path: Path) -> Path:
    """The tables of the release before: 60 plans, a median of 19.5 weeks."""
    pd.DataFrame(rows(60.0, 19.5)).to_parquet(tmp_path / "observation.parquet")
    return tmp_path


def test_the_median_stands_as_it_was_while_a_count_that_it_leans_on_is_held(newest: Path) -> None:
    plans, median = with_held("observation", rows(None, None), COUNTS, {"plans": 60}, newest)
    assert (plans["denominator"], plans["status"]) == (60, "h")
    assert (median["value"], median["status"]) == (19.5, "h")


def test_a_median_that_was_never_shown_is_not_shown_now(tmp_path: Path) -> None:
    pd.DataFrame(rows(60.0, None)).to_parquet(tmp_path / "observation.parquet")
    _, median = with_held("observation", rows(None, None), COUNTS, {"plans": 60}, tmp_path)
    assert (median["value"], median["status"]) == (None, "c")


def test_a_median_is_as_it_is_now_where_nothing_is_held(newest: Path) -> None:
    assert with_held("observation", rows(70.0, 18.0), COUNTS, {"another count": 3}, newest)[1]["value"] == 18.0


def test_a_percentage_of_a_count_that_is_held_and_one_that_is_not_is_suppressed_and_says_so(newest: Path) -> None:
    plans, _ = with_held("observation", rows(70.0, 18.0), COUNTS, {"plans in time": 31}, newest)
    assert (plans["numerator"], plans["denominator"], plans["value"], plans["status"]) == (31, 70.0, None, "c")
