"""What the measures of the survey, complaints, co-production and the improvement plan leave out."""

from dataclasses import replace
from typing import Final

from pipelines.assess.left_out_rule import LeftOut, may_be, up_to

_WAVE_START: Final = "(select wave.start_date from reference.survey_wave as wave where wave.wave_id = row.wave_id)"
_NO_OUTCOME: Final = "row.kind = 'ombudsman' and coalesce(row.outcome, 'not_a_code') = 'not_a_code'"


def _answer(measure_id: str, role: str, question: str) -> LeftOut:
    return LeftOut(
        measure_id,
        "family_survey",
        _WAVE_START,
        ("wave_id",),
        f"{may_be('respondent_role', role)} and coalesce(row.consent_share, true)"
        f" and coalesce(row.{question} <> '9', false)",
    )


def _feedback(measure_id: str, *kinds: str) -> LeftOut:
    return LeftOut(
        measure_id, "complaints", "row.received_date", ("received_date",), may_be("kind", *kinds), effect="event"
    )


_COMPLAINT: Final = _feedback("CU4", "complaint")
OF_VOICE: Final = (
    _answer("CU1", "parent_carer", "q_listened"),
    _answer("CU2", "child_young_person", "q_listened"),
    _answer("CU3", "parent_carer", "q_services_good"),
    _answer("CO1", "parent_carer", "q_involved_in_plan"),
    _answer("GR6", "parent_carer", "q_confident_school"),
    LeftOut("EV2", "family_survey", _WAVE_START, ("wave_id",), "true", effect="event"),
    LeftOut("EV5", "family_survey", "row.completed_date", ("completed_date",), "true"),
    replace(
        _COMPLAINT,
        may_count=f"{_COMPLAINT.may_count} and coalesce(row.stage, 1) = 1",
        # A complaint without a stage counts as one of stage 1.
        uncertain="row.kind = 'complaint' and row.stage is null",
        is_met="true",
    ),
    _feedback("CU5", "compliment"),
    replace(
        _feedback("CU6", "ombudsman"),
        may_count=f"{may_be('kind', 'ombudsman')} and {may_be('outcome', 'upheld', 'partly_upheld')}",
        undecided=_NO_OUTCOME,
        effect="count",
    ),
    LeftOut(
        "CO2",
        "coproduction_log",
        "row.raised_date",
        ("raised_date", "closed_date"),
        f"{may_be('kind', 'co_lead')} and {may_be('raised_by', 'parent_carer', 'child_young_person')}",
        last_day=up_to("closed_date"),
        on="last_day",
        missing="row.kind = 'co_lead' and coalesce(row.raised_by, 'not_a_code') = 'not_a_code'",
        missing_from="row.raised_date",
        missing_to=up_to("closed_date"),
        effect="one_of_them",
    ),
    LeftOut(
        "CO3",
        "coproduction_log",
        "row.raised_date",
        ("raised_date",),
        may_be("kind", "you_said"),
        undecided="row.kind = 'you_said' and row.we_did is not null and row.closed_date is null",
    ),
    LeftOut(
        "EV6",
        "actions",
        "row.due_date",
        ("due_date",),
        "coalesce(row.due_date <= refresh.as_at, true)",
        undecided="row.status = 'complete' and row.completed_date is null and row.due_date <= refresh.as_at",
    ),
)
# Compliments are per complaint.
COMPLAINTS: Final = (replace(_feedback("CU5", "complaint"), of_denominator=True),)
