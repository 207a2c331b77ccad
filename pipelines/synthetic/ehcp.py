"""Extract `ehcp_timeliness`: one row per request, as the case system exports it on `as_at`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from pipelines.synthetic import calibration
from pipelines.synthetic.extract_columns import (
    MISSING_DAY,
    codes,
    dates,
    day_number,
    flags,
    numbered,
    numbers,
    only_where,
)
from pipelines.synthetic.population import FIRST_COHORT, LAST_COHORT, RECEPTION_AGE, YEAR_GROUPS, Population
from pipelines.synthetic.randomness import Flags, Ints, pick
from pipelines.synthetic.requests import (
    LAST_HISTORICAL_DAY,
    NOT_ISSUED,
    PLAN,
    REFUSED,
    STILL_OPEN,
    WITHDRAWN,
    Process,
)

ROWS_AT_ONCE = 200_000
DECISION_CODES = ("Y", "N", "A", "W", "H")
YES, NO, UNDECIDED, GONE, HISTORICAL = range(5)
REQUEST_SOURCE = {"1": 0.38, "2": 0.53, "3": 0.03, "4": 0.03, "5": 0.03}
EXCEPTION_LIMBS = ("A", "B", "C", "D")
SEN_SETTINGS = {"OLA": 0.35, "OPA": 0.15, "EHE": 0.2, "NEET": 0.1, "NIEO": 0.1, "OTH": 0.1}
CEASE_REASONS = {"2": 0.3, "5": 0.35, "6": 0.1, "7": 0.1, "9": 0.15}
CEASE_REASONS_OF_ADULTS = {"2": 0.15, "3": 0.25, "4": 0.25, "6": 0.25, "9": 0.1}
AGE_ADULT_DAYS = 18 * 366
ULN_AGE_DAYS = 14 * 366
AGE_AT_REQUEST = dict(
    zip(
        YEAR_GROUPS,
        (
            0.01,
            0.03,
            0.08,
            0.12,
            0.11,
            0.09,
            0.08,
            0.08,
            0.08,
            0.07,
            0.06,
            0.05,
            0.045,
            0.035,
            0.025,
            0.015,
            0.01,
            0.01,
            0,
        ),
        strict=True,
    )
)
REPEAT_SHARE = 0.06


@dataclass(frozen=True)
class Cases:
    """The process of each request up to the end of the year, the child it is for, and the day the plan ceases."""

    process: Process
    child: Ints
    ceased: Ints


def draw_cases(rng: np.random.Generator, population: Population, process: Process) -> Cases:
    """Give each request a child and write the child's request, plan and cease days into the population."""
    child = _repeat_requests(rng, process, _children(rng, population, process.received))
    issued = process.issued
    ceased = issued + 40 + rng.exponential(4200, len(issued)).astype(np.int64)
    with_plan = issued != MISSING_DAY
    ceased = np.where(with_plan, ceased, MISSING_DAY)
    # Written last to first, so that the first request of a child who has two is the one that stays.
    population.requested_day[child[::-1]] = process.received[::-1]
    population.plan_day[child[with_plan]] = issued[with_plan]
    population.ceased_day[child[with_plan]] = ceased[with_plan]
    return Cases(process, child, ceased)


def _children(rng: np.random.Generator, population: Population, received: Ints) -> Ints:
    month = received.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    academic_year = 1970 + (month - 8) // 12
    group = pick(AGE_AT_REQUEST, rng.random(len(received)))
    cohort = np.clip(academic_year - RECEPTION_AGE - group + YEAR_GROUPS.index("R"), FIRST_COHORT, LAST_COHORT)
    order = np.argsort(cohort, kind="stable")
    starts = np.searchsorted(cohort[order], cohort[order], side="left")
    position = np.empty_like(cohort)
    position[order] = np.arange(len(cohort)) - starts
    if position.max(initial=0) >= population.cohort_size:
        raise ValueError("More requests than children in a birth cohort: the population is too small.")
    return (cohort - FIRST_COHORT) * population.cohort_size + position


def _repeat_requests(rng: np.random.Generator, process: Process, child: Ints) -> Ints:
    """Let some later requests be for a child whose first request was refused 200 to 700 days before."""
    refused = np.flatnonzero(process.kind == REFUSED)
    later = np.flatnonzero(rng.random(len(child)) < REPEAT_SHARE)
    wanted = process.received[later] - rng.integers(200, 700, len(later))
    place = np.searchsorted(process.received[refused], wanted)
    found = place < len(refused)
    later, first = later[found], refused[place[found]]
    gap = process.received[later] - process.received[first]
    usable = (gap >= 180) & ~np.isin(first, later)
    later, first = later[usable], first[usable]
    first, once = np.unique(first, return_index=True)
    repeated = child.copy()
    repeated[later[once]] = child[first]
    return repeated


def ehcp_chunks(rng: np.random.Generator, population: Population, cases: Cases, as_at: date) -> Iterator[pa.Table]:
    """The extract in the supplier's columns: requests received up to `as_at`, in the order received."""
    last = day_number(as_at)
    received = int(np.searchsorted(cases.process.received, last, side="right"))
    for start in range(0, received, ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        process = Process(*(array[part] for array in vars(cases.process).values()))
        chunk = Cases(process, cases.child[part], cases.ceased[part])
        yield _table(rng, population, chunk, start, last).slice(0, received - start)


def _table(rng: np.random.Generator, population: Population, cases: Cases, start: int, last: int) -> pa.Table:
    process, child = cases.process, cases.child
    ceased = np.where(cases.ceased <= last, cases.ceased, MISSING_DAY)
    count = len(child)
    request_outcome, assessment_outcome = _outcomes(rng, process, last)
    decided = np.where((request_outcome == YES) | (request_outcome == NO), process.decided, MISSING_DAY)
    has_plan = (process.issued != MISSING_DAY) & (process.issued <= last)
    issued = np.where(has_plan, process.issued, MISSING_DAY)
    assessed = np.where(has_plan | (assessment_outcome == NO), process.assessed, MISSING_DAY)
    age_days = last - population.birth_day(child)
    age_at_request = process.received - population.birth_day(child)
    refused = (request_outcome == NO) | (assessment_outcome == NO)
    mediation = refused & (rng.random(count) < 0.25)
    limb = np.where(age_at_request < 4 * 366, 1, rng.choice([0, 2, 3], count, p=[0.55, 0.35, 0.1]))
    group = np.clip((age_days - 4 * 365) // 365 + YEAR_GROUPS.index("R"), 0, len(YEAR_GROUPS) - 1)
    at_school = has_plan & (rng.random(count) < 0.94) & (age_days < 19 * 365)
    adult = ceased - population.birth_day(child) >= AGE_ADULT_DAYS
    cease_names = (*CEASE_REASONS, *CEASE_REASONS_OF_ADULTS)
    cease_index = np.where(
        adult,
        len(CEASE_REASONS) + pick(CEASE_REASONS_OF_ADULTS, rng.random(count)),
        pick(CEASE_REASONS, rng.random(count)),
    )
    meeting, review_decided = _reviews(rng, issued, ceased, last)
    assessing = (request_outcome == YES) | (request_outcome == HISTORICAL)
    until = np.where(process.assessed != MISSING_DAY, np.minimum(process.assessed, last), last)
    health_asked, health_received = _advice(rng, process.decided, until, assessing, 0.97)
    care_asked, care_received = _advice(rng, process.decided, until, assessing, 0.95)
    cycles = rng.choice([0, 1, 2, 3, 4], count, p=[0.1, 0.18, 0.42, 0.22, 0.08])
    return pa.table(
        {
            "request_id": numbered("R", start + 1 + np.arange(count), 7),
            "upn": population.upn(child),
            "uln": only_where(population.uln(child), age_days >= ULN_AGE_DAYS),
            "surname": population.surname(child),
            "forename": population.forename(child),
            "date_of_birth": dates(population.birth_day(child)),
            "sex": population.sex(child),
            "ethnicity": population.ethnicity(child),
            "postcode": population.postcode(child),
            "primary_need": population.primary_need(child),
            "request_source": codes(tuple(REQUEST_SOURCE), pick(REQUEST_SOURCE, rng.random(count))),
            "received_date": dates(process.received),
            "request_outcome": codes(DECISION_CODES, request_outcome),
            "request_outcome_date": dates(decided),
            "assessment_outcome": codes(DECISION_CODES, assessment_outcome, assessment_outcome >= 0),
            "assessment_outcome_date": dates(assessed),
            "plan_issued_date": dates(issued),
            "week20_exception": flags(process.exception, has_plan),
            "exception_reason": codes(EXCEPTION_LIMBS, limb, has_plan & process.exception),
            "mediation": flags(mediation),
            "tribunal": flags(mediation & (rng.random(count) < 0.2)),
            "plan_ceased_date": dates(ceased),
            "cease_reason": codes(cease_names, cease_index, ceased != MISSING_DAY),
            "setting_urn": only_where(population.school(child, group, has_plan), at_school),
            "sen_setting": codes(tuple(SEN_SETTINGS), pick(SEN_SETTINGS, rng.random(count)), has_plan & ~at_school),
            "review_meeting_date": dates(meeting),
            "review_decision_date": dates(review_decided),
            "health_advice_requested_date": dates(health_asked),
            "health_advice_received_date": dates(health_received),
            "social_care_advice_requested_date": dates(care_asked),
            "social_care_advice_received_date": dates(care_received),
            "apdr_cycles_evidenced": numbers(cycles),
        }
    )


def _outcomes(rng: np.random.Generator, process: Process, last: int) -> tuple[Ints, Ints]:
    """Codes of both decisions on the last day; the assessment's is -1 where there is no assessment."""
    kind = process.kind
    undecided = (process.decided > last) | ((kind == STILL_OPEN) & (rng.random(len(kind)) < 0.3))
    request = np.select(
        [undecided, kind == WITHDRAWN, kind == REFUSED, process.decided <= LAST_HISTORICAL_DAY],
        [UNDECIDED, GONE, NO, HISTORICAL],
        default=YES,
    )
    known = (process.assessed != MISSING_DAY) & (process.assessed <= last)
    withdrawn = (kind == NOT_ISSUED) & known & (rng.random(len(kind)) < 0.04)
    assessment = np.select(
        [(request != YES) & (request != HISTORICAL), withdrawn, known & (kind == PLAN), known & (kind == NOT_ISSUED)],
        [-1, GONE, YES, NO],
        default=UNDECIDED,
    )
    return request, assessment


def _reviews(rng: np.random.Generator, issued: Ints, ceased: Ints, last: int) -> tuple[Ints, Ints]:
    """The last annual review of each plan: meeting, and the letter with the decision."""
    until = np.where(ceased != MISSING_DAY, ceased - 1, last)
    early = rng.integers(0, 30, len(issued))
    years = (until - issued + early) // 365
    held = (issued != MISSING_DAY) & (years >= 1)
    held &= rng.random(len(issued)) < calibration.REVIEW_MEETING_HELD_PERCENT / 100
    meeting = np.where(held, issued + 365 * years - early, MISSING_DAY)
    quick = rng.random(len(issued)) < calibration.REVIEW_DECISION_WITHIN_4_WEEKS_PERCENT / 100
    wait = np.where(quick, rng.integers(7, 29, len(issued)), rng.integers(29, 170, len(issued)))
    decided = np.where(held & (meeting + wait <= until), meeting + wait, MISSING_DAY)
    return meeting, decided


def _advice(
    rng: np.random.Generator, decided: Ints, until: Ints, assessing: Flags, asked_share: float
) -> tuple[Ints, Ints]:
    """When advice was asked of a service and when it came, before the assessment's outcome."""
    count = len(decided)
    asked = decided + rng.integers(0, 6, count)
    was_asked = assessing & (asked <= until) & (rng.random(count) < asked_share)
    came = asked + rng.gamma(6.0, 7.0, count).astype(np.int64) + 5
    has_come = was_asked & (came <= until) & (rng.random(count) < 0.97)
    return np.where(was_asked, asked, MISSING_DAY), np.where(has_come, came, MISSING_DAY)
