"""What the measures of requests for assessment, EHC plans and reviews leave out, and what plans other measures are per."""

from dataclasses import replace
from typing import Final

from pipelines.assess.left_out_rule import LeftOut, given, is_over, may_be, up_to

_SOURCE: Final = "ehcp_timeliness"
# A plan that ended or was reviewed was issued on some day.
_NO_DAY_OF_ISSUE: Final = (
    "row.plan_issued_date is null and (row.plan_ceased_date is not null or row.review_meeting_date is not null)"
)
_NO_EXCEPTION: Final = "not coalesce(row.week20_exception, false)"
_YEAR_OLD: Final = is_over("plan_issued_date", 364)
_NOT_ENDED: Final = "coalesce(row.plan_ceased_date > refresh.as_at, true)"
_REVIEW_DUE: Final = is_over("review_meeting_date", 28)
_LATE: Final = "coalesce(unix_date(refresh.as_at) - unix_date(row.received_date) not between 0 and 140, true)"


def _plan(measure_id: str) -> LeftOut:
    return LeftOut(
        measure_id,
        _SOURCE,
        "row.plan_issued_date",
        ("plan_issued_date",),
        given("plan_issued_date"),
        missing=_NO_DAY_OF_ISSUE,
        missing_from="row.received_date",
        missing_to="coalesce(row.plan_ceased_date, row.review_meeting_date)",
    )


def _decision(measure_id: str, *outcomes: str) -> LeftOut:
    return LeftOut(
        measure_id,
        _SOURCE,
        "row.request_outcome_date",
        ("request_outcome_date",),
        may_be("request_outcome", *outcomes),
        missing=f"row.request_outcome in ({', '.join(repr(code) for code in outcomes)}) and row.request_outcome_date is null",
        missing_from="row.received_date",
        missing_to="refresh.as_at",
    )


def _decision_not_to_issue(measure_id: str) -> LeftOut:
    return LeftOut(
        measure_id,
        _SOURCE,
        "row.assessment_outcome_date",
        ("assessment_outcome_date",),
        "row.assessment_outcome in ('N', 'not_a_code')",
        missing="row.assessment_outcome = 'N' and row.assessment_outcome_date is null",
        missing_from="coalesce(row.request_outcome_date, row.received_date)",
        missing_to="refresh.as_at",
    )


def _advice(measure_id: str, who: str) -> LeftOut:
    asked, came = f"{who}_advice_requested_date", f"{who}_advice_received_date"
    due = is_over(asked, 42)
    return LeftOut(
        measure_id,
        _SOURCE,
        f"row.{asked}",
        (asked,),
        f"{given(asked)} and coalesce({due}, true)",
        undecided=f"row.{came} is null and {due}",
    )


def _no_longer_needed(measure_id: str) -> LeftOut:
    """Plans that ended because needs are met, or for a reason that is not known."""
    day = "row.plan_ceased_date"
    return LeftOut(
        measure_id,
        _SOURCE,
        day,
        ("plan_ceased_date",),
        f"{given('plan_ceased_date')} and {may_be('cease_reason', '2')}",
        missing=f"{day} is not null and coalesce(row.cease_reason, 'not_a_code') = 'not_a_code'",
        missing_from=day,
        missing_to=day,
    )


_IN_FORCE_AT_END: Final = LeftOut(
    "CU4",
    _SOURCE,
    "row.plan_issued_date",
    ("plan_issued_date", "plan_ceased_date"),
    given("plan_issued_date"),
    last_day=up_to("plan_ceased_date"),
    on="last_day",
    missing=_NO_DAY_OF_ISSUE,
    missing_from="row.received_date",
    missing_to=up_to("plan_ceased_date"),
)
_IN_FORCE_AT_START: Final = replace(
    _IN_FORCE_AT_END,
    measure_id="EH11",
    day="row.plan_issued_date + 1",
    last_day="coalesce(row.plan_ceased_date, refresh.as_at)",
    on="first_day",
    missing_to="coalesce(row.plan_ceased_date, refresh.as_at)",
)
OF_REQUESTS: Final = (
    _plan("EH1"),
    replace(
        _plan("EH2"),
        may_count=f"{given('plan_issued_date')} and {_NO_EXCEPTION}",
        missing=f"{_NO_DAY_OF_ISSUE} and {_NO_EXCEPTION}",
        uncertain="row.plan_issued_date is not null and row.week20_exception is null",
        is_met="unix_date(row.plan_issued_date) - unix_date(row.received_date) <= 140",
    ),
    _decision("EH3", "Y", "N"),
    _decision("GR4", "Y", "N"),
    _decision_not_to_issue("EH4"),
    LeftOut(
        "EH6",
        _SOURCE,
        "refresh.as_at",
        (),
        f"coalesce(row.plan_issued_date > refresh.as_at, true) and {_LATE}"
        " and coalesce(row.request_outcome not in ('N', 'W', 'H'), true)"
        " and coalesce(row.assessment_outcome not in ('N', 'W', 'H'), true)",
        uncertain=f"{_NO_DAY_OF_ISSUE} and {is_over('received_date', 140)}"
        " and row.request_outcome not in ('N', 'W', 'H')"
        " and coalesce(row.assessment_outcome not in ('N', 'W', 'H'), true)",
        is_met="true",
        effect="count",
    ),
    LeftOut(
        "EH8",
        _SOURCE,
        "row.review_meeting_date",
        ("review_meeting_date",),
        f"{given('review_meeting_date')} and coalesce({_REVIEW_DUE}, true)",
        undecided=f"row.review_decision_date is null and {_REVIEW_DUE}",
    ),
    LeftOut(
        "EH9",
        _SOURCE,
        "refresh.as_at",
        (),
        f"{given('plan_issued_date')} and coalesce({_YEAR_OLD}, true) and {_NOT_ENDED}",
        undecided=f"{_YEAR_OLD} and {_NOT_ENDED} and row.review_meeting_date is null",
    ),
    LeftOut(
        "GR7",
        _SOURCE,
        "row.received_date",
        ("received_date",),
        "true",
        missing="row.apdr_cycles_evidenced is null",
        missing_from="row.received_date",
        missing_to="row.received_date",
    ),
    _advice("JC1", "health"),
    _advice("JC2", "social_care"),
)
# Complaints are per plan in force at the end of a period; appeals per decision that can be appealed against.
PLANS_AND_DECISIONS: Final = tuple(
    replace(rule, of_denominator=True)
    for rule in (
        _IN_FORCE_AT_END,
        _IN_FORCE_AT_START,
        _decision("EH11", "N"),
        _decision_not_to_issue("EH11"),
        _no_longer_needed("EH11"),
    )
)
