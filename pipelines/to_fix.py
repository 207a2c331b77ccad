"""What suppliers should put right: a letter to each, and one page and one CSV over all of them. No values."""

from pathlib import Path

from pipelines.contract_files import load_contracts
from pipelines.letters.cells import write_csv
from pipelines.letters.letter import Letter, letters_of
from pipelines.letters.lists import COLUMNS, rows_of, write_workbook
from pipelines.letters.measures_touched import measures_touched
from pipelines.letters.pages import letter_page, overview_page
from pipelines.reconciliation import read_outcomes
from pipelines.settings import Settings
from pipelines.tables import replace_atomically

LETTERS = "letters"
KINDS = (".html", ".xlsx", ".csv")


def write_to_fix(settings: Settings) -> Path:
    """Write reports/letters/ and reports/what_to_fix.html and .csv over them; return that page."""
    contracts = load_contracts()
    measures = measures_touched(settings, contracts)
    letters = [
        letter
        for contract in contracts
        for letter in letters_of(settings, contract, read_outcomes(settings, contract), measures)
    ]
    for letter in letters:
        _write_letter(settings, letter)
    _remove_others(settings, letters)
    write_csv(
        settings.reports / "what_to_fix.csv", tuple(COLUMNS), (row for letter in letters for row in rows_of(letter))
    )
    page = settings.reports / "what_to_fix.html"
    with replace_atomically(page) as beside:
        beside.write_text(overview_page(letters), encoding="utf-8")
    return page


def letter_pages(settings: Settings) -> list[Path]:
    """The letters that are there, as HTML, by source and supplier."""
    return sorted((settings.reports / LETTERS).glob("*/*.html"))


def _write_letter(settings: Settings, letter: Letter) -> None:
    page, workbook, table = (settings.reports / f"{letter.path_stem}{kind}" for kind in KINDS)
    with replace_atomically(page) as beside:
        beside.write_text(letter_page(letter), encoding="utf-8")
    write_workbook(letter, workbook)
    write_csv(table, tuple(COLUMNS), rows_of(letter))


def _remove_others(settings: Settings, letters: list[Letter]) -> None:
    """A supplier whose every file was withdrawn or deleted has nothing to mend."""
    kept = {settings.reports / f"{letter.path_stem}{kind}" for letter in letters for kind in KINDS}
    for path in (settings.reports / LETTERS).glob("*/*"):
        if path.suffix in KINDS and path not in kept:
            path.unlink()
