"""The end of the flow: what may be shared, as one immutable release, swapped in whole."""

from pipelines.publish.errors import PublishError
from pipelines.publish.release import (
    Release,
    ensure_current,
    list_releases,
    publish_release,
    seen_by_partners,
    verify_release,
)
from pipelines.publish.warehouse import assemble_warehouse

__all__ = [
    "PublishError",
    "Release",
    "assemble_warehouse",
    "ensure_current",
    "list_releases",
    "publish_release",
    "seen_by_partners",
    "verify_release",
]
