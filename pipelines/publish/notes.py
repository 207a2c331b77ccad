"""release_notes.md: what changed since the release before, for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from pipelines.publish.dictionary import SourceState
from pipelines.publish.difference import difference, in_words
from pipelines.publish.files import flush
from pipelines.publish.inputs import CouncilChanges
from pipelines.publish.shared_contract import SharedContract

NOTES = "release_notes.md"
_EVERY_KIND = "all"


def write_notes(
    folder: Path,
    contract: SharedContract,
    release: Mapping[str, str],
    sources: Sequence[SourceState],
    before: Path | None,
    changes: CouncilChanges,
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
    lines += ["", "## Changed by the council", "", *(f"- {sentence}" for sentence in changes.in_words), ""]
    lines += ["## Quotes", "", *(f"- {sentence}" for sentence in _quotes(folder)), ""]
    if before is None:
        lines.append("The first release: there is none to compare it with.")
    else:
        lines += [f"Changes are since release {before.name}.", "", *in_words(difference(before, folder))]
    lines += [
        "",
        "Suppressed: a number is withheld because it would tell of a few children. Held: figures of a measure that stand as "
        "printed before, because the step to the new one would for some of them.",
    ]
    path = folder / NOTES
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    flush(path)
    return path


def _quotes(folder: Path) -> list[str]:
    """How many quotes there are, and how well the scrubber did on made-up comments."""
    published = pq.read_metadata(folder / "parquet" / "quote.parquet").num_rows
    found = {row["kind"]: row for row in pq.read_table(folder / "parquet" / "scrubber_recall.parquet").to_pylist()}
    said = [f"Quotes published: {published:,}. Each was read and approved by two people."]
    if _EVERY_KIND in found:
        total = found.pop(_EVERY_KIND)
        missed = [f"{kind} {row['recall_pct']:g} %" for kind, row in sorted(found.items()) if row["recall_pct"] < 100]
        said.append(
            f"Before that a program takes out names, places and numbers. It took {total['removed']:,} of {total['planted']:,} "
            f"identifiers out of made-up comments ({total['recall_pct']:g} %) and marked {total['sent_to_review']:,} more for "
            f"review. Kinds of which it misses some: {', '.join(missed) or 'none'}."
        )
    return said
