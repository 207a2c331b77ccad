"""A file that is dropped into the inbox itself finds its source by what is in it."""

import zipfile
from pathlib import Path

import pytest

from pipelines.contract_files import load_contracts
from pipelines.ingest.landing import receive
from pipelines.ingest.routing import route_inbox, sources_of
from pipelines.settings import Settings
from tests.ingest.reading import HEADER, row
from tests.ingest.test_national_returns import CENSUS


def drop(settings: Settings, name: str, content: str) -> Path:
    path = settings.inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_a_file_goes_to_the_source_that_it_belongs_to_and_is_received(settings: Settings) -> None:
    drop(settings, "whatever.csv", f"{HEADER}\n{row(1)}\n")
    drop(settings, "letter.csv", "Dear,colleague\n1,2\n")
    drop(settings, "half.csv.part", f"{HEADER}\n")
    assert receive(settings, "pupil_roll").new == ()
    (received,) = receive(settings, "ehcp_timeliness").new
    assert received.file_name == "whatever.csv"
    left = sorted(path.name for path in settings.inbox.iterdir() if path.is_file())
    assert left == ["half.csv.part", "letter.csv"]


def test_a_january_census_goes_to_both_of_its_sources_and_an_autumn_one_to_suspensions(settings: Settings) -> None:
    january = drop(settings, "a.xml", CENSUS)
    autumn = drop(settings, "b.xml", CENSUS.replace("2025-01-16", "2024-10-03"))
    contracts = load_contracts()
    assert sources_of(january, contracts, settings) == ("exclusions", "pupil_roll")
    assert sources_of(autumn, contracts, settings) == ("exclusions",)
    assert route_inbox(settings, contracts) == 2
    assert (settings.inbox / "pupil_roll" / "a.xml").exists()


def test_an_archive_goes_where_most_of_its_members_belong(settings: Settings) -> None:
    path = drop(settings, "all.zip", "")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", f"{HEADER}\n{row(1)}\n")
        archive.writestr("b.csv", f"{HEADER}\n{row(2)}\n")
        archive.writestr("read me.txt", "Dear colleague")
    assert sources_of(path, load_contracts(), settings) == ("ehcp_timeliness",)
    assert len(receive(settings, "ehcp_timeliness").new) == 3


@pytest.mark.parametrize(
    "wording", ["UPN;Date of birth;Census day;URN;SEN status", "upn,dob,census_date,urn,sen level"]
)
def test_headings_of_a_suppliers_own_are_recognised(settings: Settings, wording: str) -> None:
    path = drop(settings, "roll.csv", f"{wording}\n")
    assert sources_of(path, load_contracts(), settings) == ("pupil_roll",)
