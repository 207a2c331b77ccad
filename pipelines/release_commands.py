"""The commands about releases: what was published, how two differ, whether one still holds, and going back to one."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from pipelines.cli_options import NEEDS_ATTENTION, DataDir, console, fail, say
from pipelines.settings import Settings

ReleaseId = Annotated[str, typer.Argument(help="Id of a release, or its beginning.")]

releases_app = typer.Typer(
    invoke_without_command=True, help="List the releases, newest first; compare and verify them."
)


def add_release_commands(app: typer.Typer) -> None:
    """Give the program its commands about releases."""
    app.add_typer(releases_app, name="releases")
    app.command()(rollback)
    app.command()(agreements)
    app.command()(retention)
    app.command()(withdraw)


def withdraw(
    file_id: Annotated[str, typer.Argument(help="Id of a received file, as core.reconciliation shows it.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger. Name no child.")],
    data_dir: DataDir = None,
) -> None:
    """Take a received file out of use: its rows leave every table at the next refresh, the one before it serves again."""
    from pipelines.withdrawals import CannotWithdraw
    from pipelines.withdrawals import withdraw as withdraw_file

    try:
        withdraw_file(Settings(), file_id, reason)
    except CannotWithdraw as error:
        fail(str(error))
    console.print(f"{file_id} is withdrawn. Run `sendset refresh` to make the tables without it.", markup=False)


@releases_app.callback()
def releases(context: typer.Context, data_dir: DataDir = None) -> None:
    """List the releases, newest first; compare and verify them."""
    if context.invoked_subcommand is not None:
        return
    from pipelines.publish import list_releases, seen_by_partners

    settings = Settings()
    found, seen = list_releases(settings), seen_by_partners(settings)
    say([f"{release.release_id}  as at {release.as_at}" for release in found])
    if seen is not None and seen.release_id != found[0].release_id:
        console.print(f"Partners see {seen.release_id} again since a rollback, until the next refresh.", markup=False)
    if not found:
        console.print("No release yet. Run `sendset refresh`.")


@releases_app.command("diff")
def releases_diff(before: ReleaseId, after: ReleaseId, data_dir: DataDir = None) -> None:
    """Say what changed from one release to another: rows, measures, revisions, suppressions, held figures."""
    from pipelines.publish import PublishError
    from pipelines.publish.difference import difference, in_words
    from pipelines.publish.verification import release_called

    settings = Settings()
    try:
        folders = [release_called(settings, release_id).folder for release_id in (before, after)]
    except PublishError as error:
        fail(str(error))
    say([f"# {folders[0].name} → {folders[1].name}", "", *in_words(difference(*folders))])


@releases_app.command("verify")
def releases_verify(release_id: ReleaseId, data_dir: DataDir = None) -> None:
    """Hold the files of a release to its manifest, and the council's proof of its safety to what it prints."""
    from pipelines.publish import PublishError
    from pipelines.publish.verification import release_called, verify_whole

    settings = Settings()
    try:
        release = release_called(settings, release_id)
    except PublishError as error:
        fail(str(error))
    try:
        verify_whole(settings, release)
    except PublishError as error:
        console.print(str(error), markup=False)
        raise typer.Exit(NEEDS_ATTENTION) from None
    console.print(
        f"Release {release.release_id} is as it was published, and the proof of its safety holds.", markup=False
    )


def rollback(
    release_id: ReleaseId,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept on record.")],
    data_dir: DataDir = None,
) -> None:
    """Give partners an earlier release again. The next refresh publishes anew."""
    from pipelines.publish import PublishError
    from pipelines.publish.rollback import roll_back
    from pipelines.resources import the_only_writer

    settings = Settings()
    try:
        with the_only_writer(settings, "", None, lambda words: console.print(words, markup=False)):
            release, notice = roll_back(settings, release_id, reason, datetime.now(UTC))
    except PublishError as error:
        fail(str(error))
    say([f"Partners see {release.release_id} again, until the next refresh.", *([notice] if notice else [])])


def agreements(data_dir: DataDir = None) -> None:
    """Print the record of processing (UK GDPR Article 30) and the DPIA annex from the contracts."""
    from pipelines.agreements import write_agreements

    for path in write_agreements(Settings()):
        say([*path.read_text(encoding="utf-8").splitlines(), "", f"This is in {path}", ""])


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete received files that nothing uses and old releases, by the settings, and keep a certificate."""
    from pipelines.resources import the_only_writer
    from pipelines.retention import delete_expired, expired, in_words

    settings, now = Settings(), datetime.now(UTC)
    if dry_run:
        say(in_words(expired(settings, now)) or ["Nothing has expired."])
        return
    with the_only_writer(settings, "", None, lambda words: console.print(words, markup=False)):
        certificate = delete_expired(settings, now)
    if certificate is None:
        console.print("Nothing has expired.")
        return
    say([*in_words(certificate.items), f"The certificate is in {settings.reports / 'retention'}"])
    if not certificate.finished_at:
        console.print("Somebody holds some of it open: run this again.")
        raise typer.Exit(NEEDS_ATTENTION)
