"""Suspension and exclusion measures, worked by hand on a few pupils."""

from datetime import date

from tests.sql.world import World

AUTUMN, SPRING, SUMMER = date(2024, 8, 1), date(2025, 1, 1), date(2025, 4, 1)
YEAR = AUTUMN


def suspended(child: str, day: date, category: str = "SUSP", **changes: object) -> dict[str, object]:
    return {
        "child_id": child,
        "school_urn": "900001",
        "start_date": day,
        "category": category,
        "sessions": 2,
        "sen_provision": "N",
        "sex": "M",
        **changes,
    }


def on_roll(count: int, census: date = date(2025, 1, 16), **attributes: object) -> list[dict[str, object]]:
    return [{"child_id": f"p{number}", "census_date": census, "sex": "M", **attributes} for number in range(count)]


ONE_A_TERM = [suspended("a", date(2024, 10, 1)), suspended("a", date(2025, 2, 1)), suspended("b", date(2025, 5, 1))]


def test_suspension_rate_is_per_100_pupils_of_the_january_census_for_a_term_too(world: World) -> None:
    world.put("staging.exclusions", ONE_A_TERM)
    world.put("staging.pupil_roll", on_roll(50, sen_provision="N"))
    assert world.look("EX1", "term", AUTUMN) == (1.0, 50.0, 2.0)
    assert world.look("EX1", "academic_year", YEAR) == (3.0, 50.0, 6.0)


def test_pupils_suspended_twice_count_once_in_a_year_and_once_in_each_term(world: World) -> None:
    world.put("staging.exclusions", ONE_A_TERM)
    world.put("staging.pupil_roll", on_roll(50, sen_provision="N"))
    assert world.look("EX4", "term", SPRING) == (1.0, 50.0, 2.0)
    assert world.look("EX4", "academic_year", YEAR) == (2.0, 50.0, 4.0)


def test_lunchtime_suspensions_and_overturned_exclusions_are_not_counted(world: World) -> None:
    rows = [
        suspended("a", date(2024, 10, 1), "LNCH"),
        suspended("b", date(2024, 10, 1), "PERM", overturned=True),
        suspended("c", date(2024, 10, 1), "PERM", overturned=None),
        suspended("d", date(2024, 10, 1)),
    ]
    world.put("staging.exclusions", rows)
    world.put("staging.pupil_roll", on_roll(200, sen_provision="N"))
    assert world.look("EX1", "term", AUTUMN) == (1.0, 200.0, 0.5)
    assert world.look("EX3", "term", AUTUMN) == (1.0, 200.0, 0.5)


def test_rates_by_sen_provision_and_their_ratio(world: World) -> None:
    day = date(2024, 10, 1)
    rows = [
        *(suspended(f"e{n}", day, sen_provision="E") for n in range(3)),
        *(suspended(f"k{n}", day, sen_provision="K") for n in range(3)),
        *(suspended(f"n{n}", day) for n in range(4)),
    ]
    roll = on_roll(10, sen_provision="E") + on_roll(20, sen_provision="K") + on_roll(80, sen_provision="N")
    world.put("staging.exclusions", rows)
    world.put("staging.pupil_roll", roll)
    assert world.look("EX1", "term", AUTUMN, "sen_provision", "E") == (3.0, 10.0, 30.0)
    assert world.look("EX1", "term", AUTUMN, "sen_provision", "N") == (4.0, 80.0, 5.0)
    assert world.look("EX2", "term", AUTUMN) == (20.0, 5.0, 4.0)
    assert world.look("EX2", "term", AUTUMN, "sen_provision", "K") == (15.0, 5.0, 3.0)


def test_sessions_lost_are_per_pupil_with_sen(world: World) -> None:
    rows = [
        suspended("a", date(2024, 10, 1), sen_provision="E", sessions=10),
        suspended("b", date(2024, 10, 1), sen_provision="K", sessions=5),
        suspended("c", date(2024, 10, 1), sen_provision="N", sessions=90),
    ]
    world.put("staging.exclusions", rows)
    world.put(
        "staging.pupil_roll",
        on_roll(4, sen_provision="E") + on_roll(6, sen_provision="K") + on_roll(90, sen_provision="N"),
    )
    assert world.look("EX5", "term", AUTUMN) == (15.0, 10.0, 1.5)
    assert world.look("EX5", "term", AUTUMN, "sen_provision", "N") is None


def test_a_group_with_pupils_and_no_suspension_is_a_true_zero(world: World) -> None:
    world.put("staging.exclusions", [suspended("a", date(2024, 10, 1))])
    world.put("staging.pupil_roll", on_roll(50) + on_roll(40, sex="F"))
    assert world.look("EX1", "term", AUTUMN, "sex", "F") == (0.0, 40.0, 0.0)


def test_suspensions_without_any_pupil_of_the_group_have_no_rate(world: World) -> None:
    world.put("staging.exclusions", [suspended("a", date(2024, 10, 1), sex=None)])
    world.put("staging.pupil_roll", on_roll(50))
    assert world.look("EX1", "term", AUTUMN, "sex", "Unknown") == (1.0, None, None)


def test_a_term_without_any_record_is_not_shown_as_zero_and_its_year_waits(world: World) -> None:
    world.put("staging.exclusions", ONE_A_TERM[:2])
    world.put("staging.pupil_roll", on_roll(50))
    assert world.look("EX1", "term", SPRING) == (1.0, 50.0, 2.0)
    assert world.look("EX1", "term", SUMMER) is None
    assert world.look("EX1", "academic_year", YEAR) is None


def test_a_term_that_is_not_over_is_not_shown(world: World) -> None:
    world.put("staging.exclusions", [suspended("a", date(2026, 9, 10))])
    world.put("staging.pupil_roll", on_roll(50, census=date(2026, 1, 15)))
    assert world.look("EX1", "term", date(2026, 8, 1)) is None


def test_without_a_january_census_of_the_year_the_newest_one_before_stands_in(world: World) -> None:
    world.put("staging.exclusions", [suspended("a", date(2024, 10, 1)), suspended("b", date(2023, 10, 1))])
    world.put("staging.pupil_roll", on_roll(20, census=date(2023, 1, 19)) + on_roll(25, census=date(2024, 1, 18)))
    assert world.look("EX1", "term", AUTUMN) == (1.0, 25.0, 4.0)
    assert world.look("EX1", "term", date(2023, 8, 1)) == (1.0, 25.0, 4.0)
