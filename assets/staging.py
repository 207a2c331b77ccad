"""Raw, staging and quarantine tables of each source, and one check per rule of its contract.

A source that cannot be processed does not stop the others: its last good staging table stays, and its checks fail.
Only a missing pseudonym key stops the run.
"""

from collections.abc import Iterator
from datetime import date

import dagster as dg

from assets.catalogue import Metadata, lineage_metadata, link_to_code, spec, table_metadata
from assets.rule_checks import check_specs, not_processed, rule_checks
from pipelines.contracts import Contract
from pipelines.error_words import worded
from pipelines.extract import StagedSource, process_source
from pipelines.ingest.pseudonyms import KeyProblem
from pipelines.ledgers.overlay import values_corrected
from pipelines.resources import Workspace
from pipelines.settings import CONTRACTS, Settings
from pipelines.staging import build_staging
from pipelines.tables import table_path

LEADING_DESCRIPTIONS = {
    "file_id": "The received file: first 16 hex digits of its hash",
    "row_number": "The row as Excel shows it: the header is row 1",
    "unreadable_columns": "Columns whose text could not be typed, between commas",
    "key_count": "Differing rows of the file that share this key",
    "rule_ids": "The critical rules that the row broke, joined by commas",
}


def staging_assets(contract: Contract) -> dg.AssetsDefinition:
    """The assets [raw, source], [staging, source] and [quarantine, source], made together from the landed files."""
    source, raw = contract.id, ("raw", contract.id)
    code = link_to_code(CONTRACTS / f"{source}.yaml")

    @dg.multi_asset(
        name=f"process_{source}",
        specs=[
            spec(raw, "raw", f"{contract.name}: all text, without names, UPN or postcode.", [("landing", source)]),
            spec(
                ("staging", source), "staging", f"{contract.description} Grain: {contract.grain}.", [raw], metadata=code
            ),
            spec(
                ("quarantine", source),
                "quarantine",
                f"Rows of {contract.name} that may not be used, each with the rules that it broke.",
                [raw],
            ),
        ],
        check_specs=check_specs(contract),
    )
    def process_files(
        context: dg.AssetExecutionContext, workspace: Workspace
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        settings = workspace.settings()
        staged, problem = _process(context, settings, contract, workspace.day(context))
        descriptions = _descriptions(contract)
        yield dg.MaterializeResult(
            asset_key=list(raw),
            metadata=table_metadata(settings.warehouse / "raw" / source / "*.parquet", descriptions),
        )
        yield dg.MaterializeResult(
            asset_key=["staging", source],
            metadata=_staging_metadata(settings, contract, staged),
            check_results=rule_checks(settings, contract, staged) if staged else not_processed(contract, problem),
        )
        yield dg.MaterializeResult(
            asset_key=["quarantine", source],
            metadata=table_metadata(settings.warehouse / "quarantine" / source / "*.parquet", descriptions),
        )

    return process_files


def _process(
    context: dg.AssetExecutionContext, settings: Settings, contract: Contract, as_at: date
) -> tuple[StagedSource | None, str]:
    """The staged source, or None and what went wrong, in words that hold no value."""
    try:
        return process_source(settings, contract, as_at, context.log.info), ""
    except KeyProblem as problem:
        raise dg.Failure(str(problem), allow_retries=False) from None
    except Exception as error:
        problem = f"{contract.name} could not be processed; its last good data stay in use. {worded(error)}"
    context.log.error(problem)
    if not table_path(settings, "staging", contract.id).exists():
        build_staging(settings, contract, [])
    return None, problem


def _staging_metadata(settings: Settings, contract: Contract, staged: StagedSource | None) -> Metadata:
    metadata = table_metadata(table_path(settings, "staging", contract.id), _descriptions(contract))
    metadata |= lineage_metadata({name: [(f"raw.{contract.id}", name)] for name, _ in contract.typed_columns})
    if staged is not None:
        metadata["files received"] = len(staged.outcomes)
        metadata["files refused"] = sum(outcome.refused for outcome in staged.outcomes)
        metadata["rows quarantined"] = sum(outcome.rows_quarantined for outcome in staged.outcomes)
        metadata["values corrected"] = values_corrected(settings, contract.id)
        if contract.consent_list:
            metadata["rows left out, consent withdrawn"] = sum(
                len(outcome.consent_withdrawn) for outcome in staged.outcomes
            )
    return metadata


def _descriptions(contract: Contract) -> dict[str, str]:
    described = {name: column.description for column in contract.columns for name, _ in column.typed}
    return LEADING_DESCRIPTIONS | described
