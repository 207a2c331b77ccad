"""Quotes: comments of families who agreed to be quoted, scrubbed, read by two people, and only then for partners.

warehouse/quotes/quote_review.csv   what waits for a decision; council only
warehouse/shared/quote              what is approved, before disclosure control; council only
core.quote_state                    how many quotes are in which state; no words
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.engine import connect
from pipelines.ingest.consent import canonical
from pipelines.letters.cells import write_csv
from pipelines.settings import Settings
from pipelines.shared_tables import load_shared_tables
from pipelines.tables import quoted, replace_atomically, table_path
from pipelines.voice.approvals import Approvals, load_approvals
from pipelines.voice.scrub import Scrubbed, scrub

State = Literal["approved", "rejected", "to_review", "to_review_again"]
STATES: Final[dict[State, str]] = {
    "approved": "Two people approved it",
    "rejected": "Rejected",
    "to_review": "Waits for two people",
    "to_review_again": "The text has changed since it was decided on",
}
QUOTE: Final = ("shared", "quote")
STATE: Final = ("core", "quote_state")
STATE_WORDS: Final = "One row per state of quotes, with how many there are. No words of any quote."
STATE_COLUMNS: Final = {"state": "approved, rejected, to_review or to_review_again", "quotes": "Quotes in that state"}
QUOTE_SCHEMA: Final = pa.schema(
    [
        ("quote_number", pa.int32()),
        *((name, pa.string()) for name in ("wave_id", "theme", "label", "respondent_role")),
        ("role_responses", pa.int32()),
        ("text", pa.string()),
    ]
)
_REVIEW_COLUMNS: Final = (
    *("response_id", "wave_id", "respondent_role", "themes", "state", "look_at", "text", "text_hash"),
)


@dataclass(frozen=True)
class Comment:
    """A comment that may be quoted: of a family that agreed, with the themes that the first coder gave it."""

    response_id: str
    wave_id: str
    respondent_role: str
    role_responses: int
    themes: tuple[tuple[str, str], ...]
    text: str = field(repr=False)


@dataclass(frozen=True)
class Quote:
    """A comment, what is left of it, and where it stands. published: the text for partners, '' unless approved."""

    comment: Comment
    scrubbed: Scrubbed
    state: State
    published: str = field(repr=False)


@dataclass(frozen=True)
class QuoteBuild:
    """What a build came to: quotes by state, and what is wrong with the list of approvals."""

    by_state: dict[str, int]
    lines_to_correct: int
    problem: str


def build_quotes(settings: Settings, as_at: date) -> QuoteBuild:
    """Write the list to review, shared.quote and core.quote_state from staging as it is: what left it leaves these too."""
    approvals = load_approvals(settings, as_at)
    quotes = [decide(comment, approvals) for comment in _comments(settings)]
    _write_review(settings, quotes)
    with replace_atomically(table_path(settings, *QUOTE)) as beside:
        shared = any(table.id == QUOTE[1] for table in load_shared_tables().agreements)
        pq.write_table(pa.Table.from_pylist(list(_candidates(quotes if shared else ())), QUOTE_SCHEMA), beside)
    counts = Counter(quote.state for quote in quotes)
    by_state = {state: counts[state] for state in STATES}
    rows = [{"state": state, "quotes": count} for state, count in by_state.items()]
    with replace_atomically(table_path(settings, *STATE)) as beside:
        pq.write_table(pa.Table.from_pylist(rows, pa.schema([("state", pa.string()), ("quotes", pa.int64())])), beside)
    return QuoteBuild(by_state, approvals.lines_to_correct, approvals.problem)


def decide(comment: Comment, approvals: Approvals) -> Quote:
    """Scrub a comment and look up what was decided about the text that is left."""
    scrubbed = _scrubbed(comment.text)
    decision = approvals.of(comment.response_id, scrubbed.text_hash)
    if decision is None:
        seen_before = canonical(comment.response_id) in approvals.responses
        return Quote(comment, scrubbed, "to_review_again" if seen_before else "to_review", "")
    if not decision.approved:
        return Quote(comment, scrubbed, "rejected", "")
    # An edit may bring back what was taken out.
    published = scrub(decision.edited_text).text if decision.edited_text else scrubbed.text
    return Quote(comment, scrubbed, "approved", published)


@lru_cache(maxsize=4096)
def _scrubbed(text: str) -> Scrubbed:
    return scrub(text)


def _candidates(quotes: Sequence[Quote]) -> Iterable[dict[str, object]]:
    """One row per approved quote and theme. The number ties the themes of a quote together and stays with the council."""
    for number, quote in enumerate(quotes):
        for theme, label in quote.comment.themes if quote.published else ():
            yield {
                "quote_number": number,
                "wave_id": quote.comment.wave_id,
                "theme": theme,
                "label": label,
                "respondent_role": quote.comment.respondent_role,
                "role_responses": quote.comment.role_responses,
                "text": quote.published,
            }


def _write_review(settings: Settings, quotes: Sequence[Quote]) -> None:
    """What waits, doubtful words first; `look_at` has the words that may be names."""
    waiting = [quote for quote in quotes if quote.state in ("to_review", "to_review_again")]
    waiting.sort(key=lambda quote: (not quote.scrubbed.doubtful, quote.comment.wave_id, quote.comment.response_id))
    write_csv(
        settings.quote_review,
        _REVIEW_COLUMNS,
        (
            {
                "response_id": quote.comment.response_id,
                "wave_id": quote.comment.wave_id,
                "respondent_role": quote.comment.respondent_role,
                "themes": ", ".join(theme for theme, _ in quote.comment.themes),
                "state": quote.state,
                "look_at": ", ".join(quote.scrubbed.doubtful),
                "text": quote.scrubbed.text,
                "text_hash": quote.scrubbed.text_hash,
            }
            for quote in waiting
        ),
    )


def _comments(settings: Settings) -> list[Comment]:
    """Coded comments of those who agreed to share and to be quoted, by response."""
    survey, response, theme, book = (
        f"read_parquet({quoted(table_path(settings, *table))})"
        for table in (
            ("staging", "family_survey"),
            ("core", "response"),
            ("core", "comment_theme"),
            ("reference", "code_book"),
        )
    )
    with connect(settings) as connection:
        found = connection.execute(f"""
            with answered as (
                select wave_id, respondent_role, cast(count(*) as integer) as role_responses
                from {response} where consent_share group by all
            )
            select response.response_id, response.wave_id, response.respondent_role, answered.role_responses,
                list(theme.theme_code order by theme.theme_code), list(book.label order by theme.theme_code), any_value(comment)
            from {response} response
            join {survey} survey on survey.response_id = response.response_id
            join answered on answered.wave_id = response.wave_id and answered.respondent_role = response.respondent_role
            join {theme} theme on theme.response_id = response.response_id and not theme.is_second_coder
            join {book} book on book.version = theme.code_book_version and book.theme_code = theme.theme_code
            where response.consent_share and response.consent_quote and comment is not null
            group by all order by response.wave_id, response.response_id
        """).fetchall()
    return [
        Comment(
            str(response_id), str(wave), str(role), int(answered), tuple(zip(themes, labels, strict=True)), str(text)
        )
        for response_id, wave, role, answered, themes, labels, text in found
    ]
