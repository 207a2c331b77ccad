"""`improvement_plan`: from workstream to measure, to what is being done, by which role and when, to the theme of the JSNA."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pipelines.register import Measure

Row = Mapping[str, object]


@dataclass(frozen=True)
class Action:
    """One accepted row of the extract `actions`: roles, no names."""

    action_id: str
    workstream: str | None
    measure_id: str | None
    action: str | None
    owner_role: str | None
    due_date: date | None
    status: str | None
    completed_date: date | None


def improvement_plan(
    register: Mapping[str, Measure],
    targets: Sequence[Row],
    charts: Sequence[Row],
    actions: Sequence[Action],
    workstreams: Mapping[str, str],
) -> list[dict[str, object]]:
    """One row per measure, area and action; a measure without actions has one row, and so has an action without a measure.

    targets, charts: the rows of `target` and `control_chart`. workstreams: code → name.
    """
    newest = {(row["measure_id"], row["area_code"]): row for row in charts if row["is_newest"]}
    doing: dict[str | None, list[Action]] = {}
    for action in sorted(actions, key=lambda action: action.action_id):
        known = action.measure_id if action.measure_id in register else None
        doing.setdefault(known, []).append(action)
    rows: list[dict[str, object]] = []
    for row in targets:
        measure = register[str(row["measure_id"])]
        chart = newest.get((row["measure_id"], row["area_code"]))
        told = _measure(measure, row, chart)
        rows += [told | _action(action) for action in doing.get(measure.id, ())] or [told | _action(None)]
    for action in doing.get(None, ()):
        name = workstreams.get(action.workstream or "", "")
        rows.append({"workstream": f"{action.workstream or ''} {name}".strip() or None, **_action(action)})
    return rows


def _measure(measure: Measure, target: Row, chart: Row | None) -> dict[str, object]:
    return {
        "workstream": f"{measure.workstream.code} {measure.workstream.name}",
        "measure_id": measure.id,
        "title": measure.title,
        "area_code": target["area_code"],
        "unit": measure.unit,
        "baseline": target["baseline"],
        "baseline_period": target["baseline_period"],
        "latest": target["value"],
        "latest_period": target["period_label"],
        "target": target["target"],
        "target_by": target["target_by"],
        "target_status": target["status"],
        "signal": chart["signal"] if chart else None,
        "assurance": chart["assurance"] if chart else None,
        "measure_owner_role": measure.owner_role,
        "jsna_theme": measure.jsna_theme,
    }


def _action(action: Action | None) -> dict[str, object]:
    return {
        "action_id": action.action_id if action else None,
        "action": action.action if action else None,
        "owner_role": action.owner_role if action else None,
        "due_date": action.due_date if action else None,
        "status": action.status if action else None,
        "completed_date": action.completed_date if action else None,
    }
