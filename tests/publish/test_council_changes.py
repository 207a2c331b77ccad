"""A release says how many responses left with their consent and how many values the council corrects."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
from small_release import publish

from pipelines.ledgers import consent, states
from pipelines.ledgers.corrections import CORRECTION_SCHEMA
from pipelines.settings import Settings
from pipelines.tables import table_path


def put(settings: Settings, table: tuple[str, str], rows: list[dict[str, object]], schema: pa.Schema) -> None:
    path = table_path(settings, *table)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema), path)


def test_the_manifest_and_the_notes_say_how_many_and_a_change_of_that_is_a_new_release(settings: Settings) -> None:
    first = publish(settings)
    notes = (first.folder / "release_notes.md").read_text(encoding="utf-8")
    assert "Survey responses left out because consent was withdrawn: 0." in notes
    put(settings, consent.TABLE, [{"responses_left_out": 3}], consent.SCHEMA)
    lines = [{"line_number": 2, "status": "applied"}, {"line_number": 3, "status": "source is right"}]
    put(settings, states.TABLE, lines, CORRECTION_SCHEMA)
    second = publish(settings, minutes=5)
    assert not second.unchanged and second.content_sha256 != first.content_sha256
    notes = (second.folder / "release_notes.md").read_text(encoding="utf-8")
    assert "Survey responses left out because consent was withdrawn: 3." in notes
    assert "Values of the extracts that the council corrects until its suppliers do: 1." in notes
    manifest = json.loads((second.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["changes_by_the_council"] == {"responses_left_out": 3, "corrections_in_force": 1}
    assert publish(settings, minutes=9).unchanged
