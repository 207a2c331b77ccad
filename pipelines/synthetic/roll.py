"""Extract `pupil_roll`: one row per pupil on roll at a January school census."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from pipelines.synthetic.extract_columns import codes, dates, day_number, flags
from pipelines.synthetic.population import (
    EHC_PLAN,
    FIRST_COHORT,
    LAST_COHORT,
    NO_SEN,
    SEN_PROVISION,
    YEAR_GROUPS,
    Population,
)
from pipelines.synthetic.randomness import Ints

CENSUS_DAYS = (date(2024, 1, 18), date(2025, 1, 16), date(2026, 1, 15))
FREE_SCHOOL_MEALS_SHARE = (0.45, 0.38, 0.19)
ROWS_AT_ONCE = 250_000


def census_of_year(as_at: date) -> date:
    """The census whose pupils the other extracts of a calendar year are about: the last one up to the year's end."""
    return max(census for census in CENSUS_DAYS if census.year <= as_at.year)


def pupils_on_roll(population: Population, census: date) -> Iterator[Ints]:
    """Children on roll at a census, a birth cohort at a time."""
    for cohort in range(FIRST_COHORT, LAST_COHORT + 1):
        children = population.children_of(cohort)
        yield children[population.on_roll(children, census.year - 1)]


def roll_chunks(population: Population, census: date) -> Iterator[pa.Table]:
    """The roll of one census in the supplier's columns."""
    for children in pupils_on_roll(population, census):
        for start in range(0, len(children), ROWS_AT_ONCE):
            yield _table(population, children[start : start + ROWS_AT_ONCE], census)


def _table(population: Population, children: Ints, census: date) -> pa.Table:
    day = day_number(census)
    sen = population.sen_provision(children, day)
    group = population.year_group(children, census.year - 1)
    meals = population.uniform(children, 20) < np.array(FREE_SCHOOL_MEALS_SHARE)[sen]
    return pa.table(
        {
            "upn": population.upn(children),
            "census_date": dates(np.full(len(children), day)),
            "date_of_birth": dates(population.birth_day(children)),
            "sex": population.sex(children),
            "ethnicity": population.ethnicity(children),
            "postcode": population.postcode(children),
            "year_group": codes(YEAR_GROUPS, group),
            "school_urn": population.school(children, group, sen == EHC_PLAN),
            "sen_provision": codes(SEN_PROVISION, sen),
            "primary_need": population.primary_need(children, sen != NO_SEN),
            "fsm_eligible": flags(meals),
        }
    )
