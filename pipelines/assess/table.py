"""A table of this package: its words, its columns and what it reads."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

TEXT, NUMBER, COUNT, DATE, FLAG = pa.string(), pa.float64(), pa.int64(), pa.date32(), pa.bool_()


@dataclass(frozen=True)
class Column:
    """Type and description of one column."""

    data_type: pa.DataType
    description: str


@dataclass(frozen=True)
class AssessTable:
    """A table measures.<name>, for the council alone.

    description: grain and meaning; reads: the tables (layer.table) that it is made from; postcodes: whether it is also made
    from the postcode list, as reference.postcode_lsoa.
    """

    name: str
    description: str
    columns: Mapping[str, Column]
    reads: tuple[str, ...]
    postcodes: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The columns as Arrow knows them."""
        return pa.schema([(name, column.data_type) for name, column in self.columns.items()])

    @property
    def descriptions(self) -> dict[str, str]:
        """Column → its description."""
        return {name: column.description for name, column in self.columns.items()}
