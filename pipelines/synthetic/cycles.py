"""Extract `graduated_response`: one row per assess-plan-do-review cycle of a pupil with SEN support, a file a term."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from pipelines.synthetic.extract_columns import MISSING_DAY, codes, dates, day_number, flags, numbers
from pipelines.synthetic.population import SEN_SUPPORT, Population
from pipelines.synthetic.randomness import Ints, pick
from pipelines.synthetic.roll import census_of_year, pupils_on_roll
from pipelines.synthetic.suspensions import Term, terms_of

TERMS_HELD = 6
TERMS_ENDED_A_YEAR = 3
ROWS_AT_ONCE = 200_000
STAGES = {"review": 0.7, "do": 0.17, "plan": 0.08, "assess": 0.05}
REVIEW_OUTCOMES = {"met": 0.37, "partly": 0.42, "not_met": 0.21}
NEXT_STEPS = {"continue": 0.68, "step_down": 0.12, "refer": 0.13, "ehcna_request": 0.07}
PROVISIONS = (
    "Small group reading three times a week",
    "Daily check-in with a key adult",
    "Visual timetable and task board",
    "Speech and language programme in class",
    "Social skills group once a week",
    "Movement breaks and sensory circuit",
    "Pre-teaching of vocabulary",
    "Number intervention twice a week",
)


@dataclass(frozen=True)
class Cycles:
    """Pupils in the audit, the first term of each (0 = the oldest of `terms`) and how many terms have a cycle."""

    child: Ints
    first_term: Ints
    terms_of_pupil: Ints
    terms: tuple[Term, ...]

    def in_term(self, term: Term) -> tuple[Ints, Ints]:
        """Children with a cycle in a term, and its number."""
        place = self.terms.index(term)
        here = (self.first_term <= place) & (place < self.first_term + self.terms_of_pupil)
        return self.child[here], place - self.first_term[here] + 1

    def terms_held(self, as_at: date) -> tuple[Term, ...]:
        """The last `TERMS_HELD` terms that were over on `as_at`, oldest first."""
        return tuple(term for term in self.terms if term.last_school_day <= as_at)[-TERMS_HELD:]


def draw_cycles(rng: np.random.Generator, population: Population, as_at: date) -> Cycles:
    """One audit entry for each pupil with SEN support at the year's census, over all terms that an export of the year holds."""
    census = census_of_year(as_at)
    day = day_number(census)
    found = [
        children[population.sen_provision(children, day) == SEN_SUPPORT]
        for children in pupils_on_roll(population, census)
    ]
    child = np.concatenate(found)
    terms = [term for year in range(as_at.year - 3, as_at.year + 1) for term in terms_of(year)]
    drawn = tuple(term for term in terms if term.last_school_day.year <= as_at.year)[-TERMS_HELD - TERMS_ENDED_A_YEAR :]
    return Cycles(child, rng.integers(0, len(drawn), len(child)), rng.geometric(0.2, len(child)), drawn)


def cycle_chunks(rng: np.random.Generator, population: Population, cycles: Cycles, term: Term) -> Iterator[pa.Table]:
    """The cycles of one term in the supplier's columns."""
    child, cycle_number = cycles.in_term(term)
    for start in range(0, len(child), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        yield _table(rng, population, child[part], cycle_number[part], term)


def _table(rng: np.random.Generator, population: Population, child: Ints, cycle_number: Ints, term: Term) -> pa.Table:
    count = len(child)
    first, last = day_number(term.first_school_day), day_number(term.last_school_day)
    recorded = first + rng.integers(0, 25, count)
    stage = pick(STAGES, rng.random(count))
    reviewed = stage == list(STAGES).index("review")
    review_day = np.where(reviewed, recorded + 14 + rng.integers(0, last - first - 38, count), MISSING_DAY)
    group = population.year_group(child, term.academic_year)
    outcome_set = reviewed | (rng.random(count) < 0.8)
    return pa.table(
        {
            "upn": population.upn(child),
            "school_urn": population.school(child, group, np.zeros(count, dtype=np.bool_)),
            "record_date": dates(recorded),
            "cycle_number": numbers(cycle_number),
            "stage": codes(tuple(STAGES), stage),
            "primary_need": population.primary_need(child),
            "provision_description": codes(PROVISIONS, rng.integers(0, len(PROVISIONS), count)),
            "outcome_set": flags(outcome_set),
            "review_date": dates(review_day),
            "review_outcome": codes(tuple(REVIEW_OUTCOMES), pick(REVIEW_OUTCOMES, rng.random(count)), reviewed),
            "parent_involved": flags(rng.random(count) < 0.74),
            "child_voice_recorded": flags(rng.random(count) < 0.61),
            "next_step": codes(tuple(NEXT_STEPS), pick(NEXT_STEPS, rng.random(count)), reviewed),
        }
    )
