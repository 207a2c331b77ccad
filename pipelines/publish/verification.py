"""Is a release still what was published, and does the proof of its safety still hold for it?"""

from pipelines.disclosure.errors import DisclosureError
from pipelines.publish.errors import PublishError
from pipelines.publish.formats import DATABASE
from pipelines.publish.guarantee import check_release, load_proof
from pipelines.publish.release import Release, list_releases, verify_release
from pipelines.settings import Settings


def release_called(settings: Settings, release_id: str) -> Release:
    """The release of that id, or the only one whose id begins so. Raises PublishError if there is none, or several."""
    found = [release for release in list_releases(settings) if release.release_id.startswith(release_id)]
    if len(found) != 1 or not release_id:
        several = f"{len(found)} releases begin with {release_id!r}" if found else f"There is no release {release_id!r}"
        raise PublishError(f"{several}. `sendset releases` lists them.")
    return found[0]


def verify_whole(settings: Settings, release: Release) -> None:
    """Hold every file to the manifest, and the council's proof to what the DuckDB file prints. Raises PublishError."""
    verify_release(release)
    try:
        check_release(release.folder / DATABASE, load_proof(settings, release.release_id))
    except FileNotFoundError:
        raise PublishError(
            f"The files of release {release.release_id} are as published, but the council's proof of its safety is missing. "
            "Restore warehouse/proofs from the backup."
        ) from None
    except DisclosureError:
        raise PublishError(
            f"The files of release {release.release_id} are as published, but the proof of its safety does not hold for them."
        ) from None
