"""What the pipeline calls: settings in, core.published_figure and core.published_reconciliation out."""

from dataclasses import dataclass
from pathlib import Path

from pipelines.engine import connect
from pipelines.published.read import PublishedResult, read_published, write_empty
from pipelines.published.reconcile import reconcile
from pipelines.settings import Settings
from pipelines.tables import table_path


@dataclass(frozen=True)
class PublishedReport:
    """What was read and checked, and where the table is. ``configured`` is false if no published folder is set."""

    output: Path
    configured: bool
    result: PublishedResult

    @property
    def summary(self) -> str:
        """One line for people: files read, absent and refused, figures kept."""
        if not self.configured:
            return "no published folder is set, so there is nothing to compare with"
        files = self.result.files
        counts = {status: sum(file.status == status for file in files) for status in ("read", "absent", "refused")}
        return (
            f"{counts['read']} published files read, {counts['absent']} not there, {counts['refused']} refused,"
            f" {self.result.rows:,} figures"
        )


def build_published_figures(settings: Settings) -> PublishedReport:
    """Write core.published_figure from ``settings.published_dir``; without rows if no folder is set.

    Raises NotADirectoryError if the folder that is set is not there.
    """
    output = table_path(settings, "core", "published_figure")
    with connect(settings) as connection:
        if settings.published_dir is None:
            write_empty(connection, output)
            return PublishedReport(output, False, PublishedResult((), (), 0))
        if not settings.published_dir.is_dir():
            raise NotADirectoryError(f"the folder of published statistics {settings.published_dir} is not there")
        return PublishedReport(output, True, read_published(settings.published_dir, output, connection))


def build_published_reconciliation(settings: Settings) -> int:
    """Write core.published_reconciliation from measures.observation and core.published_figure; return its rows."""
    with connect(settings) as connection:
        return reconcile(
            table_path(settings, "measures", "observation"),
            table_path(settings, "core", "published_figure"),
            table_path(settings, "core", "published_reconciliation"),
            settings.area_code,
            connection,
        )
