"""What the pipeline calls: settings in, core.published_figure and core.published_reconciliation out.

Published files change a few times a year, so a nightly refresh keeps the table of the last one while the files, the
contracts and the code that read them are the same, byte for byte.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from pipelines.engine import connect
from pipelines.published.contracts import PUBLISHED_CONTRACTS
from pipelines.published.read import PublishedResult, read_published, write_empty
from pipelines.published.reconcile import reconcile
from pipelines.settings import Settings
from pipelines.tables import replace_atomically, table_path

_KEPT_RESULT = TypeAdapter(tuple[str, PublishedResult])


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
    kept = output.with_name("read_from.json")
    if settings.published_dir is None:
        kept.unlink(missing_ok=True)
        with connect(settings) as connection:
            write_empty(connection, output)
        return PublishedReport(output, False, PublishedResult((), (), 0))
    if not settings.published_dir.is_dir():
        raise NotADirectoryError(f"the folder of published statistics {settings.published_dir} is not there")
    fingerprint = _fingerprint(settings.published_dir)
    if kept.exists() and output.exists():
        read_from, result = _KEPT_RESULT.validate_json(kept.read_bytes())
        if read_from == fingerprint:
            return PublishedReport(output, True, result)
    # Gone while the table is made: a run that is killed between the two reads the files again.
    kept.unlink(missing_ok=True)
    with connect(settings) as connection:
        result = read_published(settings.published_dir, output, connection)
    with replace_atomically(kept) as beside:
        beside.write_bytes(_KEPT_RESULT.dump_json((fingerprint, result)))
    return PublishedReport(output, True, result)


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


def _fingerprint(published_dir: Path) -> str:
    """All that core.published_figure is made from: the files, the contracts, and the code of this package."""
    digest = hashlib.sha256()
    for folder, pattern in ((published_dir, "*"), (PUBLISHED_CONTRACTS, "*.yaml"), (Path(__file__).parent, "*.py")):
        for path in sorted(path for path in folder.rglob(pattern) if path.is_file()):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
