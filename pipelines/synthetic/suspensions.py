"""Extract `exclusions`: one row per suspension, permanent exclusion or lunchtime suspension, one file per term."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from pipelines.synthetic import calibration
from pipelines.synthetic.calibration import of_year
from pipelines.synthetic.extract_columns import codes, dates, day_number, flags, numbers
from pipelines.synthetic.population import EHC_PLAN, NO_SEN, SEN_PROVISION, YEAR_GROUPS, Population
from pipelines.synthetic.randomness import Floats, Ints, pick
from pipelines.synthetic.roll import pupils_on_roll

CATEGORIES = ("SUSP", "PERM", "LNCH")
SUSPENDED, PERMANENT, LUNCHTIME = range(3)
MOST_SUSPENSIONS = 16
MOST_SESSIONS_A_YEAR = 90
LUNCHTIME_SHARE = 0.005
RISK_BY_SEN = np.array([4.5, 4.2, 1.0])
RISK_BY_YEAR_GROUP = np.array([0, 0, 0, 0, 0.1, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9, 2.6, 4.2, 4.6, 4.0, 2.2, 0.4, 0.2, 0.0])
ROWS_AT_ONCE = 200_000


@dataclass(frozen=True)
class Term:
    """One term of the census convention and the last day on which schools are open."""

    academic_year: int
    name: str
    first_school_day: date
    last_school_day: date

    @property
    def label(self) -> str:
        """Such as 2023-24_autumn, for file names."""
        return f"{self.academic_year}-{(self.academic_year + 1) % 100:02}_{self.name}"


def terms_of(academic_year: int) -> tuple[Term, Term, Term]:
    """Autumn, spring and summer; starts and ends of holidays are simplified."""
    following = academic_year + 1
    return (
        Term(academic_year, "autumn", date(academic_year, 9, 4), date(academic_year, 12, 19)),
        Term(academic_year, "spring", date(following, 1, 6), date(following, 3, 28)),
        Term(academic_year, "summer", date(following, 4, 16), date(following, 7, 19)),
    )


@dataclass(frozen=True)
class Suspensions:
    """The suspensions and exclusions of one academic year, one element per event, in order of day."""

    child: Ints
    day: Ints
    category: Ints
    sessions: Ints
    census: date

    def take(self, where: Ints) -> "Suspensions":
        """The events at the given places."""
        return Suspensions(self.child[where], self.day[where], self.category[where], self.sessions[where], self.census)


def draw_suspensions(rng: np.random.Generator, population: Population, census: date) -> Suspensions:
    """Events of the census's academic year: as many as the published rates of the year times the headcount."""
    children, risk = _risk(population, census)
    headcount = len(children)
    year = census.year
    pupils = round(headcount * of_year(calibration.ONE_OR_MORE_SUSPENSIONS_PERCENT, year) / 100)
    total = round(headcount * of_year(calibration.SUSPENSION_RATE_PERCENT, year) / 100)
    permanent = round(headcount * of_year(calibration.PERMANENT_EXCLUSION_RATE_PERCENT, year) / 100)
    with np.errstate(divide="ignore"):
        order = rng.exponential(1.0, headcount).astype(np.float32) / risk
    chosen = rng.permutation(np.sort(np.argpartition(order, pupils)[:pupils]))
    child = children[chosen]
    times = _times_suspended(rng, pupils, total)
    who = np.repeat(np.arange(pupils), times)
    turn = np.arange(total) - np.repeat(np.cumsum(times) - times, times)
    school_days = _school_days(census.year - 1)
    spread = (turn + 0.85 * rng.random(total)) / times[who]
    place = (spread * len(school_days)).astype(np.int64)
    longest = np.minimum(10, MOST_SESSIONS_A_YEAR // times[who])
    sessions = np.minimum(1 + rng.geometric(0.35, total), longest)
    category = np.full(total, SUSPENDED)
    lunch = rng.choice(pupils, round(total * LUNCHTIME_SHARE), replace=False)
    out = rng.choice(pupils, permanent, replace=False)
    extra = np.concatenate([lunch, out])
    # Nothing follows a permanent exclusion, so it comes after the pupil's last suspension of the year.
    last_place = place[np.cumsum(times) - 1]
    out_place = np.minimum(last_place[out] + rng.integers(1, 9, permanent), len(school_days) - 1)
    lunch_place = (rng.random(len(lunch)) * (last_place[lunch] + 1)).astype(np.int64)
    events = Suspensions(
        child=np.concatenate([child[who], child[extra]]),
        day=school_days[np.concatenate([place, lunch_place, out_place])],
        category=np.concatenate([category, np.full(len(lunch), LUNCHTIME), np.full(len(out), PERMANENT)]),
        sessions=np.concatenate([sessions, np.ones(len(lunch), np.int64), np.zeros(len(out), np.int64)]),
        census=census,
    )
    return events.take(np.lexsort((events.child, events.category, events.day)))


def suspension_chunks(
    rng: np.random.Generator, population: Population, events: Suspensions, term: Term, as_at: date
) -> Iterator[pa.Table]:
    """The events of one term up to `as_at` in the supplier's columns."""
    days = [day_number(day) for day in (term.first_school_day, term.last_school_day, as_at)]
    begin = int(np.searchsorted(events.day, days[0]))
    end, known = np.searchsorted(events.day, days[1:], side="right").tolist()
    for start in range(begin, min(end, known), ROWS_AT_ONCE):
        chunk = events.take(np.arange(start, min(start + ROWS_AT_ONCE, end)))
        yield _table(rng, population, chunk).slice(0, known - start)


def _risk(population: Population, census: date) -> tuple[Ints, Floats]:
    found = list(pupils_on_roll(population, census))
    risks = [
        (
            RISK_BY_SEN[population.sen_provision(children, day_number(census))]
            * RISK_BY_YEAR_GROUP[population.year_group(children, census.year - 1)]
        )
        for children in found
    ]
    return np.concatenate(found), np.concatenate(risks)


def _times_suspended(rng: np.random.Generator, pupils: int, total: int) -> Ints:
    """Suspensions of each pupil: at least one, at most `MOST_SUSPENSIONS`, `total` in all."""
    cumulative = np.cumsum(rng.gamma(0.6, 1.0, pupils))
    times = np.ones(pupils, dtype=np.int64)
    missing = total - pupils
    while missing > 0:
        drawn = np.searchsorted(cumulative, rng.random(missing) * cumulative[-1])
        times += np.bincount(np.minimum(drawn, pupils - 1), minlength=pupils)
        missing = int((times - np.minimum(times, MOST_SUSPENSIONS)).sum())
        times = np.minimum(times, MOST_SUSPENSIONS)
        cumulative = np.cumsum(np.where(times < MOST_SUSPENSIONS, np.diff(cumulative, prepend=0.0), 0.0))
    return times


def _school_days(academic_year: int) -> Ints:
    days = [
        day_number(term.first_school_day + timedelta(days=n))
        for term in terms_of(academic_year)
        for n in range((term.last_school_day - term.first_school_day).days + 1)
        if (term.first_school_day + timedelta(days=n)).weekday() < 5
    ]
    return np.array(days, dtype=np.int64)


def _table(rng: np.random.Generator, population: Population, events: Suspensions) -> pa.Table:
    child, category = events.child, events.category
    count = len(child)
    # The status at the census, not on the day: the published rates divide by the January headcount.
    sen = population.sen_provision(child, day_number(events.census))
    group = population.year_group(child, events.census.year - 1)
    reasons = tuple(calibration.SUSPENSION_REASON)
    first = pick(calibration.SUSPENSION_REASON, rng.random(count))
    second = (first + rng.integers(1, 6, count)) % len(reasons)
    third = (second + rng.integers(1, 6, count)) % len(reasons)
    has_second = rng.random(count) < 0.35
    has_third = has_second & (rng.random(count) < 0.2) & (third != first)
    return pa.table(
        {
            "upn": population.upn(child),
            "date_of_birth": dates(population.birth_day(child)),
            "sex": population.sex(child),
            "ethnicity": population.ethnicity(child),
            "postcode": population.postcode(child),
            "year_group": codes(YEAR_GROUPS, group),
            "school_urn": population.school(child, group, sen == EHC_PLAN),
            "start_date": dates(events.day),
            "category": codes(CATEGORIES, category),
            "sessions": numbers(events.sessions, category != PERMANENT),
            "reason1": codes(reasons, first),
            "reason2": codes(reasons, second, has_second),
            "reason3": codes(reasons, third, has_third),
            "sen_provision": codes(SEN_PROVISION, sen),
            "primary_need": population.primary_need(child, sen != NO_SEN),
            "overturned": flags((category == PERMANENT) & (rng.random(count) < 0.03)),
        }
    )
