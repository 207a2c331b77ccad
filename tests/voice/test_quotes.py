"""From a comment to a quote: consent, two people, one text; and what partners then see of it."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.publish.protect import protect_shared
from pipelines.settings import Settings
from pipelines.shared_tables import load_shared_tables
from pipelines.tables import table_path
from pipelines.voice.quotes import QUOTE, STATE, build_quotes
from pipelines.voice.safe_quotes import safe_quotes
from pipelines.voice.scrub import scrub
from tests.voice.small_themes import QUOTED, WAVE, FirstRelease, candidates, published, quote_rows, theme_rows

AS_AT = date(2026, 9, 30)
SAID = "We waited, and Jack Smith of Poole Hospital never rang"
LEFT = "We waited, and [name] [name] of [place] never rang"
LINE = {
    "response_id": "r1",
    "text_hash": scrub(SAID).text_hash,
    "decision": "approve",
    "edited_text": "",
    "reviewer_role": "data_analyst",
    "second_person_role": "head_of_service",
    "decided_on": "2026-09-01",
}
Line = dict[str, str]


def stage(
    settings: Settings, comments: Sequence[str], consent: bool = True, themes: Sequence[str] = ("waiting",)
) -> None:
    """Responses r1, r2 … of a wave with these comments, all with the same themes."""
    answered = [
        {
            "response_id": f"r{number}",
            "wave_id": WAVE,
            "respondent_role": "parent_carer",
            "consent_share": True,
            "consent_quote": consent,
            "comment": comment,
        }
        for number, comment in enumerate(comments, start=1)
    ]
    coded = [
        {"response_id": row["response_id"], "theme_code": theme, "code_book_version": 1, "is_second_coder": second}
        for row in answered
        for theme in themes
        for second in (False, True)
    ]
    book = [{"version": 1, "theme_code": theme, "label": theme.capitalize()} for theme in ("waiting", "transport")]
    for place, rows in {
        ("staging", "family_survey"): answered,
        ("core", "response"): [{name: cell for name, cell in row.items() if name != "comment"} for row in answered],
        ("core", "comment_theme"): coded,
        ("reference", "code_book"): book,
    }.items():
        path = table_path(settings, *place)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(rows), path)


def approve(settings: Settings, *lines: Line) -> None:
    """Write the list of approvals."""
    with settings.quote_approvals.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(LINE))
        writer.writeheader()
        writer.writerows(lines)


def approved(settings: Settings) -> list[str]:
    """The texts that the build takes for approved."""
    build_quotes(settings, AS_AT)
    return pq.read_table(table_path(settings, *QUOTE)).column("text").to_pylist()


def review(settings: Settings) -> list[Line]:
    with settings.quote_review.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_scrubbed_comment_waits_until_two_people_approve_it(settings: Settings) -> None:
    stage(settings, [SAID, "Our worker Oluwaseun rang"])
    assert approved(settings) == []
    assert [(line["response_id"], line["state"], line["look_at"]) for line in review(settings)] == [
        ("r2", "to_review", "Oluwaseun"),
        ("r1", "to_review", ""),
    ]
    assert (review(settings)[1]["text"], review(settings)[1]["text_hash"]) == (LEFT, LINE["text_hash"])
    approve(settings, LINE)
    assert approved(settings) == [LEFT]
    assert [line["response_id"] for line in review(settings)] == ["r2"]


NOT_APPROVALS: dict[str, Line] = {
    "a rejection": {"decision": "reject"},
    "no decision that is known": {"decision": "perhaps"},
    "nobody else": {"second_person_role": ""},
    "the same person twice": {"second_person_role": "data_analyst"},
    "a name for a role": {"reviewer_role": "Jane"},
    "another text": {"text_hash": "0" * 32},
    "no text": {"text_hash": ""},
    "another response": {"response_id": "r99"},
    "tomorrow": {"decided_on": "2026-10-01"},
    "no day": {"decided_on": ""},
}


def test_without_two_people_who_approve_this_very_text_nothing_is_published(settings: Settings) -> None:
    texts = ["fine", *NOT_APPROVALS]
    stage(settings, texts)
    lines = [
        LINE | {"response_id": f"r{at}", "text_hash": scrub(text).text_hash} for at, text in enumerate(texts, start=1)
    ]
    approve(settings, *(line | NOT_APPROVALS.get(text, {}) for line, text in zip(lines, texts, strict=True)))
    assert approved(settings) == ["fine"]
    approve(settings, *lines)
    assert sorted(approved(settings)) == sorted(texts)


def test_a_changed_comment_has_to_be_read_again(settings: Settings) -> None:
    stage(settings, [f"{SAID}!"])
    approve(settings, LINE)
    assert approved(settings) == []
    assert review(settings)[0]["state"] == "to_review_again"


def test_a_list_of_shared_tables_without_quotes_publishes_none(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage(settings, [SAID])
    approve(settings, LINE)
    listed = load_shared_tables()
    without = listed.model_copy(update={"comments": tuple(one for one in listed.comments if one.id != "quote")})
    monkeypatch.setattr("pipelines.voice.quotes.load_shared_tables", lambda: without)
    assert approved(settings) == []


def test_an_edited_text_is_published_and_scrubbed_once_more(settings: Settings) -> None:
    stage(settings, [SAID])
    approve(settings, LINE | {"edited_text": "We waited, and Jack never rang"})
    assert approved(settings) == ["We waited, and [name] never rang"]


def test_without_consent_to_be_quoted_a_comment_is_not_even_read_by_reviewers(settings: Settings) -> None:
    stage(settings, [SAID], consent=False)
    approve(settings, LINE)
    assert approved(settings) == []
    assert review(settings) == []


def test_a_response_that_left_staging_leaves_with_its_quote(settings: Settings) -> None:
    second = LINE | {"response_id": "r2"}
    stage(settings, [SAID, SAID])
    approve(settings, LINE, second)
    assert approved(settings) == [LEFT, LEFT]
    stage(settings, [SAID])
    assert approved(settings) == [LEFT]


def test_a_list_that_cannot_be_read_approves_nothing_and_is_told(settings: Settings) -> None:
    stage(settings, [SAID])
    approve(settings, LINE)
    settings.quote_approvals.write_text("nothing,of,it\n1,2,3\n", encoding="utf-8")
    built = build_quotes(settings, AS_AT)
    assert built.problem and built.by_state["approved"] == 0
    assert "Jack" not in built.problem


def test_states_are_counted_without_a_word_of_a_quote(settings: Settings) -> None:
    stage(settings, [SAID, "We waited"])
    approve(settings, LINE)
    built = build_quotes(settings, AS_AT)
    assert built.by_state == {"approved": 1, "rejected": 0, "to_review": 1, "to_review_again": 0}
    assert pq.read_table(table_path(settings, *STATE)).column_names == ["state", "quotes"]
    assert "waited" not in repr(built)


def shown(rows: list[dict[str, object]], themes: dict[str, int | None]) -> list[dict[str, object]]:
    """Quotes that partners see; of `themes`, None is suppressed though it counts 30."""
    counted = theme_rows({theme: 30 if count is None else count for theme, count in themes.items()}, 60)
    told = [{"wave_id": WAVE, "theme": theme, "responses": count} for theme, count in themes.items()]
    return safe_quotes(rows, counted, told)


def test_a_quote_stands_under_a_theme_of_ten_without_who_or_in_what_order(settings: Settings) -> None:
    told = shown(quote_rows(["waiting"]), {"waiting": 10})
    assert told == [
        {"wave_id": WAVE, "theme": "waiting", "label": "Waiting", "respondent_role": "parent_carer", "text": QUOTED}
    ]


@pytest.mark.parametrize("count", [9, 1, 0, None])
def test_a_theme_of_nine_or_one_that_is_suppressed_has_no_quote(count: int | None) -> None:
    assert shown(quote_rows(["waiting"]), {"waiting": count}) == []


def test_a_quote_with_several_themes_stands_once_under_one_that_is_shown() -> None:
    told = shown(quote_rows(["transport", "waiting"]), {"transport": 9, "waiting": 12})
    assert [row["theme"] for row in told] == ["waiting"]
    told = shown(quote_rows(["transport", "waiting"]), {"transport": 15, "waiting": 12})
    assert [row["theme"] for row in told] == ["transport"]


@pytest.mark.parametrize(("responses", "role"), [(9, None), (10, "parent_carer")])
def test_the_role_is_told_where_ten_of_them_answered(responses: int, role: str | None) -> None:
    assert shown(quote_rows(["waiting"], responses), {"waiting": 12})[0]["respondent_role"] == role


def test_the_release_has_the_quote_and_says_how_well_the_scrubber_does(first_release: FirstRelease) -> None:
    release = first_release.release
    assert [(row["theme"], row["text"]) for row in published(release, "quote")] == [("waiting", QUOTED)]
    notes = (release.folder / "release_notes.md").read_text(encoding="utf-8")
    assert "Quotes published: 1. Each was read and approved by two people." in notes


def test_without_themes_no_quote_is_published(settings: Settings, tmp_path: Path) -> None:
    found = candidates(tmp_path, {"waiting": 30}, 40, 120, {"quote": pa.Table.from_pylist(quote_rows(["waiting"]))})
    del found["theme"]
    assert "quote" not in protect_shared(settings, found).tables
