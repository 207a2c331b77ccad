"""A published file as a DuckDB table of text under the contract's own column names, and text → number or symbol."""

import csv
import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from pipelines.published.contracts import PublishedColumn, PublishedContract
from pipelines.tables import quoted

# GSS symbols of today, and what the older ones mean. A contract may add its own (LAIT writes "-" for unavailable).
GSS_SYMBOLS: Mapping[str, str] = {
    "x": "x", "z": "z", "c": "c", "u": "u", "low": "low", "k": "low",
    "~": "c", ":": "x", "..": "x", ".": "z", "n/a": "z", "": "x",
}  # fmt: skip
UNKNOWN_SYMBOL = "?"


class FileRefused(Exception):
    """A published file cannot be used: the message names what is wrong in it and what to do."""


def read_header(path: Path) -> list[str]:
    """The header of a CSV or Parquet file, without a byte-order mark. Raises FileRefused if there is none."""
    if path.suffix == ".parquet":
        try:
            return pq.read_schema(path).names
        except (OSError, ValueError) as error:
            raise FileRefused("is not a Parquet file that can be read; fetch it again") from error
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader(lines), [])
    except UnicodeDecodeError as error:
        raise FileRefused("is not UTF-8 text; fetch it again from the publisher") from error
    if not any(name.strip() for name in header):
        raise FileRefused("is empty; fetch it again from the publisher")
    return header


def map_headers(contract: PublishedContract, header: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The contract's name of each position of a header, and the names that the contract does not know.

    Letter case, spaces around and the order do not matter. Unknown columns are kept out, not refused: a new release
    may add some. Raises FileRefused if a required column is missing, or one is there twice and the contract does not
    say so; the message suggests the nearest name in the file.
    """
    wanted = {_plain(text): column for column in contract.columns for text in (column.name, *column.aliases)}
    names: list[str] = []
    unknown: list[str] = []
    for position, text in enumerate(header):
        column = wanted.get(_plain(text))
        if column is None:
            unknown.append(text)
            names.append(f"ignored_{position}")
        elif column.name not in names:
            names.append(column.name)
        elif column.duplicated and twin(column) not in names:
            names.append(twin(column))
        else:
            raise FileRefused(f"has the column {text.strip()} more than once; add it to the contract if that is meant")
    missing = [column.name for column in contract.columns if column.required and column.name not in names]
    if missing:
        raise FileRefused(_missing(missing, unknown))
    return names, tuple(unknown)


def twin(column: PublishedColumn) -> str:
    """The name of the second column of the same header."""
    return f"{column.name}_twin"


def load_text(
    connection: duckdb.DuckDBPyConnection, contract: PublishedContract, path: Path, table: str
) -> tuple[str, ...]:
    """Make the view ``table`` of all rows of a CSV or Parquet file as text; return the columns that the contract does not know.

    Optional columns that are not in the file are there and NULL. Raises FileRefused, as `map_headers` does.
    """
    header = read_header(path)
    names, unknown = map_headers(contract, header)
    absent = [column.name for column in contract.columns if column.name not in names]
    absent += [twin(column) for column in contract.columns if column.duplicated and twin(column) not in names]
    kept = [name for name in names if not name.startswith("ignored_")]
    if path.suffix == ".parquet":
        pairs = zip(header, names, strict=True)
        columns = [f'cast("{old}" as varchar) as "{new}"' for old, new in pairs if new in kept]
        source = f"read_parquet({quoted(path)})"
    else:
        columns = [f'"{name}"' for name in kept]
        declared = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
        source = (
            f"read_csv({quoted(path)}, columns = {{{declared}}}, auto_detect = false, header = false, skip = 1,"
            " delim = ',', quote = '\"', escape = '\"', encoding = 'utf-8')"
        )
    columns += [f'cast(null as varchar) as "{name}"' for name in absent]
    connection.execute(f"create or replace temp view {table} as select {', '.join(columns)} from {source}")
    return unknown


def number_sql(column: str, contract: PublishedContract) -> str:
    """SQL for the figure in a text column: 1,071 and 1.90% are numbers, a symbol is NULL."""
    zeros = ", ".join(quoted(zero) for zero in contract.zeros)
    none = f"when trim({column}) in ({zeros}) then 0e0" if zeros else ""
    plain = f"try_cast({column} as double)"
    written = f"try_cast(replace(rtrim(trim({column}), '%'), ',', '') as double)"
    return f"case {none} when {plain} is not null then {_finite(plain)} else {_finite(written)} end"


def symbol_sql(column: str, number: str, contract: PublishedContract) -> str:
    """SQL for the GSS symbol in a text column whose figure is in the column ``number``.

    NULL beside a number, ``?`` if it is neither. NULL too where the text is NULL: then the file does not have the
    column at all, and there is no figure.
    """
    symbols = {**GSS_SYMBOLS, **contract.symbols}
    meanings = " ".join(f"when {quoted(text)} then {quoted(symbol)}" for text, symbol in symbols.items())
    read = f"case lower(trim({column})) {meanings} else {quoted(UNKNOWN_SYMBOL)} end"
    return f"case when {number} is null and {column} is not null then {read} end"


def _finite(number: str) -> str:
    return f"case when isfinite({number}) then {number} end"


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _missing(missing: Sequence[str], unknown: Sequence[str]) -> str:
    parts: list[str] = []
    for name in missing:
        near = difflib.get_close_matches(name, [_plain(text) for text in unknown], n=1, cutoff=0.6)
        parts.append(f"{name} (is it {near[0]}?)" if near else name)
    return f"lacks the column {', '.join(parts)}; add its new name as an alias to the contract"
