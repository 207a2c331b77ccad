"""`sendset explain`: the figure with its interval, its bounds, where it came from and how it differs from the published."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.assess.left_out import NO_BOUND
from pipelines.explain import UnknownMeasure, explain_measure
from pipelines.reconciliation import RECONCILIATION, RULE_RESULT
from pipelines.settings import Settings
from pipelines.tables import table_path

AREA = "E06000058"
YEAR = {"period_type": "calendar_year", "period_start": date(2025, 1, 1), "period_end": date(2025, 12, 31)}
CELL = {"measure_id": "EH1", "breakdown": "total", "breakdown_value": "All", **YEAR}
NAME = "Ermintrude Sample plans.csv"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse with one figure of one year, from one file in use and one that was refused."""
    made = Settings(data_dir=tmp_path, area_code=AREA)
    limits = {"lower_95": 57.7, "upper_95": 66.1, "unit": "%"}
    share = CELL | {"numerator": 310.0, "denominator": 500.0, "value": 62.0} | limits
    median = CELL | {"measure_id": "EH5", "value": 21.0, "unit": "weeks"}
    put(made, "measures", "assessed", [share, median])
    counts = {"quarantined": 20.0, "missing": 11, "undecided": 0, "uncertain": 0, "denominator_left_out": 0.0}
    put(made, "measures", "bound", [CELL | {"lower_bound": 58.4, "upper_bound": 64.2} | counts])
    put(made, "reference", "refresh", [{"as_at": date(2026, 9, 30), "area_code": AREA}])
    file = {
        "source": "ehcp_timeliness",
        "file_name": NAME,
        "supplier": "Ermintrude",
        "rows_received": 540,
        "rows_accepted": 515,
        "rows_quarantined": 20,
        "rows_duplicate": 5,
        "rows_superseded": 0,
    }
    received = {"received_at": datetime(2026, 9, 20, 8, 0, tzinfo=UTC)}
    files = [{"file_id": "a" * 16, "status": "current"}, {"file_id": "b" * 16, "status": "refused"}]
    put(made, "core", "reconciliation", [file | received | each for each in files], RECONCILIATION)
    rule = {"source": "ehcp_timeliness", "severity": "critical", "level": "row", "total": 540, "failed": 20}
    fault = rule | {"rule_id": "EHC_004", "plain_words": "The check letter of the UPN fits its digits."}
    warning = rule | {"rule_id": "EHC_013", "severity": "warning", "plain_words": "sex is M or F.", "file_id": "a" * 16}
    results = [fault | {"file_id": "a" * 16}, fault | {"file_id": "b" * 16, "failed": 400}, warning]
    put(made, "core", "rule_result", results, RULE_RESULT)
    published = {"measure_id": "EH1", "own_value": 62.0, "published_value": 61.5, "difference": 0.5, "unit": "%"}
    put(made, "core", "published_reconciliation", [published | {"period_label": "2025", "note": "Differs: a reason."}])
    return made


def put(
    settings: Settings, layer: str, table: str, rows: Sequence[Mapping[str, object]], schema: pa.Schema | None = None
) -> None:
    path = table_path(settings, layer, table)
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], schema), path)


def test_a_figure_comes_with_its_interval_and_what_it_could_be_if_all_rows_were_counted(settings: Settings) -> None:
    lines = explain_measure(settings, "eh1", "2025", "total", "All")
    at = lines.index(
        "  calendar_year 2025-01-01 to 2025-12-31: 62.0 % (310 of 500), 95 % interval 57.7 to 66.1",
    )
    assert lines[at + 1] == (
        "    58.4 to 64.2 once what is left out is counted either way: 20 quarantined, 11 without a date or answer"
    )
    assert explain_measure(settings, "EH1", "2024", "total", "All").count("  none for this period and breakdown") == 1


def test_a_figure_without_bounds_comes_with_the_reason(settings: Settings) -> None:
    lines = explain_measure(settings, "EH5", "2025", "total", "All")
    at = lines.index("  calendar_year 2025-01-01 to 2025-12-31: 21.0 weeks")
    assert lines[at + 1] == f"No bounds. {NO_BOUND['EH5']}."
    assert not any(line.startswith("No bounds.") for line in explain_measure(settings, "EH1", "2025", "total", "All"))


def test_it_tells_files_with_ages_and_why_rows_are_left_out_of_those_in_use(settings: Settings) -> None:
    lines = explain_measure(settings, "EH1", None, "total", "All")
    (used,) = (line for line in lines if "aaaa" in line)
    assert ", current, 10 days old, 540 rows received, 515 in use, 20 quarantined, 5 duplicate" in used
    reasons = [line for line in lines if "check letter" in line]
    assert reasons == ["  20 ehcp_timeliness: The check letter of the UPN fits its digits. (EHC_004)"]
    assert not [line for line in lines if "sex is M or F" in line]
    # The names of files and suppliers may hold a child's.
    assert "Ermintrude" not in "\n".join(lines)


def test_it_tells_the_difference_from_the_published_figure(settings: Settings) -> None:
    lines = explain_measure(settings, "EH1", "2025", "total", "All")
    assert lines[-1] == "  2025: +0.5 (62.0 less 61.5 %). Differs: a reason."


def test_definition_and_sql_are_there_when_asked_for(settings: Settings) -> None:
    plain, with_sql = (explain_measure(settings, "EH1", None, "total", "All", asked) for asked in (False, True))
    assert any(line.startswith("Definition:   Percentage of all EHC plans issued") for line in plain)
    assert any(line.startswith("  sql/measures/ehcp_event.sql (reads core.request") for line in plain)
    assert not any("select 'EH1' as measure_id" in line for line in plain)
    assert any("select 'EH1' as measure_id" in line for line in with_sql)


def test_before_the_first_refresh_it_says_what_the_measure_is_and_that_there_are_no_figures(tmp_path: Path) -> None:
    lines = explain_measure(Settings(data_dir=tmp_path), "EH1", None, "total", "All")
    assert lines[-1] == "No figures yet. Run `sendset refresh`."
    with pytest.raises(UnknownMeasure, match="XX9"):
        explain_measure(Settings(data_dir=tmp_path), "XX9", None, "total", "All")
