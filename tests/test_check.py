"""`sendset check` speaks to the supplier: it calls the file by the name that the supplier gave it."""

from datetime import date
from pathlib import Path

import pytest

from pipelines.check import check_file
from pipelines.settings import Settings
from tests.letters.delivered import few_rules
from tests.small_exclusions import write_exclusions


def test_a_refused_file_is_called_by_its_name_and_not_by_an_id(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "autumn term.csv"
    file.write_text("colour,size\nred,1\n", encoding="utf-8")
    report = check_file(settings, file, "exclusions", date(2026, 9, 30))
    assert report.needs_attention
    told = "\n".join(report.lines)
    assert "REFUSED. autumn term.csv: 2 of 2 headers" in told
    assert "00000000" not in told


def test_a_checked_file_gets_its_letter_as_text(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.check.load_contract", lambda source: few_rules())
    file = write_exclusions(tmp_path / "autumn.csv", [1], {"sex": "boy"})
    without_day = file.read_text(encoding="utf-8").splitlines()[1].replace("15/09/2025", "")
    file.write_text(f"{file.read_text(encoding='utf-8')}{without_day}\n", encoding="utf-8")
    report = check_file(settings, file, "exclusions", date(2026, 9, 30))
    assert report.needs_attention
    at = report.lines.index("What to fix, the most useful first:")
    critical, warning = report.lines[at + 1 :]
    assert (
        critical.startswith("  critical EXC_015: The first day is there.")
        and "column J (start_date), row 3" in critical
    )
    assert warning.startswith("  warning  EXC_009: sex is M or F.") and "column E (sex), rows 2, 3" in warning
    assert "boy" not in "".join(report.lines)
    assert critical.endswith("See https://www.gov.uk/guidance/complete-the-school-census")
