"""What the measures of exclusions, attendance and graduated response leave out, and the pupils that exclusions are per."""

from typing import Final

from pipelines.assess.left_out_rule import NEVER, Effect, LeftOut, given, may_be

_WITH_SEN: Final = may_be("sen_provision", "E", "K")
# The most half-day sessions that rule EXC_026 allows stand for a number that is missing or cannot be.
_SESSIONS: Final = "cast(case when row.sessions between 1 and 90 then row.sessions else 90 end as double)"
# The same for attendance and rule ATT_007. A number that is less than the sessions missed cannot be.
_POSSIBLE: Final = (
    "cast(case when row.sessions_possible > 0 and coalesce(row.sessions_missed between 0 and row.sessions_possible, true)"
    " then row.sessions_possible else 190 end as double)"
)
_IN_SCHOOL: Final = may_be("setting_status", "in_school")
_NO_SESSIONS: Final = (
    "coalesce(row.sessions_possible > 0, row.setting_status = 'in_school')"
    " and (row.sessions_possible is null or row.sessions_missed is null)"
)


def _suspension(measure_id: str, *categories: str, and_also: str = "true", weight: str = "1e0") -> LeftOut:
    return LeftOut(
        measure_id,
        "exclusions",
        "row.start_date",
        ("start_date",),
        f"{may_be('category', *categories)} and {and_also}",
        weight=weight,
        effect="event",
    )


def _pupils(measure_id: str, may_count: str = "true") -> LeftOut:
    return LeftOut(
        measure_id, "pupil_roll", "row.census_date", ("census_date",), may_count, on="census", of_denominator=True
    )


def _attendance(
    measure_id: str,
    may_count: str,
    effect: Effect,
    missing: str = NEVER,
    undecided: str = NEVER,
    weight: str = "1e0",
) -> LeftOut:
    """A row is all that is known of a pupil in a term; in a year the pupil may be counted by the row of another term."""
    day = "row.term_start_date"
    return LeftOut(
        measure_id,
        "attendance",
        day,
        ("term_start_date",),
        may_count,
        on="its_period",
        missing=missing,
        missing_from=day,
        missing_to=day,
        undecided=undecided,
        weight=weight,
        effect=effect,
        term_effect=None if effect == "count" else "share",
    )


def _absence(measure_id: str, effect: Effect, weight: str = "1e0") -> LeftOut:
    """Children who are in no school have no sessions."""
    may_count = (
        "coalesce(row.sessions_possible > 0 or row.sessions_missed > row.sessions_possible,"
        f" {_IN_SCHOOL} or {given('sessions_possible')})"
    )
    return _attendance(measure_id, may_count, effect, missing=_NO_SESSIONS, weight=weight)


OF_SCHOOLS: Final = (
    _suspension("EX1", "SUSP", "FIXD"),
    _suspension("EX3", "PERM", and_also="not coalesce(row.overturned, false)"),
    _suspension("EX4", "SUSP", "FIXD"),
    _suspension("EX5", "SUSP", "FIXD", and_also=_WITH_SEN, weight=_SESSIONS),
    _absence("EX6", "person_either_way"),
    _absence("EX6_SEVERE", "person_either_way"),
    _absence("EX6_OVERALL", "person", weight=_POSSIBLE),
    _attendance(
        "EX7",
        _WITH_SEN,
        "person",
        undecided=f"row.reduced_timetable is null and row.setting_status = 'in_school' and {_WITH_SEN}",
    ),
    _attendance("EX7_OUT", _WITH_SEN, "person"),
    _attendance("EX9", f"{_WITH_SEN} and {may_be('setting_status', 'home_educated')}", "count"),
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
        f"{given('review_date')} or row.review_outcome is not null",
        missing="row.review_date is not null and row.review_outcome is null",
        missing_from="row.review_date",
        missing_to="row.review_date",
    ),
)
# The pupils of the census that exclusions are per: all, and those with SEN.
PUPILS: Final = (_pupils("EX1"), _pupils("EX3"), _pupils("EX4"), _pupils("EX5", _WITH_SEN))
