"""The modules of a national return as tables, and the one SELECT that makes a contract's rows of them.

`module_<name>` has row_number (the Excel row, or the number of the record) and the columns of all years, as text; columns
that a shape lacks are NULL. They live in memory only, as long as the connection: they are before the door. Rules about
modules are run over them there (`return_checks`).
"""

from collections.abc import Iterable, Mapping

import duckdb
import pyarrow as pa

from pipelines.ingest.flatten import columns_of, made_key, references_of, value_of
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.remarks import columns_of_another_year, rows_without_parent
from pipelines.ingest.returns import Module, NationalReturn, RowsOf
from pipelines.ingest.rows import Part, Tally, too_many_rows
from pipelines.ingest.typed import parsed_date
from pipelines.settings import Settings
from pipelines.tables import quoted

ROWS_PER_BATCH = 5_000


class ModuleTables:
    """Takes rows module by module, in batches; then flattens them."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, national: NationalReturn, name: str, settings: Settings
    ) -> None:
        self.connection, self.national, self.name, self.settings = connection, national, name, settings
        self.counts = dict.fromkeys(national.modules, 0)
        self.tally = Tally()
        self.parts: list[Part] = []
        self.letters: dict[str, str] = {}
        self._buffers: dict[str, list[tuple[int, Mapping[str, str]]]] = {module: [] for module in national.modules}
        for module, definition in national.modules.items():
            columns = ", ".join(f'"{column}" varchar' for column in definition.columns)
            connection.execute(f"create or replace temp table module_{module} (row_number integer, {columns})")

    def add(self, module: str, row_number: int, values: Mapping[str, str]) -> None:
        """One row of a module. Raises FileRefused over the limit of rows."""
        self.counts[module] += 1
        if self.counts[module] > self.settings.max_rows:
            raise too_many_rows(self.name, self.settings)
        buffer = self._buffers[module]
        buffer.append((row_number, values))
        if len(buffer) >= ROWS_PER_BATCH:
            self._flush(module)

    def finish(self) -> None:
        """All rows are there: write what is buffered, and remark on rows that belong to none."""
        for module in self.national.modules:
            self._flush(module)
        for module, definition in self.national.modules.items():
            self._create_linked_table(module, definition)
        lost = [
            (module, rows, self.counts[module], definition.parent or "")
            for module, definition in self.national.modules.items()
            if (rows := self._orphans(module, definition))
        ]
        if lost:
            self.tally.remarks.append(rows_without_parent(lost))
        strange = self._of_another_year()
        if strange:
            self.tally.remarks.append(columns_of_another_year(f"{self.national.name} {self.year()}", strange))

    def year(self) -> int | None:
        """The year that the return states; None if it states none."""
        if "year" not in self.national.modules[self.national.head].columns:
            return None
        head = self.connection.execute(
            f"select try_cast(try_cast(year as double) as integer) from module_{self.national.head} limit 1"
        ).fetchone()
        return head[0] if head else None

    def read_as(self) -> str:
        """What the file is, in a few words: 'SEN2 2026, 11 persons'."""
        year = self.year()
        title = f"{self.national.name} {year}" if year else self.national.name
        return f"{title}, {self.counts[self.national.counted]:,} {self.national.counted_as}"

    def create_received(self, contract_id: str) -> tuple[str, ...]:
        """Make view `received` with the rows of a contract; returns its columns. Raises FileRefused if it has none."""
        parts = [part for part in self.national.rows if part.contract == contract_id]
        if not parts:
            raise other_source(self.name, self.national, contract_id)
        columns = tuple(dict.fromkeys(column for part in parts for column in columns_of(part)))
        for part in parts:
            self._check_month(part)
            self._check_required(part)
        selects: list[str] = []
        after = 0
        for part in parts:
            selects.append(self._select(part, columns, after))
            self.parts.append(Part(part.module, after))
            after += self._last_row(part.module)
        together = " union all ".join(selects)
        self.connection.execute(
            f"create or replace temp view received as select * from ({together}) order by row_number"
        )
        return columns

    def _flush(self, module: str) -> None:
        buffer = self._buffers[module]
        if not buffer:
            return
        arrays = [pa.array([number for number, _ in buffer], pa.int32())]
        names = ["row_number"]
        for column in self.national.modules[module].columns:
            names.append(column)
            arrays.append(pa.array([values.get(column) for _, values in buffer], pa.string()))
        self.connection.register("module_batch", pa.table(arrays, names))
        self.connection.execute(f"insert into module_{module} select * from module_batch")
        self.connection.unregister("module_batch")
        self._buffers[module] = []

    def _of_another_year(self) -> list[str]:
        """Columns that are filled though the return of the stated year has no such column."""
        year = self.year()
        if year is None:
            return []
        found: list[str] = []
        allowed = self.national.of_year(year)
        for module, definition in self.national.modules.items():
            strange = [column for column in definition.columns if column not in allowed[module]]
            if strange:
                counts = ", ".join(f'count("{column}")' for column in strange)
                filled = self.connection.execute(f"select {counts} from module_{module}").fetchone() or ()
                found += [f"{module}.{column}" for column, count in zip(strange, filled, strict=True) if count]
        return found

    def _create_linked_table(self, module: str, definition: Module) -> None:
        """`linked_<module>`: the rows with the id of each module above, taken from the row itself or from its parent."""
        keys: list[str] = []
        parent = definition.parent
        joins_parent = parent is not None and f"{parent}tableid" in definition.columns
        for above in self.national.ancestors(module):
            own = [f'row_of."{above}tableid"'] if f"{above}tableid" in definition.columns else []
            theirs = [f"above.key_{above}"] if joins_parent and above != parent else []
            keys.append(f"coalesce({', '.join([*own, *theirs]) or 'null'}, null) as key_{above}")
        own_id = f'row_of."{module}tableid"' if f"{module}tableid" in definition.columns else "null"
        join = ""
        if joins_parent:
            join = (
                f"left join (select * from linked_{parent} where copy_of_id = 1) above"
                f' on above.key_{parent} = row_of."{parent}tableid"'
            )
        self.connection.execute(f"""
            create or replace temp table linked_{module} as
            select row_of.*, {own_id} as key_{module}, {"".join(key + ", " for key in keys)}
                row_number() over (partition by {own_id} order by row_of.row_number) as copy_of_id
            from module_{module} row_of {join}
        """)

    def _orphans(self, module: str, definition: Module) -> int:
        if definition.parent is None or not self.counts[module]:
            return 0
        nearest = next(
            (above for above in self.national.ancestors(module) if self._has_ids(module, above)), definition.parent
        )
        found = self.connection.execute(
            f"select count(*) from linked_{module} where key_{nearest} is null or key_{nearest} not in"
            f" (select key_{nearest} from linked_{nearest} where key_{nearest} is not null)"
        ).fetchone()
        return int(found[0]) if found else 0

    def _has_ids(self, module: str, above: str) -> bool:
        found = self.connection.execute(f"select count(key_{above}) > 0 from linked_{module}").fetchone()
        return bool(found and found[0])

    def _check_month(self, part: RowsOf) -> None:
        if not part.months:
            return
        head = self.national.head
        outside = self.connection.execute(
            f"select count(*) from module_{head} where month({parsed_date('referencedate')}) not in"
            f" ({', '.join(map(str, part.months))})"
        ).fetchone()
        if outside and outside[0]:
            raise FileRefused(
                "other_term",
                f"{self.name} is a {self.national.name} of another term than {part.contract} is made of. Put it into"
                f" inbox/{self.national.contracts[0]}/ only.",
            )

    def _check_required(self, part: RowsOf) -> None:
        for name, column in part.columns.items():
            for source in column.sources if column.required else ():
                module, field = source.split(".")
                found = self.connection.execute(f'select count("{field}") > 0 from module_{module}').fetchone()
                if not (found and found[0]):
                    raise FileRefused(
                        "headers",
                        f"{self.name}: {name} is missing: the {self.national.name} has no {module} with {field}. Send it"
                        " with that member.",
                    )

    def _last_row(self, module: str) -> int:
        last = self.connection.execute(f"select coalesce(max(row_number), 0) from module_{module}").fetchone()
        return int(last[0]) if last else 0

    def _select(self, part: RowsOf, columns: Iterable[str], after: int) -> str:
        used = {reference.split(".")[0] for column in part.columns.values() for reference in references_of(column)}
        joins = [self._join(part.module, module) for module in sorted(used - {part.module})]
        values: list[str] = []
        for name in columns:
            if name == part.made_key:
                values.append(f'{made_key(part)} as "{name}"')
            elif name in part.constants:
                values.append(f'{quoted(part.constants[name])} as "{name}"')
            elif name in part.columns:
                values.append(f'{value_of(part.columns[name])} as "{name}"')
            else:
                values.append(f'cast(null as varchar) as "{name}"')
        return (
            f"select cast({part.module}.row_number + {after} as integer) as row_number, {', '.join(values)}"
            f" from linked_{part.module} {part.module} {' '.join(joins)}"
        )

    def _join(self, start: str, module: str) -> str:
        """One row of another module for each row of `start`: of several, the one ranked first."""
        if module in self.national.ancestors(start):
            key = module
        elif start in self.national.ancestors(module):
            key = start
        else:
            key = next(
                (above for above in self.national.ancestors(start) if above in self.national.ancestors(module)), None
            )
        if key is None:
            return f"left join (select * from module_{module} order by row_number limit 1) {module} on true"
        rank = self.national.ranks.get(module)
        only_first = f"where coalesce(try_cast({rank} as double), 1) = 1" if rank else ""
        return (
            f"left join (select * from (select *, row_number() over (partition by key_{key} order by row_number) as choice"
            f" from linked_{module} {only_first}) where choice = 1) {module} on {module}.key_{key} = {start}.key_{key}"
        )


def other_source(name: str, national: NationalReturn, contract_id: str) -> FileRefused:
    """A return in the folder of another source."""
    homes = " or ".join(f"inbox/{home}/" for home in national.contracts)
    return FileRefused(
        "other_source", f"{name} is a {national.name} return, not a file of {contract_id}. Put it into {homes}."
    )
