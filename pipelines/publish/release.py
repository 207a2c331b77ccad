"""A release: built beside, audited, renamed into place, and swapped in whole for partners.

data/releases/<release_id>.building/   while it is made; cleared at the next publication if the run was killed
data/releases/<release_id>/            whole and never changed again
data/shared/send_shared.duckdb         a copy of the newest release's file, replaced with one rename
"""

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa

from pipelines.ingest.pseudonyms import load_key
from pipelines.publish.audit import audit_database
from pipelines.publish.compatibility import CONTRACT_FILE, check_compatible
from pipelines.publish.derived.tables import PastRelease, revision_table
from pipelines.publish.dictionary import SourceState, dictionary_table, release_table
from pipelines.publish.errors import PublishError, explained
from pipelines.publish.files import copy_beside, flush, put_in_place, set_stale_wal_aside, sha256, swap_in
from pipelines.publish.formats import DATABASE, empty_of, twins_connection, write_database, write_twins
from pipelines.publish.guarantee import check_release, keep_proof, load_proof
from pipelines.publish.inputs import candidate_tables, council_changes, source_states
from pipelines.publish.manifest import (
    MANIFEST,
    as_moment,
    as_text,
    code_version,
    content_hash,
    file_hashes,
    read_manifest,
    write_manifest,
)
from pipelines.publish.past import keep_record, load_past
from pipelines.publish.protect import Earlier, Protected, protect_shared
from pipelines.publish.release_ledger import keep_ledger, load_ledger
from pipelines.publish.release_set import write_release_set
from pipelines.publish.rollback_record import rolled_back_to
from pipelines.publish.shared_contract import SharedContract, load_shared_contract
from pipelines.settings import Settings

log = logging.getLogger(__name__)
BUILDING = ".building"
# Tables that tell of the release itself, so that they are no part of what it says.
ABOUT_THE_RELEASE = ("release", "dictionary", "revision")


@dataclass(frozen=True)
class Release:
    """One release. `unchanged`: the last one says the same, so none was made. `notice`: what a person should know."""

    release_id: str
    as_at: date
    made_at: str
    content_sha256: str
    folder: Path
    unchanged: bool = False
    notice: str = ""


def publish_release(settings: Settings, as_at: date, made_at: datetime | None = None) -> Release:
    """Protect the shared tables of the warehouse and publish them. `made_at`: now, unless a test says otherwise.

    Raises PublishError or disclosure.errors.DisclosureError; the last release then stays what partners see.
    """
    with explained("Protecting the shared tables"):
        protected = protect_shared(settings, candidate_tables(settings), earlier_releases(settings))
        sources = source_states(settings)
    return publish_tables(settings, as_at, protected, sources, made_at or datetime.now(UTC))


def earlier_releases(settings: Settings) -> Earlier:
    """What the next release must know of those before it. Raises PublishError if the council's record of one is lost."""
    releases = list_releases(settings)
    past = load_past(settings, [release.release_id for release in releases])
    if not releases:
        return Earlier(past)
    ledger = load_ledger(settings, past, load_key(settings))
    return Earlier(past, ledger, releases[0].folder / "parquet", load_proof(settings, releases[0].release_id).proof)


def publish_tables(
    settings: Settings,
    as_at: date,
    protected: Protected,
    sources: Sequence[SourceState],
    made_at: datetime,
) -> Release:
    """Publish protected tables, if the proof of their safety holds for what is printed.

    A table of the contract that is not given is published empty. Raises as `publish_release`.
    """
    contract = load_shared_contract()
    with explained("Publishing the release"):
        ensure_current(settings)
        check_compatible(next((last.folder / CONTRACT_FILE for last in list_releases(settings)), None), contract)
        with _building(settings) as folder, twins_connection() as twins:
            rows = {
                table.name: write_twins(twins, folder, table, protected.tables.get(table.name) or empty_of(table))
                for table in contract.tables
                if table.name not in ABOUT_THE_RELEASE
            }
            content = content_hash(folder, contract, as_at, [*rows], council_changes(settings))
            last = next(iter(list_releases(settings)), None)
            if last is not None and last.content_sha256 == content and not rolled_back_to(settings, last.release_id):
                return _unchanged(last)
            release = Release(f"{as_text(made_at)}-{content[:8]}", as_at, as_text(made_at), content, folder)
            _finish(settings, contract, release, rows, sources, protected, twins)
            final = settings.releases / release.release_id
            # The copy for partners is made first: a full disk is met before anything is in its place.
            beside = copy_beside(folder / DATABASE, settings.shared / DATABASE, release.release_id)
            folder.replace(final)
            flush(settings.releases)
        notice = _swap(settings, beside, release.release_id)
    return Release(release.release_id, as_at, release.made_at, content, final, notice=notice)


def ensure_current(settings: Settings) -> str:
    """Make the shared file the release that partners should see, whatever a killed run left; a notice, or '' if all is well.

    Clears leftovers of killed runs and sets a stale `.wal` aside. One writer at a time. On Windows a file that somebody
    holds cannot be replaced: the release is then put beside it under its own name, and swapped at the next run.
    """
    for leftover in [*settings.releases.glob(f"*{BUILDING}"), *settings.shared.glob(f".{DATABASE}.*.new")]:
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    seen = seen_by_partners(settings)
    if seen is None:
        return ""
    target = settings.shared / DATABASE
    set_stale_wal_aside(target, seen.release_id)
    if target.is_file() and sha256(target) == file_hashes(read_manifest(seen.folder)).get(DATABASE):
        return ""
    return _swap(settings, copy_beside(seen.folder / DATABASE, target, seen.release_id), seen.release_id)


def seen_by_partners(settings: Settings) -> Release | None:
    """The newest release, or the one that it was rolled back to; None before the first."""
    releases = {release.release_id: release for release in list_releases(settings)}
    newest = next(iter(releases), None)
    return releases[rolled_back_to(settings, newest) or newest] if newest else None


def list_releases(settings: Settings) -> list[Release]:
    """All whole releases, newest first."""
    found: list[Release] = []
    for path in settings.releases.glob(f"*/{MANIFEST}"):
        if path.parent.name.endswith(BUILDING):
            continue
        told = read_manifest(path.parent)
        found.append(
            Release(
                str(told["release_id"]),
                date.fromisoformat(str(told["as_at"])),
                str(told["made_at"]),
                str(told["content_sha256"]),
                path.parent,
            )
        )
    return sorted(found, key=lambda release: release.release_id, reverse=True)


def verify_release(release: Release) -> None:
    """Check every file of a release against its manifest. Raises PublishError naming the files that differ."""
    promised = file_hashes(read_manifest(release.folder))
    differing = [
        name
        for name, expected in promised.items()
        if not (release.folder / name).is_file() or sha256(release.folder / name) != expected
    ]
    if differing or not promised:
        raise PublishError(
            f"Release {release.release_id} is not as it was published: {', '.join(differing) or MANIFEST}."
        )


def _swap(settings: Settings, beside: Path, release_id: str) -> str:
    target = settings.shared / DATABASE
    try:
        put_in_place(beside, target, release_id)
    except PermissionError:
        dated = target.with_name(f"send_shared_{release_id}.duckdb")
        if not dated.exists():
            swap_in(settings.releases / release_id / DATABASE, dated, release_id)
        notice = (
            f"Somebody holds {target.name}: the new release lies beside it as {dated.name} and replaces it next time."
        )
        log.warning(notice)
        return notice
    return ""


@contextmanager
def _building(settings: Settings) -> Iterator[Path]:
    settings.releases.mkdir(parents=True, exist_ok=True)
    folder = settings.releases / f"{uuid4().hex}{BUILDING}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _finish(
    settings: Settings,
    contract: SharedContract,
    release: Release,
    rows: dict[str, int],
    sources: Sequence[SourceState],
    protected: Protected,
    twins: duckdb.DuckDBPyConnection,
) -> None:
    """The tables about the release itself, the DuckDB file, the manifest, and the audit of all of it."""
    folder = release.folder
    made_at, versions = as_moment(release.made_at), (contract.version, code_version())
    about = release_table(release.release_id, release.as_at, made_at, versions, sources)
    rows["release"] = write_twins(twins, folder, contract.table("release"), about)
    rows["revision"] = write_twins(twins, folder, contract.table("revision"), _revision(settings, release))
    rows["dictionary"] = write_twins(twins, folder, contract.table("dictionary"), dictionary_table(contract, rows))
    database = write_database(folder, contract)
    audit_database(database, contract, rows)
    check_release(database, protected.guarantee)
    told = {
        "release_id": release.release_id,
        "as_at": release.as_at.isoformat(),
        "made_at": release.made_at,
        "content_sha256": release.content_sha256,
    }
    seen, changes = seen_by_partners(settings), council_changes(settings)
    write_release_set(folder, contract, told, sources, seen.folder if seen else None, changes)
    write_manifest(folder, settings, contract, told, sources, rows, changes)
    verify_release(release)
    keep_proof(settings, release.release_id, protected.guarantee)
    # Before the record: a record that a killed run leaves has its ledger.
    keep_ledger(settings, release.release_id, protected.ledger, load_key(settings))
    keep_record(settings, replace(protected.record, release_id=release.release_id))


def _revision(settings: Settings, release: Release) -> pa.Table:
    """The history of every figure; what was withdrawn by a rollback is not printed again."""
    earlier = [
        PastRelease(past.release_id, as_moment(past.made_at), past.folder / "parquet")
        for past in reversed(list_releases(settings))
        if rolled_back_to(settings, past.release_id) is None
    ]
    observation = release.folder / "parquet" / "observation.parquet"
    return revision_table(release.release_id, as_moment(release.made_at), observation, earlier)


def _unchanged(last: Release) -> Release:
    notice = "unchanged: the last release says the same, so no new one was made"
    return Release(last.release_id, last.as_at, last.made_at, last.content_sha256, last.folder, True, notice)
