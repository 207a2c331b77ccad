"""Extract `family_survey`: one row per response, one file for the waves of a season. Responses carry no child's number."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from pipelines.synthetic import calibration
from pipelines.synthetic.extract_columns import codes, dates, day_number, flags, numbered, numbers
from pipelines.synthetic.places import Places, Wave
from pipelines.synthetic.randomness import Flags, Ints, any_weekdays, pick

ROWS_AT_ONCE = 100_000
RESPONSE_SHARE = {"parent_carer": 0.36, "child_young_person": 0.28, "practitioner": 0.41}
MEAN_ANSWER = {"parent_carer": 2.75, "child_young_person": 3.05, "practitioner": 3.4}
IMPROVEMENT_A_YEAR = 0.12
FIRST_WAVE_DAY = day_number(date(2023, 11, 1))
DO_NOT_KNOW = 9
DO_NOT_KNOW_SHARE = {"q_short_breaks": 0.28, "q_transition": 0.15, "q_involved_in_plan": 0.12}
USUAL_DO_NOT_KNOW_SHARE = 0.04
AGE_BANDS = {"under_5": 0.12, "5_10": 0.41, "11_15": 0.32, "16_17": 0.09, "18_25": 0.06}
OLDER_AGE_BANDS = {"11_15": 0.6, "16_17": 0.25, "18_25": 0.15}
PHASE_OF_AGE_BAND = {
    "under_5": "early_years",
    "5_10": "primary",
    "11_15": "secondary",
    "16_17": "post_16",
    "18_25": "post_16",
}
SEN_STATUS = {"ehc_plan": 0.46, "sen_support": 0.36, "none_or_assessing": 0.18}
SETTING_TYPES = {"mainstream": 0.72, "special": 0.19, "alternative_provision": 0.03, "not_in_school": 0.06}
COMMENTS = (
    "Sample comment: the key person kept us informed",
    "Sample comment: we waited a long time for an answer",
    "Sample comment: the school listens to us",
    "Sample comment: we had to tell the same story many times",
    "Sample comment: the Local Offer helped us to find a group",
)


def responses_of(wave: Wave, factor: float, as_at: date) -> int:
    """Responses to one wave for a place `factor` times the local area; none before it starts."""
    return 0 if wave.end_date > as_at else round(wave.invited * RESPONSE_SHARE[wave.respondent_role] * factor)


def survey_chunks(rng: np.random.Generator, places: Places, wave: Wave, count: int) -> Iterator[pa.Table]:
    """The responses of one wave in the supplier's columns."""
    for start in range(0, count, ROWS_AT_ONCE):
        yield _table(rng, places, wave, start, min(ROWS_AT_ONCE, count - start))


def _table(rng: np.random.Generator, places: Places, wave: Wave, start: int, count: int) -> pa.Table:
    role = wave.respondent_role
    # A practitioner answers for the age, status and setting of most of the children that they work with.
    about_child = np.full(count, role != "practitioner")
    bands = tuple(AGE_BANDS)
    band = pick(AGE_BANDS, rng.random(count))
    if role == "child_young_person":
        band = bands.index("11_15") + pick(OLDER_AGE_BANDS, rng.random(count))
    phases = tuple(PHASE_OF_AGE_BAND[name] for name in bands)
    status = pick(SEN_STATUS, rng.random(count))
    setting = pick(SETTING_TYPES, rng.random(count))
    needs = calibration.PRIMARY_NEED_OF_PLANS
    first, last = day_number(wave.start_date), day_number(wave.end_date)
    commented = rng.random(count) < 0.22
    share = rng.random(count) < 0.83
    columns = {
        "response_id": numbered(f"{wave.wave_id}-", start + 1 + np.arange(count), 6),
        "wave_id": codes((wave.wave_id,), np.zeros(count, dtype=np.int64)),
        "respondent_role": codes((role,), np.zeros(count, dtype=np.int64)),
        "completed_date": dates(any_weekdays(rng, first, last, count)),
        "age_band": codes(bands, band),
        "sex": codes(("M", "F"), (rng.random(count) > 0.66).astype(np.int64), about_child),
        "ethnicity": codes(tuple(calibration.ETHNICITY), pick(calibration.ETHNICITY, rng.random(count)), about_child),
        "sen_status": codes(tuple(SEN_STATUS), status),
        "has_diagnosis": flags(rng.random(count) < np.array([0.78, 0.41, 0.22])[status], about_child),
        "primary_need": codes(tuple(needs), pick(needs, rng.random(count)), about_child),
        "school_phase": codes(phases, band),
        "setting_type": codes(tuple(SETTING_TYPES), setting),
        "postcode_district": codes(
            places.postcode_districts, rng.integers(0, len(places.postcode_districts), count), about_child
        ),
        "parent_carer_has_needs": flags(rng.random(count) < 0.24, about_child),
        "sibling_young_carer": flags(rng.random(count) < 0.13, about_child),
    }
    years = (first - FIRST_WAVE_DAY) / 365
    mean = MEAN_ANSWER[role] + IMPROVEMENT_A_YEAR * years + np.array([0.1, -0.15, -0.3])[status] * about_child
    family = mean + rng.normal(0, 0.7, count)
    for question in places.question_ids:
        columns[question] = numbers(_answers(rng, family, DO_NOT_KNOW_SHARE.get(question, USUAL_DO_NOT_KNOW_SHARE)))
    columns["comment"] = codes(COMMENTS, rng.integers(0, len(COMMENTS), count), commented)
    columns["consent_share"] = flags(share)
    columns["consent_quote"] = flags(_quotable(rng, share, commented))
    return pa.table(columns)


def _answers(rng: np.random.Generator, family: np.ndarray, unknown_share: float) -> Ints:
    answers = np.clip(np.rint(family + rng.normal(0, 0.9, len(family))), 1, 5).astype(np.int64)
    return np.where(rng.random(len(family)) < unknown_share, DO_NOT_KNOW, answers)


def _quotable(rng: np.random.Generator, share: Flags, commented: Flags) -> Flags:
    return share & commented & (rng.random(len(share)) < 0.6)
