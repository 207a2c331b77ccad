"""`sendset check` speaks to the supplier: it calls the file by the name that the supplier gave it."""

from datetime import date
from pathlib import Path

from pipelines.check import check_file
from pipelines.settings import Settings


def test_a_refused_file_is_called_by_its_name_and_not_by_an_id(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "autumn term.csv"
    file.write_text("colour,size\nred,1\n", encoding="utf-8")
    report = check_file(settings, file, "exclusions", date(2026, 9, 30))
    assert report.needs_attention
    told = "\n".join(report.lines)
    assert "REFUSED. autumn term.csv: 2 of 2 headers" in told
    assert "00000000" not in told
