"""What lies in a release beside its tables: EES layout, contract, release notes, description for programs, checksums."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.publish.compatibility import CONTRACT_FILE
from pipelines.publish.datapackage import write_checksums, write_package
from pipelines.publish.dictionary import SourceState
from pipelines.publish.ees import write_ees
from pipelines.publish.files import flush
from pipelines.publish.inputs import CouncilChanges
from pipelines.publish.notes import write_notes
from pipelines.publish.shared_contract import SHARED_CONTRACT, SharedContract


def write_release_set(
    folder: Path,
    contract: SharedContract,
    release: Mapping[str, str],
    sources: Sequence[SourceState],
    before: Path | None,
    changes: CouncilChanges,
) -> None:
    """Complete a folder that has all tables. `release`: id, dates, hash as text; `before`: what partners have now."""
    shutil.copyfile(SHARED_CONTRACT, folder / CONTRACT_FILE)
    flush(folder / CONTRACT_FILE)
    write_notes(folder, contract, release, sources, before, changes)
    write_package(folder, contract, release, write_ees(folder))
    write_checksums(folder)
