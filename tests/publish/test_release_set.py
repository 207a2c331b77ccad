"""What lies beside the tables: description for programs, checksums, notes, contract; and that it is the same each time."""

import csv
import hashlib
import json
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from small_release import AS_AT, publish

from pipelines.publish import list_releases
from pipelines.publish.shared_contract import SHARED_CONTRACT, load_shared_contract
from pipelines.settings import Settings

TYPES = {"string", "number", "integer", "date", "datetime", "boolean"}


@pytest.fixture
def newest(published_twice: Path) -> Path:
    return list_releases(Settings(data_dir=published_twice))[0].folder


def test_the_data_package_keeps_the_rules_of_frictionless_version_1(newest: Path) -> None:
    package = json.loads((newest / "datapackage.json").read_text(encoding="utf-8"))
    assert package["profile"] == "tabular-data-package"
    assert re.fullmatch(r"[-a-z0-9._/]+", package["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    datetime.strptime(package["created"], "%Y-%m-%dT%H:%M:%S%z")
    resources = package["resources"]
    names = [resource["name"] for resource in resources]
    assert names and len(names) == len(set(names))
    for resource in resources:
        assert re.fullmatch(r"[-a-z0-9._/]+", resource["name"])
        assert resource["profile"] == "tabular-data-resource"
        path = Path(resource["path"])
        assert not path.is_absolute() and ".." not in path.parts
        content = (newest / path).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        fields = resource["schema"]["fields"]
        assert all(field["type"] in TYPES for field in fields)
        assert [field["name"] for field in fields] == next(
            csv.reader(content.decode(resource["encoding"]).splitlines())
        )
        assert "" in resource["schema"]["missingValues"]
    listed = {resource["path"] for resource in resources}
    written = {
        path.relative_to(newest).as_posix() for path in newest.rglob("*.csv") if not path.name.endswith("meta.csv")
    }
    assert listed == written


def test_every_cell_of_every_csv_can_be_read_as_the_type_that_the_package_gives_it(newest: Path) -> None:
    readers = {
        "string": str,
        "number": float,
        "integer": int,
        "date": date.fromisoformat,
        "datetime": lambda text: datetime.strptime(text, "%Y-%m-%d %H:%M:%S"),
        "boolean": {"true": True, "false": False}.__getitem__,
    }
    package = json.loads((newest / "datapackage.json").read_text(encoding="utf-8"))
    cells = 0
    for resource in package["resources"]:
        missing = set(resource["schema"]["missingValues"])
        types = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
        with (newest / resource["path"]).open(encoding="utf-8", newline="") as handle:
            for line in csv.DictReader(handle):
                for name, text in line.items():
                    if text not in missing:
                        readers[types[name]](text)
                        cells += 1
    assert cells > 1000


def test_the_checksums_are_those_of_every_file(newest: Path) -> None:
    lines = (newest / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    told = dict(reversed(line.split("  ", 1)) for line in lines)
    files = {path.relative_to(newest).as_posix(): path for path in newest.rglob("*") if path.is_file()}
    assert set(files) - set(told) == {"SHA256SUMS", "manifest.json"}
    assert {name: hashlib.sha256(files[name].read_bytes()).hexdigest() for name in told} == told
    manifest = json.loads((newest / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == set(files) - {"manifest.json"}


def test_the_notes_say_what_changed_and_what_is_held(published_twice: Path) -> None:
    second, first = list_releases(Settings(data_dir=published_twice))
    assert "The first release" in (first.folder / "release_notes.md").read_text(encoding="utf-8")
    notes = (second.folder / "release_notes.md").read_text(encoding="utf-8")
    assert f"Changes are since release {first.release_id}." in notes
    assert "| observation | 0 | 0 | 0 | 0 | 0 | 14 |" in notes
    assert "| ehcp_timeliness | ehcp_timeliness | current | 0 |" in notes


def test_the_contract_that_it_keeps_lies_in_it(newest: Path) -> None:
    assert (newest / "contract.yaml").read_bytes() == SHARED_CONTRACT.read_bytes()
    assert f"Contract send_shared {load_shared_contract().version}." in (newest / "release_notes.md").read_text("utf-8")


def test_the_same_inputs_on_the_same_day_give_the_same_content_hash_elsewhere_and_later(
    published_twice: Path, settings: Settings
) -> None:
    first = list_releases(Settings(data_dir=published_twice))[-1]
    again = publish(settings, 0, AS_AT, minutes=77)
    assert again.content_sha256 == first.content_sha256
    assert again.release_id != first.release_id
    same = {
        "SHA256SUMS",
        "contract.yaml",
        "datapackage.json",
        "manifest.json",
        "release_notes.md",
        "send_shared.duckdb",
    }
    about_the_release = {"release", "revision"}
    for path in first.folder.rglob("*"):
        if path.is_file() and path.name not in same and path.stem not in about_the_release:
            assert path.read_bytes() == (again.folder / path.relative_to(first.folder)).read_bytes(), path.name
