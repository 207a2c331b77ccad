"""Themes of comments: who is counted, out of whom, and what two coders said."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.sql.world import World

WAVE = "2026-SUM-PC"
Counted = dict[str, dict[str, object]]


def response(number: int, comment: str | None = "words", share: bool = True, wave: str = WAVE) -> dict[str, object]:
    return {
        "response_id": f"s{number}",
        "wave_id": wave,
        "respondent_role": "parent_carer",
        "completed_date": date(2026, 6, 2),
        "comment": comment,
        "consent_share": share,
    }


def coding(number: int, theme: str, second: bool = False, version: str = "1") -> dict[str, object]:
    return {
        "response_id": f"s{number}",
        "theme_code": theme,
        "coder_ref": "C2" if second else "C1",
        "code_book_version": version,
        "coded_date": date(2026, 7, 2),
        "is_second_coder": second,
    }


@pytest.fixture
def counted(tmp_path: Path) -> Callable[[list[dict[str, object]], list[dict[str, object]]], Counted]:
    def run(responses: list[dict[str, object]], codings: list[dict[str, object]]) -> Counted:
        world = World(tmp_path)
        world.put("staging.family_survey", responses)
        world.put("staging.comment_coding", codings)
        world.put(
            "reference.survey_wave",
            [
                {
                    "wave_id": WAVE,
                    "population": "parent_carer",
                    "start_date": date(2026, 6, 1),
                    "end_date": date(2026, 6, 30),
                }
            ],
        )
        world.run()
        return {str(row["theme"]): row for row in world.rows("shared.theme")}

    return run


def test_a_comment_counts_for_each_of_its_themes_and_once_in_the_base(counted: Callable[..., Counted]) -> None:
    codings = [coding(1, "waiting"), coding(1, "health"), coding(2, "waiting"), coding(3, "transport")]
    rows = counted([response(number) for number in range(1, 5)], codings)
    assert {theme: row["numerator"] for theme, row in rows.items() if row["numerator"]} == {
        "waiting": 2.0,
        "health": 1.0,
        "transport": 1.0,
    }
    assert {row["denominator"] for row in rows.values()} == {3.0}
    assert len(rows) == 13, "each theme of the code book has a row"


def test_no_consent_no_comment_no_response_and_no_wave_are_not_counted(counted: Callable[..., Counted]) -> None:
    responses = [response(1), response(2, share=False), response(3, comment=None), response(4, wave="unknown wave")]
    rows = counted(responses, [coding(number, "waiting") for number in range(1, 6)])
    assert (rows["waiting"]["numerator"], rows["waiting"]["denominator"]) == (1.0, 1.0)


def test_only_the_first_coder_is_counted_and_both_are_compared(counted: Callable[..., Counted]) -> None:
    first = [coding(1, "waiting"), coding(2, "waiting"), coding(3, "waiting"), coding(4, "health")]
    second = [coding(1, "waiting", second=True), coding(2, "health", second=True), coding(4, "waiting", second=True)]
    rows = counted([response(number) for number in range(1, 5)], first + second)
    row = rows["waiting"]
    assert (row["numerator"], row["denominator"], row["double_coded"]) == (3.0, 4.0, 3.0)
    # Both: 1. Only the first: 2 (3 was not coded twice). Only the second: 4.
    assert (row["both_coders"], row["first_coder_only"], row["second_coder_only"]) == (1.0, 1.0, 1.0)


def test_a_comment_that_only_a_second_coder_saw_is_in_no_count(counted: Callable[..., Counted]) -> None:
    rows = counted([response(1), response(2)], [coding(1, "waiting"), coding(2, "waiting", second=True)])
    row = rows["waiting"]
    assert (row["numerator"], row["denominator"], row["double_coded"]) == (1.0, 1.0, 0.0)
    assert (row["both_coders"], row["first_coder_only"], row["second_coder_only"]) == (0.0, 0.0, 0.0)
