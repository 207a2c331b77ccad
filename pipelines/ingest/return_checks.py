"""Runs the rules of a national return over its modules, while they are there: before the door, in DuckDB, in one pass.

What leaves are counts, the places of the first rows that break a rule (module and number), and which rows of the contract
go to quarantine for it. No value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import duckdb

from pipelines.contracts import Rule
from pipelines.ingest.modules import ModuleTables
from pipelines.ingest.return_rules import ReturnRule, ReturnRules, load_return_rules
from pipelines.ingest.returns import Module, NationalReturn
from pipelines.ingest.typed import parsed_date, plausible_date
from pipelines.settings import REFERENCE
from pipelines.tables import quoted

PLACES_PER_RULE: Final = 1_000


@dataclass(frozen=True)
class Place:
    """A row of a module: the Excel row, the line of its blade, or the number of its record."""

    module: str
    row_number: int


@dataclass(frozen=True)
class Finding:
    """One rule on one return: `failed` of `total` rows of its modules, the first of their places.

    `quarantined` are the row numbers of the contract's rows that they spoil; of a rule that is not critical, none.
    """

    rule: Rule
    failed: int
    total: int
    places: tuple[Place, ...]
    quarantined: tuple[int, ...]


def check_modules(tables: ModuleTables, contract_id: str) -> tuple[Finding, ...]:
    """Run every rule for the return and contract; those that need a reference date only where one is stated.

    Leaves temp tables named as the modules. `ModuleTables.finish` has been called.
    """
    national = tables.national
    found = [of for of in load_return_rules() if of.of_return == national.id and of.contract == contract_id]
    if not found:
        return ()
    (of,) = found
    connection, year = tables.connection, tables.year()
    _create_module_tables(connection, national, year)
    dated = connection.execute("select census_date is not null from census").fetchone()
    rules = [rule for rule in of.rules if not rule.at_census or (dated and dated[0])]
    connection.execute(f"create or replace temp table failure as {_failures(of, rules, national, year)}")
    counts = dict(connection.execute("select rule_id, count(*) from failure group by rule_id").fetchall())
    places = _places(connection)
    quarantined = _quarantined(connection, rules, national, contract_id)
    return tuple(
        Finding(
            rule=rule.as_rule(),
            failed=int(counts.get(rule.id, 0)),
            total=sum(tables.counts[module] for module in rule.rows),
            places=places.get(rule.id, ()),
            quarantined=quarantined.get(rule.id, ()),
        )
        for rule in rules
    )


def _create_module_tables(connection: duckdb.DuckDBPyConnection, national: NationalReturn, year: int | None) -> None:
    """Each module as a table of its name, typed once for all rules; and `census`, one row."""
    columns_of_year = national.of_year(year)
    for name, module in national.modules.items():
        keys = [f"key_{above}" for above in (name, *national.ancestors(name))]
        columns = [_column(column, module, column in columns_of_year[name]) for column in module.columns]
        connection.execute(f"""
            create or replace temp table "{name}" as
            select row_number, {", ".join([*keys, *columns])} from linked_{name}
        """)
    connection.execute(f"""
        create or replace temp table census as
        select max(try_cast(year as integer)) as census_year, max(referencedate) as census_date from "{national.head}"
    """)
    connection.execute(f"""
        create or replace temp view schools as
        select * from read_csv({quoted(REFERENCE / "schools.csv")}, header = true, all_varchar = true)
    """)


def _column(name: str, module: Module, is_of_year: bool) -> str:
    is_date = module.columns[name].date
    if not is_of_year:
        return f'cast(null as {"date" if is_date else "varchar"}) as "{name}"'
    text = f"nullif(trim(\"{name}\"), '')"
    value = plausible_date(parsed_date(text)) if is_date else f"regexp_replace(upper({text}), '^([0-9]+)\\.0$', '\\1')"
    return f'{value} as "{name}"'


def _failures(of: ReturnRules, rules: list[ReturnRule], national: NationalReturn, year: int | None) -> str:
    """SELECT of every row that breaks a rule: rule_id, module, row_number and the ids of all modules that it may be in."""
    codes = {name: f"({', '.join(map(quoted, kind.of_year(year)))})" for name, kind in of.codes.items()}
    modules = tuple(national.modules)
    selects: list[str] = []
    for rule in rules:
        for module, condition in rule.rows.items():
            own = {module, *national.ancestors(module)}
            keys = [f"{module}.key_{key}" if key in own else f"cast(null as varchar) as key_{key}" for key in modules]
            selects.append(
                f"select {quoted(rule.id)} as rule_id, {quoted(module)} as module, {module}.row_number, {', '.join(keys)}"
                f' from "{module}", census where ({condition.format_map(codes)})'
            )
    return " union all ".join(selects)


def _places(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[Place, ...]]:
    rows = connection.execute(f"""
        select rule_id, module, row_number from failure
        qualify row_number() over (partition by rule_id order by module, row_number) <= {PLACES_PER_RULE}
        order by rule_id, module, row_number
    """).fetchall()
    found: dict[str, list[Place]] = {}
    for rule_id, module, number in rows:
        found.setdefault(str(rule_id), []).append(Place(str(module), int(number)))
    return {rule_id: tuple(places) for rule_id, places in found.items()}


def _quarantined(
    connection: duckdb.DuckDBPyConnection, rules: list[ReturnRule], national: NationalReturn, contract_id: str
) -> Mapping[str, tuple[int, ...]]:
    """Rule → rows of the contract that it spoils: the failing row itself, those that it belongs to, those that belong to it."""
    critical = ", ".join(quoted(rule.id) for rule in rules if rule.severity == "critical")
    (part,) = (part for part in national.rows if part.contract == contract_id)
    row_of, above = part.module, national.ancestors(part.module)
    matches = [f"failure.module = '{row_of}' and failure.row_number = spoilt.row_number"]
    matches += [f"failure.module = '{module}' and failure.key_{module} = spoilt.key_{module}" for module in above]
    matches += [
        f"failure.module = '{module}' and failure.key_{row_of} = spoilt.key_{row_of}"
        for module in national.modules
        if row_of in national.ancestors(module)
    ]
    selects = [
        f'select failure.rule_id, spoilt.row_number from failure join "{row_of}" spoilt on {match}'
        f" where failure.rule_id in ({critical})"
        for match in matches
    ]
    rows = connection.execute(f"select * from ({' union '.join(selects)}) order by all").fetchall()
    found: dict[str, list[int]] = {}
    for rule_id, number in rows:
        found.setdefault(str(rule_id), []).append(int(number))
    return {rule_id: tuple(numbers) for rule_id, numbers in found.items()}
