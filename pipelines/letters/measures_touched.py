"""Which published measures are computed from a column that a supplier sends: asked of the SQL models themselves.

Each measure of the register is followed from the models that name it back to the staging tables of its sources. What its
figure for everybody needs is kept apart from what only its breakdowns need (sex, ward). A measure of a source that no model
could be followed to is touched by each of its columns; one about the rows of all extracts, by rows that are left out.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlglot import exp
from sqlglot.errors import SqlglotError

from pipelines.contract_files import load_contracts
from pipelines.contracts import LEADING_COLUMNS, Contract
from pipelines.letters.columns_needed import MEASURE, columns_needed, measures_named
from pipelines.models import Model, load_models, qualified_select
from pipelines.reference import load_register
from pipelines.settings import Settings
from pipelines.tables import replace_atomically

FIGURE: Final = (
    MEASURE, "event_date", "counted_in", "period_type", "period_start", "period_end", "numerator", "denominator", "weeks",
    "value", "base",
)  # fmt: skip
ALL_EXTRACTS: Final = "all extracts"


@dataclass(frozen=True)
class Touched:
    """Ids of measures, in the order of the register: whose figures a column changes, and whose breakdowns alone."""

    figures: tuple[str, ...] = ()
    breakdowns: tuple[str, ...] = ()

    @property
    def measures(self) -> tuple[str, ...]:
        """Both."""
        return (*self.figures, *self.breakdowns)


@dataclass(frozen=True)
class MeasuresTouched:
    """Source → column as the supplier sends it → what it touches; `whole`: source → measures that need any of its rows."""

    by_column: Mapping[str, Mapping[str, Touched]]
    whole: Mapping[str, tuple[str, ...]]

    def of(self, source: str, column: str | None) -> Touched:
        """What a wrong value of the column changes; without a column, what a row that is left out changes."""
        if column is None:
            return Touched(figures=self.whole.get(source, ()))
        return self.by_column.get(source, {}).get(column, Touched())


def measures_touched(settings: Settings, contracts: Sequence[Contract], only_if_known: bool = False) -> MeasuresTouched:
    """The answer, worked out again only when a model, a contract's columns or the register changed (it takes seconds).

    `only_if_known`: then rather say that nothing is touched, and write nothing.
    """
    register = {str(entry["id"]): str(entry["source"]) for entry in load_register()}
    wanted = {contract.id for contract in contracts}
    followed = {measure: named for measure, named in register.items() if wanted & set(named.split(", "))}
    columns = {contract.id: [name for name, _ in contract.typed_columns] for contract in load_contracts()}
    defined = json.dumps([[model.sql for model in load_models()], columns, followed])
    version = hashlib.sha256(defined.encode()).hexdigest()
    kept = settings.warehouse / "letters" / "measures_touched.json"
    stored = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    if stored.get("version") != version:
        if only_if_known:
            return MeasuresTouched({}, {})
        stored = {"version": version, "needs": _needs(defined)}
        with replace_atomically(kept) as beside:
            beside.write_text(json.dumps(stored), encoding="utf-8")
    return _by_column(contracts, register, stored["needs"])


@cache
def _needs(defined: str) -> dict[str, dict[str, dict[str, bool]]]:
    _, columns, register = json.loads(defined)
    return _Followed(columns, load_models(), register).needs()


def _by_column(
    contracts: Sequence[Contract], register: Mapping[str, str], needs: Mapping[str, Mapping[str, Mapping[str, bool]]]
) -> MeasuresTouched:
    """`needs`: measure → source → typed column → whether its figure for everybody needs it."""
    by_column: dict[str, dict[str, Touched]] = {}
    whole: dict[str, tuple[str, ...]] = {}
    for contract in contracts:
        of_source = [measure for measure, sources in register.items() if contract.id in sources.split(", ")]
        whole[contract.id] = tuple(m for m, sources in register.items() if m in of_source or sources == ALL_EXTRACTS)
        for column in contract.columns:
            typed = [name for name, _ in column.typed]
            figures, breakdowns = list[str](), list[str]()
            for measure in of_source:
                followed = needs.get(measure, {}).get(contract.id)
                told = [True] if followed is None else [followed[name] for name in typed if name in followed]
                if told:
                    (figures if any(told) else breakdowns).append(measure)
            by_column.setdefault(contract.id, {})[column.name] = Touched(tuple(figures), tuple(breakdowns))
    return MeasuresTouched(by_column, whole)


class _Followed:
    """Follows measures through the models."""

    def __init__(
        self, staging: Mapping[str, Sequence[str]], models: Sequence[Model], register: Mapping[str, str]
    ) -> None:
        """`staging`: source → its typed columns; `register`: measure → its sources, with commas."""
        self._models = {model.table: model for model in models}
        self._register = register
        leading = [name for name, _ in LEADING_COLUMNS]
        self._tables = {model.table: list(model.columns) for model in models}
        self._tables |= {f"staging.{source}": [*leading, *columns] for source, columns in staging.items()}
        self._selects: dict[str, exp.Query] = {}
        self._named: dict[str, frozenset[str]] = {}
        self._found: dict[tuple[object, ...], frozenset[tuple[str, str]]] = {}

    def needs(self) -> dict[str, dict[str, dict[str, bool]]]:
        """Measure → source → typed column → whether its figure for everybody needs it."""
        found: dict[str, dict[str, dict[str, bool]]] = {}
        for measure, sources in self._register.items():
            try:
                figure, either = self._needs_of(measure)
            except SqlglotError:
                continue
            for source, column in sorted(either):
                if source in sources.split(", ") and column not in dict(LEADING_COLUMNS):
                    found.setdefault(measure, {}).setdefault(source, {})[column] = (source, column) in figure
        return found

    def _needs_of(self, measure: str) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """What its figure for everybody needs, and what that or its breakdowns need: (source, column)."""
        figure, either = set[tuple[str, str]](), set[tuple[str, str]]()
        for table, model in self._models.items():
            if MEASURE in model.columns and measure in self._ids(table):
                wanted = tuple(column for column in model.columns if column in FIGURE)
                figure |= self._follow(table, wanted, {MEASURE: measure}, True)
                either |= self._follow(table, tuple(model.columns), {MEASURE: measure}, False)
        return figure, figure | either

    def _follow(
        self, table: str, wanted: tuple[str, ...], told: Mapping[str, str], total: bool
    ) -> frozenset[tuple[str, str]]:
        """(source, column) of the staging tables that columns of a model need."""
        key = (table, frozenset(wanted), tuple(sorted(told.items())), total)
        if key not in self._found:
            needed = columns_needed(self._select(table), wanted, told, self._register, total)
            found: set[tuple[str, str]] = set()
            for read, columns in needed.columns.items():
                layer, name = read.split(".")
                if layer == "staging":
                    found |= {(name, column) for column in columns}
                elif read in self._models:
                    for further in self._told(read, needed.told, needed.compared):
                        found |= self._follow(read, tuple(columns), further, total)
            self._found[key] = frozenset(found)
        return self._found[key]

    def _told(self, table: str, told: Mapping[str, str], compared: frozenset[str]) -> list[Mapping[str, str]]:
        """What is known of a table that is read: the same measure, or the one that its rows are filtered by, or none."""
        if MEASURE not in self._models[table].columns:
            return [{column: value for column, value in told.items() if column != MEASURE}]
        made = self._ids(table)
        measures = [told[MEASURE]] if told.get(MEASURE) in made else sorted(compared & made)
        return [{**told, MEASURE: measure} for measure in measures]

    def _ids(self, table: str) -> frozenset[str]:
        if table not in self._named:
            self._named[table] = measures_named(self._select(table), self._register)
        return self._named[table]

    def _select(self, table: str) -> exp.Query:
        if table not in self._selects:
            self._selects[table] = qualified_select(self._models[table], self._tables)
        return self._selects[table]
