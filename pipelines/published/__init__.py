"""Published statistics: real files of the DfE → core.published_figure, and our own figures beside them.

Contracts in ``expectations/contracts/published`` say which files, which columns and which rules; this room reads them.
What may be shown to whom is not decided here: everything read here is already public.
"""

from pipelines.published.build import PublishedReport, build_published_figures, build_published_reconciliation
from pipelines.published.read import PublishedCheck, PublishedFile, PublishedResult, read_published
from pipelines.published.reconcile import reconcile

__all__ = [
    "PublishedCheck",
    "PublishedFile",
    "PublishedReport",
    "PublishedResult",
    "build_published_figures",
    "build_published_reconciliation",
    "read_published",
    "reconcile",
]
