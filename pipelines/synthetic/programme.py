"""Extracts about the programme and its staff: `workforce`, `complaints`, `coproduction_log`, `actions`. One file each."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from pipelines.synthetic.extract_columns import (
    MISSING_DAY,
    codes,
    dates,
    day_number,
    flags,
    numbered,
    numbers,
    only_where,
    year_end,
)
from pipelines.synthetic.population import Population
from pipelines.synthetic.randomness import Flags, Ints, any_weekdays, pick

FIRST_MONTH = (2023, 1)
POSTS = {"caseworker": 26, "manager": 4, "educational_psychologist": 14, "senco": 60}
VACANT_SHARE = {"caseworker": 0.22, "manager": 0.08, "educational_psychologist": 0.26, "senco": 0.07}
AGENCY_SHARE_OF_VACANT = 0.45
LEAVER_SHARE_A_MONTH = 0.02
COMPLAINTS_A_MONTH = 14
KINDS = {"complaint": 0.62, "compliment": 0.35, "ombudsman": 0.03}
OUTCOMES = {"upheld": 0.28, "partly_upheld": 0.34, "not_upheld": 0.33, "withdrawn": 0.05}
THEMES = ("communication", "waiting", "quality_of_plan", "school_support", "staff_change", "transport")
ITEMS = 120
LEAST_ROWS = 60
WORKSTREAMS = tuple("12345678")
CO_LED = {"parent_carer": 6, "child_young_person": 4}
RAISED_BY = {"parent_carer": 0.63, "child_young_person": 0.25, "practitioner": 0.12}
LED_BY = {"parent_carer": 0.14, "child_young_person": 0.06, "jointly": 0.45, "council": 0.35}
YOU_SAID = ("Sample: letters are hard to read", "Sample: nobody tells us who our caseworker is", "Sample: ask us first")
WE_DID = ("Sample: letters were written again with parents", "Sample: a note goes out when a caseworker changes")
# Measure → workstream, and the role that answers for its actions.
ACTION_MEASURES = {
    "CU1": ("1", "Co-production lead"),
    "EV4": ("2", "SEND data manager"),
    "CO3": ("3", "Co-production lead"),
    "WF2": ("4", "Head of SEND casework"),
    "GR7": ("5", "Principal educational psychologist"),
    "EH1": ("6", "Head of SEND casework"),
    "JC3": ("7", "Designated clinical officer"),
    "EX1": ("8", "Head of inclusion"),
}
ACTIONS_EACH = 5
STATUSES = ("not_started", "on_track", "at_risk", "late", "complete")


def month_ends(as_at: date) -> list[date]:
    """The last day of every month from `FIRST_MONTH` to the end of the year."""
    first_year, first_month = FIRST_MONTH
    months = range(first_year * 12 + first_month, as_at.year * 12 + 13)
    return [date(month // 12, month % 12 + 1, 1) - timedelta(days=1) for month in months]


def _until(table: pa.Table, days: Ints, as_at: date) -> pa.Table:
    """The rows of which the day had come by `as_at`."""
    return table.filter(pa.array(days <= day_number(as_at)))


def workforce_chunks(rng: np.random.Generator, factor: float, as_at: date) -> Iterator[pa.Table]:
    """Each post of each kind at the end of each month that is over; a post is empty for some months before it is filled."""
    ends = month_ends(as_at)
    for role, posts in POSTS.items():
        # Never fewer than the area has: a small place still has a team.
        yield _posts(rng, role, max(posts, round(posts * factor)), ends, as_at)


def _posts(rng: np.random.Generator, role: str, posts: int, ends: list[date], as_at: date) -> pa.Table:
    months = len(ends)
    filled = np.zeros((posts, months), dtype=np.bool_)
    state = rng.random(posts) >= VACANT_SHARE[role]
    vacant = VACANT_SHARE[role]
    fill_again = LEAVER_SHARE_A_MONTH * (1 - vacant) / vacant
    for month in range(months):
        draw = rng.random(posts)
        state = np.where(state, draw >= LEAVER_SHARE_A_MONTH, draw < fill_again)
        filled[:, month] = state
    before = np.concatenate([filled[:, :1], filled[:, :-1]], axis=1)
    here = filled.ravel()
    agency = ~here & (role != "senco") & (rng.random(posts * months) < AGENCY_SHARE_OF_VACANT)
    part_time = np.repeat(rng.random(posts) < 0.2, months)
    post = np.repeat(np.arange(posts), months)
    end_days = np.tile([day_number(end) for end in ends], posts)
    table = pa.table(
        {
            "month_end": dates(end_days),
            "post_id": numbered(f"{role[:2].upper()}-", post + 1, 5),
            "role": codes((role,), np.zeros(posts * months, dtype=np.int64)),
            "established_fte": _fte(part_time, np.ones(posts * months, dtype=np.bool_)),
            "filled_fte": _fte(part_time, here),
            "agency_fte": _fte(part_time, agency),
            "headcount": numbers(here.astype(np.int64)),
            "starters": numbers((filled & ~before).ravel().astype(np.int64)),
            "leavers": numbers((~filled & before).ravel().astype(np.int64)),
            "is_qualified": flags(np.repeat(rng.random(posts) < 0.85, months), here & (role == "senco")),
        }
    )
    return _until(table, end_days, as_at)


def _fte(part_time: Flags, present: Flags) -> pa.StringArray:
    """Full-time equivalents as text: 1.0, 0.6 for a part-time post, 0.0 where nobody is."""
    return codes(("0.0", "1.0", "0.6"), np.where(present, 1 + part_time, 0))


def complaints_chunks(
    rng: np.random.Generator, population: Population, factor: float, as_at: date
) -> Iterator[pa.Table]:
    """Complaints, compliments and ombudsman decisions, in the order received; two in three name a child with a request."""
    first, end = day_number(date(*FIRST_MONTH, 1)), year_end(as_at)
    count = max(LEAST_ROWS, round(COMPLAINTS_A_MONTH * factor * (end - first) / 30.4))
    kind = pick(KINDS, rng.random(count))
    received = np.sort(any_weekdays(rng, first, end, count))
    answered = received + rng.integers(5, 45, count)
    is_answered = (kind != 1) & (answered <= day_number(as_at))
    child = population.with_request(received, rng.random(count))
    named = rng.random(count) < 0.66
    table = pa.table(
        {
            "record_id": numbered("F", 1 + np.arange(count), 6),
            "upn": only_where(population.upn(child), named),
            "kind": codes(tuple(KINDS), kind),
            "stage": numbers(1 + (rng.random(count) < 0.18).astype(np.int64), kind == 0),
            "theme": codes(THEMES, rng.integers(0, len(THEMES), count)),
            "received_date": dates(received),
            "decided_date": dates(np.where(is_answered, answered, MISSING_DAY)),
            "outcome": codes(tuple(OUTCOMES), pick(OUTCOMES, rng.random(count)), is_answered),
        }
    )
    yield _until(table, received, as_at)


def coproduction_chunks(rng: np.random.Generator, factor: float, as_at: date) -> Iterator[pa.Table]:
    """What was raised and whether it is closed; and the co-leads, who began on different days. In the order of the days."""
    first, last = day_number(date(*FIRST_MONTH, 1)), day_number(as_at)
    said = max(LEAST_ROWS, round(ITEMS * factor))
    leads = [(role, place) for role, count in CO_LED.items() for place in range(count)]
    count = said + len(leads)
    is_lead = rng.permutation(count) >= said
    raised = np.sort(any_weekdays(rng, first, year_end(as_at), count))
    closed = raised + rng.integers(20, 400, count)
    is_closed = ~is_lead & (closed <= last) & (rng.random(count) < 0.8)
    workstream = rng.integers(0, len(WORKSTREAMS), count)
    workstream[is_lead] = [place for _, place in leads]
    by = pick(RAISED_BY, rng.random(count))
    by[is_lead] = [tuple(RAISED_BY).index(role) for role, _ in leads]
    table = pa.table(
        {
            "item_id": numbered("Y", 1 + np.arange(count), 5),
            "kind": codes(("you_said", "co_lead"), is_lead.astype(np.int64)),
            "workstream": codes(WORKSTREAMS, workstream),
            "raised_date": dates(raised),
            "raised_by": codes(tuple(RAISED_BY), by),
            "led_by": codes(tuple(LED_BY), pick(LED_BY, rng.random(count)), ~is_lead),
            "you_said": codes(YOU_SAID, rng.integers(0, len(YOU_SAID), count), ~is_lead),
            "we_did": codes(WE_DID, rng.integers(0, len(WE_DID), count), is_closed),
            "closed_date": dates(np.where(is_closed, closed, MISSING_DAY)),
        }
    )
    yield _until(table, raised, as_at)


def actions_chunks(rng: np.random.Generator, as_at: date) -> Iterator[pa.Table]:
    """The same few actions for each of eight measures, due in the year and the next; how each stands is drawn."""
    measures = [measure for measure in ACTION_MEASURES for _ in range(ACTIONS_EACH)]
    count, last = len(measures), day_number(as_at)
    due = year_end(as_at) + rng.integers(-365, 365, count)
    done_on = due + rng.integers(-60, 30, count)
    complete = (done_on <= last) & (rng.random(count) < 0.6)
    drawn = rng.choice([0, 1, 2], count, p=[0.25, 0.55, 0.2])
    status = np.where(complete, STATUSES.index("complete"), np.where(due < last, STATUSES.index("late"), drawn))
    yield pa.table(
        {
            "action_id": numbered("A", 1 + np.arange(count), 4),
            "workstream": _texts(ACTION_MEASURES[measure][0] for measure in measures),
            "measure_id": _texts(measures),
            "action": numbered("Sample action: step ", 1 + (np.arange(count) % ACTIONS_EACH), 1),
            "owner_role": _texts(ACTION_MEASURES[measure][1] for measure in measures),
            "due_date": dates(due),
            "status": codes(STATUSES, status),
            "completed_date": dates(np.where(complete, done_on, MISSING_DAY)),
        }
    )


def _texts(values: Iterable[str]) -> pa.StringArray:
    return pa.array(list(values), pa.string())
