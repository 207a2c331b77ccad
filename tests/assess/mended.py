"""Extracts of made-up rows of which some are spoilt: held back by a rule, or in use with something missing; and as they were."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from tests.assess.council import AS_AT, Row

ROWS = 30
CHILDREN = 14
TERMS = (date(2025, 9, 1), date(2026, 1, 5), date(2026, 4, 13))


@dataclass(frozen=True)
class Extract:
    """How rows are made, and which columns are lost: by the rule that then holds the row back, and of rows in use."""

    make: Callable[[Random, int], dict[str, object]]
    held_back: Mapping[str, tuple[str, ...]]
    lost: tuple[str, ...] = ()


@dataclass
class Rows:
    """The rows of one extract: in use, in quarantine, and in use once some of what was spoilt is mended."""

    used: list[Row] = field(default_factory=list)
    quarantined: list[Row] = field(default_factory=list)
    mended: list[Row] = field(default_factory=list)


def spoilt(extract: Extract, draw: Random) -> Rows:
    """Rows of which a third is spoilt, and four in five of those are mended later."""
    rows = Rows()
    for place in range(ROWS):
        row = extract.make(draw, place)
        fate, comes_back = draw.random(), draw.random() < 0.8
        if fate < 0.15:
            rule = draw.choice(sorted(extract.held_back))
            rows.quarantined.append(row | dict.fromkeys(extract.held_back[rule]) | {"rule_ids": rule})
            rows.mended += [row] if comes_back else []
        else:
            kept = row | dict.fromkeys([draw.choice(extract.lost)] if extract.lost and fate < 0.33 else [])
            rows.used.append(kept)
            rows.mended.append(row if comes_back else kept)
    return rows


def _day(draw: Random, first: date = date(2024, 9, 1), last: date = AS_AT) -> date:
    return first + timedelta(days=draw.randrange((last - first).days + 1))


def _later(draw: Random, day: date, days: int) -> date | None:
    """A day that may not have come yet."""
    later = day + timedelta(days=draw.randrange(days))
    return later if later <= AS_AT and draw.random() < 0.6 else None


def _child(draw: Random) -> str:
    return f"c{draw.randrange(CHILDREN)}"


def _attendance(draw: Random, place: int) -> dict[str, object]:
    status = draw.choice(("in_school", "in_school", "in_school", "not_in_school", "home_educated"))
    possible = draw.randrange(1, 120) if status == "in_school" else None
    return {
        "child_id": f"c{place % CHILDREN}",
        "term_start_date": TERMS[place // CHILDREN],
        "sen_provision": draw.choice("EKK"),
        "setting_status": status,
        "sessions_possible": possible,
        "sessions_missed": None if possible is None else draw.randrange(possible + 1),
        "reduced_timetable": None if possible is None else draw.random() < 0.3,
    }


def _wait(draw: Random, place: int) -> dict[str, object]:
    referred = _day(draw)
    return {
        "referral_id": f"{place}",
        "child_id": _child(draw),
        "service": draw.choice(("slt", "ot")),
        "referred_date": referred,
        "first_seen_date": _later(draw, referred, 250),
    }


def _dispute(draw: Random, place: int) -> dict[str, object]:
    met = _day(draw) if draw.random() < 0.5 else None
    return {
        "case_id": f"{place}",
        "mediation_date": met,
        "mediation_outcome": None if met is None else draw.choice(("agreed", "not_agreed")),
        "lodged_date": _day(draw) if met is None else _later(draw, met, 60),
    }


def _post(draw: Random, place: int) -> dict[str, object]:
    return {
        "post_id": f"{place}",
        "month_end": draw.choice((date(2026, 5, 31), date(2026, 6, 30))),
        "role": draw.choice(("senco", "senco", "manager")),
        "established_fte": 1.0,
        "filled_fte": draw.choice((0.0, 1.0)),
        "is_qualified": draw.random() < 0.5,
    }


def _case(draw: Random, place: int) -> dict[str, object]:
    allocated = _day(draw)
    return {
        "request_id": f"{place}",
        "child_id": _child(draw),
        "caseworker_ref": draw.choice("abc"),
        "allocated_date": allocated,
        "ended_date": _later(draw, allocated, 400),
    }


def _feedback(draw: Random, place: int) -> dict[str, object]:
    return {
        "record_id": f"{place}",
        "kind": draw.choice(("complaint", "compliment", "ombudsman")),
        "stage": draw.choice((1, 2)),
        "received_date": _day(draw),
        "outcome": draw.choice(("upheld", "partly_upheld", "not_upheld")),
    }


def _item(draw: Random, place: int) -> dict[str, object]:
    raised, kind = _day(draw), draw.choice(("you_said", "co_lead"))
    closed = _later(draw, raised, 300) if kind == "you_said" else None
    return {
        "item_id": f"{place}",
        "kind": kind,
        "workstream": draw.choice("123"),
        "raised_date": raised,
        "raised_by": draw.choice(("parent_carer", "child_young_person", "practitioner")),
        "we_did": None if closed is None else "done",
        "closed_date": closed,
    }


def _action(draw: Random, place: int) -> dict[str, object]:
    due = _day(draw, last=date(2026, 12, 31))
    done = _later(draw, due - timedelta(days=20), 60)
    return {
        "action_id": f"{place}",
        "workstream": draw.choice("12"),
        "due_date": due,
        "status": "late" if done is None else "complete",
        "completed_date": done,
    }


def _response(draw: Random, place: int) -> dict[str, object]:
    consent = draw.choice((None, True))
    return {"response_id": f"{place}", "wave_id": "W", "completed_date": _day(draw), "consent_share": consent}


def _request(draw: Random, place: int) -> dict[str, object]:
    received = _day(draw, date(2024, 1, 1), date(2026, 3, 1))
    decided, assessed, issued = (received + timedelta(days=days + draw.randrange(20)) for days in (30, 80, 120))
    end = draw.choice(("plan", "plan", "no_plan", "refused", "open"))
    ceased = _later(draw, issued, 400) if end == "plan" else None
    return {
        "request_id": f"{place}",
        "child_id": _child(draw),
        "received_date": received,
        "request_outcome": "N" if end == "refused" else "Y",
        "request_outcome_date": decided,
        "assessment_outcome": {"plan": "Y", "no_plan": "N"}.get(end),
        "assessment_outcome_date": assessed if end in ("plan", "no_plan") else None,
        "plan_issued_date": issued if end == "plan" else None,
        "plan_ceased_date": ceased,
        "cease_reason": None if ceased is None else draw.choice("12"),
    }


EXTRACTS: Mapping[str, Extract] = {
    "attendance": Extract(
        _attendance,
        {
            "ATT_001": ("child_id",),
            "ATT_002": ("term_start_date",),
            "ATT_004": ("sen_provision",),
            "ATT_005": ("setting_status",),
        },
        ("sessions_possible", "sessions_missed", "reduced_timetable"),
    ),
    "health_waits": Extract(_wait, {"HWT_001": ("child_id",), "HWT_002": ("service",), "HWT_003": ("referred_date",)}),
    "appeals": Extract(
        _dispute,
        {"APP_001": ("child_id",), "APP_003": ("mediation_date", "lodged_date")},
        ("mediation_date", "mediation_outcome"),
    ),
    "workforce": Extract(
        _post,
        {"WFC_001": ("month_end",), "WFC_003": ("role",), "WFC_004": ("established_fte",)},
        ("filled_fte", "is_qualified"),
    ),
    "caseworker_allocation": Extract(
        _case, {"CAS_001": ("child_id",), "CAS_002": ("allocated_date",), "CAS_005": ("caseworker_ref",)}
    ),
    "complaints": Extract(_feedback, {"CMP_002": ("kind",), "CMP_003": ("received_date",)}, ("stage", "outcome")),
    "coproduction_log": Extract(
        _item,
        {"COP_001": ("kind",), "COP_002": ("workstream",), "COP_003": ("raised_date",)},
        ("raised_by", "closed_date"),
    ),
    "actions": Extract(_action, {"ACT_001": ("workstream",), "ACT_004": ("due_date",)}, ("completed_date",)),
    "family_survey": Extract(_response, {"SUR_008": ("completed_date",)}),
    "ehcp_timeliness": Extract(
        _request,
        {"EHC_004": ("child_id",), "EHC_023": ("request_outcome",), "EHC_028": ("request_outcome_date",)},
        ("cease_reason", "week20_exception"),
    ),
}
