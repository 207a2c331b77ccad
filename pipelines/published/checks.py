"""The rules of a published file, run in DuckDB over its batch. Only counts come back."""

from dataclasses import dataclass

import duckdb

from pipelines.published.contracts import PublishedContract, PublishedContractError
from pipelines.published.layouts import LoadedFile
from pipelines.published.text import UNKNOWN_SYMBOL


@dataclass(frozen=True)
class PublishedCheck:
    """The result of one rule on one file: how many of the rows (or groups) that it applies to fail."""

    rule_id: str
    severity: str
    file: str
    failed: int
    total: int
    message: str

    @property
    def refuses(self) -> bool:
        """Whether the file may not be used."""
        return self.severity == "critical" and self.failed > 0


def check_file(
    connection: duckdb.DuckDBPyConnection, contract: PublishedContract, loaded: LoadedFile, file: str
) -> list[PublishedCheck]:
    """Run the two rules that hold for every published file, then those of the contract."""
    cells = " + ".join(
        f"count(coalesce({column}, cast({column.removesuffix('_symbol')} as varchar)))" for column in loaded.symbols
    )
    unknown = " + ".join(f"count(*) filter ({column} = '{UNKNOWN_SYMBOL}')" for column in loaded.symbols)
    key = ", ".join(loaded.key)
    checks = [
        _result(
            connection, "PUB_SYMBOL", "critical", file, "Every figure is a number or a symbol that the contract knows.",
            f"select {unknown} from {loaded.batch}", f"select {cells} from {loaded.batch}",
        ),
        _result(
            connection, "PUB_KEY", "critical", file, "No two rows are about the same period, area and breakdown.",
            f"select count(*) - (select count(*) from (select distinct {key} from {loaded.batch})) from {loaded.batch}",
            f"select count(*) from {loaded.batch}",
        ),
    ]  # fmt: skip
    for rule in contract.rules:
        failing = rule.unexpected_rows_query.replace("{batch}", loaded.batch)
        tested = rule.tested_rows_query.replace("{batch}", loaded.batch)
        checks.append(
            _result(
                connection,
                rule.rule_id,
                rule.severity,
                file,
                rule.plain_words,
                f"select count(*) from ({failing})",
                f"select count(*) from ({tested})",
            )
        )
    return checks


def _result(
    connection: duckdb.DuckDBPyConnection,
    rule_id: str,
    severity: str,
    file: str,
    words: str,
    failed_query: str,
    total_query: str,
) -> PublishedCheck:
    try:
        failed, total = (_count(connection, query) for query in (failed_query, total_query))
    except duckdb.Error as error:
        raise PublishedContractError(f"rule {rule_id} cannot be run on {file}: {error}") from error
    return PublishedCheck(rule_id, severity, file, failed, total, words)


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0] or 0) if row else 0
