"""Receiving keeps every file as it came, once, and empties the inbox only when that is safe."""

from pathlib import Path

import pytest

from pipelines.ingest import landing
from pipelines.ingest.landing import read_manifest, receive, unknown_folders
from pipelines.settings import Settings


def drop(settings: Settings, name: str, content: str, source: str = "exclusions") -> Path:
    path = settings.inbox / source / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_a_file_is_kept_as_it_came_and_leaves_the_inbox(settings: Settings) -> None:
    path = drop(settings, "autumn.csv", "a,b\n1,2\n")
    (received,) = receive(settings, "exclusions").new
    assert received.path(settings).read_text() == "a,b\n1,2\n"
    assert (received.file_name, received.source, received.supplier) == ("autumn.csv", "exclusions", "exclusions")
    assert not path.exists()


def test_the_same_bytes_twice_change_nothing(settings: Settings) -> None:
    drop(settings, "autumn.csv", "same")
    receive(settings, "exclusions")
    drop(settings, "autumn again.csv", "same")
    receipt = receive(settings, "exclusions")
    assert receipt.new == ()
    assert receipt.known == ("autumn again.csv",)
    assert len(read_manifest(settings)) == 1


def test_half_written_files_and_locks_wait(settings: Settings) -> None:
    for name in ("a.csv.part", "~$book.xlsx", ".hidden.csv", "b.tmp"):
        drop(settings, name, "x")
    assert receive(settings, "exclusions").new == ()
    assert len(list((settings.inbox / "exclusions").iterdir())) == 4


def test_the_folder_below_a_source_names_the_supplier(settings: Settings) -> None:
    drop(settings, "Sample Trust/autumn.csv", "x")
    assert receive(settings, "exclusions").new[0].supplier == "Sample Trust"


def test_a_crash_before_the_manifest_is_written_loses_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = drop(settings, "autumn.csv", "x")

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(landing.pq, "write_table", crash)
        with pytest.raises(KeyboardInterrupt):
            receive(settings, "exclusions")
    assert path.exists()
    assert len(receive(settings, "exclusions").new) == 1


def test_a_folder_of_no_known_source_is_named(settings: Settings) -> None:
    drop(settings, "x.csv", "x", source="exclusion")
    assert unknown_folders(settings, ["exclusions"]) == ["exclusion"]
