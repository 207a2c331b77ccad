"""Bounds of attendance, each worked by hand."""

from datetime import date

from pytest import approx

from tests.assess.bound_cells import SCHOOL_YEAR, TERM, bounds, figure, limits_of
from tests.assess.council import Council, Row

SUMMER = {"term_start_date": date(2026, 4, 13), "sen_provision": "K", "setting_status": "in_school"}
AUTUMN = SUMMER | {"term_start_date": date(2025, 9, 1)}
SESSIONS = {"sessions_possible": 100, "sessions_missed": 20}


def numbered(*rows: Row) -> list[Row]:
    return [{"child_id": f"{place}", "rule_ids": "ATT_001", **row} for place, row in enumerate(rows)]


def test_a_pupil_of_a_term_in_quarantine_is_one_more_and_in_a_year_may_be_one_who_is_counted_already(
    council: Council,
) -> None:
    council.put(
        "quarantine.attendance",
        numbered(
            SUMMER | SESSIONS,
            # More missed than possible: there were sessions, and how many is not known.
            SUMMER | {"sessions_possible": 0, "sessions_missed": 5, "rule_ids": "ATT_006"},
            AUTUMN | SESSIONS,
            # Educated at home: no sessions.
            SUMMER | {"setting_status": "home_educated"},
        ),
    )
    council.put("staging.attendance", [{"child_id": "7", **SUMMER, "sessions_possible": 100}])
    in_term, in_year = bounds(council, figure("EX6", 4, 17, TERM), figure("EX6", 5, 20, SCHOOL_YEAR))[::-1]
    assert [(row["quarantined"], row["missing"]) for row in (in_term, in_year)] == [(2, 1), (3, 1)]
    # Three more pupils, absent or not.
    assert limits_of(in_term) == (20, 35)
    # Of the 20 one to nine: each of four may turn one who is counted already, either way.
    assert limits_of(in_year) == (5, 45)


def test_severe_absence_is_bounded_like_persistent_absence(council: Council) -> None:
    council.put("quarantine.attendance", numbered(SUMMER | SESSIONS))
    in_year, in_term = bounds(council, figure("EX6_SEVERE", 1, 19, TERM), figure("EX6_SEVERE", 1, 20, SCHOOL_YEAR))
    assert (limits_of(in_term), limits_of(in_year)) == ((5, 10), (0, 10))


def test_overall_absence_counts_the_sessions_that_a_row_says_or_the_most_of_a_term(council: Council) -> None:
    unknown = {"sessions_possible": None, "unreadable_columns": ",sessions_possible,"}
    council.put("quarantine.attendance", numbered(SUMMER | SESSIONS, SUMMER | unknown))
    # In use: how many were missed is not known.
    council.put("staging.attendance", [{"child_id": "7", **SUMMER, "sessions_possible": 110}])
    in_year, in_term = bounds(
        council, figure("EX6_OVERALL", 100, 600, TERM), figure("EX6_OVERALL", 250, 1600, SCHOOL_YEAR)
    )
    assert (in_term["quarantined"], in_term["missing"]) == (290, 110)
    # 400 more sessions, all missed or none; in the year the 110 may be among the possible ones already.
    assert limits_of(in_term) == (10, 50)
    assert limits_of(in_year) == (12.5, approx(65000 / 1600))


def test_pupils_with_sen_in_quarantine_may_be_on_a_reduced_timetable_out_of_school_or_at_home(council: Council) -> None:
    council.put(
        "quarantine.attendance",
        numbered(
            SUMMER,
            SUMMER | {"sen_provision": "not_a_code", "rule_ids": "ATT_004"},
            AUTUMN | {"setting_status": "home_educated"},
            # Without SEN.
            SUMMER | {"sen_provision": "N", "setting_status": "home_educated"},
            # The term is not known.
            SUMMER | {"term_start_date": None, "setting_status": "not_a_code", "rule_ids": "ATT_005"},
        ),
    )
    # In use: it is not told of one pupil with SEN whether the timetable was reduced; the other one has none.
    council.put(
        "staging.attendance",
        [{"child_id": "7", **SUMMER}, {"child_id": "8", **SUMMER, "setting_status": "home_educated"}],
    )
    figures = [
        figure(measure, 2, 17, period, group)
        for measure in ("EX7", "EX7_OUT", "EX9")
        for period in (TERM, SCHOOL_YEAR)
        for group in (("total", "All"), ("sen_provision", "K"))
    ]
    found = {(str(row["measure_id"]), row["period_type"], row["breakdown"]): row for row in bounds(council, *figures)}
    term = {measure: found[measure, "term", "total"] for measure in ("EX7", "EX7_OUT", "EX9")}
    year = {measure: found[measure, "academic_year", "total"] for measure in ("EX7", "EX7_OUT", "EX9")}
    assert [row["quarantined"] for row in term.values()] == [3, 3, 1]
    assert [row["quarantined"] for row in year.values()] == [4, 4, 2]
    # Three more pupils and one of the 17 who is undecided; in the year four, new or among the 17.
    assert [term["EX7"]["undecided"], *limits_of(term["EX7"])] == [1, 10, 30]
    assert limits_of(term["EX7_OUT"]) == (10, 25)
    assert limits_of(year["EX7"]) == (approx(200 / 21), approx(700 / 17))
    assert limits_of(year["EX7_OUT"]) == (approx(200 / 21), approx(600 / 17))
    # A count: one more in the term, two in the year.
    assert [limits_of(term["EX9"]), limits_of(year["EX9"])] == [(2, 3), (2, 4)]
    # Of the rows that say K.
    assert [found["EX7", period, "sen_provision"]["quarantined"] for period in ("term", "academic_year")] == [2, 3]
