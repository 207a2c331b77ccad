"""The lines of letters as tables: one row per place, the same columns in each letter's files and in what_to_fix.csv."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from pipelines.letters.cells import Book, Value
from pipelines.letters.letter import Letter
from pipelines.letters.things import Place, Thing

# Column → its width in a workbook. Names are an interface: further ones go to the end.
COLUMNS: Final[Mapping[str, float]] = {
    "source": 16, "supplier": 16, "file_name": 28, "file_id": 18, "sheet": 14, "row_number": 11, "column": 20,
    "rule_id": 14, "severity": 10, "plain_words": 50, "fix": 50, "column_letter": 8, "fix_order": 8, "rows_touched": 10,
    "since_last_delivery": 10, "measures": 30, "measures_by_group": 30, "guidance": 30, "guidance_url": 50,
}  # fmt: skip
ROWS_IN_WORKBOOK: Final = 2_000


def rows_of(letter: Letter) -> Iterator[dict[str, Value]]:
    """One row per place of each thing, in the order in which to fix them."""
    for order, thing in enumerate(letter.things, start=1):
        for place in thing.places:
            common = {**_common(letter, thing, order), **_of_place(place)}
            for number in place.row_numbers or (None,):
                yield {**common, "row_number": number}


def write_workbook(letter: Letter, path: Path) -> None:
    """One sheet that says what came of the delivery and what to fix, one with the places."""
    book = Book()
    book.add_sheet("Summary", {"What": 28, "Says": 90}, list(_summary(letter)))
    rows = [[row[column] for column in COLUMNS] for row in islice(rows_of(letter), ROWS_IN_WORKBOOK)]
    book.add_sheet("Lines", COLUMNS, rows, has_filter=True)
    book.save(path)


def since(thing: Thing) -> str:
    """Whether the delivery before had it too."""
    return "" if thing.is_new is None else ("new" if thing.is_new else "as before")


def words(thing: Thing) -> str:
    """What is wrong. A rule says what should be so."""
    return f"Rule not kept: {thing.plain_words}" if thing.is_rule else thing.plain_words


def _common(letter: Letter, thing: Thing, order: int) -> dict[str, Value]:
    return {
        "source": letter.source,
        "supplier": letter.supplier,
        "rule_id": thing.rule_id,
        "severity": thing.severity,
        "plain_words": thing.plain_words,
        "fix": thing.fix,
        "fix_order": order,
        "rows_touched": thing.rows_touched,
        "since_last_delivery": since(thing) or None,
        "measures": " ".join(thing.touched.figures) or None,
        "measures_by_group": " ".join(thing.touched.breakdowns) or None,
        "guidance": thing.guidance.title if thing.guidance else None,
        "guidance_url": thing.guidance.url if thing.guidance else None,
    }


def _of_place(place: Place) -> dict[str, Value]:
    return {
        "file_name": place.file_name,
        "file_id": place.file_id,
        "sheet": place.sheet or None,
        "column": place.column or None,
        "column_letter": place.column_letter or None,
    }


def _summary(letter: Letter) -> Iterable[tuple[str, Value]]:
    yield "Extract", f"{letter.source_name} ({letter.source})"
    yield "To", letter.addressee
    for file in letter.files:
        yield "File", file.name
        yield "Received", file.received
        yield "Read as", file.read_as
        yield "Can it be used", file.verdict
        yield "Rows received", file.rows_received
        yield "Rows that can be used", file.rows_usable
        yield "Rows not used", file.rows_not_used
        yield "Rows sent twice", file.rows_twice
    if letter.last:
        yield "Delivery before", letter.last.received
        yield "Rows not used then", letter.last.rows_not_used
        for rule in letter.last.mended if letter.last.can_be_compared else ():
            yield "Mended since", rule
    for order, thing in enumerate(letter.things, start=1):
        yield f"{order}. {thing.severity}, {thing.rule_id}", f"{words(thing)} {thing.fix}"
    places = sum(len(place.row_numbers) or 1 for thing in letter.things for place in thing.places)
    if places > ROWS_IN_WORKBOOK:
        yield (
            "Note",
            f"The sheet Lines has the first {ROWS_IN_WORKBOOK:,} of {places:,} places; the CSV beside has all.",
        )
