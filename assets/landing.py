"""Landing: every file that a supplier sent, kept as it came. One asset per source."""

import dagster as dg

from assets.catalogue import no_values_in_errors, spec
from pipelines.contracts import Contract
from pipelines.ingest.landing import read_manifest, receive, waiting_files
from pipelines.resources import Workspace


def landing_asset(contract: Contract) -> dg.AssetsDefinition:
    """The asset [landing, source]: takes what waits in the inbox of the source."""
    source = contract.id

    @dg.multi_asset(
        name=f"receive_{source}",
        specs=[
            spec(
                ("landing", source),
                "landing",
                f"Files of {contract.name} as they came, under their hash. Drop new ones into inbox/{source}/.",
                kinds=("file",),
            )
        ],
    )
    def receive_files(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult:
        settings = workspace.settings()
        with no_values_in_errors(f"landing.{source}"):
            receipt = receive(settings, source)
            files = len(read_manifest(settings, source))
            left = len(waiting_files(settings, source))
        context.log.info(f"{source}: {len(receipt.new)} new files, {len(receipt.known)} known ones.")
        return dg.MaterializeResult(
            metadata={
                "new files": len(receipt.new),
                "files received before": len(receipt.known),
                "files in all": files,
                "files left in the inbox": left,
                "folder": dg.MetadataValue.path(settings.landing / source),
            }
        )

    return receive_files
