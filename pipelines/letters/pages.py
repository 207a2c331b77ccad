"""Letters and their overview as HTML, from the templates beside: one A4 page in the usual case, plain and accessible."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

import jinja2

from pipelines.letters.letter import Letter
from pipelines.letters.lists import since, words
from pipelines.letters.things import Thing
from pipelines.reference import load_register

THINGS_SHOWN: Final = 8
PLACES_SHOWN: Final = 3
MEASURES_SHOWN: Final = 5
TEMPLATES: Final = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=jinja2.StrictUndefined,
)


def letter_page(letter: Letter) -> str:
    """One letter, with the titles of the measures that it names and the addresses of the guidance."""
    shown = letter.things[:THINGS_SHOWN]
    named = [measure for thing in shown for measure in _named(thing)]
    titles = _titles()
    return _render(
        "letter.html",
        letter=letter,
        shown=THINGS_SHOWN,
        titles={measure: titles[measure] for measure in dict.fromkeys(named)},
        guidance=list(dict.fromkeys(thing.guidance for thing in shown if thing.guidance)),
        name=Path(letter.path_stem).name,
    )


def overview_page(letters: Sequence[Letter]) -> str:
    """All letters in short, with links to them."""
    return _render("what_to_fix.html", letters=letters)


def touches(thing: Thing) -> str:
    """Which published measures change when a thing is mended, in few words."""
    figures, groups = thing.touched.figures, thing.touched.breakdowns
    if thing.severity == "info":
        return ""
    if thing.severity == "critical":
        return f"all {len(figures)} that this extract feeds" if len(figures) > 1 else ", ".join(figures) or "none"
    named = _named(thing)
    more = f" and {len(figures) - len(named)} more" if len(figures) > len(named) else ""
    by_group = f"groups (such as sex or ward) in {len(groups)}" if groups else ""
    return "; ".join(part for part in (f"{', '.join(named)}{more}", by_group) if part) or "none"


def _named(thing: Thing) -> tuple[str, ...]:
    is_all = thing.severity == "critical" and len(thing.touched.figures) > 1
    return () if is_all or thing.severity == "info" else thing.touched.figures[:MEASURES_SHOWN]


SHARED: Final[Mapping[str, object]] = {
    "since": since,
    "touches": touches,
    "words": words,
    "places_shown": PLACES_SHOWN,
}


@cache
def _titles() -> Mapping[str, str]:
    return {str(entry["id"]): str(entry["title"]) for entry in load_register()}


def _render(template: str, **values: object) -> str:
    return TEMPLATES.get_template(template).render(**SHARED, **values).lstrip()
