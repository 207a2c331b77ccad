"""Files that lie in the inbox itself go into the folder of the source that their content belongs to."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pipelines.contracts import Contract
from pipelines.ingest.archives import ARCHIVE_SUFFIXES, unpack
from pipelines.ingest.inbox import loose_files
from pipelines.ingest.recognise import recognise
from pipelines.ingest.refusal import FileRefused
from pipelines.settings import Settings
from pipelines.tables import replace_atomically


def route_inbox(settings: Settings, contracts: Sequence[Contract]) -> int:
    """Move each file that is recognised to inbox/<source>/; returns how many were. The others stay where they are.

    A return that feeds two sources goes into both folders.
    """
    moved = 0
    for path in loose_files(settings):
        homes = [settings.inbox / source / path.name for source in sources_of(path, contracts, settings)]
        if not homes or any(home.exists() for home in homes):
            continue
        for home in homes:
            with replace_atomically(home) as beside:
                # The time of the last change says how long the blades of a set have waited.
                shutil.copy2(path, beside)
        path.unlink()
        moved += 1
    return moved


def sources_of(path: Path, contracts: Sequence[Contract], settings: Settings) -> tuple[str, ...]:
    """The sources that a file belongs to; of an archive, those of most of its members. Empty if none is recognised."""
    try:
        if path.suffix.lower() not in ARCHIVE_SUFFIXES:
            return tuple(contract.id for contract in recognise(path, path.name, contracts, settings))
        settings.landing.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=settings.landing) as folder:
            members = unpack(path, path.name, Path(folder), settings)
            found = Counter(sources for member in members if (sources := sources_of(member.path, contracts, settings)))
    except FileRefused:
        return ()
    return found.most_common(1)[0][0] if found else ()
