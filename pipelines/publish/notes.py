"""release_notes.md: what changed since the release before, for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from pipelines.publish.dictionary import SourceState
from pipelines.publish.difference import difference, in_words
from pipelines.publish.files import flush
from pipelines.publish.shared_contract import SharedContract

NOTES = "release_notes.md"


def write_notes(
    folder: Path,
    contract: SharedContract,
    release: Mapping[str, str],
    sources: Sequence[SourceState],
    before: Path | None,
) -> Path:
    """Write the notes of a release whose tables lie in `folder`. `before`: the folder of the release before, if any."""
    lines = [
        f"# Release {release['release_id']}",
        "",
        f"Figures as at {release['as_at']}. Contract {contract.id} {contract.version}.",
        "",
        "## Sources",
        "",
        "| source | supplier | state | age in days |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {one.source} | {one.supplier} | {one.status} | {'' if one.age_days is None else one.age_days} |"
        for one in sources
    ]
    lines.append("")
    if before is None:
        lines.append("The first release: there is none to compare it with.")
    else:
        lines += [f"Changes are since release {before.name}.", "", *in_words(difference(before, folder))]
    lines += [
        "",
        "Suppressed: a number is withheld because it would tell of a few children. Held: the figure stands as first "
        "published, because the step to the new one would.",
    ]
    path = folder / NOTES
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    flush(path)
    return path
