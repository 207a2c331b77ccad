"""Data contracts: what a supplier sends (grain, key, columns, code sets, other names of each header) and must keep.

Plain frozen dataclasses; `contract_files` reads them from ``expectations/contracts``. Nothing here reads an extract.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pipelines.delivery_calendar import Deliveries
from pipelines.settings import REFERENCE, SetUpProblem

LogicalType = Literal["string", "date", "integer", "number", "boolean", "code"]
Classification = Literal["direct_identifier", "pseudonymise", "birth_date", "postcode", "restricted", "open"]
Dimension = Literal["completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy"]
Severity = Literal["critical", "warning", "info"]
Level = Literal["row", "file"]
Delivery = Literal["snapshot", "increment"]

DUCKDB_TYPES: Final[Mapping[LogicalType, str]] = {
    "string": "VARCHAR",
    "code": "VARCHAR",
    "date": "DATE",
    "integer": "INTEGER",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
}
PSEUDONYM_NAMES: Final[Mapping[str, str]] = {"upn": "child_id"}
LEADING_COLUMNS: Final = (("file_id", "VARCHAR"), ("row_number", "INTEGER"))
TRAILING_COLUMNS: Final = (("unreadable_columns", "VARCHAR"), ("key_count", "INTEGER"))


class ContractError(SetUpProblem, ValueError):
    """A contract file is missing, unreadable or incomplete: the message names the file and the key."""


@dataclass(frozen=True)
class Column:
    """One column as suppliers send it. ``required`` means that its header must be in the file.

    ``free_text``: people write what they like; at the door the identities of the same row are taken out of it.
    """

    name: str
    logical_type: LogicalType
    required: bool
    description: str
    classification: Classification
    code_set: str | None = None
    aliases: tuple[str, ...] = ()
    free_text: bool = False

    @property
    def typed(self) -> tuple[tuple[str, str], ...]:
        """(name, DuckDB type) of the columns that stand for this one after the door; none if it is dropped there."""
        if self.classification == "direct_identifier":
            return ()
        if self.classification == "pseudonymise":
            pseudonym = PSEUDONYM_NAMES.get(self.name, f"{self.name}_id")
            return (pseudonym, "VARCHAR"), (f"{self.name}_status", "VARCHAR")
        if self.classification == "birth_date":
            return ("birth_month", "DATE"), ("birth_date_status", "VARCHAR")
        if self.classification == "postcode":
            return ("lsoa_code", "VARCHAR"), ("postcode_status", "VARCHAR")
        return ((self.name, DUCKDB_TYPES[self.logical_type]),)


@dataclass(frozen=True)
class Rule:
    """One thing that must be true. ``column`` is a typed column, or None for a rule about the whole row or file.

    A row rule that fails puts rows in quarantine if it is critical; a critical file rule that fails refuses the file.
    A file rule is about a ``figure`` of the file: a SQL aggregate over its typed rows and ``is_quarantined`` (1 or 0).
    """

    id: str
    name: str
    dimension: Dimension
    severity: Severity
    level: Level
    column: str | None
    expectation_type: str
    kwargs: Mapping[str, object]
    plain_words: str
    source: str
    fix: str
    figure: str | None = None


@dataclass(frozen=True)
class Contract:
    """One extract. ``key`` holds typed names (``child_id``, not ``upn``); ``deliveries`` is None if none is ever due.

    ``rules`` are about typed rows and files, ``return_rules`` about the modules of a national return that rows are made of.
    ``consent_list`` names the column of the ids by which responses leave when consent is withdrawn; None for most.
    """

    id: str
    name: str
    version: str
    description: str
    limitations: str
    usage: str
    grain: str
    key: tuple[str, ...]
    delivery: Delivery
    deliveries: Deliveries | None
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    return_rules: tuple[Rule, ...] = ()
    consent_list: str | None = None

    @property
    def typed_columns(self) -> list[tuple[str, str]]:
        """(name, DuckDB type) of the contract's columns after the door, in order: also the columns of staging."""
        return [pair for column in self.columns for pair in column.typed]

    @property
    def typed_table_columns(self) -> list[tuple[str, str]]:
        """(name, DuckDB type) of the whole typed table: the file and row first, what typing found out last."""
        return [*LEADING_COLUMNS, *self.typed_columns, *TRAILING_COLUMNS]

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError if the contract has none."""
        return {column.name: column for column in self.columns}[name]

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id. Raises KeyError if the contract has none."""
        return {rule.id: rule for rule in (*self.rules, *self.return_rules)}[rule_id]

    def code_set(self, name: str) -> dict[str, str]:
        """Code to label of a code set of ``data/reference/code_sets.csv``. Raises ContractError if it is not there."""
        return code_set(name)


def code_set(name: str, path: Path = REFERENCE / "code_sets.csv") -> dict[str, str]:
    """Code to label, in the order of the file. Raises ContractError if there is no such code set."""
    sets = _code_sets(path)
    if name not in sets:
        raise ContractError(f"{path.name}: there is no code set {name!r}; add its codes or correct the contract")
    return dict(sets[name])


@cache
def _code_sets(path: Path) -> dict[str, dict[str, str]]:
    sets: dict[str, dict[str, str]] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for line in csv.DictReader(lines):
            sets.setdefault(line["code_set"], {})[line["code"]] = line["label"]
    return sets


@dataclass(frozen=True)
class OlderCode:
    """A code that extracts held in earlier years, and today's code for the same."""

    older_code: str
    older_label: str
    code: str


def older_codes(name: str, path: Path = REFERENCE / "older_codes.csv") -> tuple[OlderCode, ...]:
    """The older codes of a code set; none for most."""
    return _older_codes(path).get(name, ())


@cache
def _older_codes(path: Path) -> dict[str, tuple[OlderCode, ...]]:
    found: dict[str, tuple[OlderCode, ...]] = {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for line in csv.DictReader(lines):
            older = OlderCode(line["older_code"], line["older_label"], line["code"])
            found[line["code_set"]] = (*found.get(line["code_set"], ()), older)
    return found
