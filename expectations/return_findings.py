"""What was found in the modules of national returns while they were read, beside what is found in typed rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb
import pyarrow as pa

from expectations.results import FileValidation, RuleResult
from expectations.running import RuleRun
from pipelines.contracts import Contract
from pipelines.ingest.return_checks import Finding
from pipelines.tables import quoted

SPOILT = pa.schema([("rule_id", pa.string()), ("file_id", pa.string()), ("row_number", pa.int32())])


def return_runs(
    connection: duckdb.DuckDBPyConnection, contract: Contract, findings: Mapping[str, Sequence[Finding]]
) -> list[RuleRun]:
    """The critical rules that spoil rows of some files, each with the SQL of those rows."""
    spoilt = [
        {"rule_id": finding.rule.id, "file_id": file_id, "row_number": row}
        for file_id, of_file in findings.items()
        for finding in of_file
        for row in finding.quarantined
    ]
    connection.register("spoilt_batch", pa.Table.from_pylist(spoilt, SPOILT))
    connection.execute("create or replace table spoilt as select * from spoilt_batch")
    connection.unregister("spoilt_batch")
    spoiling = {str(row["rule_id"]) for row in spoilt}
    return [
        RuleRun(rule, True, 0, f"select file_id, row_number from spoilt where rule_id = {quoted(rule.id)}")
        for rule in contract.return_rules
        if rule.id in spoiling
    ]


def with_findings(validation: FileValidation, findings: Sequence[Finding]) -> FileValidation:
    """A validation with the results of the rules about modules after those about rows and the file."""
    return replace(
        validation,
        rule_results=(*validation.rule_results, *(_result(validation.source, finding) for finding in findings)),
        failing_places={finding.rule.id: finding.places for finding in findings if finding.failed},
    )


def _result(source: str, finding: Finding) -> RuleResult:
    rule, failed = finding.rule, finding.failed
    return RuleResult(
        rule_id=rule.id,
        source=source,
        dimension=rule.dimension,
        severity=rule.severity,
        level=rule.level,
        column=rule.column,
        passed=failed == 0,
        failed=failed,
        total=finding.total,
        message=f"{failed:,} of {finding.total:,} rows: {rule.plain_words}" if failed else "",
    )
