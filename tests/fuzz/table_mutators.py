"""Changes to a table before it is written: its structure, its headers, its cells."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tests.fuzz.corpus import CELL_MARK, Table
from tests.small_exclusions import upn

TableMutator = Callable[[Table, random.Random], Table]
Row = tuple[str, ...]

HOSTILE_CELLS: Final = (
    "31/02/2025",
    "9999-99-99",
    "0001-01-01",
    "9999-12-31",
    "01/01/99999",
    "00/00/0000",
    "29/02/1900",
    "1/1/1",
    "2025-01-01T25:61:61",
    "45689",
    "7999999",
    "1e400",
    "-1e308",
    "1e-400",
    "NaN",
    "inf",
    "-0",
    "9" * 400,
    "99999999999999999999",
    "-9223372036854775809",
    "1,2,3",
    "0x1F",
    "1_000",
    "١٢٣",
    "½",
    f"{CELL_MARK}\0{CELL_MARK}",
    f"\u202e{CELL_MARK}\u2066",
    f"\u200b{CELL_MARK}\ufeff",
    f"👩‍👩‍👧‍👦 {CELL_MARK}",
    f"=HYPERLINK({CELL_MARK})",
    f"+{CELL_MARK}",
    f"@SUM({CELL_MARK})",
    f"-{CELL_MARK}",
    f"\t{CELL_MARK}",
    f"{CELL_MARK}\r{CELL_MARK}",
    f"{CELL_MARK}\n\n{CELL_MARK}",
    f"{CELL_MARK}\r\n",
    f'"{CELL_MARK}',
    f'{CELL_MARK}"',
    f'""{CELL_MARK}"",',
    f"'{CELL_MARK}'; drop table x; --",
    f"{{{CELL_MARK}}}",
    f"%s {CELL_MARK} %(x)s {{0}}",
    f"\\{CELL_MARK}\\n",
    f"\ud800{CELL_MARK}",
    f"{CELL_MARK}\udfff",
    f"\x01\x0b\x1f{CELL_MARK}\x7f",
    f"\x85{CELL_MARK}\u2028{CELL_MARK}\u2029",
    f"<b>{CELL_MARK}</b>&amp;]]>",
    "_x0000_",
    "#REF!",
    "#N/A",
    "#DIV/0!",
    "NULL",
    "None",
    "true",
    "İ",
    "ß",
    "a\u0301\u0327" * 50,
    (CELL_MARK + " ") * 3_000,
    (CELL_MARK + " ") * 20_000,
    "x" * 100_000,
    "x" * 100_001,
    "",
    " ",
    "\u00a0",
    "Total",
    "Source: somewhere",
    "Response",
    upn(7).lower(),
    f" {upn(7)} ",
    "A839\n202500001",
    "ZZ01  1AA",
    "WBRI - White British",
    "-",
)
LOOKALIKES: Final = str.maketrans({"a": "а", "e": "е", "o": "о", "c": "с", "p": "р", "i": "і", "u": "υ"})


def drop_column(table: Table, rng: random.Random) -> Table:
    place = _place(table, rng)
    return replace(table, rows=tuple(row[:place] + row[place + 1 :] for row in table.rows))


def duplicate_column(table: Table, rng: random.Random) -> Table:
    place = _place(table, rng)
    return replace(
        table, rows=tuple(row[: place + 1] + row[place : place + 1] + row[place + 1 :] for row in table.rows)
    )


def shuffle_columns(table: Table, rng: random.Random) -> Table:
    order = list(range(max((len(row) for row in table.rows), default=0)))
    rng.shuffle(order)
    return replace(table, rows=tuple(tuple(row[p] for p in order if p < len(row)) for row in table.rows))


def many_columns(table: Table, rng: random.Random) -> Table:
    more = rng.choice([1, 20, 480, 600])
    return replace(table, rows=tuple((*row, *[f"{CELL_MARK}{n}" for n in range(more)]) for row in table.rows))


def drop_row(table: Table, rng: random.Random) -> Table:
    body = list(table.body)
    del body[rng.randrange(len(body) + 1) :][: rng.randrange(3)]
    return table.with_body(body[rng.randrange(2) :])


def duplicate_row(table: Table, rng: random.Random) -> Table:
    body = list(table.body)
    body += body[-1:] * rng.choice([1, 2, 300])
    return table.with_body(body)


def shuffle_rows(table: Table, rng: random.Random) -> Table:
    body = list(table.body)
    rng.shuffle(body)
    return table.with_body(body)


def ragged_rows(table: Table, rng: random.Random) -> Table:
    body = [
        row if rng.random() < 0.5 else rng.choice([row[: rng.randrange(len(row) + 1)], (*row, CELL_MARK), (*row, "")])
        for row in table.body
    ]
    return table.with_body(body)


def title_rows(table: Table, rng: random.Random) -> Table:
    titles: list[Row] = [(CELL_MARK,), (), ("as at", "01/09/2025"), (f"{CELL_MARK} report", "", "", CELL_MARK)]
    above = [rng.choice(titles) for _ in range(rng.choice([1, 2, 5, 28, 40]))]
    return replace(
        table, rows=(*above, *table.rows), header=table.header + len(above), is_known=table.is_known and len(above) < 9
    )


def blank_rows(table: Table, rng: random.Random) -> Table:
    body = list(table.body)
    for _ in range(rng.randrange(1, 4)):
        body.insert(rng.randrange(len(body) + 1), rng.choice([(), ("",), ("",) * len(table.headers), (" ", " ")]))
    return table.with_body(body)


def foot_rows(table: Table, rng: random.Random) -> Table:
    feet: list[Row] = [("Total", "5"), ("Grand total", "x"), (f"Source: {CELL_MARK}",), ("Count", "", "", "1,000")]
    body = [*table.body, *(rng.choice(feet) for _ in range(rng.choice([1, 2, 12])))]
    return table.with_body(body)


def header_again(table: Table, rng: random.Random) -> Table:
    body = list(table.body)
    body.insert(rng.randrange(len(body) + 1), table.headers)
    return replace(table.with_body(body), is_known=False)


def two_headers(table: Table, rng: random.Random) -> Table:
    above = tuple(rng.choice(["", "Request", "Response", header]) for header in table.headers)
    return replace(table, rows=(above, *table.rows), header=table.header + 1, is_known=False)


def no_header(table: Table, rng: random.Random) -> Table:
    return replace(table, rows=table.body, header=-1, is_known=False)


def nothing(table: Table, rng: random.Random) -> Table:
    return replace(table, rows=rng.choice([(), ((),), (("",),), table.rows[: table.header + 1]]), is_known=False)


def cells(table: Table, rng: random.Random) -> Table:
    """Some hostile cells anywhere below the headers."""
    body = [list(row) for row in table.body]
    for _ in range(rng.choice([1, 1, 3, 10])):
        row = rng.choice(body) if body else []
        if row:
            row[rng.randrange(len(row))] = rng.choice(HOSTILE_CELLS)
    return table.with_body([tuple(row) for row in body])


def one_column_hostile(table: Table, rng: random.Random) -> Table:
    place = _place(table, rng)
    body = [(*row[:place], rng.choice(HOSTILE_CELLS), *row[place + 1 :]) for row in table.body]
    return table.with_body(body)


def header_case(table: Table, rng: random.Random) -> Table:
    change = rng.choice([str.upper, str.title, lambda text: text.replace("_", " "), lambda text: f"  {text} "])
    return _headers(table, lambda _, text: change(text))


def header_lookalikes(table: Table, rng: random.Random) -> Table:
    return _headers(table, lambda _, text: text.translate(LOOKALIKES) if rng.random() < 0.3 else text, sure=False)


def header_odd(table: Table, rng: random.Random) -> Table:
    odd = ["", " ", "\u00a0", "\u200b", "x" * 5_000, "x" * 100_001, f"{CELL_MARK}", "upn", "Total", "=1+1", "\ufeffupn"]
    odd += ["a\nb", 'say "x"', "\ud800", "surname", "date_of_birth (dd/mm/yyyy)", "İ" * 90, "((((((((((", "\0"]
    return _headers(table, lambda _, text: rng.choice(odd) if rng.random() < 0.2 else text, sure=False)


def headers_swapped(table: Table, rng: random.Random) -> Table:
    mixed = list(table.headers)
    rng.shuffle(mixed)
    return _headers(table, lambda place, _: mixed[place], sure=False)


TABLE_MUTATORS: Final[tuple[TableMutator, ...]] = (
    drop_column,
    duplicate_column,
    shuffle_columns,
    many_columns,
    drop_row,
    duplicate_row,
    shuffle_rows,
    ragged_rows,
    title_rows,
    blank_rows,
    foot_rows,
    header_again,
    two_headers,
    no_header,
    nothing,
    cells,
    cells,
    cells,
    cells,
    one_column_hostile,
    one_column_hostile,
    header_case,
    header_lookalikes,
    header_odd,
    headers_swapped,
)


def _place(table: Table, rng: random.Random) -> int:
    return rng.randrange(max(len(table.headers), 1))


def _headers(table: Table, change: Callable[[int, str], str], sure: bool = True) -> Table:
    if not table.headers:
        return table
    changed = tuple(change(place, text) for place, text in enumerate(table.headers))
    rows: Sequence[Row] = (*table.rows[: table.header], changed, *table.body)
    return replace(table, rows=tuple(rows), is_known=table.is_known and sure)
