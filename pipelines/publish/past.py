"""What earlier releases said, as the next one must know it: every count, whether it was shown, and the sums between them.

One record per release lies with the council's tables, never with the release: it holds the true counts. A record has only
what is new or changed since the release before, so that a nightly release costs what the night changed.
"""

import gzip
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipelines.disclosure.linked.joint import Release
from pipelines.disclosure.linked.model import Cell, Kind, Sum
from pipelines.publish.errors import PublishError
from pipelines.settings import Settings

_SUFFIX = ".json.gz"


@dataclass(frozen=True)
class Past:
    """Earlier releases, oldest first, each with what it changed."""

    releases: tuple[Release, ...] = ()

    @property
    def values(self) -> dict[str, int]:
        """The newest count of every cell, shown or not."""
        return {cell.key: cell.value for release in self.releases for cell in release.cells}

    @property
    def last_shown(self) -> dict[str, int]:
        """The newest printed count of every cell that some release printed."""
        return {key: count for counts in self.printed().values() for key, count in counts.items()}

    def printed(self) -> dict[str, dict[str, int]]:
        """Release → key → count, of all that was printed for the first time or anew in it."""
        return {
            release.release_id: {cell.key: cell.value for cell in release.cells if cell.key in (release.shown or ())}
            for release in self.releases
        }


def record_of(past: Past, release: Release, to_come: Collection[str], shown: Collection[str]) -> Release:
    """What to keep of a release: its cells that are new or have another count than before, and the sums that touch them.

    to_come: totals that only a later release will show. shown: keys of the counts that it prints.
    """
    before = past.values
    cells = [cell for cell in release.cells if cell.key not in to_come]
    sums = [one for one in release.sums if one.total not in to_come]
    changed = tuple(cell for cell in cells if before.get(cell.key) != cell.value)
    keys = {cell.key for cell in changed}
    touching = tuple(one for one in sums if one.total in keys or not keys.isdisjoint(one.parts))
    # A sum needs all its cells at hand, also those that did not change.
    needed = {key for one in touching for key in (one.total, *one.parts)} - keys
    unchanged = tuple(cell for cell in cells if cell.key in needed)
    return Release(release.release_id, (*changed, *unchanged), touching, frozenset(shown) & (keys | needed))


def load_past(settings: Settings, published: Sequence[str]) -> Past:
    """The records of all releases ever made, oldest first, also of those whose folders are deleted by now.

    published: ids of the releases that are there. A record newer than them is of a run that was killed before it published,
    and is removed. Raises PublishError where a record is missing: without it the next release could tell, by what it changes,
    what earlier ones hid, so that a lost record stops publication.
    """
    kept = {path.name.removesuffix(_SUFFIX) for path in record_path(settings, "").parent.glob(f"*{_SUFFIX}")}
    lost = sorted(set(published) - kept)
    if lost:
        raise PublishError(
            f"The council's record of release {lost[0]} is missing ({record_path(settings, lost[0])}). Restore it from the "
            "backup: without it a new release could give away what earlier ones hid. The last release stays."
        )
    for killed in sorted(kept):
        if published and killed > max(published):
            for left in record_path(settings, killed).parent.glob(f"{killed}.*"):
                left.unlink()
            kept.remove(killed)
    return Past(tuple(_read(record_path(settings, release_id), release_id) for release_id in sorted(kept)))


def keep_record(settings: Settings, record: Release) -> Path:
    """Keep the record of a release that is about to be published."""
    path = record_path(settings, record.release_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {
        "cells": [[cell.key, cell.value, int(cell.kind), cell.threshold] for cell in record.cells],
        "sums": [[one.total, list(one.parts)] for one in record.sums],
        "shown": sorted(record.shown or ()),
    }
    path.write_bytes(gzip.compress(json.dumps(kept).encode(), compresslevel=4))
    return path


def record_path(settings: Settings, release_id: str) -> Path:
    """Where the record of a release is kept."""
    return settings.warehouse / "releases" / f"{release_id}{_SUFFIX}"


def _read(path: Path, release_id: str) -> Release:
    kept = json.loads(gzip.decompress(path.read_bytes()))
    return Release(
        release_id,
        tuple(Cell(key, value, Kind(kind), threshold) for key, value, kind, threshold in kept["cells"]),
        tuple(Sum(total, tuple(parts)) for total, parts in kept["sums"]),
        frozenset(kept["shown"]),
    )
