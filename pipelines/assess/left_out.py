"""Which rows of an extract a measure leaves out, or counts as not met, only because something about them is missing or wrong.

One entry per measure, beside its SQL under sql/measures. Conditions are SQL over the typed columns of the extract.
"""

from dataclasses import dataclass
from typing import Final, Literal

# How one more row moves the figure: a case in the denominator or in both (share); one more event over the same people (event);
# a record of somebody who may be counted already (person).
Effect = Literal["share", "event", "person"]
NEVER: Final = "false"
_DUE: Final = "unix_date(refresh.as_at) - unix_date({0}) > {1}"


@dataclass(frozen=True)
class LeftOut:
    """What may belong to a measure.

    day: the date that puts a row in a period, last_day where a row may count on any day up to it. day_columns: if one of them
    cannot be read, or broke a rule for which the row is in quarantine, the row may belong to any period. may_count: quarantined
    rows that may be counted. missing: rows in use that are left out because something is missing, from missing_from to
    missing_to. undecided: rows in use that count as not met where only a date is missing. uncertain: rows in use that are
    counted although it is not known that they belong, and is_met whether they are met. weight: what one row adds (EX5: sessions).
    """

    measure_id: str
    source: str
    day: str
    day_columns: tuple[str, ...]
    may_count: str
    last_day: str = ""
    missing: str = NEVER
    missing_from: str = ""
    missing_to: str = ""
    undecided: str = NEVER
    uncertain: str = NEVER
    is_met: str = NEVER
    weight: str = "1e0"
    effect: Effect = "share"


def _plan(measure_id: str, may_count: str = "true", uncertain: str = NEVER, is_met: str = NEVER) -> LeftOut:
    """A measure of plans issued: a plan that ended or was reviewed was issued on some day."""
    return LeftOut(
        measure_id,
        "ehcp_timeliness",
        "row.plan_issued_date",
        ("plan_issued_date",),
        f"({_given('plan_issued_date')}) and {may_count}",
        missing="row.plan_issued_date is null and (row.plan_ceased_date is not null or row.review_meeting_date is not null)"
        f" and {may_count}",
        missing_from="row.received_date",
        missing_to="coalesce(row.plan_ceased_date, row.review_meeting_date)",
        uncertain=uncertain,
        is_met=is_met,
    )


def _decision(measure_id: str) -> LeftOut:
    return LeftOut(
        measure_id,
        "ehcp_timeliness",
        "row.request_outcome_date",
        ("request_outcome_date",),
        "coalesce(row.request_outcome in ('Y', 'N', 'not_a_code'), true)",
        missing="row.request_outcome in ('Y', 'N') and row.request_outcome_date is null",
        missing_from="row.received_date",
        missing_to="refresh.as_at",
    )


def _advice(measure_id: str, who: str) -> LeftOut:
    asked, came = f"{who}_advice_requested_date", f"{who}_advice_received_date"
    due = _DUE.format(f"row.{asked}", 42)
    return LeftOut(
        measure_id,
        "ehcp_timeliness",
        f"row.{asked}",
        (asked,),
        f"({_given(asked)}) and coalesce({due}, true)",
        undecided=f"row.{came} is null and {due}",
    )


def _suspension(measure_id: str, categories: str, and_also: str = "true", weight: str = "1e0") -> LeftOut:
    return LeftOut(
        measure_id,
        "exclusions",
        "row.start_date",
        ("start_date",),
        f"coalesce(row.category in ({categories}, 'not_a_code'), true) and {and_also}",
        weight=weight,
        effect="event",
    )


def _answer(measure_id: str, role: str, question: str) -> LeftOut:
    return LeftOut(
        measure_id,
        "family_survey",
        "(select wave.start_date from reference.survey_wave as wave where wave.wave_id = row.wave_id)",
        ("wave_id",),
        f"coalesce(row.respondent_role in ('{role}', 'not_a_code'), true) and coalesce(row.consent_share, true)"
        f" and coalesce(row.{question} <> '9', false)",
    )


def _audit(measure_id: str, item: str, may_be_missing: bool) -> LeftOut:
    """A share of audited plans; an item that does not apply to a plan is empty too, unless `may_be_missing`."""
    missing = f"({item}) is null" if may_be_missing else NEVER
    day = "row.audited_date"
    return LeftOut(
        measure_id,
        "plan_audit",
        day,
        ("audited_date",),
        "true" if may_be_missing else f"({item}) is not null",
        missing=missing,
        missing_from=day,
        missing_to=day,
    )


def _given(column: str) -> str:
    """Whether something is written in a column, be it readable or not."""
    return f"row.{column} is not null or contains(row.unreadable_columns, ',{column},')"


_REVIEW_DUE = _DUE.format("row.review_meeting_date", 28)
_WITH_SEN = "coalesce(row.sen_provision in ('E', 'K', 'not_a_code'), true)"
# The most half-day sessions that rule EXC_026 allows stand for a number that is missing or cannot be.
_SESSIONS = "cast(case when row.sessions between 1 and 90 then row.sessions else 90 end as double)"
LEFT_OUT: Final = (
    _plan("EH1"),
    _plan(
        "EH2",
        "not coalesce(row.week20_exception, false)",
        uncertain="row.plan_issued_date is not null and row.week20_exception is null",
        is_met="unix_date(row.plan_issued_date) - unix_date(row.received_date) <= 140",
    ),
    _decision("EH3"),
    _decision("GR4"),
    LeftOut(
        "EH4",
        "ehcp_timeliness",
        "row.assessment_outcome_date",
        ("assessment_outcome_date",),
        "row.assessment_outcome in ('N', 'not_a_code')",
        missing="row.assessment_outcome = 'N' and row.assessment_outcome_date is null",
        missing_from="coalesce(row.request_outcome_date, row.received_date)",
        missing_to="refresh.as_at",
    ),
    LeftOut(
        "EH8",
        "ehcp_timeliness",
        "row.review_meeting_date",
        ("review_meeting_date",),
        f"({_given('review_meeting_date')}) and coalesce({_REVIEW_DUE}, true)",
        undecided=f"row.review_decision_date is null and {_REVIEW_DUE}",
    ),
    LeftOut(
        "EH9",
        "ehcp_timeliness",
        "refresh.as_at",
        (),
        f"({_given('plan_issued_date')}) and coalesce(unix_date(refresh.as_at) - unix_date(row.plan_issued_date) >= 365, true)"
        " and coalesce(row.plan_ceased_date > refresh.as_at, true)",
        undecided="unix_date(refresh.as_at) - unix_date(row.plan_issued_date) >= 365"
        " and coalesce(row.plan_ceased_date > refresh.as_at, true) and row.review_meeting_date is null",
    ),
    LeftOut(
        "GR7",
        "ehcp_timeliness",
        "row.received_date",
        ("received_date",),
        "true",
        missing="row.apdr_cycles_evidenced is null",
        missing_from="row.received_date",
        missing_to="row.received_date",
    ),
    _advice("JC1", "health"),
    _advice("JC2", "social_care"),
    _suspension("EX1", "'SUSP', 'FIXD'"),
    _suspension("EX3", "'PERM'", "not coalesce(row.overturned, false)"),
    _suspension("EX4", "'SUSP', 'FIXD'"),
    _suspension("EX5", "'SUSP', 'FIXD'", _WITH_SEN, _SESSIONS),
    LeftOut(
        "GR2",
        "graduated_response",
        "row.record_date",
        ("record_date", "review_date"),
        "true",
        last_day="coalesce(row.review_date, row.record_date)",
        effect="person",
    ),
    LeftOut(
        "GR3",
        "graduated_response",
        "row.review_date",
        ("review_date",),
        f"({_given('review_date')}) or row.review_outcome is not null",
        missing="row.review_date is not null and row.review_outcome is null",
        missing_from="row.review_date",
        missing_to="row.review_date",
    ),
    _audit("EH7", "row.grade", may_be_missing=True),
    _audit("CO4", "row.section_a_in_own_words", may_be_missing=True),
    _audit("JC5", "row.health_outcomes_specified and row.care_outcomes_specified", may_be_missing=True),
    _audit("CO5", "row.child_took_part_in_review", may_be_missing=False),
    _audit("PA4", "row.adulthood_outcomes", may_be_missing=False),
    _answer("CU1", "parent_carer", "q_listened"),
    _answer("CU2", "child_young_person", "q_listened"),
    _answer("CU3", "parent_carer", "q_services_good"),
    _answer("CO1", "parent_carer", "q_involved_in_plan"),
    _answer("GR6", "parent_carer", "q_confident_school"),
)
# The pupils that rates are per: all, and those with SEN (EX5).
ROLL: Final = LeftOut("ROLL", "pupil_roll", "row.census_date", ("census_date",), "true")
ROLL_WITH_SEN: Final = LeftOut("ROLL_WITH_SEN", "pupil_roll", "row.census_date", ("census_date",), _WITH_SEN)
SOURCES: Final = tuple(dict.fromkeys(rule.source for rule in (*LEFT_OUT, ROLL)))
