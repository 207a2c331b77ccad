"""Published statistics of the DfE as one long table, and our own figures beside them."""

import dagster as dg

from assets.catalogue import no_values_in_errors, spec, table_metadata
from pipelines.resources import Workspace
from pipelines.tables import table_path

FIGURE = dg.AssetKey(["core", "published_figure"])
FILES_CHECK, RULES_CHECK = "published_files_can_be_read", "published_identities_hold"


@dg.multi_asset(
    name="published_figure",
    specs=[
        spec(
            FIGURE.path,
            "core",
            "Official statistics as published: one row per series, period, area, indicator and breakdown. "
            "Empty if no folder of published files is set (SENDSET_PUBLISHED_DIR).",
        )
    ],
    check_specs=[
        dg.AssetCheckSpec(FILES_CHECK, asset=FIGURE, description="No published file is refused."),
        dg.AssetCheckSpec(RULES_CHECK, asset=FIGURE, description="The sums and shares within each file agree."),
    ],
)
def published_figure(workspace: Workspace) -> dg.MaterializeResult:
    """Read the folder of published statistics, if one is set."""
    from pipelines.published import build_published_figures

    settings = workspace.settings()
    with no_values_in_errors("core.published_figure"):
        report = build_published_figures(settings)
    refused, failed = report.result.refused, [check for check in report.result.checks if check.failed]
    checks = [
        dg.AssetCheckResult(
            passed=not refused,
            check_name=FILES_CHECK,
            severity=dg.AssetCheckSeverity.ERROR,
            description="\n".join(f"{file.file}: {file.message}" for file in refused) or report.summary,
            metadata={"refused": len(refused), "absent": len(report.result.absent), "files": len(report.result.files)},
        ),
        dg.AssetCheckResult(
            passed=not failed,
            check_name=RULES_CHECK,
            severity=dg.AssetCheckSeverity.WARN,
            description="\n".join(
                f"{check.rule_id}, {check.file}: {check.failed:,} of {check.total:,}. {check.message}"
                for check in failed
            )
            or "All do.",
            metadata={"rules failed": len(failed), "rules run": len(report.result.checks)},
        ),
    ]
    metadata = table_metadata(report.output) | {"summary": report.summary}
    return dg.MaterializeResult(metadata=metadata, check_results=checks)


@dg.multi_asset(
    name="published_reconciliation",
    specs=[
        spec(
            ("core", "published_reconciliation"),
            "measures",
            "Our own figure of a year beside the published one, with the difference.",
            [("measures", "observation"), FIGURE.path],
        )
    ],
)
def published_reconciliation(workspace: Workspace) -> dg.MaterializeResult:
    """Compare measures.observation with core.published_figure."""
    from pipelines.published import build_published_reconciliation

    settings = workspace.settings()
    with no_values_in_errors("core.published_reconciliation"):
        build_published_reconciliation(settings)
    return dg.MaterializeResult(metadata=table_metadata(table_path(settings, "core", "published_reconciliation")))
