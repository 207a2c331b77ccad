"""The sample extracts: the same for a seed, calibrated to the area's published figures, and about nobody."""

import csv
import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipelines.contract_files import load_contract
from pipelines.synthetic.calibration import SUSPENSION_RATE_PERCENT
from pipelines.synthetic.generator import CLEAN_SOURCES, SOURCES, generate, write_requests
from pipelines.synthetic.identifiers import CHECK_LETTERS
from pipelines.synthetic.scale import Scale
from pipelines.synthetic.truth import GeneratedTruth

AS_AT = date(2026, 9, 30)
SMALL = 0.04
# DfE "Education, health and care plans": issued, within 20 weeks; the same without exception cases.
PUBLISHED_TIMELINESS = {
    2019: (344, 305, 334, 305),
    2020: (264, 51, 233, 51),
    2021: (455, 123, 394, 123),
    2022: (386, 26, 356, 26),
    2023: (273, 13, 273, 13),
    2024: (784, 581, 635, 493),
    2025: (656, 460, 613, 423),
}
PUBLISHED_REQUESTS = {2019: 541, 2020: 481, 2021: 592, 2022: 837, 2023: 903, 2024: 1230}


def read_csvs(folder: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows.extend(csv.DictReader(file))
    return rows


def day(text: str) -> date:
    return datetime.strptime(text, "%d/%m/%Y").date()


def is_valid_upn(upn: str) -> bool:
    total = sum(int(digit) * weight for weight, digit in enumerate(upn[1:], start=2))
    return len(upn) == 13 and CHECK_LETTERS[total % 23] == upn[0]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Extracts of a place one twenty-fifth of the area, without faults. Region scale writes CSV only."""
    out = tmp_path_factory.mktemp("small") / "inbox"
    generate(out, Scale.REGION, seed=1, share=SMALL / 16.4)
    return out


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Every request of the area at full size, seed 1."""
    out = tmp_path_factory.mktemp("requests")
    write_requests(out, Scale.LOCAL, seed=1, as_at=AS_AT)
    return read_csvs(out / "ehcp_timeliness")


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(small: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", Scale.REGION, seed=1, share=SMALL / 16.4)
    generate(tmp_path / "other", Scale.REGION, seed=2, share=SMALL / 16.4)
    names = sorted(path.relative_to(small) for path in small.rglob("*.csv"))
    assert len(names) > 20
    for name in names:
        assert (small / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    roll = Path("pupil_roll") / "pupil_roll_2026-01.csv"
    assert (small / roll).read_bytes() != (tmp_path / "other" / roll).read_bytes()


@pytest.mark.parametrize("source", [*SOURCES, *CLEAN_SOURCES])
def test_columns_are_those_of_the_contract_in_its_order(small: Path, source: str) -> None:
    columns = load_contract(source).columns
    for path in (small / source).glob("*.csv"):
        header = path.read_text(encoding="utf-8").split("\n", 1)[0].split(",")
        assert header == [column.name for column in columns if column.name in header]
        assert {column.name for column in columns if column.required} <= set(header)


def test_every_upn_has_its_check_letter_and_an_establishment_that_no_school_has(small: Path) -> None:
    upns = {row["upn"] for source in SOURCES[:3] + SOURCES[4:] for row in read_csvs(small / source)}
    assert len(upns) > 2000
    assert all(is_valid_upn(upn) and upn[1:4] == "839" and upn[4] == "9" for upn in upns)


def test_check_letters_agree_with_the_reference_vectors(shared_dir: Path) -> None:
    vectors = json.loads((shared_dir / "reference_cases" / "pseudonym" / "vectors.json").read_text(encoding="utf-8"))
    for vector in vectors["upn"]:
        assert is_valid_upn(vector["check_letter"] + vector["digits12"])
    assert is_valid_upn("A839202500001")
    assert not is_valid_upn("B207000016049")


def test_ulns_are_blank_or_have_a_valid_check_digit(requests: list[dict[str, str]]) -> None:
    ulns = [row["uln"] for row in requests if row["uln"]]
    assert len(ulns) > 500
    for uln in ulns:
        remainder = sum(int(digit) * weight for digit, weight in zip(uln[:9], range(10, 1, -1), strict=True)) % 11
        assert len(uln) == 10
        assert 10 - remainder == int(uln[9])


def test_names_and_postcodes_cannot_be_real(small: Path) -> None:
    rows = read_csvs(small / "ehcp_timeliness")
    assert all(row["surname"].startswith("Sample") and row["forename"].startswith("Test") for row in rows)
    for source in ("ehcp_timeliness", "exclusions", "pupil_roll"):
        assert all(row["postcode"].startswith("ZZ") for row in read_csvs(small / source))
    assert all(row["postcode_district"][:2] in ("", "ZZ") for row in read_csvs(small / "family_survey"))


def test_children_of_the_other_extracts_are_on_the_roll_of_their_january(small: Path) -> None:
    roll = {row["upn"]: row for row in read_csvs(small / "pupil_roll")}
    assert all(row["upn"] in roll for row in read_csvs(small / "graduated_response"))
    suspended = [row for row in read_csvs(small / "exclusions") if day(row["start_date"]) >= date(2025, 8, 1)]
    for row in suspended:
        for column in ("date_of_birth", "sex", "ethnicity", "postcode", "year_group", "school_urn", "sen_provision"):
            assert row[column] == roll[row["upn"]][column], column
    with_request = {row["upn"] for row in read_csvs(small / "ehcp_timeliness")}
    assert len(with_request & set(roll)) > 100


def test_plans_issued_and_within_20_weeks_are_the_published_ones(requests: list[dict[str, str]]) -> None:
    found = {year: [0, 0, 0, 0] for year in PUBLISHED_TIMELINESS}
    for row in requests:
        if row["plan_issued_date"]:
            issued = day(row["plan_issued_date"])
            within = (issued - day(row["received_date"])).days <= 140
            usual = row["week20_exception"] == "0"
            if issued.year in found:
                for place, counted in enumerate((True, within, usual, usual and within)):
                    found[issued.year][place] += counted
    assert {year: tuple(counts) for year, counts in found.items()} == PUBLISHED_TIMELINESS


def test_requests_received_are_the_published_ones(requests: list[dict[str, str]]) -> None:
    received = Counter(day(row["received_date"]).year for row in requests)
    assert {year: received[year] for year in PUBLISHED_REQUESTS} == PUBLISHED_REQUESTS


def test_six_week_decisions_of_2023_and_2024_are_near_the_published_share(requests: list[dict[str, str]]) -> None:
    for year, published in ((2023, 50.9), (2024, 98.2)):
        waits = [
            (day(row["request_outcome_date"]) - day(row["received_date"])).days
            for row in requests
            if row["request_outcome_date"] and day(row["request_outcome_date"]).year == year
        ]
        assert sum(wait <= 42 for wait in waits) / len(waits) * 100 == pytest.approx(published, abs=0.15)


def test_some_plans_are_issued_on_day_140_and_some_on_day_141(requests: list[dict[str, str]]) -> None:
    waits = Counter(
        (day(row["plan_issued_date"]) - day(row["received_date"])).days for row in requests if row["plan_issued_date"]
    )
    assert waits[140] > 0
    assert waits[141] > 0


def test_there_is_a_backlog_of_open_cases(requests: list[dict[str, str]]) -> None:
    waiting = [
        row
        for row in requests
        if (row["request_outcome"] == "A" or row["assessment_outcome"] in ("A", "Y"))
        and not row["plan_issued_date"]
        and (AS_AT - day(row["received_date"])).days > 140
    ]
    assert 50 < len(waiting) < 400


def test_days_obey_the_statutory_process(requests: list[dict[str, str]]) -> None:
    steps = ("received_date", "request_outcome_date", "assessment_outcome_date", "plan_issued_date", "plan_ceased_date")
    reviews = ("plan_issued_date", "review_meeting_date", "review_decision_date")
    health = ("received_date", "health_advice_requested_date", "health_advice_received_date")
    care = ("received_date", "social_care_advice_requested_date", "social_care_advice_received_date")
    for row in requests:
        for order in (("date_of_birth", *steps), reviews, health, care):
            days = [day(row[name]) for name in order if row[name]]
            assert days == sorted(days), order
            assert all(one <= AS_AT for one in days)


def test_outcomes_have_dates_and_reasons_exactly_where_the_process_wants_them(requests: list[dict[str, str]]) -> None:
    for row in requests:
        assert bool(row["request_outcome_date"]) == (row["request_outcome"] in ("Y", "N"))
        assert bool(row["assessment_outcome"]) == (row["request_outcome"] in ("Y", "H"))
        assert not row["plan_issued_date"] or row["assessment_outcome"] == "Y"
        assert bool(row["cease_reason"]) == bool(row["plan_ceased_date"])
        assert bool(row["exception_reason"]) == (row["week20_exception"] == "1")
        assert bool(row["plan_issued_date"]) == bool(row["setting_urn"] or row["sen_setting"])
    assert {row["request_outcome"] for row in requests} == {"Y", "N", "A", "W", "H"}


def test_no_child_has_two_plans(requests: list[dict[str, str]]) -> None:
    plans = Counter(row["upn"] for row in requests if row["plan_issued_date"])
    again = Counter(row["upn"] for row in requests)
    assert max(plans.values()) == 1
    assert max(again.values()) == 2


def test_suspensions_are_the_published_rate_of_the_headcount(small: Path) -> None:
    headcount = len(read_csvs(small / "pupil_roll"))
    rows = [row for row in read_csvs(small / "exclusions") if row["category"] == "SUSP"]
    latest = [row for row in rows if day(row["start_date"]) >= date(2025, 8, 1)]
    assert len(latest) == round(headcount * SUSPENSION_RATE_PERCENT[2026] / 100)


def test_keys_of_the_extracts_that_are_never_spoilt_are_unique_and_their_children_known(small: Path) -> None:
    known = {row["upn"] for source in ("pupil_roll", "ehcp_timeliness") for row in read_csvs(small / source)}
    for source in CLEAN_SOURCES:
        rows = read_csvs(small / source)
        keys = [
            column.name
            for column in load_contract(source).columns
            if column.typed and column.typed[0][0] in load_contract(source).key
        ]
        assert len({tuple(row[key] for key in keys) for row in rows}) == len(rows) >= 30, source
        assert all(row["upn"] in known for row in rows if row.get("upn")), source


def test_no_pupil_is_suspended_twice_on_a_day_or_for_more_than_90_sessions_a_year(small: Path) -> None:
    rows = read_csvs(small / "exclusions")
    keys = Counter((row["upn"], row["school_urn"], row["start_date"], row["category"]) for row in rows)
    assert max(keys.values()) == 1
    sessions: Counter[tuple[str, int]] = Counter()
    for row in rows:
        start = day(row["start_date"])
        if row["sessions"]:
            sessions[row["upn"], start.year - (start.month < 8)] += int(row["sessions"])
    assert max(sessions.values()) <= 90


def test_local_scale_sends_excel_with_real_dates_and_numbers(tmp_path: Path) -> None:
    generate(tmp_path, Scale.LOCAL, seed=1, share=0.01)
    path = tmp_path / "exclusions" / "exclusions_2025-26_autumn.xlsx"
    book = load_workbook(path, read_only=True)
    header, first, *_ = book[book.sheetnames[0]].iter_rows(values_only=True)
    row = dict(zip(header, first, strict=True))
    assert isinstance(row["start_date"], datetime)
    assert isinstance(row["sessions"], int)
    assert isinstance(row["upn"], str)
    assert sorted(path.name for path in (tmp_path / "pupil_roll").iterdir()) == [
        "pupil_roll_2024-01.csv",
        "pupil_roll_2025-01.csv",
        "pupil_roll_2026-01.csv",
    ]


def test_nothing_later_than_the_day_of_the_export_appears(tmp_path: Path) -> None:
    truth: GeneratedTruth = generate(tmp_path, Scale.REGION, seed=1, as_at=date(2025, 3, 31), share=SMALL / 16.4)
    assert all("2025-26" not in file.file and "2026" not in file.file for file in truth.files)
    for source, column in (("exclusions", "start_date"), ("ehcp_timeliness", "plan_issued_date")):
        days = [day(row[column]) for row in read_csvs(tmp_path / source) if row[column]]
        assert date(2025, 1, 1) < max(days) <= date(2025, 3, 31)
