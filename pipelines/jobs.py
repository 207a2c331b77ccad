"""The jobs: the whole refresh, and one per source for when a supplier has sent something."""

from typing import Final

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from pipelines.contracts import Contract

REFRESH: Final = "refresh"
# The groups in which each source has assets of its own.
GROUPS_PER_SOURCE: Final = ("landing", "raw", "staging", "quarantine")

refresh = dg.define_asset_job(
    REFRESH, selection=dg.AssetSelection.all(), description="Receive, validate, compute, publish: the nightly job."
)


def job_of(source: str) -> str:
    """The name of a source's job."""
    return f"{REFRESH}_{source}"


def source_job(contract: Contract) -> UnresolvedAssetJobDefinition:
    """That source from its inbox on, and every table that is made from staging tables.

    All of them, and the reference tables too, so that all figures of a release look at the same day.
    """
    own = dg.AssetSelection.assets(dg.AssetKey(["landing", contract.id])).downstream()
    return dg.define_asset_job(
        job_of(contract.id),
        selection=own | (dg.AssetSelection.all() - dg.AssetSelection.groups(*GROUPS_PER_SOURCE)),
        description=f"{contract.name}: from its inbox to the release. The other sources stay as they are.",
    )
