"""Checks that two extracts agree, worked by hand."""

from datetime import date

from tests.sql.world import World

ISSUED, CEASED = date(2025, 1, 10), date(2025, 6, 30)


def made(world: World) -> dict[object, tuple[object, object]]:
    """Check → failing, tested."""
    world.run()
    return {row["check_id"]: (row["failing"], row["tested"]) for row in world.rows("core.consistency")}


def suspended(child: str | None, day: date, provision: str = "E") -> dict[str, object]:
    return {
        "child_id": child,
        "school_urn": "900001",
        "start_date": day,
        "category": "SUSP",
        "sen_provision": provision,
    }


def test_each_check_counts_what_contradicts_the_other_extract_and_what_could_be_looked_up(world: World) -> None:
    plan = {"plan_issued_date": ISSUED, "plan_ceased_date": CEASED}
    world.put(
        "staging.ehcp_timeliness",
        [{"request_id": "r1", "child_id": "a", **plan}, {"request_id": "r2", "child_id": None, **plan}],
    )
    world.put(
        "staging.exclusions",
        [
            suspended("a", ISSUED),
            suspended("a", CEASED),
            suspended("a", date(2025, 7, 1)),
            suspended("b", ISSUED),
            suspended("b", CEASED, "K"),
            suspended(None, ISSUED),
        ],
    )
    cycle = {"school_urn": "900001", "stage": "plan"}
    world.put(
        "staging.graduated_response",
        [
            {**cycle, "child_id": "a", "cycle_number": 1, "record_date": date(2025, 1, 9)},
            {**cycle, "child_id": "a", "cycle_number": 2, "record_date": date(2025, 3, 1)},
            {**cycle, "child_id": "b", "cycle_number": 1, "record_date": date(2025, 3, 1)},
        ],
    )
    assert made(world) == {
        "suspended_with_plan_but_no_plan": (2, 4),
        "plan_without_person": (1, 2),
        "cycle_during_plan": (1, 3),
    }


def test_without_any_extract_nothing_is_tested(world: World) -> None:
    assert set(made(world).values()) == {(0, 0)}
