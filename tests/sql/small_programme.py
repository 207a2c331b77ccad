"""The made-up rows of the extracts about staff, logs, health waits, attendance, audits and appeals, and published figures."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

from pipelines.reference import load_register
from tests.sql.world import AREA, World

Row = dict[str, object]
MONTH_ENDS = [date(2026 + (month // 12), month % 12 + 1, 1) - timedelta(days=1) for month in range(-23, 9)]
TERMS = [date(2025, 1, 6), date(2025, 9, 3), date(2026, 1, 6), date(2026, 4, 14)]


def fill_programme(world: World, rng: random.Random, children: Sequence[Row]) -> None:
    """Rows of the nine extracts, for the children of the others."""
    ids = [child["child_id"] for child in children]
    world.put("staging.workforce", [_post(rng, number, end) for number in range(12) for end in MONTH_ENDS])
    world.put("staging.caseworker_allocation", [_allocation(rng, number, rng.choice(ids)) for number in range(200)])
    world.put("staging.complaints", [_feedback(rng, number) for number in range(150)])
    world.put("staging.coproduction_log", [_said(rng, number) for number in range(80)])
    world.put("staging.health_waits", [_referral(rng, number, rng.choice(ids)) for number in range(200)])
    world.put("staging.plan_audit", [_audit(rng, number, rng.choice(ids)) for number in range(80)])
    world.put("staging.attendance", [_attended(rng, child, term) for child in ids for term in TERMS])
    world.put("staging.appeals", [_dispute(rng, number, rng.choice(ids)) for number in range(80)])
    world.put("staging.actions", [_action(rng, number) for number in range(40)])


def published_measures() -> list[Row]:
    """Two years of every measure that is read from a published file, and one of another area."""
    measures = [str(entry["id"]) for entry in load_register() if entry["source"] == "published"]
    figures = [(measure, area) for measure in measures for area in (AREA, "E92000001")]
    whole: Row = {"breakdown_topic": "Total", "breakdown": "Total", "is_latest": True, "source_file": "figures.csv"}
    return [
        {
            **whole,
            "measure_id": measure,
            "figure_id": measure,
            "area_code": area,
            "period_type": period_type,
            "period_label": label,
            "denominator": 40.0 if measure == "EX8" else None,
            "value": 10.0 + number,
        }
        for number, (measure, area) in enumerate(figures)
        for period_type, label in (("academic_year", "2023/24"), ("financial_year", "2025"))
    ]


def _day(rng: random.Random, first: date, days: int, gap: float = 0.0) -> date | None:
    return None if rng.random() < gap else first + timedelta(days=rng.randrange(days))


def _post(rng: random.Random, number: int, end: date) -> Row:
    filled = rng.random() < 0.7
    return {
        "month_end": end,
        "post_id": f"p{number}",
        "role": ["caseworker", "manager", "educational_psychologist", "senco"][number % 4],
        "established_fte": 1.0,
        "filled_fte": 0.6 if filled else 0.0,
        "agency_fte": rng.choice([0.0, 0.4, None]),
        "headcount": 1 if filled else 0,
        "starters": 0,
        "leavers": rng.choice([0, 0, 0, 1]),
        "is_qualified": rng.choice([True, False, None]),
    }


def _allocation(rng: random.Random, number: int, child: object) -> Row:
    begun = date(2024, 10, 1) + timedelta(days=rng.randrange(700))
    return {
        "request_id": f"r{number % 150}",
        "child_id": child,
        "caseworker_ref": f"w{rng.randrange(6)}",
        "allocated_date": begun,
        "ended_date": _day(rng, begun, 300, gap=0.4),
    }


def _feedback(rng: random.Random, number: int) -> Row:
    return {
        "record_id": f"f{number}",
        "kind": rng.choice(["complaint", "complaint", "compliment", "ombudsman", None]),
        "stage": rng.choice([1, 1, 2, None]),
        "received_date": _day(rng, date(2025, 1, 10), 660),
        "outcome": rng.choice(["upheld", "partly_upheld", "not_upheld", None]),
    }


def _said(rng: random.Random, number: int) -> Row:
    raised = date(2025, 2, 1) + timedelta(days=rng.randrange(600))
    return {
        "item_id": f"i{number}",
        "kind": rng.choice(["you_said", "you_said", "co_lead"]),
        "workstream": rng.choice([*"12345678", None]),
        "raised_date": raised,
        "raised_by": rng.choice(["parent_carer", "child_young_person", "practitioner"]),
        "closed_date": _day(rng, raised, 400, gap=0.4),
    }


def _referral(rng: random.Random, number: int, child: object) -> Row:
    referred = date(2024, 11, 1) + timedelta(days=rng.randrange(700))
    seen = _day(rng, referred, 400, gap=0.4)
    return {
        "referral_id": f"h{number}",
        "child_id": child,
        "service": rng.choice(["slt", "ot", "camhs", None]),
        "referred_date": referred,
        "first_seen_date": seen,
        "closed_date": None if seen else _day(rng, referred, 400, gap=0.7),
    }


def _audit(rng: random.Random, number: int, child: object) -> Row:
    return {
        "audit_id": f"a{number}",
        "child_id": child,
        "audited_date": _day(rng, date(2025, 3, 1), 600),
        "grade": rng.choice(["outstanding", "good", "requires_improvement", "inadequate"]),
        "section_a_in_own_words": rng.choice([True, False, None]),
        "health_outcomes_specified": rng.choice([True, False, None]),
        "care_outcomes_specified": rng.choice([True, False, None]),
        "child_took_part_in_review": rng.choice([True, False, None]),
        "adulthood_outcomes": rng.choice([True, False, None]),
    }


def _attended(rng: random.Random, child: object, term: date) -> Row:
    status = rng.choice(["in_school", "in_school", "in_school", "not_in_school", "home_educated", None])
    possible = 120 if status == "in_school" else 0
    return {
        "child_id": child,
        "term_start_date": term,
        "sen_provision": rng.choice(["E", "K", "N", None]),
        "setting_status": status,
        "sessions_possible": possible,
        "sessions_missed": rng.choice([possible // 2, possible // 10, 3 if possible else 0, None]),
        "reduced_timetable": rng.choice([True, False, None]),
    }


def _dispute(rng: random.Random, number: int, child: object) -> Row:
    mediation = _day(rng, date(2024, 12, 1), 600, gap=0.4)
    lodged = _day(rng, mediation or date(2025, 1, 5), 90, gap=0.3 if mediation else 0.0)
    return {
        "case_id": f"t{number}",
        "child_id": child,
        "mediation_date": mediation,
        "mediation_outcome": mediation and rng.choice(["agreed", "not_agreed"]),
        "lodged_date": lodged,
    }


def _action(rng: random.Random, number: int) -> Row:
    due = date(2025, 6, 1) + timedelta(days=rng.randrange(700))
    return {
        "action_id": f"x{number}",
        "workstream": rng.choice([*"12345678"]),
        "action": "Sample",
        "due_date": due,
        "completed_date": _day(rng, due - timedelta(days=30), 60, gap=0.4),
    }
