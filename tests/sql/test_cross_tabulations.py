"""Two-way tables by hand: who is counted in which cell, and that the margins are their sums."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from pipelines.shared_tables import SHARED_TABLES, SharedTablesProblem, load_shared_tables
from tests.sql.world import World

CENSUS = date(2026, 1, 15)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def cells(world: World, subject: str, row: str, column: str) -> dict[tuple[object, object], tuple[object, object]]:
    world.run()
    return {
        (line["row_value"], line["column_value"]): (line["numerator"], line["denominator"])
        for line in world.rows("measures.cross_tabulation")
        if (line["subject"], line["row_breakdown"], line["column_breakdown"]) == (subject, row, column)
    }


def pupil(child: str, provision: str, need: str | None, lsoa: str | None = "E01015272") -> dict[str, object]:
    return {
        "child_id": child, "census_date": CENSUS, "birth_month": date(2015, 1, 1), "lsoa_code": lsoa,
        "ethnicity": "WBRI", "sen_provision": provision, "primary_need": need,
    }  # fmt: skip


def test_a_plan_counts_on_a_census_day_from_its_issue_until_the_day_before_it_ends(world: World) -> None:
    plans = [
        ("a", date(2026, 1, 15), None),
        ("b", date(2026, 1, 16), None),
        ("c", date(2025, 1, 1), date(2026, 1, 15)),
        ("d", date(2025, 1, 1), date(2026, 1, 16)),
    ]
    world.put("staging.pupil_roll", [pupil("z", "N", None)])
    world.put(
        "staging.ehcp_timeliness",
        [
            {
                "request_id": child, "child_id": child, "primary_need": "ASD", "received_date": date(2024, 6, 1),
                "birth_month": date(2015, 1, 1), "plan_issued_date": issued, "plan_ceased_date": ceased,
            }
            for child, issued, ceased in plans
        ],
    )  # fmt: skip
    found = cells(world, "plan", "primary_need", "age_band")
    assert found == {(need, age): (2, 2) for need in ("ASD", "All") for age in ("11_15", "All")}


def test_sen_support_is_counted_by_ward_and_need_and_not_recorded_is_unknown(world: World) -> None:
    world.put(
        "staging.pupil_roll",
        [pupil("a", "K", "ASD"), pupil("b", "K", "SLCN"), pupil("c", "K", None, None), pupil("d", "E", "ASD")],
    )
    found = cells(world, "sen_support", "ward", "primary_need")
    wards = {ward for ward, _ in found}
    assert len(wards) == 3 and {"All", "Unknown"} < wards
    (ward,) = wards - {"All", "Unknown"}
    assert found == {
        (ward, "ASD"): (1, 1), (ward, "SLCN"): (1, 1), ("Unknown", "Unknown"): (1, 1),
        (ward, "All"): (2, 2), ("Unknown", "All"): (1, 1),
        ("All", "ASD"): (1, 1), ("All", "SLCN"): (1, 1), ("All", "Unknown"): (1, 1), ("All", "All"): (3, 3),
    }  # fmt: skip


def test_a_respondent_is_positive_about_a_theme_when_half_of_the_answers_are(world: World) -> None:
    world.put(
        "reference.survey_wave",
        [{"wave_id": "2026-SUM-PC", "start_date": date(2026, 6, 1), "end_date": date(2026, 6, 30)}],
    )
    answers = [("a", "ehc_plan", "5"), ("b", "ehc_plan", "1"), ("c", "sen_support", "9")]
    world.put(
        "staging.family_survey",
        [
            {
                "response_id": response, "wave_id": "2026-SUM-PC", "respondent_role": "parent_carer",
                "sen_status": status, "q_waiting": answer, "consent_share": True,
            }
            for response, status, answer in answers
        ],
    )  # fmt: skip
    found = cells(world, "theme_answer", "theme", "sen_status")
    assert found == {
        ("waiting", "ehc_plan"): (1, 2), ("waiting", "All"): (1, 2), ("All", "ehc_plan"): (1, 2), ("All", "All"): (1, 2),
    }  # fmt: skip


def test_every_cross_tabulation_of_the_list_is_one_that_the_models_make() -> None:
    made = {
        ("plan", "ward", "primary_need"), ("plan", "primary_need", "age_band"),
        ("plan", "primary_need", "ethnicity_group"), ("sen_support", "ward", "primary_need"),
        ("sen_support", "primary_need", "age_band"), ("sen_support", "primary_need", "ethnicity_group"),
        ("pupil_with_sen", "sen_provision", "imd_quintile"), ("suspension", "primary_need", "sen_provision"),
        ("theme_answer", "theme", "sen_status"),
    }  # fmt: skip
    listed = {(t.subject, t.row_breakdown, t.column_breakdown) for t in load_shared_tables().cross_tabulations}
    assert listed == made


@pytest.mark.parametrize("missing", ["purpose", "legal_basis", "retention"])
def test_a_table_without_its_purpose_or_legal_basis_fails_and_is_named(tmp_path: Path, missing: str) -> None:
    entry = {
        "id": "by_sex", "measures": "all", "breakdown": "sex", "periods": ["wave"], "purpose": "Equality of outcomes",
        "legal_basis": "UK GDPR Article 6(1)(e)", "recipients": "partners", "retention": "three years",
    }  # fmt: skip
    del entry[missing]
    path = tmp_path / "shared_tables.yaml"
    path.write_text(f"small_group_periods: {{default: [wave]}}\none_way: [{entry}]\n", encoding="utf-8")
    with pytest.raises(SharedTablesProblem, match=f"one_way → 0 → {missing}"):
        load_shared_tables(path)


def test_a_breakdown_that_is_not_listed_stays_inside_the_council(world: World) -> None:
    world.run()
    listed = {tuple(row.values())[1:] for row in world.rows("reference.shared_breakdown")}
    assert ("EH1", "ward", "calendar_year") in listed
    assert ("EH1", "ward", "month") not in listed and ("EX1", "ward", "calendar_year") not in listed


@pytest.mark.parametrize(
    ("subject", "pair", "is_ring"),
    [
        ("plan", ("age_band", "ethnicity_group"), True),
        ("sen_support", ("ward", "age_band"), True),
        # Pupils with SEN support are some of the pupils with SEN.
        ("pupil_with_sen", ("ward", "ethnicity_group"), True),
        ("suspension", ("age_band", "ethnicity_group"), False),
        ("plan", ("ward", "imd_quintile"), False),
    ],
)
def test_a_table_that_closes_a_ring_of_its_subject_is_refused(
    tmp_path: Path, subject: str, pair: tuple[str, str], is_ring: bool
) -> None:
    listed = yaml.safe_load(SHARED_TABLES.read_text(encoding="utf-8"))
    new = listed["cross_tabulations"][0] | {"id": "one_more", "subject": subject}
    new |= {"row_breakdown": pair[0], "column_breakdown": pair[1]}
    path = tmp_path / "shared_tables.yaml"
    listed["cross_tabulations"].append(new)
    path.write_text(yaml.safe_dump(listed), encoding="utf-8")
    if is_ring:
        with pytest.raises(SharedTablesProblem, match="one_more closes a ring of tables"):
            load_shared_tables(path)
    else:
        assert load_shared_tables(path).cross_tabulations[-1].id == "one_more"
