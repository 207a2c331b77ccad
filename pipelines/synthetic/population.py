"""One population of fictional children, from which every extract draws, so that journeys join across extracts.

A child is a number: birth cohort x cohort size + position. Everything else about the child (birth date, sex, school,
need) follows from that number and the seed, so nine million children need no table. The first positions of each
cohort are the children for whom an EHC needs assessment is requested.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from pipelines.synthetic import calibration, identifiers
from pipelines.synthetic.extract_columns import MISSING_DAY, codes, numbered
from pipelines.synthetic.places import Places
from pipelines.synthetic.randomness import Flags, Floats, Ints, pick, uniform_of

FIRST_COHORT = 1999
LAST_COHORT = 2025
RECEPTION_AGE = 5
FORENAMES = ("Testone", "Testtwo", "Testthree", "Testfour", "Testfive", "Testsix", "Testseven", "Testeight")
SEN_PROVISION = ("E", "K", "N")
EHC_PLAN, SEN_SUPPORT, NO_SEN = 0, 1, 2
YEAR_GROUPS = ("E1", "E2", "N1", "N2", "R", *(str(year) for year in range(1, 15)))
ON_ROLL_SHARE = (0.0, 0.0, 0.0, 0.12, *([0.985] * 12), 0.45, 0.38, 0.02)
ROLL_PER_COHORT = sum(ON_ROLL_SHARE)
PHASES = ("early_years", "primary", "secondary", "post_16")
# Children whose plan is older than the requests in the extract, so that 5.8 % of pupils had a plan in January 2025.
OLDER_PLAN_SHARE = {"until_2014": 0.0425, "later": 0.004}
SEN_SUPPORT_SHARE = 0.096
REQUESTED_POSITIONS_SHARE = 0.16


@dataclass(frozen=True)
class Population:
    """Children born in the academic years `FIRST_COHORT` to `LAST_COHORT`, `cohort_size` in each.

    The days of a child's first request, plan and cease are those to come as well: ask for a day.
    """

    seed: int
    cohort_size: int
    places: Places
    requested_day: Ints = field(repr=False)
    plan_day: Ints = field(repr=False)
    ceased_day: Ints = field(repr=False)

    @classmethod
    def empty(cls, seed: int, cohort_size: int, places: Places) -> "Population":
        """A population with no request and no plan yet."""
        if not 1 <= cohort_size <= identifiers.PUPILS_A_YEAR:
            raise ValueError(f"A cohort holds 1 to {identifiers.PUPILS_A_YEAR:,} children, not {cohort_size:,}.")
        count = cohort_size * (LAST_COHORT - FIRST_COHORT + 1)
        blank = [np.full(count, MISSING_DAY, dtype=np.int64) for _ in range(3)]
        return cls(seed, cohort_size, places, *blank)

    def children_of(self, cohort: int) -> Ints:
        """Every child of one birth cohort."""
        first = (cohort - FIRST_COHORT) * self.cohort_size
        return np.arange(first, first + self.cohort_size, dtype=np.int64)

    def uniform(self, children: Ints, salt: int) -> Floats:
        """A number in [0, 1) that belongs to the child."""
        return uniform_of(children, self.seed * 1009 + salt)

    def cohort(self, children: Ints) -> Ints:
        """First calendar year of the academic year of birth."""
        return children // self.cohort_size + FIRST_COHORT

    def birth_day(self, children: Ints) -> Ints:
        """Day of birth, 1 September to 30 August of the cohort's academic year."""
        starts = np.array(
            [np.datetime64(f"{year}-09-01", "D").astype(np.int64) for year in range(FIRST_COHORT, LAST_COHORT + 1)]
        )
        return starts[self.cohort(children) - FIRST_COHORT] + (self.uniform(children, 1) * 364).astype(np.int64)

    def upn(self, children: Ints) -> pa.StringArray:
        """Valid UPN given in the year of entry to Reception."""
        return identifiers.upns(self.cohort(children) + RECEPTION_AGE, children % self.cohort_size)

    def uln(self, children: Ints) -> pa.StringArray:
        """Valid ULN, or empty."""
        return identifiers.ulns(children % 10_000_000)

    def surname(self, children: Ints) -> pa.StringArray:
        """Sample0001 to Sample9999."""
        return numbered("Sample", 1 + (self.uniform(children, 2) * 9999).astype(np.int64), 4)

    def forename(self, children: Ints) -> pa.StringArray:
        """One of eight names that nobody has."""
        return codes(FORENAMES, (self.uniform(children, 3) * len(FORENAMES)).astype(np.int64))

    def sex(self, children: Ints) -> pa.StringArray:
        """M or F; about 70 % of those for whom a request is made are boys, as in the published caseload."""
        boys = np.where(self._may_be_requested(children), 0.70, 0.48)
        return codes(("M", "F"), (self.uniform(children, 4) >= boys).astype(np.int64))

    def ethnicity(self, children: Ints) -> pa.StringArray:
        """Extended ethnicity code."""
        return codes(tuple(calibration.ETHNICITY), pick(calibration.ETHNICITY, self.uniform(children, 5)))

    def postcode(self, children: Ints) -> pa.StringArray:
        """Fictional postcode of the home."""
        postcodes = self.places.postcodes
        return codes(postcodes, (self.uniform(children, 6) * len(postcodes)).astype(np.int64))

    def primary_need(self, children: Ints, present: Flags | None = None) -> pa.StringArray:
        """Primary need; the mix of plans for children with a request or an older plan, else that of SEN support."""
        plan_mix, support_mix = calibration.PRIMARY_NEED_OF_PLANS, calibration.PRIMARY_NEED_OF_SEN_SUPPORT
        names = (*plan_mix, *support_mix)
        uniform = self.uniform(children, 7)
        index = np.where(
            self._may_be_requested(children) | self._has_older_plan(children),
            pick(plan_mix, uniform),
            len(plan_mix) + pick(support_mix, uniform),
        )
        return codes(names, index, present)

    def year_group(self, children: Ints, academic_year: int) -> Ints:
        """Index into `YEAR_GROUPS` in the academic year that starts in `academic_year`; outside it when too old."""
        return academic_year - self.cohort(children) - RECEPTION_AGE + YEAR_GROUPS.index("R")

    def on_roll(self, children: Ints, academic_year: int) -> Flags:
        """Whether the child is on the roll of a state-funded school in January of the academic year."""
        group = self.year_group(children, academic_year)
        known = (group >= 0) & (group < len(ON_ROLL_SHARE))
        share = np.array(ON_ROLL_SHARE)[np.where(known, group, 0)]
        return known & (self.uniform(children, 8) < share)

    def sen_provision(self, children: Ints, day: int) -> Ints:
        """Index into `SEN_PROVISION` on a day."""
        plan, ceased = self.plan_day[children], self.ceased_day[children]
        has_plan = (plan != MISSING_DAY) & (plan <= day) & ((ceased == MISSING_DAY) | (ceased > day))
        requested = self.requested_day[children]
        has_request = requested != MISSING_DAY
        near_request = has_request & (requested <= day + 365)
        on_support = near_request | (self.uniform(children, 10) < SEN_SUPPORT_SHARE)
        older = self._has_older_plan(children) & ~has_request
        return np.where(has_plan | older, EHC_PLAN, np.where(on_support, SEN_SUPPORT, NO_SEN))

    def with_request(self, days: Ints, uniform: Floats) -> Ints:
        """For each day a child whose first request had come by then; a number in [0, 1) says which."""
        return _begun_by(self.requested_day, days, uniform)

    def with_plan(self, days: Ints, uniform: Floats) -> Ints:
        """For each day a child whose plan had been issued by then; a number in [0, 1) says which."""
        return _begun_by(self.plan_day, days, uniform)

    def school(self, children: Ints, group: Ints, has_plan: Flags) -> pa.StringArray:
        """URN of the school for a year group; four in ten children with a plan go to a special school."""
        phase = np.searchsorted([4, 11, 16], group, side="right")
        draw = self.uniform(children, 11)
        special = has_plan & (phase > 0) & (self.uniform(children, 12) < 0.4)
        names: list[str] = []
        index = np.zeros(len(children), dtype=np.int64)
        for number, name in enumerate(PHASES):
            for kind, wanted in (("mainstream", ~special), ("special", special)):
                urns = self.places.schools.get((name, kind), ())
                here = (phase == number) & wanted
                index[here] = len(names) + (draw[here] * len(urns)).astype(np.int64)
                names.extend(urns)
        return codes(names, index)

    def _may_be_requested(self, children: Ints) -> Flags:
        return children % self.cohort_size < REQUESTED_POSITIONS_SHARE * self.cohort_size

    def _has_older_plan(self, children: Ints) -> Flags:
        share = np.where(self.cohort(children) <= 2014, OLDER_PLAN_SHARE["until_2014"], OLDER_PLAN_SHARE["later"])
        return self.uniform(children, 9) < share


def _begun_by(begun: Ints, days: Ints, uniform: Floats) -> Ints:
    children = np.flatnonzero(begun != MISSING_DAY)
    children = children[np.argsort(begun[children], kind="stable")]
    count = np.searchsorted(begun[children], days, side="right")
    return children[(uniform * count).astype(np.int64)]
