"""A new key: every file is read again with it, joins hold, and the old key is destroyed once that was published."""

from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.contract_files import load_contract
from pipelines.extract import process_source
from pipelines.ingest.landing import receive
from pipelines.ingest.pseudonyms import KeyProblem, load_key, retired_key_file, rotate_key
from pipelines.key_rotation import check_one_key, destroy_retired_key
from pipelines.settings import Settings
from pipelines.tables import table_path
from tests.small_exclusions import write_exclusions

AS_AT = date(2026, 9, 30)


def process(settings: Settings) -> None:
    process_source(settings, load_contract("exclusions"), AS_AT)


def test_after_a_rotation_every_file_has_pseudonyms_of_the_new_key_and_joins_hold(settings: Settings) -> None:
    inbox = settings.inbox / "exclusions"
    write_exclusions(inbox / "a.csv", [1, 2])
    write_exclusions(inbox / "b.csv", [2, 3], {"start_date": "16/09/2025"})
    receive(settings, "exclusions")
    process(settings)
    old, before = load_key(settings), pq.read_table(table_path(settings, "staging", "exclusions")).to_pylist()
    check_one_key(settings)

    new = rotate_key(settings)
    assert load_key(settings) == new != old
    with pytest.raises(KeyProblem, match=r"exclusions still has pseudonyms of the old one"):
        check_one_key(settings)
    with pytest.raises(KeyProblem, match="still has pseudonyms"):
        destroy_retired_key(settings)
    assert retired_key_file(settings).is_file()

    process(settings)
    after = pq.read_table(table_path(settings, "staging", "exclusions")).to_pylist()
    where = {(row["file_id"], row["row_number"]): row["child_id"] for row in before}
    renamed = {where[row["file_id"], row["row_number"]]: row["child_id"] for row in after}
    assert len(after) == len(before) == 4
    assert len(renamed) == len(set(renamed.values())) == 3
    assert all(pseudonym.startswith(f"{new.key_id}_") for pseudonym in renamed.values())
    assert destroy_retired_key(settings)
    assert not retired_key_file(settings).exists()
    assert not destroy_retired_key(settings)
    stored = [path for path in settings.warehouse.rglob("*.parquet") if old.key_id.encode() + b"_" in path.read_bytes()]
    assert stored == []


def test_a_rotation_needs_a_key_and_the_end_of_the_one_before(settings: Settings) -> None:
    rotate_key(settings)
    with pytest.raises(KeyProblem, match="the last rotation ends with the next whole `sendset refresh`"):
        rotate_key(settings)
    settings.key_file.unlink()
    with pytest.raises(KeyProblem, match="There is no pseudonym key"):
        rotate_key(settings)


def test_a_rotation_that_was_killed_half_way_leaves_the_key_that_was(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = load_key(settings)

    def killed(_self: Path, _target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "replace", killed)
        rotate_key(settings)
    assert load_key(settings) == old
    assert destroy_retired_key(settings)
    assert load_key(settings) == old
    assert rotate_key(settings) != old


def test_the_command_makes_a_new_key_and_shows_no_secret(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDSET_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("SENDSET_KEY_FILE", str(settings.key_file))
    old = load_key(settings)
    said = CliRunner().invoke(app, ["key", "rotate"])
    assert said.exit_code == 0, said.output
    new = load_key(settings)
    assert new != old and f"Key {new.key_id} is in" in said.output
    assert new.secret.hex() not in said.output and old.secret.hex() not in said.output
    assert settings.key_file.stat().st_mode & 0o077 == retired_key_file(settings).stat().st_mode & 0o077 == 0
