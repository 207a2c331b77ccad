"""Who answered against the roll, and weighted answers: small waves by hand."""

from collections import Counter
from datetime import date
from itertools import cycle, islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.assess.survey_profile import wave_rows
from pipelines.assess.survey_roll import VARIABLES, WaveRespondents
from pipelines.assess.survey_weighting import wave_estimates, weigh
from pipelines.methods.intervals import wilson
from tests.assess.council import Council
from tests.sql.world import AS_AT

CENSUS = date(2026, 1, 15)


def wave(
    codes: dict[str, list[str | None]], roll: dict[str, dict[str, float]] | None, shared: list[bool] | None = None
) -> WaveRespondents:
    size = len(next(iter(codes.values())))
    return WaveRespondents(
        wave_id="W",
        start=date(2026, 6, 1),
        end=date(2026, 6, 30),
        role="parent_carer",
        response_ids=tuple(f"s{number}" for number in range(size)),
        may_be_shared=tuple(shared or [True] * size),
        categories={name: codes.get(name, [None] * size) for name in VARIABLES},
        census_date=None if roll is None else CENSUS,
        roll=roll,
    )


def test_the_profile_compares_shares_of_those_whose_category_is_known() -> None:
    # 30 boys, 10 girls, 5 not given; on the roll 60 and 40: 75 % against 60 %.
    found = wave_rows(wave({"sex": ["M"] * 30 + ["F"] * 10 + [None] * 5}, {"sex": {"F": 40.0, "M": 60.0}}))
    girls, boys, unknown = found
    assert (boys["respondents"], boys["respondent_pct"], boys["roll_pct"], boys["difference_points"]) == (
        30,
        75,
        60,
        15,
    )
    limits = wilson([30], [40])
    assert boys["difference_lower_95"] == pytest.approx(100 * limits.lower[0] - 60)
    assert boys["is_beyond_noise"] is False
    assert (girls["respondents_per_100_pupils"], girls["status"]) == (25, None)
    assert (unknown["category"], unknown["respondents"], unknown["respondent_pct"]) == ("Unknown", 5, None)


def test_without_a_census_there_is_no_profile_and_no_weight() -> None:
    alone = wave({"sex": ["M"] * 40}, None)
    assert wave_rows(alone) == []
    assert "no census" in weigh(alone, range(40)).reason


def test_two_groups_are_weighted_to_their_shares_of_the_roll() -> None:
    # 60 boys of whom 30 say yes, 40 girls of whom 40 do; the roll is half and half: (50 + 100) / 2 = 75 %, not 70 %.
    boys_and_girls: list[str | None] = [*["M"] * 60, *["F"] * 40]
    answers = {f"s{number}": float(number >= 30) for number in range(100)}
    (row,) = wave_estimates(
        wave({"sex": boys_and_girls}, {"sex": {"F": 500.0, "M": 500.0}}),
        {"q": answers},
        {("parent_carer", "q", "W"): 3},
    )
    assert (row["unweighted_pct"], row["weighted_pct"]) == (70, pytest.approx(75))
    assert row["margins"] == "sex (2)"
    assert (row["line_segment"], row["status"], row["capped"]) == (3, None, 0)
    assert (row["smallest_weight"], row["largest_weight"]) == (pytest.approx(50 / 60), pytest.approx(50 / 40))
    # Within the groups only boys differ: 30 × 30 residuals of ±½ with weight 5/6: √(60 × (½ × 5/6)² × 100/99) / 100.
    assert row["standard_error_points"] == pytest.approx(100 * np.sqrt(60 * (5 / 12) ** 2 * 100 / 99) / 100)
    assert row["weighted_lower_95"] < 75 < row["weighted_upper_95"]  # pyright: ignore[reportOperatorIssue]


def test_fewer_than_ten_answers_are_withheld_and_fewer_than_thirty_are_a_low_base() -> None:
    few = wave({"sex": ["M"] * 40}, {"sex": {"M": 1.0, "F": 1.0}})
    answers = {
        "nine": {f"s{number}": 1.0 for number in range(9)},
        "ten": {f"s{number}": float(number < 5) for number in range(10)},
    }
    withheld, low = wave_estimates(few, answers, {})
    assert (withheld["respondents"], withheld["status"], withheld.get("unweighted_pct")) == (9, "c", None)
    assert (low["respondents"], low["status"], low["unweighted_pct"]) == (10, "u", 50)
    # All who answered are boys: there is nothing to weight to.
    assert low.get("weighted_pct") is None
    assert "Too few" in str(low["reason"])


def test_answers_of_those_who_did_not_agree_to_share_have_no_weight() -> None:
    sexes: list[str | None] = ["M", "F"] * 40
    half = wave({"sex": sexes}, {"sex": {"F": 5.0, "M": 5.0}}, [number < 60 for number in range(80)])
    (row,) = wave_estimates(half, {"q": {f"s{number}": 1.0 for number in range(60)}}, {})
    assert (row["respondents"], row["weighted_pct"], row["design_effect"]) == (60, 100, pytest.approx(1))


@settings(deadline=None, max_examples=15)
@given(st.integers(90, 160), st.integers(20, 80), st.integers(20, 80))
def test_the_weights_reproduce_every_margin(size: int, first: int, second: int) -> None:
    codes: dict[str, list[str | None]] = {
        "sen_status": list(islice(cycle(["ehc_plan", "sen_support"]), size)),
        "sex": list(islice(cycle(["M", "M", "F"]), size)),
    }
    roll = {
        "sen_status": {"ehc_plan": float(first), "sen_support": float(100 - first)},
        "sex": {"M": float(second), "F": float(100 - second)},
    }
    found = weigh(wave(codes, roll), range(size)).weights
    assert found is not None
    for variable, margin in roll.items():
        for category, people in margin.items():
            mine = [code == category for code in codes[variable]]
            assert found.weights[mine].sum() == pytest.approx(people, rel=1e-6)


def test_waves_are_read_with_the_roll_of_the_newest_census_before_their_end(council: Council) -> None:
    pupils = [("M", "E", date(2025, 1, 16))] * 4 + [("M", "K", CENSUS)] * 3 + [("F", "E", CENSUS), ("F", "N", CENSUS)]
    council.put(
        "staging.pupil_roll",
        [
            {
                "child_id": f"c{number}",
                "sex": sex,
                "sen_provision": sen,
                "census_date": day,
                "lsoa_code": "E01015272",
            }
            for number, (sex, sen, day) in enumerate(pupils)
        ],
    )
    postcodes = [
        {"postcode": "BH1 1AA", "lsoa_code": "E01015272"},
        {"postcode": "BH1 1AB", "lsoa_code": "E01015272"},
        {"postcode": "BH2 1AA", "lsoa_code": "E01015272"},
        {"postcode": "BH2 1AB", "lsoa_code": "E01015272"},
    ]
    council.put("reference.postcode_lsoa", postcodes)
    council.put(
        "reference.survey_wave",
        [
            {
                "wave_id": "W",
                "population": "parent_carer",
                "start_date": date(2026, 6, 1),
                "end_date": date(2026, 6, 30),
            },
            {"wave_id": "Z", "population": "parent_carer", "start_date": date(2026, 11, 1), "end_date": AS_AT},
        ],
    )
    answered = {"respondent_role": "parent_carer", "consent_share": True, "q_listened": "4", "sex": "M"}
    council.put(
        "staging.family_survey",
        [
            {"response_id": "s1", "wave_id": "W", "postcode_district": "bh1", **answered},
            {"response_id": "s2", "wave_id": "Z", **answered},
            {"response_id": "s3", "wave_id": "W", **answered, "respondent_role": "practitioner"},
        ],
    )
    models = ("core.area", "core.pupil", "core.response", "core.answer", "core.valid_answer")
    rows = council.rows_of("response_profile", *models)
    cells = {(row["variable"], row["category"]): row for row in rows}
    assert Counter(row["wave_id"] for row in rows) == {"W": len(rows)}
    assert cells["sex", "M"]["census_date"] == CENSUS
    assert [cells["sex", sex]["roll"] for sex in "MF"] == [3, 1]
    assert [cells["sen_status", code]["roll"] for code in ("ehc_plan", "sen_support")] == [1, 3]
    assert [
        (cells["area", district]["roll"], cells["area", district]["respondents"]) for district in ("BH1", "BH2")
    ] == [
        (2, 1),
        (2, 0),
    ]


def test_only_waves_that_asked_the_same_question_the_same_way_share_a_line(council: Council) -> None:
    waves = [("A", "online", 1), ("B", "online", 2), ("C", "paper", 3), ("D", "paper", 4)]
    council.put(
        "reference.survey_wave",
        [
            {
                "wave_id": name,
                "instrument": "Parents",
                "population": "parent_carer",
                "mode": mode,
                "start_date": date(2026, month, 1),
                "end_date": date(2026, month, 28),
            }
            for name, mode, month in waves
        ],
    )
    council.put(
        "staging.family_survey",
        [
            {
                "response_id": f"{name}{number}",
                "wave_id": name,
                "respondent_role": "parent_carer",
                "consent_share": True,
                "q_listened": "4",
                "q_waiting": "1",
            }
            for name, _, _ in waves
            for number in range(2)
        ],
    )
    models = ("core.area", "core.pupil", "core.response", "core.answer", "core.valid_answer")
    rows = council.rows_of("survey_estimate", *models)
    lines = {(row["question_id"], row["wave_id"]): row["line_segment"] for row in rows}
    # The register holds CU1 (q_listened) to be no series; q_waiting changed with the paper questionnaire.
    assert [lines["q_waiting", name] for name in "ABCD"] == [0, 0, 1, 1]
    assert [lines["q_listened", name] for name in "ABCD"] == [0, 1, 2, 3]
    assert {row["status"] for row in rows} == {"c"}
