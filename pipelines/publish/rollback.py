"""Partners get an earlier release again, until the next refresh publishes anew."""

from datetime import datetime

from pipelines.publish.errors import PublishError, explained
from pipelines.publish.release import Release, ensure_current, list_releases
from pipelines.publish.rollback_record import keep_rollback
from pipelines.publish.verification import release_called, verify_whole
from pipelines.settings import Settings


def roll_back(settings: Settings, release_id: str, reason: str, at: datetime) -> tuple[Release, str]:
    """Swap an earlier release in again, with the reason on record; returns it and a notice, or ''.

    The newest release, and the council's record of what it said, stay: partners have seen it, so that the next release is
    still protected together with it. To undo a rollback, roll back to the newest release. Raises PublishError if the
    release is not there, is not as it was published, or no reason is given.
    """
    if not reason.strip():
        raise PublishError("A rollback needs a reason: somebody will ask why the figures went back.")
    release = release_called(settings, release_id)
    verify_whole(settings, release)
    with explained("Rolling back"):
        keep_rollback(settings, list_releases(settings)[0].release_id, release.release_id, reason.strip(), at)
        notice = ensure_current(settings)
    return release, notice
