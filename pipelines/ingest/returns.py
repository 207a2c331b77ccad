"""National returns (SEN2, school census) as data: modules, columns by year, and how their rows make a contract's rows.

Read from data/reference/national_returns/*.yaml. Every shape of a return (XML, blades, workbooks) becomes the same module
tables, and one definition turns those into rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.ingest.headers import plain
from pipelines.settings import REFERENCE, SetUpProblem

RETURNS = REFERENCE / "national_returns"


class ReturnProblem(SetUpProblem):
    """A definition of a return that cannot be used; the message names the file and the key."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ModuleColumn(_Part):
    """A column as the return names it, and other headings for it. `required`: a file without it cannot be read."""

    aliases: tuple[str, ...] = ()
    date: bool = False
    required: bool = False


class Module(_Part):
    """One table of a return: its XML elements, the titles of its table or sheet, the module that its rows belong to."""

    elements: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    parent: str | None = None
    columns: dict[str, ModuleColumn]

    def known(self) -> dict[str, str]:
        """Plain heading → column."""
        return {plain(word): name for name, column in self.columns.items() for word in (name, *column.aliases)}


class YearDifference(_Part):
    """What a year's return has that the one before had not, and what it no longer has: module → columns."""

    add: dict[str, dict[str, ModuleColumn]] = {}
    drop: dict[str, tuple[str, ...]] = {}


class Choice(_Part):
    """The first filled of some module columns, where the columns of `when` have one of their values."""

    sources: tuple[str, ...] = Field(alias="from")
    when: dict[str, tuple[str, ...]] = {}
    source: str


class ContractColumn(_Part):
    """Where a column of the contract comes from. `any`: true if one of the sources is; `codes`: older codes → today's."""

    sources: tuple[str, ...] = Field(default=(), alias="from")
    choices: tuple[Choice, ...] = ()
    codes: dict[str, str] = {}
    any: bool = False
    required: bool = False
    source: str = ""


class RowsOf(_Part):
    """Rows of a contract: one per row of module `module`. `made_key` is a column that the reader makes itself.

    `months`: only returns whose reference date lies in one of these months have such rows. `constants`: column of the
    contract → what stands in it for all of them.
    """

    contract: str
    module: str = Field(alias="from")
    months: tuple[int, ...] = ()
    made_key: str | None = None
    constants: dict[str, str] = {}
    columns: dict[str, ContractColumn]


class NationalReturn(_Part):
    """One return. `modules` holds the columns of all years; `of_year` those of one.

    A workbook is taken for it that has at least `least_sheets` sheets with a title of a module, and `least_headers` of its
    headers.
    """

    id: str
    name: str
    collections: tuple[str, ...]
    counted: str
    counted_as: str
    head: str
    needs: tuple[str, ...] = ()
    needs_of: dict[str, tuple[str, ...]] = {}
    waits_for: tuple[str, ...] = ()
    least_sheets: int = 3
    least_headers: int = 1
    modules: dict[str, Module]
    years: dict[int, YearDifference]
    rows: tuple[RowsOf, ...]
    ranks: dict[str, str] = {}

    @property
    def contracts(self) -> tuple[str, ...]:
        """The contracts that its rows belong to."""
        return tuple(dict.fromkeys(part.contract for part in self.rows))

    def contracts_in(self, month: int | None) -> tuple[str, ...]:
        """The contracts that a return of that month has rows for; None where it states no date."""
        fitting = (part.contract for part in self.rows if not part.months or month in part.months)
        return tuple(dict.fromkeys(fitting))

    def of_year(self, year: int | None) -> Mapping[str, frozenset[str]]:
        """Module → columns in the return of that year; of the latest year known if it is later or not known."""
        columns = {name: set(module.columns) for name, module in self.modules.items()}
        for difference in self.years.values():
            for module, added in difference.add.items():
                columns[module] -= set(added)
        for module, dropped in self.years[min(self.years)].drop.items():
            columns[module] -= set(dropped)
        for one, difference in sorted(self.years.items()):
            if year is None or one <= year:
                for module, added in difference.add.items():
                    columns[module] |= set(added)
                for module, dropped in difference.drop.items():
                    columns[module] -= set(dropped)
        return {module: frozenset(names) for module, names in columns.items()}

    def ancestors(self, module: str) -> list[str]:
        """The modules that the rows of a module belong to, the nearest first."""
        found: list[str] = []
        parent = self.modules[module].parent
        while parent:
            found.append(parent)
            parent = self.modules[parent].parent
        return found

    def missing_members(self, present: frozenset[str]) -> list[str]:
        """Members that a set of blades lacks so that it can be read."""
        missing = [member for member in self.needs if member not in present]
        for member, needed in self.needs_of.items():
            if member in present:
                missing += [one for one in needed if one not in present and one not in missing]
        return missing

    def is_complete(self, present: frozenset[str]) -> bool:
        """Whether no other member of the set is waited for."""
        return not self.missing_members(present) and set(self.waits_for) <= present


@dataclass(frozen=True)
class _Key:
    path: Path
    modified: int


def load_returns(directory: Path = RETURNS) -> tuple[NationalReturn, ...]:
    """Every return that is defined, by id."""
    return tuple(_load(_Key(path, path.stat().st_mtime_ns)) for path in sorted(directory.glob("*.yaml")))


@cache
def _load(key: _Key) -> NationalReturn:
    try:
        content = yaml.load(key.path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        read = NationalReturn.model_validate(content)
    except (yaml.YAMLError, ValidationError) as error:
        raise ReturnProblem(f"{key.path.name} cannot be used: {error}") from error
    modules = dict(read.modules)
    for difference in read.years.values():
        for name, added in difference.add.items():
            modules[name] = modules[name].model_copy(update={"columns": {**modules[name].columns, **added}})
    return read.model_copy(update={"modules": modules})
