"""At the door: what a row says of who it is about is taken out of its own free text, before anything is written.

Here and nowhere else are the names known: the columns that hold them are dropped in the same SELECT. One subquery per column
of an identity, so that each of them reads the text that the one before has left.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pipelines.contracts import Column, Contract
from pipelines.ingest.typed import parsed_date

# Parts of a name that are words of every text.
_NO_NAMES: Final = (
    "('the', 'and', 'for', 'mrs', 'miss', 'mum', 'dad', 'not', 'name', 'prefer', 'say', 'parent', 'carer')"
)
_NO_WORD: Final = r"[^\p{L}\p{N}]"
_LEAST_LETTERS: Final = 3
_LEAST_CHARACTERS: Final = 5


@dataclass(frozen=True)
class Step:
    """One thing to take out. pattern: SQL of the pattern that finds it. is_worth_it: SQL of whether a cell may hold it."""

    stands_for: str
    pattern: str
    is_worth_it: Callable[[str], str]


def received_without_own_identifiers(contract: Contract, present: Sequence[str]) -> str:
    """What stands after FROM: `received`, its free text without the identities of its own row. Aliased `received`."""
    here = [column for column in contract.columns if column.name in present]
    texts = [column.name for column in here if column.free_text]
    source = "received"
    if texts:
        # An e-mail address holds names: it goes first.
        for column in sorted(here, key=lambda column: "email" not in column.name):
            for step in _steps(column):
                cells = [(text, f'received."{text}"') for text in texts]
                chosen = ", ".join(f'{_replaced(cell, step)} as "{text}"' for text, cell in cells)
                source = f"(select * replace ({chosen}) from {source} as received)"
    return f"{source} as received"


def _steps(column: Column) -> list[Step]:
    value = f'trim(received."{column.name}")'
    match column.classification:
        case "direct_identifier" if "email" in column.name:
            return [_literal(value, "[e-mail]"), _names(f"split_part({value}, '@', 1)")]
        case "direct_identifier" if "name" in column.name:
            return [_names(value)]
        case "direct_identifier":
            return [_literal(value, "[removed]")]
        case "pseudonymise":
            return [_characters(value, "[number]")]
        case "postcode":
            return [_characters(value, "[postcode]")]
        case "birth_date":
            return [_day(parsed_date(value))]
        case _:
            return []


def _replaced(cell: str, step: Step) -> str:
    """SQL of a text without what a step finds. To compile a pattern for a row is slow: only where it is worth it."""
    around = f"'(^|{_NO_WORD})(?:' || {step.pattern} || ')($|{_NO_WORD})'"
    once = f"regexp_replace(nfc_normalize({cell}), {around}, '\\1{step.stands_for}\\2', 'gi')"
    # Twice: two finds side by side share the character between them.
    twice = f"regexp_replace({once}, {around}, '\\1{step.stands_for}\\2', 'gi')"
    return f"case when {step.is_worth_it(cell)} then {twice} else {cell} end"


def _names(value: str) -> Step:
    """The parts of a name of three letters and more; also without accents, and with nothing for an apostrophe."""
    plain = f"lower(nfc_normalize({value}))"
    spellings = (plain, f"strip_accents({plain})", f"translate({plain}, '''’', '')")
    found = " || ".join(_words(spelling) for spelling in spellings)
    parts = f"list_filter(list_distinct({found}), lambda word: word not in {_NO_NAMES})"
    return Step(
        "[name]",
        f"array_to_string({parts}, '|')",
        lambda cell: f"list_has_any({_words(f'lower(nfc_normalize({cell}))')}, {parts})",
    )


def _words(text: str) -> str:
    return f"regexp_extract_all({text}, '\\p{{L}}{{{_LEAST_LETTERS},}}')"


def _literal(value: str, stands_for: str) -> Step:
    return Step(
        stands_for,
        f"regexp_escape({value})",
        lambda cell: f"length({value}) >= {_LEAST_CHARACTERS} and contains(lower({cell}), lower({value}))",
    )


def _characters(value: str, stands_for: str) -> Step:
    """The characters of a number or postcode, with or without blanks and hyphens between them."""
    plain = f"regexp_replace(upper({value}), '[^A-Z0-9]', '', 'g')"
    return Step(
        stands_for,
        f"rtrim(regexp_replace({plain}, '(.)', '\\1[ -]?', 'g'), '[ -]?')",
        lambda cell: (
            f"length({plain}) >= {_LEAST_CHARACTERS} and contains(translate(upper({cell}), ' -', ''), {plain})"
        ),
    )


def _day(day: str) -> Step:
    """A day as people write it: 7/3/2014, 07-03-14, 2014-03-07, 7th March 2014."""
    numbers = f"strftime({day}, '0?%-d[-/. ]+0?%-m[-/. ]+(?:%Y|%y)|%Y-%m-%d')"
    words = f"strftime({day}, '%-d(?:st|nd|rd|th)?(?: of)? (?:%B|%b)(?:,? (?:%Y|%y))?')"
    return Step(
        "[date]",
        f"({numbers} || '|' || {words})",
        lambda cell: f"contains({cell}, strftime({day}, '%y')) or contains({cell}, strftime({day}, '%b'))",
    )
