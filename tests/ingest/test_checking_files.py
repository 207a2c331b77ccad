"""`sendset check` says what a file was taken for: a return, the members of an archive, the blades of one export."""

import zipfile
from datetime import date
from pathlib import Path

from pipelines.check import check_file
from pipelines.ingest.sets import files_of_the_set
from pipelines.settings import Settings
from tests.ingest.reading import HEADER, row
from tests.ingest.sen2_shapes import modules_of, write_blades

AS_AT = date(2026, 2, 1)
SAMPLE = Path("samples") / "constructed" / "sen2_2026_constructed.xml"


def test_each_member_of_an_archive_is_checked_and_a_return_is_recognised_whatever_it_is_called(
    settings: Settings, shared_dir: Path, tmp_path: Path
) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(shared_dir / SAMPLE, "new folder item.xml")
        archive.writestr("c.docx", "text")
    lines = check_file(settings, path, None, AS_AT).lines
    (item,) = [line for line in lines if line.startswith("all.zip › new folder item.xml: read as")]
    assert "11 rows (The file was read as SEN2 2026, 11 persons.)" in item
    assert any("c.docx is no file type" in line for line in lines)


def test_one_blade_is_checked_with_the_others_that_lie_beside_it(
    settings: Settings, shared_dir: Path, tmp_path: Path
) -> None:
    folder = write_blades(tmp_path / "export", modules_of(shared_dir / SAMPLE))
    (folder / "other.csv").write_text("a,b\n")
    path = next(folder.glob("*_senneed.csv"))
    assert len(files_of_the_set(path)) == 9
    assert files_of_the_set(folder / "other.csv") == [folder / "other.csv"]
    next(folder.glob("*_person.csv")).unlink()
    report = check_file(settings, path, None, AS_AT)
    assert report.needs_attention
    assert "lacks person" in report.lines[1]


def test_an_archive_that_is_not_safe_is_not_unpacked(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../a.csv", f"{HEADER}\n{row(1)}\n")
    report = check_file(settings, path, "ehcp_timeliness", AS_AT)
    assert "leads outside the archive" in " ".join(report.lines)
