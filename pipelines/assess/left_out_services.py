"""What the measures of health waits, plan audits, disputes and the workforce leave out."""

from typing import Final

from pipelines.assess.left_out_rule import (
    EARLIEST,
    NEVER,
    Effect,
    LeftOut,
    given,
    may_be,
    not_after_refresh,
    up_to,
)


def _audit(measure_id: str, item: str, may_be_missing: bool) -> LeftOut:
    """A share of audited plans; an item that does not apply to a plan is empty too, unless `may_be_missing`."""
    day = "row.audited_date"
    return LeftOut(
        measure_id,
        "plan_audit",
        day,
        ("audited_date",),
        "true" if may_be_missing else f"({item}) is not null",
        missing=f"({item}) is null" if may_be_missing else NEVER,
        missing_from=day,
        missing_to=day,
    )


def _appeal(measure_id: str, effect: Effect, undecided: str = NEVER) -> LeftOut:
    """A dispute that a tribunal concluded was lodged on some day; one without any date may be an appeal or a mediation."""
    concluded = "(row.concluded_date is not null or row.outcome is not null)"
    return LeftOut(
        measure_id,
        "appeals",
        not_after_refresh("lodged_date"),
        ("lodged_date",),
        f"{given('lodged_date')} or {concluded} or row.mediation_date is null",
        missing=f"row.lodged_date is null and {concluded}",
        missing_from=f"coalesce(row.mediation_date, {EARLIEST})",
        missing_to="coalesce(row.concluded_date, refresh.as_at)",
        undecided=undecided,
        effect=effect,
    )


OF_SERVICES: Final = (
    _audit("EH7", "row.grade", may_be_missing=True),
    _audit("CO4", "row.section_a_in_own_words", may_be_missing=True),
    _audit("JC5", "row.health_outcomes_specified and row.care_outcomes_specified", may_be_missing=True),
    _audit("CO5", "row.child_took_part_in_review", may_be_missing=False),
    _audit("PA4", "row.adulthood_outcomes", may_be_missing=False),
    LeftOut(
        "JC3",
        "health_waits",
        "row.referred_date",
        ("referred_date", "first_seen_date", "closed_date"),
        "true",
        last_day=up_to("first_seen_date", "closed_date"),
        on="last_day",
    ),
    LeftOut(
        "JC3_SEEN",
        "health_waits",
        not_after_refresh("first_seen_date"),
        ("first_seen_date",),
        given("first_seen_date"),
    ),
    _appeal("EH11", "event"),
    _appeal(
        "EH12",
        "share",
        undecided="row.lodged_date is not null and row.mediation_date is null and row.mediation_outcome is not null",
    ),
    LeftOut(
        "EH12_RESOLVED",
        "appeals",
        not_after_refresh("mediation_date"),
        ("mediation_date",),
        may_be("mediation_outcome", "agreed", "not_agreed")
        + f" and ({given('mediation_date')} or row.mediation_outcome is not null or row.lodged_date is null)",
        missing="(row.mediation_date is null) <> (coalesce(row.mediation_outcome, 'not_a_code') = 'not_a_code')",
        missing_from=f"coalesce(row.mediation_date, {EARLIEST})",
        missing_to="coalesce(row.mediation_date, refresh.as_at)",
    ),
    LeftOut(
        "WF5",
        "caseworker_allocation",
        "row.allocated_date",
        ("allocated_date", "ended_date"),
        "true",
        # Looked at are the 12 months to the end of the term.
        last_day="coalesce(row.ended_date + 364, refresh.as_at)",
        on="last_day",
        effect="person",
    ),
    LeftOut(
        "WF6",
        "workforce",
        "row.month_end",
        ("month_end",),
        may_be("role", "senco"),
        # A post of which neither is known counts as vacant or not qualified.
        uncertain="row.role = 'senco' and (row.filled_fte is null or (row.filled_fte > 0 and row.is_qualified is null))",
        is_met="true",
    ),
)
