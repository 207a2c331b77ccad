"""What was received and what became of it: three core tables, and the list of what suppliers should fix."""

from collections.abc import Iterator

import dagster as dg

from assets.catalogue import no_values_in_errors, spec, table_metadata
from pipelines.contracts import Contract
from pipelines.resources import Workspace
from pipelines.tables import table_path

TABLES = {
    "reconciliation": "One row per received file: rows received = accepted + quarantined + duplicate + superseded.",
    "rule_result": "One row per file and rule: rows that failed, of rows checked.",
    "source_status": "One row per source and supplier: current, stale or missing, with the age of its data.",
}
INBOX_CHECK = "nothing_waits_outside_known_folders"
STATUS_CHECK = "every_source_is_current"
STATUS = dg.AssetKey(["core", "source_status"])


def reconciliation_assets(contracts: list[Contract]) -> list[dg.AssetsDefinition]:
    """The assets of this stage: they read what became of every file of every source."""
    sources = [contract.id for contract in contracts]
    staged = [("staging", source) for source in sources]

    @dg.multi_asset(
        name="reconciliation",
        specs=[spec(("core", name), "core", words, staged) for name, words in TABLES.items()],
        check_specs=[
            dg.AssetCheckSpec(
                STATUS_CHECK, asset=STATUS, description="Each supplier's newest file is good and not too old."
            ),
            dg.AssetCheckSpec(
                INBOX_CHECK, asset=STATUS, description="The inbox holds only folders that are named as a source."
            ),
        ],
    )
    def reconciliation(context: dg.AssetExecutionContext, workspace: Workspace) -> Iterator[dg.MaterializeResult]:
        from pipelines.reconciliation import build_reconciliation

        settings = workspace.settings()
        with no_values_in_errors("The reconciliation"):
            build_reconciliation(settings, workspace.day(context))
        checks = [_status_check(workspace), _inbox_check(workspace, sources)]
        for name in TABLES:
            yield dg.MaterializeResult(
                asset_key=["core", name],
                metadata=table_metadata(table_path(settings, "core", name)),
                check_results=checks if name == STATUS.path[-1] else [],
            )

    @dg.multi_asset(
        name="what_to_fix",
        specs=[
            spec(
                ("reports", "what_to_fix"),
                "reports",
                "What suppliers should put right: file, sheet, row, column and what to do. No values.",
                staged,
                kinds=("html", "csv"),
            )
        ],
    )
    def what_to_fix(workspace: Workspace) -> dg.MaterializeResult:
        from pipelines.to_fix import write_to_fix

        settings = workspace.settings()
        with no_values_in_errors("The list of what to fix"):
            page = write_to_fix(settings)
        return dg.MaterializeResult(metadata=report_links(workspace, page.relative_to(settings.reports).as_posix()))

    return [reconciliation, what_to_fix]


def report_links(workspace: Workspace, page: str) -> dict[str, dg.MetadataValue]:
    """Links to a page below reports/: as `sendset ui` serves it, and as a file."""
    from pipelines.dagster_home import reports_url

    settings = workspace.settings()
    return {
        "open": dg.MetadataValue.url(f"{reports_url(settings)}/{page}"),
        "path": dg.MetadataValue.path(settings.reports / page),
    }


def _status_check(workspace: Workspace) -> dg.AssetCheckResult:
    import pyarrow.parquet as pq

    rows = pq.read_table(table_path(workspace.settings(), *STATUS.path)).to_pylist()
    late = [row for row in rows if row["status"] != "current"]
    words = "\n".join(f"{row['source']}: {row['status']}. {row['message']}" for row in late)
    return dg.AssetCheckResult(
        passed=not late,
        asset_key=STATUS,
        check_name=STATUS_CHECK,
        severity=dg.AssetCheckSeverity.WARN,
        description=words or "All are current.",
        metadata={"not current": len(late), "suppliers": len(rows)},
    )


def _inbox_check(workspace: Workspace, sources: list[str]) -> dg.AssetCheckResult:
    from pipelines.ingest.landing import unknown_folders

    unknown = unknown_folders(workspace.settings(), sources)
    words = f"{len(unknown)} files or folders lie in the inbox outside {', '.join(sources)}: nobody reads them there."
    return dg.AssetCheckResult(
        passed=not unknown,
        asset_key=STATUS,
        check_name=INBOX_CHECK,
        severity=dg.AssetCheckSeverity.WARN,
        description=words if unknown else "Nothing does.",
        metadata={"outside known folders": len(unknown)},
    )
