"""The end of the flow: Data Docs, the council's warehouse file, and the release for partners."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import dagster as dg

from assets.catalogue import no_values_in_errors, spec
from assets.reconciliation import report_links
from expectations.results import FileValidation
from pipelines.contracts import Contract
from pipelines.outcomes import FileOutcome
from pipelines.resources import Workspace

LAYERS_OF_THE_WAREHOUSE = ("raw", "staging", "quarantine", "reference", "core", "measures")
# Beside the shared tables: the state of each source, and what was corrected or left out, which a release tells.
ALSO_IN_THE_RELEASE = (
    ("core", "reconciliation"),
    ("core", "source_status"),
    ("core", "correction"),
    ("core", "consent_withdrawal"),
)


def release_assets(contracts: Sequence[Contract], tables: Sequence[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The assets that are made from all `tables` of the layers that they hold."""
    keys = sorted({tuple(key.path) for table in tables for key in table.keys})
    in_warehouse = [key for key in keys if key[0] in LAYERS_OF_THE_WAREHOUSE]
    in_release = [key for key in keys if key[0] == "shared" or key in ALSO_IN_THE_RELEASE]
    return [_data_docs(contracts), _warehouse(in_warehouse), _release(in_release)]


def _data_docs(contracts: Sequence[Contract]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="data_docs",
        specs=[
            spec(
                ("reports", "data_docs"),
                "reports",
                "Great Expectations Data Docs: every rule of every contract with its counts. No values.",
                [("staging", contract.id) for contract in contracts],
                kinds=("greatexpectations", "html"),
            )
        ],
    )
    def data_docs(workspace: Workspace) -> dg.MaterializeResult:
        from expectations.data_docs import build_data_docs
        from pipelines.reconciliation import read_outcomes

        settings = workspace.settings()
        with no_values_in_errors("Data Docs"):
            # A page costs half a second, so the newest file of each supplier that could be read has one.
            newest = {
                (outcome.source, outcome.supplier): validation_of(outcome)
                for contract in contracts
                for outcome in read_outcomes(settings, contract)
                if outcome.rule_results
            }
            validations = list(newest.values())
            page = build_data_docs(validations, contracts, settings.reports, datetime.now(UTC))
        return dg.MaterializeResult(metadata=report_links(workspace, page.relative_to(settings.reports).as_posix()))

    return data_docs


def validation_of(outcome: FileOutcome) -> FileValidation:
    """What became of a file, as Data Docs show it."""
    refusing = tuple(
        result.rule_id
        for result in outcome.rule_results
        if outcome.refused and result.severity == "critical" and not result.passed and result.level == "file"
    )
    return FileValidation(
        source=outcome.source,
        file_id=outcome.file_id,
        as_at=date.fromisoformat(outcome.as_at),
        total_rows=outcome.rows_typed,
        accepted_rows=outcome.rows_typed - outcome.rows_quarantined + len(outcome.ragged_row_numbers),
        quarantined_rows=outcome.rows_quarantined - len(outcome.ragged_row_numbers),
        refused=outcome.refused,
        refusal_rule_ids=refusing,
        rule_results=outcome.rule_results,
    )


def _warehouse(tables: Sequence[Sequence[str]]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="warehouse",
        specs=[
            spec(
                ("release", "warehouse"),
                "release",
                "The council's own DuckDB file: every table of the pipeline, with comments. Never for partners.",
                tables,
                kinds=("duckdb",),
            )
        ],
    )
    def warehouse(workspace: Workspace) -> dg.MaterializeResult:
        from pipelines.publish import assemble_warehouse

        settings = workspace.settings()
        with no_values_in_errors("The warehouse file"):
            file = assemble_warehouse(settings)
        return dg.MaterializeResult(
            metadata={"path": dg.MetadataValue.path(file), "size in bytes": file.stat().st_size}
        )

    return warehouse


def _release(tables: Sequence[Sequence[str]]) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="release",
        specs=[
            spec(
                ("release", "send_shared"),
                "release",
                "What partners open: audited, then swapped in whole. If the audit fails, the last release stays.",
                tables,
                kinds=("duckdb", "parquet", "csv"),
            )
        ],
    )
    def release(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        from pipelines.agreements import write_agreements
        from pipelines.key_rotation import check_one_key, destroy_retired_key
        from pipelines.publish import publish_release

        settings = workspace.settings()
        with no_values_in_errors("The release"):
            write_agreements(settings)
            check_one_key(settings)
            published = publish_release(settings, workspace.day(context))
            if destroy_retired_key(settings):
                context.log.info("The key that was rotated out is destroyed: destroy its copies too.")
        return dg.MaterializeResult(
            metadata={
                "release": published.release_id,
                "unchanged since the last": dg.MetadataValue.bool(published.unchanged),
                "notice": published.notice or "None.",
                "folder": dg.MetadataValue.path(published.folder),
                "file": dg.MetadataValue.path(settings.shared / "send_shared.duckdb"),
            }
        )

    return release
