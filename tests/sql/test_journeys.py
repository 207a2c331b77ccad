"""Journeys of children through the extracts, worked by hand."""

from datetime import date, timedelta

from tests.sql.world import AS_AT, World

RECEIVED = date(2025, 1, 6)
ISSUED = RECEIVED + timedelta(days=200)
Counts = dict[str, tuple[object, object]]


def request(name: str, child: str | None, **more: object) -> dict[str, object]:
    return {"request_id": name, "child_id": child, "received_date": RECEIVED, "sex": "F", **more}


def excluded(child: str, day: date, category: str = "SUSP", overturned: bool = False) -> dict[str, object]:
    return {
        "child_id": child,
        "school_urn": "900001",
        "start_date": day,
        "category": category,
        "overturned": overturned,
    }


def cycle(child: str | None, number: int, day: date) -> dict[str, object]:
    return {"child_id": child, "school_urn": "900001", "cycle_number": number, "record_date": day, "stage": "plan"}


# Records of other children, from which on each extract is known.
EARLIER = date(2023, 1, 16)


def since_earlier(world: World) -> None:
    world.put("staging.exclusions", [excluded("z", EARLIER)])
    world.put("staging.graduated_response", [cycle("z", 1, EARLIER)])
    world.put("staging.pupil_roll", [{"child_id": "z", "census_date": EARLIER, "sen_provision": "K"}])


def rows_of(world: World) -> dict[object, dict[str, object]]:
    world.run()
    return {row["request_id"]: row for row in world.rows("core.journey")}


def totals(world: World, breakdown: str = "total", value: str = "All") -> Counts:
    found = (row for row in world.rows("measures.journey"))
    return {
        f"{row['journey']} {row['year_start']:%Y}": (row["numerator"], row["denominator"])
        for row in found
        if (row["breakdown"], row["breakdown_value"]) == (breakdown, value)
    }


def test_a_suspension_counts_as_late_from_day_141_and_until_the_plan(world: World) -> None:
    world.put("staging.ehcp_timeliness", [request("r", "a", plan_issued_date=ISSUED)])
    days = (-1, 0, 140, 141, 200, 201)
    world.put("staging.exclusions", [excluded("a", RECEIVED + timedelta(days=day)) for day in days])
    row = rows_of(world)["r"]
    assert (row["suspensions_waiting"], row["suspensions_late"]) == (4, 2)
    assert row["wait_end_date"] == ISSUED


def test_an_open_request_waits_until_the_day_of_the_refresh_and_a_refused_one_until_the_refusal(world: World) -> None:
    refused = date(2025, 2, 3)
    world.put(
        "staging.ehcp_timeliness",
        [
            request("open", "a"),
            request("refused", "b", request_outcome="N", request_outcome_date=refused),
            request("withdrawn on a day that nobody wrote down", "c", request_outcome="W"),
        ],
    )
    world.put("staging.exclusions", [excluded(child, day) for child in "abc" for day in (EARLIER, date(2025, 2, 4))])
    rows = rows_of(world)
    assert [row["wait_end_date"] for row in rows.values()] == [AS_AT, refused, None]
    assert [row["suspensions_waiting"] for row in rows.values()] == [1, 0, None]


def test_cycles_and_support_before_the_request_are_counted_and_those_of_its_day_are_not(world: World) -> None:
    world.put("staging.ehcp_timeliness", [request("r", "a"), request("s", "b"), request("t", None)])
    before = RECEIVED - timedelta(days=1)
    world.put(
        "staging.graduated_response",
        [
            cycle("z", 1, EARLIER),
            cycle("a", 1, date(2024, 10, 1)),
            cycle("a", 2, before),
            cycle("a", 3, RECEIVED),
            cycle(None, 1, before),
        ],
    )
    world.put(
        "staging.pupil_roll",
        [
            {"child_id": "z", "census_date": EARLIER, "sen_provision": "K"},
            {"child_id": "a", "census_date": date(2024, 1, 18), "sen_provision": "K"},
            {"child_id": "b", "census_date": date(2024, 1, 18), "sen_provision": "N"},
        ],
    )
    rows = rows_of(world)
    assert [row["cycles_before_request"] for row in rows.values()] == [2, 0, None]
    assert [row["first_support_date"] for row in rows.values()] == [date(2024, 1, 18), None, None]
    found = totals(world)
    assert found["support_before_request 2025"] == (1, 2)
    assert found["two_cycles_before_request 2025"] == (1, 2)
    assert totals(world, "sex", "F")["support_before_request 2025"] == (1, 2)


def test_a_plan_after_a_permanent_exclusion_is_one_of_the_plans_of_its_year_unless_overturned(world: World) -> None:
    issued = date(2026, 3, 2)
    world.put(
        "staging.ehcp_timeliness",
        [request(child, child, plan_issued_date=issued) for child in "abc"] + [request("open", "d")],
    )
    world.put(
        "staging.exclusions",
        [
            excluded("z", EARLIER),
            excluded("a", date(2024, 5, 1), "PERM"),
            excluded("b", date(2024, 5, 1), "PERM", overturned=True),
            excluded("c", issued, "PERM"),
            excluded("d", date(2024, 5, 1), "PERM"),
        ],
    )
    rows = rows_of(world)
    assert [row["exclusions_before_plan"] for row in rows.values()] == [1, 0, 0, None]
    assert totals(world)["plan_after_permanent_exclusion 2026"] == (1, 3)
    assert totals(world)["suspended_after_20_weeks 2025"] == (0, 4)


def test_what_is_older_than_the_other_extract_is_not_known_and_not_none(world: World) -> None:
    early = {"received_date": EARLIER - timedelta(days=1), "plan_issued_date": EARLIER + timedelta(days=90)}
    soon = {"received_date": EARLIER + timedelta(days=363)}
    late = {"received_date": EARLIER + timedelta(days=364)}
    requests = [request("early", "a", **early), request("soon", "b", **soon), request("late", "c", **late)]
    world.put("staging.ehcp_timeliness", requests)
    since_earlier(world)
    rows = rows_of(world)
    assert [row["suspensions_waiting"] for row in rows.values()] == [None, 0, 0]
    assert [row["exclusions_before_plan"] for row in rows.values()] == [None, None, None]
    assert [row["cycles_before_request"] for row in rows.values()] == [None, None, 0]
    assert [row["had_support"] for row in rows.values()] == [None, None, False]
    asked = totals(world)
    assert asked["support_before_request 2024"] == (0, 1)
    assert not any(name.startswith("plan_after_permanent_exclusion") for name in asked)


def test_the_link_rate_shows_which_group_is_linked_less(world: World) -> None:
    world.put(
        "staging.ehcp_timeliness",
        [request("1", "a"), request("2", "b"), request("3", None, sex="M"), request("4", "c", sex="M")],
    )
    world.put("staging.pupil_roll", [{"child_id": child, "census_date": date(2026, 1, 15)} for child in ("a", "c")])
    world.run()
    rates = {
        (row["breakdown"], row["breakdown_value"]): (row["received"], row["with_child"], row["on_roll"])
        for row in world.rows("measures.link_rate")
        if row["extract"] == "ehcp_timeliness"
    }
    assert rates[("total", "All")] == (4, 3, 2)
    assert rates[("sex", "F")] == (2, 2, 1)
    assert rates[("sex", "M")] == (2, 1, 1)
    assert rates[("ethnicity_group", "Unknown")] == (4, 3, 2)
