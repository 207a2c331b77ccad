"""Exports of Microsoft Forms and SmartSurvey become rows of the survey: no identity, no guessed question, UK dates."""

from datetime import date
from pathlib import Path

import pytest

from pipelines.contract_files import load_contract
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.ingest.refusal import FileRefused
from pipelines.ingest.survey import iso_date, wave_of
from pipelines.settings import Settings
from tests.ingest.reading import Reader, workbook

FORMS = [
    "ID",
    "Start time",
    "Completion time",
    "Email",
    "Name",
    "Last modified time",
    "Which of these best describes you?",
    "I feel\u00a0listened to",
    "I was involved in writing the EHC plan",
    "What is your child\u2019s main need?\n(choose all that apply)",
    "Do you like our website?",
    "I agree that my answers may be shared in an anonymous form",
]
ANSWERS = [
    "1",
    "11/8/25 12:40:02",
    "11/8/25 12:51:45",
    "anonymous",
    "Anonymous",
    "",
    "Parent or carer;",
    "Strongly agree",
    "Disagree;",
    "Autism;SEMH;",
    "No",
    "Yes",
]


@pytest.fixture
def survey(settings: Settings, key: PseudonymKey, tmp_path: Path) -> Reader:
    """Reads files of the survey."""
    return Reader(settings, key, load_contract("family_survey"), tmp_path)


def csv_line(cells: list[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


FIGURES = (
    "response_id, wave_id, respondent_role, completed_date::varchar, q_listened, q_involved_in_plan, consent_share"
)
EXPECTED = ("1", "2025-AUT-PC", "parent_carer", "2025-11-08", "5", "2", True)


def test_a_forms_csv_has_us_dates_labels_for_codes_and_its_wave_from_the_date(survey: Reader) -> None:
    read = survey.csv(f"\ufeff{csv_line(FORMS)}\r\n{csv_line(ANSWERS)}\r\n")
    assert read.read_as == "an export of Microsoft Forms"
    assert survey.figures(FIGURES) == EXPECTED
    assert "anonymous" not in str(survey.typed("*")).lower()


def test_a_forms_csv_in_windows_1252_reads_the_same(survey: Reader) -> None:
    survey.csv(f"{csv_line(FORMS)}\r\n{csv_line(ANSWERS)}\r\n".encode("windows-1252"))
    assert survey.figures(FIGURES) == EXPECTED


def test_a_question_that_is_not_known_is_listed_and_not_guessed(survey: Reader) -> None:
    remark = survey.csv(f"{csv_line(FORMS)}\r\n{csv_line(ANSWERS)}\r\n").remarks[1]
    assert (remark.code, "J, K" in remark.words) == ("COLUMNS_NOT_READ", True)
    assert survey.figures("primary_need") == (None,)


def test_a_forms_workbook_has_real_dates(survey: Reader, tmp_path: Path) -> None:
    answers: list[object] = [*ANSWERS]
    answers[1] = answers[2] = date(2025, 11, 8)
    survey.read(workbook(tmp_path / "forms.xlsx", {"Form1": [FORMS, answers]}))
    assert survey.figures(FIGURES) == EXPECTED


def test_a_smart_survey_with_two_header_rows(survey: Reader) -> None:
    headers = "UserID,UserNo,Name,Email,IP Address,Unique ID,Started,Ended,Tracking Link,I am a,I feel listened to"
    headers += ",I was involved in writing the EHC plan,Consent to share"
    second = ",,,,,,,,,Response,Response,Response,Response"
    answer = "u,1,Sample,a@b.example,10.0.0.1,,08/11/2025 12:00:00,08/11/2025 12:10:00,,Parent or carer"
    read = survey.csv(f"{headers}\n{second}\n{answer},Strongly agree,Disagree,Yes\n")
    assert (read.read_as, read.rows_received) == ("an export of SmartSurvey", 1)
    assert survey.figures(FIGURES) == EXPECTED
    assert "10.0.0.1" not in str(survey.typed("*"))


def test_a_question_of_the_contract_that_no_heading_asks_is_named(survey: Reader) -> None:
    (missing,) = [
        remark for remark in survey.csv(f"{csv_line(FORMS)}\n{csv_line(ANSWERS)}\n").remarks if "MISSING" in remark.code
    ]
    assert "q_confident_school" in missing.words
    assert "q_listened" not in missing.words


def test_an_export_without_the_question_for_consent_is_refused(survey: Reader) -> None:
    with pytest.raises(FileRefused, match="consent_share is missing"):
        survey.csv(f"{csv_line(FORMS[:-1])}\n{csv_line(ANSWERS[:-1])}\n")


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("8/20/25 12:51:45", "2025-08-20"),
        ("1/2/25 1:00:00 PM", "2025-01-02"),
        ("20/8/25 12:51:45", "20/8/25 12:51:45"),
        ("08/11/2025", "08/11/2025"),
        ("2/30/25 00:00:00", "2/30/25 00:00:00"),
    ],
)
def test_only_what_can_be_a_us_date_of_forms_is_turned(text: str, iso: str) -> None:
    assert iso_date(text) == iso


def test_a_day_outside_every_wave_has_no_wave() -> None:
    assert wave_of(date(2025, 11, 30), "practitioner") == "2025-AUT-PR"
    assert wave_of(date(2025, 12, 1), "practitioner") is None
    assert wave_of(date(2025, 11, 30), None) is None
