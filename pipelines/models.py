"""The SQL models: what each file under sql/ makes, reads and means, taken from the file itself.

A model is one SELECT. Its header comment names it, gives its grain, and describes every output column;
which tables it reads is asked of DuckDB, never listed a second time.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TypeAlias

import duckdb
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.optimizer.qualify import qualify

from pipelines.settings import SQL, SetUpProblem

_COLUMN_LINE = re.compile(r"^(?P<name>[a-z][a-z0-9_]*): (?P<description>.+)$")
_MACROS = """
create macro unix_date(d) as date_diff('day', date '1970-01-01', cast(d as date));
create macro percentile(x, p) as quantile_cont(x, p);
"""

Source: TypeAlias = tuple[str, str]


class ModelError(SetUpProblem, ValueError):
    """A model file is not written as the header and SELECT that are expected; the message says where and what."""


@dataclass(frozen=True)
class Model:
    """One table made by one SELECT.

    `columns` maps every output column to its description, in order. `reads` are the tables it reads, as layer.table.
    """

    layer: str
    name: str
    sql: str
    description: str
    columns: Mapping[str, str]
    reads: tuple[str, ...]
    path: Path

    @property
    def table(self) -> str:
        """The name other models use: layer.name."""
        return f"{self.layer}.{self.name}"


def load_models(folder: Path = SQL) -> list[Model]:
    """Every model under `folder` (layer/name.sql), each after the models that it reads.

    Raises ModelError for a header that does not parse, SQL that does not parse, or models that read each other in a ring.
    """
    with duckdb.connect() as connection:
        connection.execute(_MACROS)
        models = {model.table: model for model in (_read(path, connection) for path in sorted(folder.glob("*/*.sql")))}
    graph = {table: [read for read in model.reads if read in models] for table, model in models.items()}
    try:
        return [models[table] for table in TopologicalSorter(graph).static_order()]
    except CycleError as error:
        raise ModelError(f"Models read each other in a ring: {' → '.join(error.args[1])}") from None


def column_lineage(model: Model, schemas: Mapping[str, Mapping[str, str]]) -> dict[str, list[Source]]:
    """Which columns each output column is made from: column → sorted [(layer.table, column)].

    `schemas` gives the columns and types of the tables read: layer.table → column → type.
    A column made from literals or row counts alone has an empty list.
    """
    nested: dict[str, dict[str, dict[str, str]]] = {}
    for table, columns in schemas.items():
        layer, name = table.split(".")
        nested.setdefault(layer, {})[name] = dict(columns)
    try:
        # All columns at once: the SELECT is parsed once, not once per column.
        roots = lineage(None, model.sql, schema=nested, dialect="duckdb", trim_selects=False)
    except SqlglotError as error:
        raise ModelError(f"{model.path}: the origin of its columns was not found: {error}") from None
    missing = [column for column in model.columns if column not in roots]
    if missing:
        raise ModelError(f"{model.path}: the SELECT does not make {', '.join(missing)}, which its header describes")
    return {column: sorted(set(_leaves(roots[column]))) for column in model.columns}


def qualified_select(model: Model, tables: Mapping[str, Sequence[str]]) -> exp.Query:
    """The SELECT of a model with every column under its table and every `*` written out.

    `tables` gives the columns of the tables read: layer.table → columns; of a table that is not among them, what is
    written stays as it is.
    """
    layers: dict[str, dict[str, dict[str, str]]] = {}
    for table, columns in tables.items():
        layer, name = table.split(".")
        layers.setdefault(layer, {})[name] = dict.fromkeys(columns, "varchar")
    try:
        select = qualify(
            parse_one(model.sql, dialect="duckdb"), schema={**layers}, dialect="duckdb", validate_qualify_columns=False
        )
    except SqlglotError as error:
        raise ModelError(f"{model.path}: the SELECT was not understood: {error}") from None
    if not isinstance(select, exp.Query):
        raise ModelError(f"{model.path}: is no SELECT")
    return select


def _leaves(root: Node) -> list[Source]:
    sources: list[Source] = []
    for node in root.walk():
        if isinstance(node.source, exp.Table) and node.source.db:
            sources.append((f"{node.source.db}.{node.source.name}", node.name.split(".")[-1].strip('"')))
    return sources


def _read(path: Path, connection: duckdb.DuckDBPyConnection) -> Model:
    text = path.read_text(encoding="utf-8")
    header, sql = _split(text)
    layer, name = path.parent.name, path.stem
    if not header or header[0] != f"{layer}.{name}":
        raise ModelError(f"{path}: the first line must be '-- {layer}.{name}'")
    try:
        described = header.index("", 1)
    except ValueError:
        raise ModelError(f"{path}: an empty comment line must stand between the description and the columns") from None
    try:
        names = connection.get_table_names(sql, qualified=True)
    except duckdb.Error as error:
        raise ModelError(f"{path}: DuckDB cannot parse the SELECT: {error}") from None
    reads = sorted({name.split(" AS ")[0].replace('"', "") for name in names})
    unqualified = [read for read in reads if "." not in read]
    if unqualified:
        raise ModelError(f"{path}: write tables as layer.table, not {', '.join(unqualified)}")
    return Model(
        layer=layer,
        name=name,
        sql=sql,
        description=" ".join(header[1:described]),
        columns=_columns(path, header[described + 1 :]),
        reads=tuple(reads),
        path=path,
    )


def _split(text: str) -> tuple[list[str], str]:
    lines = text.splitlines()
    comment = 0
    while comment < len(lines) and lines[comment].startswith("--"):
        comment += 1
    header = [line[2:].rstrip().removeprefix(" ") for line in lines[:comment]]
    return header, "\n".join(lines[comment:]).strip().removesuffix(";")


def _columns(path: Path, lines: Sequence[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    last = ""
    for line in lines:
        match = _COLUMN_LINE.match(line)
        if match and match["name"] not in columns:
            last = match["name"]
            columns[last] = match["description"]
        elif last and line.startswith("  "):
            columns[last] += f" {line.strip()}"
        else:
            raise ModelError(f"{path}: expected '-- column: description', each column once, and found '-- {line}'")
    if not columns:
        raise ModelError(f"{path}: the header describes no column")
    return columns
