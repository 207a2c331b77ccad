"""Receiving keeps every file as it came, once, and empties the inbox only when that is safe."""

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from pipelines.ingest import landing
from pipelines.ingest.landing import read_manifest, receive, unknown_folders, waiting_files
from pipelines.ingest.refusal import FileRefused
from pipelines.settings import Settings
from tests.ingest.reading import Reader


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


def test_each_member_of_an_archive_is_a_file_of_its_own(settings: Settings) -> None:
    path = settings.inbox / "exclusions" / "Sample Trust" / "all.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("autumn.csv", "a,b\n1,2\n")
        archive.writestr("folder/spring.csv", "a,b\n3,4\n")
        archive.writestr("__MACOSX/._autumn.csv", "x")
    one, two = receive(settings, "exclusions").new
    assert [one.file_name, two.file_name] == ["all.zip › autumn.csv", "all.zip › folder/spring.csv"]
    assert [one.supplier, two.supplier] == ["Sample Trust", "Sample Trust"]
    assert two.path(settings).read_text() == "a,b\n3,4\n"
    assert not path.exists()
    assert len(list((settings.landing / "exclusions").iterdir())) == 2


def test_a_compressed_file_is_unpacked(settings: Settings) -> None:
    path = drop(settings, "autumn.csv.gz", "")
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    (received,) = receive(settings, "exclusions").new
    assert (received.file_name, received.path(settings).read_text()) == ("autumn.csv.gz › autumn.csv", "a,b\n1,2\n")


def bomb() -> bytes:
    return gzip.compress(b"\0" * 50_000_000)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"../../evil.csv": b"x"}, "unsafe_name"),
        ({"C:\\evil.csv": b"x"}, "unsafe_name"),
        ({"/etc/evil.csv": b"x"}, "unsafe_name"),
        ({f"{n}.csv": b"x" for n in range(101)}, "too_many_members"),
        ({"zeros.csv": b"\0" * 50_000_000}, "zip_bomb"),
        ({}, "empty"),
    ],
    ids=["up", "drive", "root", "many", "bomb", "empty"],
)
def test_an_archive_that_is_not_safe_is_kept_whole_and_refused_when_read(
    settings: Settings, reader: Reader, members: dict[str, bytes], code: str
) -> None:
    path = drop(settings, "all.zip", "")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    (received,) = receive(settings, "exclusions").new
    with pytest.raises(FileRefused) as refused:
        reader.read(received.path(settings))
    assert refused.value.code == code
    assert [path.suffix for path in (settings.landing / "exclusions").iterdir()] == [".zip"]


def test_a_broken_or_swollen_gzip_is_refused_when_read(settings: Settings, reader: Reader) -> None:
    for content, code in ((b"\x1f\x8b broken", "unreadable"), (bomb(), "zip_bomb")):
        drop(settings, "a.csv.gz", "").write_bytes(content)
        (received,) = receive(settings, "exclusions").new
        with pytest.raises(FileRefused) as refused:
            reader.read(received.path(settings))
        assert refused.value.code == code


def blade(settings: Settings, module: str) -> Path:
    return drop(settings, f"Export_{module}.csv", f"{module}tableid,NativeId,{module}orderseqcolumn\n1,2,3\n")


def test_blades_wait_for_each_other_and_are_one_file(settings: Settings) -> None:
    modules = ["pupilonroll", "pupilnolongeronroll", "termlyexclusionsonroll", "termlyexclusionsoffroll"]
    for module in modules[:3]:
        blade(settings, module)
    drop(settings, "other.csv", "a,b\n1,2\n")
    assert [file.file_name for file in receive(settings, "exclusions").new] == ["other.csv"]
    blade(settings, modules[3])
    (received,) = receive(settings, "exclusions").new
    assert received.file_name == "Export (4 files)"
    assert sorted(path.stem for path in received.path(settings).iterdir()) == sorted(modules)
    assert waiting_files(settings, "exclusions") == []


def test_blades_that_waited_long_enough_are_received_without_the_missing_one(settings: Settings) -> None:
    path = blade(settings, "termlyexclusionsonroll")
    os.utime(path, (0, 0))
    assert [file.file_name for file in receive(settings, "exclusions").new] == ["Export (1 files)"]


def test_blades_in_an_archive_are_one_file_at_once(settings: Settings) -> None:
    path = drop(settings, "set.zip", "")
    with zipfile.ZipFile(path, "w") as archive:
        for module in ("pupilonroll", "termlyexclusionsonroll"):
            archive.writestr(f"a_{module}.csv", f"{module}tableid,NativeId,{module}orderseqcolumn\n1,2,3\n")
    assert len(receive(settings, "exclusions").new) == 1
