"""From workstream to measure, action and theme of the JSNA."""

from datetime import date

from small_tables import AREA, REGISTER, monthly

from pipelines.publish.derived.control_chart import control_chart
from pipelines.publish.derived.figures import headline_series
from pipelines.publish.derived.improvement_plan import Action, improvement_plan
from pipelines.publish.derived.target import target

MEASURES = {name: REGISTER[name] for name in ("EH1", "CO2")}


def action(action_id: str, measure_id: str | None, workstream: str = "6") -> Action:
    return Action(action_id, workstream, measure_id, "Do it", "Head of service", date(2027, 1, 1), "on_track", None)


def plan(*actions: Action) -> list[dict[str, object]]:
    series = headline_series(monthly("EH1", 2024, [10, 12, 10, 12]), MEASURES)
    charts, targets = control_chart(series, MEASURES, {}), target(series, {AREA}, MEASURES, {})
    return improvement_plan(MEASURES, targets, charts, actions, {"6": "EHCPs"})


def test_a_measure_has_a_row_per_action_with_its_newest_figure_and_signal() -> None:
    rows = plan(action("A2", "EH1"), action("A1", "EH1"))
    own = [row for row in rows if row["measure_id"] == "EH1"]
    assert [row["action_id"] for row in own] == ["A1", "A2"]
    for row in own:
        assert (row["workstream"], row["latest"], row["latest_period"]) == ("6 EHCPs", 12, "April 2024")
        assert (row["baseline"], row["signal"], row["target_status"]) == (4.8, "none", "cannot say")
        assert (row["owner_role"], row["status"]) == ("Head of service", "on_track")
        assert row["jsna_theme"] == "Timely access to assessment and support"


def test_a_measure_that_nobody_acts_on_shows_and_so_does_an_action_without_a_measure() -> None:
    rows = plan(action("A1", None), action("A0", "NOT_THERE"))
    assert [(row.get("measure_id"), row["action_id"]) for row in rows] == [
        ("EH1", None),
        ("CO2", None),
        (None, "A0"),
        (None, "A1"),
    ]
    assert rows[-1]["workstream"] == "6 EHCPs"
