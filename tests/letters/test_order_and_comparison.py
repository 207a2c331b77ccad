"""In which order things are to be fixed, and what two deliveries have in common; without reading a file."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from expectations.results import LineToFix, RuleResult
from pipelines.contracts import Severity
from pipelines.letters.letter import Letter, letter_of
from pipelines.letters.measures_touched import MeasuresTouched, Touched
from pipelines.letters.pages import letter_page, overview_page
from pipelines.outcomes import FileOutcome, write_outcome
from pipelines.settings import Settings
from tests.letters.delivered import few_rules

MEASURES = MeasuresTouched(
    {"exclusions": {"sex": Touched(("EX1", "EX2", "EX3")), "ethnicity": Touched(("EX1",)), "reason1": Touched()}},
    {"exclusions": ("EX1", "EX2")},
)
OUTCOME = FileOutcome(
    file_id="f" * 16, sequence=1, source="exclusions", supplier="north bay", file_name="autumn.csv",
    received_at="2026-09-01T08:00:00+00:00", sheet="", refusal_code="", refusal_message="", rows_received=100, rows_typed=100,
    rows_duplicate=0, rows_quarantined=0, ragged_row_numbers=(), rule_results=(), fingerprint="", as_at="2026-09-30",
)  # fmt: skip


def line(rule_id: str, severity: Severity, column: str | None, row: int | None) -> LineToFix:
    return LineToFix("exclusions", "autumn.csv", None, row, column, rule_id, severity, f"Words of {rule_id}.", "Fix.")


def lines(rule_id: str, severity: Severity, column: str | None, rows: int) -> list[LineToFix]:
    return [line(rule_id, severity, column, row) for row in range(2, 2 + rows)]


def result(rule_id: str, failed: int) -> RuleResult:
    return RuleResult(rule_id, "exclusions", "validity", "warning", "row", None, False, failed, 100, "")


def letter(settings: Settings, now: Sequence[LineToFix], then: Sequence[LineToFix] = (), **changes: object) -> Letter:
    newest = replace(OUTCOME, **changes)
    before = replace(OUTCOME, file_id="e" * 16, received_at="2026-08-01T08:00:00+00:00", rows_quarantined=9)
    write_outcome(settings, newest, [*now])
    write_outcome(settings, before, [*then])
    return letter_of(settings, few_rules(), [newest], [before], MEASURES, "letters/exclusions/supplier_1")


def order(found: Letter) -> list[str]:
    return [thing.rule_id for thing in found.things]


def test_severity_decides_before_rows_and_measures(settings: Settings) -> None:
    now = [
        *lines("INFO", "info", "sex", 30),
        *lines("WARN", "warning", "sex", 20),
        *lines("CRIT", "critical", "sex", 1),
    ]
    assert order(letter(settings, now)) == ["CRIT", "WARN", "INFO"]


def test_rows_times_measures_decide_within_a_severity(settings: Settings) -> None:
    now = [
        *lines("NONE", "warning", "reason1", 50),
        *lines("ONE", "warning", "ethnicity", 8),
        *lines("THREE", "warning", "sex", 3),
    ]
    assert order(letter(settings, now)) == ["THREE", "ONE", "NONE"]  # 3 × 3, 8 × 1, 50 × 0


def test_all_rows_that_break_a_rule_count_and_not_only_those_that_are_listed(settings: Settings) -> None:
    now = [*lines("ONE", "warning", "ethnicity", 2), *lines("THREE", "warning", "sex", 3)]
    found = letter(settings, now, rule_results=(result("ONE", 80), result("THREE", 3)))
    assert order(found) == ["ONE", "THREE"]
    assert found.things[0].places[0].where == "column ethnicity, rows 2, 3 and 78 more"


def test_a_file_that_is_lost_comes_before_rows_that_are(settings: Settings) -> None:
    now = [*lines("ROWS", "critical", "sex", 40), line("headers", "critical", None, None)]
    assert order(letter(settings, now, rows_received=0)) == ["headers", "ROWS"]


def test_a_row_that_is_left_out_touches_all_measures_of_its_source(settings: Settings) -> None:
    found = letter(settings, lines("CRIT", "critical", "reason1", 1))
    assert found.things[0].touched.figures == ("EX1", "EX2")


def test_deliveries_are_compared_by_what_was_wrong(settings: Settings) -> None:
    then = [*lines("OLD", "warning", "sex", 5), *lines("BOTH", "critical", None, 4), *lines("SAID", "info", None, 1)]
    found = letter(settings, [*lines("BOTH", "critical", None, 1), *lines("NEW", "warning", "sex", 1)], then)
    assert found.last is not None
    assert (found.last.mended, found.last.same, found.last.new) == (("Words of OLD.",), 1, 1)
    assert {thing.rule_id: thing.is_new for thing in found.things} == {"BOTH": False, "NEW": True}
    assert (found.last.rows_received, found.last.rows_not_used) == (100, 9)


def test_nothing_is_said_to_be_mended_where_the_file_could_not_be_read(settings: Settings) -> None:
    refused = {"refusal_code": "headers", "rows_received": 0, "rows_typed": 0}
    found = letter(settings, [line("headers", "critical", None, None)], lines("OLD", "warning", "sex", 5), **refused)
    assert found.last is not None and not found.last.can_be_compared
    assert [thing.is_new for thing in found.things] == [None]
    page = letter_page(found)
    assert "cannot be compared" in page and "Words of OLD." not in page and "The file could not be read" in page


@pytest.mark.parametrize("name", ["<script>alert(1)</script>.csv", "a\"onmouseover='x'.csv"])
def test_a_name_is_text_in_a_page_too(settings: Settings, name: str) -> None:
    found = letter(settings, lines("CRIT", "critical", "sex", 1), file_name=name)
    for page in (letter_page(found), overview_page([found])):
        assert name not in page and "csv" in page


def test_a_letter_with_many_things_shows_the_first_and_says_how_many_more(settings: Settings) -> None:
    now = [each for number in range(30) for each in lines(f"R{number:02}", "warning", "sex", 1)]
    page = letter_page(letter(settings, now))
    assert page.count('<th scope="row">') == 1 + 8 and "22 more, in the same order" in page
