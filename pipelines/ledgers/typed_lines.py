"""Keys and new values of a ledger's lines, typed exactly as an extract of their source is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contracts import Contract
from pipelines.engine import connect
from pipelines.ingest.typed import write_typed
from pipelines.ledgers.reading import working_folder
from pipelines.settings import Settings

# How a line says that a cell should be empty: a value that was forgotten must not empty one.
EMPTY: Final = "(empty)"


@dataclass(frozen=True)
class TypedLine:
    """A line to be typed: the key by name, and the new value of a column ('' if only the key is of interest)."""

    line_number: int
    key: Mapping[str, str] = field(repr=False)
    column: str
    new_value: str = field(repr=False)


def parse_key(text: str) -> dict[str, str]:
    """'a=1;b=2' → name → value; empty where it is not written like this, or names something twice."""
    parts = [part.partition("=") for part in text.split(";")]
    key = {name.strip(): value.strip() for name, _, value in parts}
    return key if len(key) == len(parts) and all(equals for _, equals, _ in parts) else {}


def typed_table(settings: Settings, contract: Contract, lines: Sequence[TypedLine]) -> pa.Table:
    """One row per line, as the typed table of the source has it: `row_number` is the line."""
    names = [name for name, _ in contract.typed_columns]
    schema = pa.schema([("file_id", pa.string()), ("row_number", pa.int32()), *((name, pa.string()) for name in names)])
    rows = [{"file_id": "", "row_number": line.line_number, **line.key, **_value(line)} for line in lines]
    # Two lines may be about one row: they are no copies of one another.
    by_line = replace(contract, key=("row_number",))
    with working_folder(settings) as folder, connect(settings) as connection:
        raw, typed = folder / "raw.parquet", folder / "typed.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema), raw)
        write_typed(connection, by_line, str(raw), str(typed))
        return pq.read_table(typed)


def _value(line: TypedLine) -> dict[str, str | None]:
    if not line.column:
        return {}
    return {line.column: None if line.new_value.lower() == EMPTY else line.new_value}
