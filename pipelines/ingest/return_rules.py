"""Rules about the modules of a national return, as data: expectations/contracts/return_rules/*.yaml.

They are part of the contract that the return's rows belong to, and are run while the file is read, because only then are
its modules there (`return_checks`).
"""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.contracts import Dimension, Rule, Severity, code_set
from pipelines.settings import CONTRACTS, SetUpProblem

FOLDER = "return_rules"
RETURN_RULES = CONTRACTS / FOLDER


class ReturnRulesProblem(SetUpProblem):
    """A file of rules that cannot be used; the message names the file and the key."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Codes(_Part):
    """Codes of one kind: those of a code set, or written out; `since`: code → the first year that has it."""

    set: str = ""
    codes: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    since: dict[str, int] = {}

    def of_year(self, year: int | None) -> tuple[str, ...]:
        """The codes in the return of that year; of all years if it is not known."""
        known = self.codes or tuple(code_set(self.set))
        late = {code for code, first in self.since.items() if year is not None and year < first}
        return tuple(code for code in known if code not in self.without and code not in late)


class ReturnRule(_Part):
    """One rule. `rows`: module → SQL that is true for a row that breaks it. `at_census`: needs the reference date."""

    id: str
    name: str
    dimension: Dimension
    severity: Severity
    column: str | None = None
    at_census: bool = False
    plain_words: str
    source: str
    fix: str
    rows: dict[str, str]

    def as_rule(self) -> Rule:
        """The rule as one of its contract's: a row rule, whose rows are those of the modules."""
        return Rule(
            id=self.id,
            name=self.name,
            dimension=self.dimension,
            severity=self.severity,
            level="row",
            column=self.column,
            expectation_type="rows_of_modules",
            kwargs={},
            plain_words=self.plain_words,
            source=self.source,
            fix=self.fix,
        )


class ReturnRules(_Part):
    """The rules of one return for the rows of one contract."""

    of_return: str = Field(alias="return")
    contract: str
    codes: dict[str, Codes] = {}
    rules: tuple[ReturnRule, ...]


def load_return_rules(directory: Path = RETURN_RULES) -> tuple[ReturnRules, ...]:
    """All files of rules. Raises ReturnRulesProblem if one cannot be used."""
    return tuple(_read(path, path.stat().st_mtime_ns) for path in sorted(directory.glob("*.yaml")))


def return_rules_of(contract_id: str, directory: Path = RETURN_RULES) -> tuple[Rule, ...]:
    """The rules that a contract has for returns."""
    return tuple(
        rule.as_rule() for of in load_return_rules(directory) if of.contract == contract_id for rule in of.rules
    )


@cache
def _read(path: Path, _modified: int) -> ReturnRules:
    try:
        return ReturnRules.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader))
    except (yaml.YAMLError, ValidationError) as error:
        raise ReturnRulesProblem(f"{path.name} cannot be used: {error}") from error
