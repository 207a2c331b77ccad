"""Rows of extracts are about children: a small count of them cannot be had from what is printed."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from pipelines.disclosure.counts_of_rows import add_data_quality, safe_data_quality
from pipelines.disclosure.linked.control import make_safe
from pipelines.disclosure.linked.model import link_tables
from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.measure_rules import rule_of
from pipelines.disclosure.observation_cells import Row, add_observation
from pipelines.disclosure.system import SystemBuilder


def rows(**counts: int) -> list[Row]:
    usual = {"source": "exclusions", "topic": "rows", "severity": None, "total": counts["received"]}
    return [usual | {"item": item, "row_count": count} for item, count in counts.items()]


def rule(number: int, failing: int, checked: int, severity: str = "critical") -> Row:
    usual = {"source": "exclusions", "topic": "rule", "severity": severity}
    return usual | {"item": f"EXC_{number:03}", "row_count": failing, "total": checked}


def refused(month: int, quarantined: int, received: int) -> Row:
    place = {"area_code": "E06000058", "period_type": "month", "breakdown": "source", "breakdown_value": "exclusions"}
    period = {"period_start": date(2026, month, 1), "period_end": date(2026, month, 28)}
    return {"measure_id": "EV4", "unit": "%", **place, **period, "numerator": quarantined, "denominator": received}


def hidden(lines: Sequence[Row], observation: Sequence[Row] = ()) -> set[object]:
    """Items that are not shown; of observation the months."""
    builder = SystemBuilder(Policy(5, 10))
    observed = add_observation(builder, observation, {"EV4": rule_of("EV4", "%")})
    counts = add_data_quality(builder, lines, observation, observed)
    tables = link_tables(builder.cells.values(), builder.sums)
    away = set(tables.named(make_safe(tables, builder.policy, np.isin(tables.keys, list(builder.withheld))).hidden))
    safe = safe_data_quality(lines, counts, away)
    for line in safe:
        assert (line["share_pct"] is None) == (line["status"] is not None)
    months = {row["period_start"] for row, keys in zip(observation, observed, strict=True) if away & set(keys.keys)}
    return {line["item"] for line in safe if line["status"] == "c"} | months


def test_a_small_part_of_the_rows_received_cannot_be_had_from_the_others() -> None:
    assert hidden(rows(received=1000, accepted=990, quarantined=3, duplicate=7, superseded=0)) == {
        "quarantined",
        "duplicate",
    }


def test_a_small_part_beside_one_large_one_takes_that_with_it() -> None:
    assert hidden(rows(received=1000, accepted=997, quarantined=3, duplicate=0, superseded=0)) == {
        "quarantined",
        "accepted",
    }


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    lines = [*rows(received=1000, accepted=900, quarantined=100, duplicate=0, superseded=0), rule(1, 100, 1000)]
    assert hidden(lines) == set()


def test_a_few_rows_that_fail_or_pass_a_rule_are_hidden() -> None:
    lines = rows(received=1000, accepted=900, quarantined=100, duplicate=0, superseded=0)
    assert hidden([*lines, rule(1, 3, 1000, "warning"), rule(2, 997, 1000, "info"), rule(3, 50, 1000)]) >= {
        "EXC_001",
        "EXC_002",
    }


def test_the_only_critical_rule_that_fails_does_not_tell_how_many_were_quarantined() -> None:
    lines = rows(received=1000, accepted=997, quarantined=3, duplicate=0, superseded=0)
    assert hidden([*lines, rule(1, 3, 1000), rule(2, 0, 1000)]) == {"quarantined", "accepted", "EXC_001"}


def test_a_few_rows_refused_since_the_last_month_that_is_shown_cannot_be_had_by_subtraction() -> None:
    months = [refused(7, 40, 400), refused(8, 57, 500)]
    lines = rows(received=1000, accepted=900, quarantined=100, duplicate=0, superseded=0)
    assert hidden(lines, months)
    assert not hidden(rows(received=1000, accepted=893, quarantined=107, duplicate=0, superseded=0), months)
