"""The jobs: the whole refresh, one per source for when a supplier has sent something, and the deletion of what expired."""

from datetime import UTC, datetime
from typing import Final

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition
from dagster._core.execution.plan.resume_retry import ReexecutionStrategy
from dagster._core.storage.tags import RETRY_STRATEGY_TAG

from pipelines.contracts import Contract
from pipelines.resources import Workspace

REFRESH: Final = "refresh"
# The groups in which each source has assets of its own.
GROUPS_PER_SOURCE: Final = ("landing", "raw", "staging", "quarantine")
# A run that was killed begins again from its first step: the inbox may have changed meanwhile.
FROM_THE_START: Final = {RETRY_STRATEGY_TAG: ReexecutionStrategy.ALL_STEPS.value}

refresh = dg.define_asset_job(
    REFRESH,
    selection=dg.AssetSelection.all(),
    tags=FROM_THE_START,
    description="Receive, validate, compute, publish: the nightly job.",
)


@dg.op(description="Deletes received files that nothing uses and old releases, and keeps a certificate.")
def delete_what_expired(context: dg.OpExecutionContext, workspace: Workspace) -> None:
    """Counts only: the certificate has ids and hashes."""
    from pipelines.retention import RECEIVED_FILE, RELEASE, delete_expired

    certificate = delete_expired(workspace.settings(), datetime.now(UTC))
    files, releases = (certificate.count(kind) if certificate else 0 for kind in (RECEIVED_FILE, RELEASE))
    context.log.info(f"Deleted: {files} received files, {releases} releases.")


@dg.job(description="Deletes what is kept long enough: SENDSET_LANDED_FILE_DAYS, SENDSET_RELEASE_DAYS.")
def retention() -> None:
    """The job of the schedule `weekly_retention`."""
    delete_what_expired()


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
        tags=FROM_THE_START,
        description=f"{contract.name}: from its inbox to the release. The other sources stay as they are.",
    )
