"""Which columns of the tables that it reads one model needs, to make some of its columns for one measure.

A column is needed if it is selected for them, filtered by, joined on or grouped by. The SELECT is first reduced: of unions
and of `case measure_id when …` the parts that make other measures go, of grouping sets all but the total, of left joins
those from which nothing is taken, and then every column that nothing needs any more. Where that is too simple for a SELECT,
what is found has a column too many, and none too few.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlglot import exp
from sqlglot.optimizer.eliminate_ctes import eliminate_ctes
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.scope import traverse_scope

MEASURE: Final = "measure_id"
# Columns that one value of a measure's own is joined to its rows by: a branch of a CASE over them can be told too.
TOLD: Final = (MEASURE, "question_id")
BREAKDOWN: Final = ("breakdown", "breakdown_value")
TOTAL: Final = "total"


@dataclass(frozen=True)
class Needed:
    """Table → its columns. `told`: what is known of the columns TOLD; `compared`: measures that rows are filtered by."""

    columns: Mapping[str, frozenset[str]]
    told: Mapping[str, str]
    compared: frozenset[str]


def columns_needed(
    select: exp.Query, wanted: Collection[str], told: Mapping[str, str], measures: Collection[str], total: bool
) -> Needed:
    """What `wanted` columns of a qualified SELECT need. `measures`: all ids; `total`: for the figure of everybody alone."""
    tree = _only_this_measure(select.copy(), told, measures)
    told = {**told, **_told_here(tree)}
    _choose_branches(tree, told)
    if total:
        _only_total(tree)
    for branch in _branches(tree):
        kept = [column for column in branch.selects if column.alias_or_name in wanted]
        branch.set("expressions", kept or branch.selects[:1])
    tree = pushdown_projections(eliminate_ctes(tree))
    if _drop_left_joins(tree):
        tree = pushdown_projections(tree)
    tree = eliminate_ctes(tree)
    return Needed(_columns_read(tree), told, frozenset(_compared(tree)))


def measures_named(select: exp.Expr, measures: Collection[str]) -> frozenset[str]:
    """The measures whose ids stand in a SELECT."""
    return frozenset(text.name for text in select.find_all(exp.Literal) if text.is_string and text.name in measures)


def _branches(tree: exp.Expr) -> Iterator[exp.Select]:
    if isinstance(tree, exp.SetOperation):
        yield from _branches(tree.left)
        yield from _branches(tree.right)
    elif isinstance(tree, exp.Select):
        yield tree


def _only_this_measure(tree: exp.Query, told: Mapping[str, str], measures: Collection[str]) -> exp.Query:
    """Without the branches of unions that make other measures alone; a union of nothing else stays as it is."""
    measure = told.get(MEASURE)
    for union in list(tree.find_all(exp.SetOperation)):
        if measure is None or isinstance(union.parent, exp.SetOperation):
            continue
        branches = list(_branches(union))
        kept = [branch for branch in branches if not _makes_others(branch, measure, measures)]
        if not kept or len(kept) == len(branches):
            continue
        rest: exp.Query = kept[0]
        for branch in kept[1:]:
            rest = exp.union(rest, branch, distinct=False, copy=False)
        rest = rest.copy()
        rest.set("with_", union.args.get("with_"))
        if union is tree:
            tree = rest
        else:
            union.replace(rest)
    return tree


def _makes_others(branch: exp.Select, measure: str, measures: Collection[str]) -> bool:
    made = next((column.unalias() for column in branch.selects if column.alias_or_name == MEASURE), None)
    named = measures_named(made, measures) if isinstance(made, (exp.Literal, exp.Case)) else frozenset()
    return bool(named) and measure not in named


def _told_here(tree: exp.Query) -> dict[str, str]:
    """What literals that are left say of the columns TOLD, where they all say one thing."""
    told: dict[str, set[str]] = {}
    for alias in tree.find_all(exp.Alias):
        if alias.alias in TOLD and alias.alias != MEASURE and isinstance(alias.this, exp.Literal):
            told.setdefault(alias.alias, set()).add(alias.this.name)
    return {column: next(iter(values)) for column, values in told.items() if len(values) == 1}


def _choose_branches(tree: exp.Query, told: Mapping[str, str]) -> None:
    for case in list(tree.find_all(exp.Case)):
        if isinstance(case.this, exp.Column) and case.this.name in told:
            value = told[case.this.name]
            hit = [branch.args["true"] for branch in case.args["ifs"] if branch.this.name == value]
            case.replace(hit[0] if hit else case.args.get("default") or exp.null())


def _only_total(tree: exp.Query) -> None:
    """Group by what all grouping sets have, and take breakdowns as one: for the total they are."""
    for group in list(tree.find_all(exp.Group)):
        columns: list[exp.Expr] = group.expressions
        for grouping in group.find_all(exp.GroupingSets):
            sets = [list(part.find_all(exp.Column)) for part in grouping.expressions]
            columns = [column for column in sets[0] if all(column in others for others in sets)]
        group.set("expressions", [column for column in columns if column.name not in BREAKDOWN])
    for equal in list(tree.find_all(exp.EQ)):
        is_total = isinstance(equal.right, exp.Literal) and equal.right.name == TOTAL
        if _is_breakdown(equal.left) and (is_total or _is_breakdown(equal.right)):
            equal.replace(exp.true())


def _is_breakdown(side: exp.Expr) -> bool:
    return isinstance(side, exp.Column) and side.name in BREAKDOWN


def _drop_left_joins(tree: exp.Query) -> bool:
    """Whether there was one from which nothing is taken."""
    dropped = False
    for select in list(tree.find_all(exp.Select)):
        joins: list[exp.Join] = select.args.get("joins") or []
        for join in [*joins]:
            within = {id(column) for column in join.find_all(exp.Column)}
            taken = any(
                column.table == join.alias_or_name and id(column) not in within
                for column in select.find_all(exp.Column)
            )
            if join.side == "LEFT" and not taken:
                join.pop()
                dropped = True
    return dropped


def _columns_read(tree: exp.Query) -> dict[str, frozenset[str]]:
    read: dict[str, set[str]] = {}
    for scope in traverse_scope(tree):
        tables = {
            name: f"{table.db}.{table.name}"
            for name, table in scope.sources.items()
            if isinstance(table, exp.Table) and table.db
        }
        for table in tables.values():
            read.setdefault(table, set())
        for column in scope.columns:
            if column.table in tables:
                read[tables[column.table]].add(column.name)
    return {table: frozenset(columns) for table, columns in read.items()}


def _compared(tree: exp.Query) -> Iterator[str]:
    for equal in tree.find_all(exp.EQ):
        if isinstance(equal.left, exp.Column) and equal.left.name == MEASURE and isinstance(equal.right, exp.Literal):
            yield equal.right.name
