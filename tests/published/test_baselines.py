"""Baselines of the register that were read from a published file are the figures of that file."""

import duckdb

from pipelines.reference import load_register
from tests.published.conftest import Published

AREA = "E06000058"


def test_a_baseline_that_is_published_is_the_published_figure(published: Published) -> None:
    figures = {
        (measure, period): value
        for measure, period, value in duckdb.execute(
            """
            select measure_id, period_label, value from read_parquet(?)
            where area_code = ? and breakdown_topic = 'Total' and is_latest and measure_id is not null
            """,
            [str(published.figures), AREA],
        ).fetchall()
    }
    checked = 0
    for entry in load_register():
        baseline = entry["baseline"]
        assert isinstance(baseline, dict)
        if (entry["id"], baseline["period"]) in figures:
            published_value = figures[entry["id"], baseline["period"]]
            assert round(published_value, 2) == round(baseline["value"], 2), entry["id"]
            checked += 1
    assert checked >= 15
