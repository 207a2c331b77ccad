"""SEN2 in any of its shapes gives the same rows, and the answers that were worked out by hand."""

import csv
import shutil
from pathlib import Path

import pytest

from pipelines.ingest.refusal import FileRefused
from tests.ingest.reading import Reader
from tests.ingest.sen2_shapes import ModuleRows, modules_of, write_blades, write_sheets_workbook, write_stacked_workbook

# The number of a row is that of its record or Excel row, and differs between shapes.
EVERYTHING = "* exclude (row_number)"


@pytest.fixture
def xml(shared_dir: Path) -> Path:
    """Eleven made-up persons with known answers."""
    return shared_dir / "samples" / "constructed" / "sen2_2026_constructed.xml"


@pytest.fixture
def modules(xml: Path) -> ModuleRows:
    """Its rows by module."""
    return modules_of(xml)


def rows_of(reader: Reader) -> list[str]:
    return sorted(map(str, reader.typed(EVERYTHING)))


def test_the_constructed_return_gives_the_known_answers_and_no_identities(reader: Reader, xml: Path) -> None:
    read = reader.read(xml)
    assert (read.read_as, read.rows_received) == ("SEN2 2026, 11 persons", 11)
    on_time = "count(*) filter (plan_issued_date - received_date <= 140)"
    issued = "year(plan_issued_date) = 2025"
    decided = "year(request_outcome_date) = 2025 and request_outcome in ('Y', 'N')"
    assert reader.figures(f"{on_time}, count(*)", issued) == (2, 4)
    assert reader.figures(f"{on_time}, count(*)", f"{issued} and not week20_exception") == (2, 3)
    in_six_weeks = "count(*) filter (request_outcome_date - received_date <= 42)"
    assert reader.figures(f"{in_six_weeks}, count(*)", decided) == (6, 7)
    everything = str(reader.typed("*"))
    for identity in ("C839202100101", "BH1 1AA", "InTime", "2016-03-04", "datetime.date(2016, 3, 4)"):
        assert identity not in everything


def test_five_shapes_of_one_return_give_identical_rows(
    reader: Reader, xml: Path, modules: ModuleRows, tmp_path: Path
) -> None:
    reader.read(xml)
    expected = rows_of(reader)
    raw = reader.raw_with_identities(xml)
    blades = reader.read(write_blades(tmp_path / "blades.set", modules))
    assert (blades.read_as, rows_of(reader)) == ("SEN2 2026, 11 persons", expected)
    stacked = reader.read(write_stacked_workbook(tmp_path / "template.xlsx", modules))
    assert (stacked.read_as, stacked.sheet) == ("SEN2 2026, 11 persons", "Data Entry Template")
    assert rows_of(reader) == expected
    sheets = reader.read(write_sheets_workbook(tmp_path / "sheets.xlsx", modules))
    assert (sheets.read_as, sheets.sheet) == ("SEN2, 11 persons", "Requests")
    assert rows_of(reader) == expected
    flat = tmp_path / "flat.csv"
    with flat.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(raw)
    assert reader.read(flat).rows_received == 11
    assert rows_of(reader) == expected


def test_an_older_year_has_gender_for_sex_and_no_meeting(reader: Reader, xml: Path, tmp_path: Path) -> None:
    text = xml.read_text(encoding="utf-8").replace("<Year>2026<", "<Year>2023<")
    text = text.replace("Sex>", "GenderCurrent>").replace(">M</G", ">1</G").replace(">F</G", ">2</G")
    old = tmp_path / "old.xml"
    old.write_text(text.replace("RequestSource>", "Unknown>"), encoding="utf-8")
    assert reader.read(old).read_as == "SEN2 2023, 11 persons"
    assert reader.figures("count(*) filter (sex = 'M'), count(*) filter (sex = 'F'), count(request_source)") == (
        6,
        5,
        0,
    )


def test_a_column_of_another_year_is_read_and_said(reader: Reader, xml: Path, tmp_path: Path) -> None:
    mixed = tmp_path / "mixed.xml"
    mixed.write_text(xml.read_text(encoding="utf-8").replace("<Year>2026<", "<Year>2024<"), encoding="utf-8")
    (said,) = [remark for remark in reader.read(mixed).remarks if remark.code == "OTHER_YEAR"]
    assert said.words == "requests.requestsource: not part of SEN2 2024, and read all the same."


@pytest.mark.parametrize("member", ["requests", "sen2"])
def test_a_set_without_one_of_its_members_is_refused_by_its_name(
    reader: Reader, modules: ModuleRows, tmp_path: Path, member: str
) -> None:
    folder = write_blades(tmp_path / "blades.set", modules)
    next(folder.glob(f"*_{member}.csv")).unlink()
    with pytest.raises(FileRefused) as refused:
        reader.read(folder)
    assert (refused.value.code, member in refused.value.message) == ("set_incomplete", True)


def test_rows_that_belong_to_no_row_are_counted(reader: Reader, modules: ModuleRows, tmp_path: Path) -> None:
    modules["assessment"][0]["requeststableid"] = "999"
    read = reader.read(write_blades(tmp_path / "blades.set", modules))
    assert read.rows_received == 11
    assert "1 of 7 rows of assessment belong to no row of requests" in read.remarks[1].words


def test_a_return_in_the_folder_of_another_source_is_refused_with_its_own(
    reader: Reader, xml: Path, census: Reader, modules: ModuleRows, tmp_path: Path
) -> None:
    with pytest.raises(FileRefused, match="inbox/ehcp_timeliness/"):
        census.read(xml)


def blade_set(shared_dir: Path, term: str, folder: Path) -> Path:
    folder.mkdir()
    for path in (shared_dir / "samples" / "school_census").glob(f"{term}_*.csv"):
        shutil.copyfile(path, folder / path.name)
    return folder


def test_a_census_set_gives_all_its_exclusions(census: Reader, shared_dir: Path, tmp_path: Path) -> None:
    read = census.read(blade_set(shared_dir, "2024_autumn", tmp_path / "autumn.set"))
    assert read.read_as == "School census, 9,088 pupils on roll"
    assert read.rows_received == 10_373 + 318
    assert census.figures("count(distinct row_number), count(distinct category)") == (read.rows_typed, 3)


def test_a_census_set_without_the_pupils_of_its_exclusions_is_refused(
    census: Reader, shared_dir: Path, tmp_path: Path
) -> None:
    with pytest.raises(FileRefused, match="lacks pupilnolongeronroll"):
        census.read(blade_set(shared_dir, "2025_spring", tmp_path / "spring.set"))


CENSUS = """<?xml version="1.0"?><Message><Header><CollectionDetails><Collection>SC</Collection><Term>SPR</Term>
<Year>2025</Year><ReferenceDate>2025-01-16</ReferenceDate></CollectionDetails><Source><SourceLevel>S</SourceLevel>
<LEA>839</LEA><URN>900010</URN></Source></Header><Pupils><PupilsOnRoll><PupilOnRoll><UPN>A839202500001</UPN>
<Surname>Sample</Surname><DOB>2012-05-06</DOB><Sex>M</Sex><Ethnicity>WBRI</Ethnicity><NCyearActual>8</NCyearActual>
<SENprovision>K</SENprovision><SENNeeds><SENNeed><SENtypeRank>1</SENtypeRank><SENtype>SEMH</SENtype></SENNeed></SENNeeds>
<TermlyExclusions><TermlyExclusion><Category>SUSP</Category><Reasons><Reason>DB</Reason><Reason>PP</Reason></Reasons>
<StartDate>2024-06-03</StartDate><Sessions>4</Sessions></TermlyExclusion></TermlyExclusions></PupilOnRoll></PupilsOnRoll>
</Pupils></Message>"""


def test_census_xml_gives_suspensions_with_their_pupil_and_school(census: Reader, tmp_path: Path) -> None:
    path = tmp_path / "census.xml"
    path.write_text(CENSUS, encoding="utf-8")
    assert census.read(path).read_as == "School census 2025, 1 pupils on roll"
    assert census.figures(
        "school_urn, start_date::varchar, category, sessions, reason1, reason2, sen_provision, primary_need, upn_status"
    ) == ("900010", "2024-06-03", "SUSP", 4, "DB", "PP", "K", "SEMH", "valid")


def test_census_xml_gives_pupils_on_roll(roll: Reader, tmp_path: Path) -> None:
    path = tmp_path / "census.xml"
    path.write_text(CENSUS, encoding="utf-8")
    roll.read(path)
    assert roll.figures("census_date::varchar, year_group, sen_provision, primary_need") == (
        "2025-01-16",
        "8",
        "K",
        "SEMH",
    )
