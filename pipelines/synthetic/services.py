"""Extracts about single children beside the plan itself: `caseworker_allocation`, `health_waits`, `plan_audit`, `appeals`,
`annex_a_send` and `attendance`. Children are those of the other extracts."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from pipelines.synthetic.ehcp import Cases
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
from pipelines.synthetic.population import EHC_PLAN, NO_SEN, PHASES, SEN_PROVISION, YEAR_GROUPS, Population
from pipelines.synthetic.programme import LEAST_ROWS, POSTS
from pipelines.synthetic.randomness import Flags, Ints, any_weekdays, pick
from pipelines.synthetic.requests import STILL_OPEN
from pipelines.synthetic.roll import pupils_on_roll
from pipelines.synthetic.suspensions import Term

ROWS_AT_ONCE = 200_000
ALLOCATIONS_HELD_DAYS = 730
CHANGE_SHARE = 0.3
CASE_OPEN_DAYS = 250
REFERRALS_HELD_DAYS = 730
REFERRALS_A_YEAR = 1700
SERVICES = {"slt": 0.36, "ot": 0.18, "camhs": 0.22, "neurodevelopment": 0.24}
MEAN_WAIT_DAYS = (110, 130, 150, 330)
AUDITS_A_YEAR = 180
GRADES = {"outstanding": 0.05, "good": 0.46, "requires_improvement": 0.38, "inadequate": 0.11}
DISPUTES_A_YEAR = 230
GROUNDS = {"refusal_to_assess": 0.32, "refusal_to_issue": 0.12, "content": 0.5, "cease": 0.04, "other": 0.02}
APPEAL_OUTCOMES = {"for_family": 0.36, "for_authority": 0.02, "conceded": 0.45, "withdrawn": 0.17}
DISABILITY_SHARE = 0.3
MISSED_SHARE = (0.11, 0.085, 0.055)
ELSEWHERE = {"in_school": 0.975, "not_in_school": 0.012, "home_educated": 0.013}


def allocation_chunks(
    rng: np.random.Generator, population: Population, cases: Cases, factor: float, as_at: date
) -> Iterator[pa.Table]:
    """Who had each case that was open in the last two years; three in ten changed hands once."""
    last = day_number(as_at)
    process = cases.process
    closed = np.where(process.issued != MISSING_DAY, process.issued, process.received + CASE_OPEN_DAYS)
    closed = np.where(process.kind == STILL_OPEN, year_end(as_at) + 1, closed)
    changed = process.received + ((closed - process.received) * (0.2 + 0.6 * rng.random(len(closed)))).astype(np.int64)
    changes = rng.random(len(closed)) < CHANGE_SHARE
    workers = max(4, round(POSTS["caseworker"] * factor))
    worker = rng.integers(0, workers, len(closed))
    held = np.flatnonzero((closed >= last - ALLOCATIONS_HELD_DAYS) & (process.received <= last))
    begun, ended, changed, worker = process.received[held], closed[held], changed[held], worker[held]
    twice = changes[held] & (changed > begun) & (changed < ended) & (changed <= last)
    rows = np.concatenate([held, held[twice]])
    start = np.concatenate([begun, changed[twice]])
    end = np.concatenate([np.where(twice, changed - 1, ended), ended[twice]])
    who = np.concatenate([worker, (worker[twice] + 1) % workers])
    for first in range(0, len(rows), ROWS_AT_ONCE):
        part = slice(first, first + ROWS_AT_ONCE)
        yield pa.table(
            {
                "request_id": numbered("R", 1 + rows[part], 7),
                "upn": population.upn(cases.child[rows[part]]),
                "caseworker_ref": numbered("W", 1 + who[part], 4),
                "allocated_date": dates(start[part]),
                "ended_date": dates(np.where(end[part] <= last, end[part], MISSING_DAY)),
            }
        )


def health_chunks(rng: np.random.Generator, population: Population, factor: float, as_at: date) -> Iterator[pa.Table]:
    """Referrals of three years; those seen or closed more than two years ago are no longer sent."""
    last = day_number(as_at)
    referred, is_held = _event_days(rng, as_at, 3, max(2 * LEAST_ROWS / 3, REFERRALS_A_YEAR * factor))
    count = len(referred)
    service = pick(SERVICES, rng.random(count))
    stopped = referred + 1 + rng.exponential(np.array(MEAN_WAIT_DAYS)[service]).astype(np.int64)
    unseen = rng.random(count) < 0.05
    over = stopped <= last
    kept = np.flatnonzero(is_held & (~over | (stopped >= last - REFERRALS_HELD_DAYS)))
    child = population.with_request(referred, rng.random(count))
    yield pa.table(
        {
            "referral_id": numbered("H", 1 + kept, 6),
            "upn": population.upn(child[kept]),
            "service": codes(tuple(SERVICES), service[kept]),
            "referred_date": dates(referred[kept]),
            "first_seen_date": dates(np.where(over & ~unseen, stopped, MISSING_DAY)[kept]),
            "closed_date": dates(np.where(over & unseen, stopped, MISSING_DAY)[kept]),
        }
    )


def audit_chunks(rng: np.random.Generator, population: Population, factor: float, as_at: date) -> Iterator[pa.Table]:
    """Audited plans of the last two years; later audits are a little better."""
    audited, is_held = _event_days(rng, as_at, 2, max(LEAST_ROWS / 2, AUDITS_A_YEAR * factor))
    count = len(audited)
    child = population.with_plan(audited, rng.random(count))
    better = 0.06 * (audited - (year_end(as_at) - 2 * 365)) / 365
    group = np.clip(population.year_group(child, as_at.year - 1), 0, len(YEAR_GROUPS) - 1)
    from_year_9 = group >= YEAR_GROUPS.index("9")
    reviewed = rng.random(count) < 0.9
    table = pa.table(
        {
            "audit_id": numbered("Q", 1 + np.arange(count), 5),
            "upn": population.upn(child),
            "audited_date": dates(audited),
            "year_group": codes(YEAR_GROUPS, group),
            "grade": codes(tuple(GRADES), pick(GRADES, np.clip(rng.random(count) - better, 0, 1))),
            "section_a_in_own_words": flags(rng.random(count) < 0.55 + better),
            "health_outcomes_specified": flags(rng.random(count) < 0.48 + better),
            "care_outcomes_specified": flags(rng.random(count) < 0.41 + better),
            "child_took_part_in_review": flags(rng.random(count) < 0.7, reviewed),
            "adulthood_outcomes": flags(rng.random(count) < 0.5 + better, from_year_9),
        }
    )
    yield table.filter(pa.array(is_held))


def appeal_chunks(rng: np.random.Generator, population: Population, factor: float, as_at: date) -> Iterator[pa.Table]:
    """Disputed decisions of three years: a mediation, an appeal, or first one and then the other."""
    last = day_number(as_at)
    disputed, is_held = _event_days(rng, as_at, 3, max(LEAST_ROWS / 3, DISPUTES_A_YEAR * factor))
    count = len(disputed)
    mediated = rng.random(count) < 0.6
    agreed = mediated & (rng.random(count) < 0.55)
    lodged = np.where(mediated, disputed + rng.integers(5, 40, count), disputed)
    concluded = lodged + rng.integers(90, 350, count)
    has_ended = ~agreed & (concluded <= last)
    table = pa.table(
        {
            "case_id": numbered("T", 1 + np.arange(count), 5),
            "upn": population.upn(population.with_request(disputed, rng.random(count))),
            "ground": codes(tuple(GROUNDS), pick(GROUNDS, rng.random(count))),
            "mediation_date": dates(np.where(mediated, disputed, MISSING_DAY)),
            "mediation_outcome": codes(("not_agreed", "agreed"), agreed.astype(np.int64), mediated),
            "lodged_date": dates(np.where(~agreed & (lodged <= last), lodged, MISSING_DAY)),
            "concluded_date": dates(np.where(has_ended, concluded, MISSING_DAY)),
            "outcome": codes(tuple(APPEAL_OUTCOMES), pick(APPEAL_OUTCOMES, rng.random(count)), has_ended),
        }
    )
    yield table.filter(pa.array(is_held))


def annex_a_chunks(population: Population, census: date, as_at: date) -> Iterator[pa.Table]:
    """Pupils of the last census with a plan (list 1) or on SEN support (list 2) on the day."""
    day, academic_year = day_number(as_at), census.year - 1
    for children in pupils_on_roll(population, census):
        sen = population.sen_provision(children, day)
        child, has_plan = children[sen != NO_SEN], (sen == EHC_PLAN)[sen != NO_SEN]
        if not len(child):
            continue
        group = population.year_group(child, academic_year)
        issued = np.where(has_plan, population.plan_day[child], MISSING_DAY)
        yield pa.table(
            {
                "list_number": codes(("2", "1"), has_plan.astype(np.int64)),
                "unique_id": numbered("A", 1 + child, 8),
                "upn": population.upn(child),
                "date_of_birth": dates(population.birth_day(child)),
                "sex": population.sex(child),
                "ethnicity": population.ethnicity(child),
                "primary_need": population.primary_need(child),
                "initial_plan_date": dates(issued),
                "main_school_urn": population.school(child, group, has_plan),
                "main_school_phase": codes(PHASES, np.searchsorted([4, 11, 16], group, side="right")),
                "disability": flags(population.uniform(child, 21) < DISABILITY_SHARE),
            }
        )


def attendance_chunks(rng: np.random.Generator, population: Population, census: date, term: Term) -> Iterator[pa.Table]:
    """Every pupil of the census in one term; a few are educated at home or in no school setting."""
    day = day_number(census)
    sessions = 2 * int(np.busday_count(term.first_school_day, term.last_school_day))
    for children in pupils_on_roll(population, census):
        for start in range(0, len(children), ROWS_AT_ONCE):
            yield _attended(rng, population, children[start : start + ROWS_AT_ONCE], day, sessions, term)


def _attended(
    rng: np.random.Generator, population: Population, child: Ints, day: int, sessions: int, term: Term
) -> pa.Table:
    count = len(child)
    sen = population.sen_provision(child, day)
    status = pick(ELSEWHERE, rng.random(count))
    in_school = status == 0
    share = rng.beta(1.1, 1.1 / np.array(MISSED_SHARE)[sen] - 1.1)
    group = population.year_group(child, term.academic_year)
    school = population.school(child, group, sen == EHC_PLAN)
    return pa.table(
        {
            "upn": population.upn(child),
            "term_start_date": dates(np.full(count, day_number(term.first_school_day))),
            "school_urn": only_where(school, in_school),
            "sen_provision": codes(SEN_PROVISION, sen),
            "setting_status": codes(tuple(ELSEWHERE), status),
            "sessions_possible": numbers(np.where(in_school, sessions, 0)),
            "sessions_missed": numbers(np.where(in_school, np.floor(share * sessions), 0).astype(np.int64)),
            "reduced_timetable": flags(in_school & (sen != NO_SEN) & (rng.random(count) < 0.03)),
        }
    )


def _event_days(rng: np.random.Generator, as_at: date, years_held: int, count_a_year: float) -> tuple[Ints, Flags]:
    """Days of events up to the end of the year, in order, and which of them lie in the last years before `as_at`."""
    last, end = day_number(as_at), year_end(as_at)
    years = years_held + 1
    days = np.sort(any_weekdays(rng, end - years * 365, end, round(years * count_a_year)))
    return days, (days > last - years_held * 365) & (days <= last)
