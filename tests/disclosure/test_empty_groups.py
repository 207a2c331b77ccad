"""A row that is there tells no more than one that is not."""

from datetime import date

from pipelines.disclosure.empty_groups import (
    complete_cross_tabulation,
    complete_lived_experience,
    complete_observation,
    known_groups,
)
from pipelines.disclosure.measure_rules import rule_of
from pipelines.disclosure.observation_cells import Row

AREA = "E06000058"
GROUPS = {"total": frozenset(["All"]), "sex": frozenset(["F", "M", "Unknown"])}


def cases(month: int, number: float, breakdown: str = "total", group: str = "All", measure: str = "EH4") -> Row:
    place = {"area_code": AREA, "period_type": "month", "period_start": date(2025, month, 1), "unit": "%"}
    count = {"numerator": 0.0, "denominator": number, "value": 0.0, "base": number}
    limits = dict.fromkeys(("lower_95", "upper_95", "lower_998", "upper_998"), 0.0)
    period_end = date(2025, month, 28)
    of = {"breakdown": breakdown, "breakdown_value": group, "period_end": period_end}
    return {"measure_id": measure, **place, **count, **limits, **of}


def completed(rows: list[Row]) -> tuple[dict[tuple[object, ...], object], set[object]]:
    """Of the first measure: month, breakdown and group → denominator; of all, the months that are suppressed whole."""
    rules = {str(row["measure_id"]): rule_of(str(row["measure_id"]), "%") for row in rows}
    complete, gaps = complete_observation(rows, rules, GROUPS, {"EH1": "requests", "EH4": "requests"})
    there = {
        (row["period_start"].month, row["breakdown"], row["breakdown_value"]): row["denominator"]  # type: ignore[union-attr]
        for row in complete
        if row["measure_id"] == rows[0]["measure_id"]
    }
    return there, {(row["period_start"], row["breakdown_value"]) for row in gaps}


def test_a_group_that_nobody_is_in_has_a_row_of_noughts() -> None:
    there, gaps = completed([cases(3, 9), cases(3, 9, "sex", "M")])
    assert there == {(3, "total", "All"): 9, (3, "sex", "M"): 9, (3, "sex", "F"): 0, (3, "sex", "Unknown"): 0}
    assert not gaps


def test_a_service_without_a_row_in_a_month_may_have_sent_nothing_and_is_suppressed() -> None:
    rows = [cases(2, 9), cases(2, 9, "service", "slt"), cases(3, 9), cases(3, 9, "service", "ot")]
    there, gaps = completed(rows)
    assert not any(count == 0 for count in there.values())
    assert gaps == {(date(2025, 2, 1), "ot"), (date(2025, 3, 1), "slt")}


def test_a_month_of_the_source_without_a_row_is_suppressed_like_a_small_one() -> None:
    others = [cases(month, 9, measure="EH1") for month in (1, 2, 3, 4, 5)]
    elsewhere = [cases(month, 9, measure="CU5") for month in (5, 6)]
    there, gaps = completed([cases(2, 1), cases(4, 9), cases(4, 9, "sex", "F"), *others, *elsewhere])
    assert gaps == {(date(2025, month, 1), group) for month in (1, 3, 5) for group in ("All", "F", "M", "Unknown")}
    assert {place for place in there if place[0] == 2} == {
        (2, "total", "All"),
        *((2, "sex", group) for group in ("F", "M", "Unknown")),
    }


def test_a_figure_that_counts_no_child_stays_as_it_is() -> None:
    assert completed([cases(1, 2, measure="CO3"), cases(3, 2, "workstream", "1", "CO3")])[0] == {
        (1, "total", "All"): 2,
        (3, "workstream", "1"): 2,
    }


def test_every_pair_of_a_cross_tabulation_is_there() -> None:
    table = {"table_id": "t", "subject": "plan", "period_type": "census", "area_code": AREA, "denominator": None}
    place = {"period_start": date(2025, 1, 16), "row_breakdown": "sex", "column_breakdown": "ward"}
    rows = [
        {**table, **place, "row_value": row, "column_value": column, "numerator": 7}
        for row in ("All", "M")
        for column in ("All", "W1")
    ]
    made = complete_cross_tabulation(rows, GROUPS)
    assert {(row["row_value"], row["column_value"]) for row in made if row["numerator"] == 0} == {
        (sex, column) for sex in ("F", "Unknown") for column in ("All", "W1")
    }
    assert len(made) == 8


def test_a_wave_that_asked_has_every_group_and_one_that_did_not_has_none() -> None:
    def answers(wave: str, group: str) -> Row:
        place = {"wave_id": wave, "question_id": "q", "area_code": AREA, "breakdown": "sex"}
        return {**place, "breakdown_value": group, "numerator": 4.0, "denominator": 8.0}

    made = complete_lived_experience([answers("asked", "F"), answers("not asked", "Unknown")], GROUPS)
    assert [(row["wave_id"], row["breakdown_value"], row["denominator"]) for row in made] == [
        ("asked", "F", 8),
        ("not asked", "Unknown", 8),
        ("asked", "M", 0),
        ("asked", "Unknown", 0),
    ]


def test_the_groups_are_those_of_the_reference_data() -> None:
    groups = known_groups(AREA)
    assert groups["sex"] == {"F", "M", "Unknown"}
    assert {"PMLD", "MSI", "Unknown"} < groups["primary_need"] and len(groups["imd_quintile"]) == 6
    assert len(groups["ward"]) == 34 and "WHITE" in groups["ethnicity_group"]
