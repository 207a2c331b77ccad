"""Each quirk of the published files, on small files with that quirk."""

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.published import build_published_figures
from pipelines.published.contracts import load_published_contracts
from pipelines.settings import Settings
from tests.published.conftest import BCP, Folder

EesText = Callable[[str, Mapping[str, object], Sequence[str]], str]

REQUESTS = "ehcp_2025/data/requests.csv"
REVIEWS = "ehcp_2025/data/annual_reviews.csv"
ALL_REQUESTS = "All requests for EHC needs assessments"
ALL_REVIEWS = "All annual reviews"
OUTCOMES = {
    "requests_received_in_year": 10,
    "requests_decided_to_assess": 6,
    "requests_decided_not_to_assess": 3,
    "requests_decision_not_made": 1,
    "requests_withdrawn": 0,
}


def others(series: str, given: Mapping[str, object]) -> list[str]:
    """The required indicators of a series that a test does not give itself."""
    (contract,) = (contract for contract in load_published_contracts() if contract.series_id == series)
    return [column.name for column in contract.indicators if column.required and column.name not in given]


@pytest.fixture
def requests_text(ees_text: EesText) -> str:
    """A good file of requests with one row."""
    return ees_text(ALL_REQUESTS, OUTCOMES, others("ehcp_requests", OUTCOMES))


def values(rows: list[dict[str, object]], indicator: str) -> list[tuple[object, object]]:
    """(value, symbol) of an indicator."""
    return [(row["value"], row["symbol"]) for row in rows if row["indicator"] == indicator]


def test_a_good_file_is_read_and_what_is_not_there_is_listed(folder: Folder, requests_text: str) -> None:
    folder.write(REQUESTS, requests_text)
    result, rows = folder.read()
    assert [(file.file, file.status) for file in result.files if file.status != "absent"] == [("requests.csv", "read")]
    assert "lait/bds_long_0.parquet" in {file.file for file in result.absent}
    assert values(rows, "requests_received_in_year") == [(10.0, None)]


def test_byte_order_mark_letter_case_and_column_order_do_not_matter(folder: Folder, requests_text: str) -> None:
    lines = [
        line.replace('"Bournemouth, Christchurch and Poole"', "BCP").split(",") for line in requests_text.split("\n")
    ]
    turned = "\n".join(",".join(reversed(line)) for line in lines)
    header, rest = turned.split("\n", 1)
    folder.write(REQUESTS, header.upper() + "\n" + rest, encoding="utf-8-sig")
    result, rows = folder.read()
    assert result.refused == ()
    assert values(rows, "requests_received_in_year") == [(10.0, None)]
    assert {row["area_code"] for row in rows} == {BCP}


def test_a_symbol_stands_beside_an_empty_value_and_is_never_a_zero(folder: Folder, ees_text: EesText) -> None:
    given = OUTCOMES | {"request_assess_pc": "x", "request_not_assess_pc": ":", "request_outstanding_pc": "~"}
    folder.write(REQUESTS, ees_text(ALL_REQUESTS, given, others("ehcp_requests", given)))
    _, rows = folder.read()
    assert values(rows, "request_assess_pc") == [(None, "x")]
    assert values(rows, "request_not_assess_pc") == [(None, "x")]
    assert values(rows, "request_outstanding_pc") == [(None, "c")]


def test_a_figure_that_is_no_number_and_no_symbol_refuses_the_file_by_name(folder: Folder, ees_text: EesText) -> None:
    given = OUTCOMES | {"request_assess_pc": "about 60"}
    folder.write(REQUESTS, ees_text(ALL_REQUESTS, given, others("ehcp_requests", given)))
    result, rows = folder.read()
    assert rows == []
    assert "requests.csv breaks a critical rule (PUB_SYMBOL: 1 of 17 fail." in result.refused[0].message


def test_a_missing_column_refuses_the_file_and_the_others_go_on(
    folder: Folder, requests_text: str, ees_text: EesText
) -> None:
    folder.write(REQUESTS, requests_text)
    personal = {"personal_budgets": 4}
    folder.write(
        "ehcp_2025/data/personal_budgets.csv",
        ees_text("All personal budgets", personal, others("ehcp_personal_budgets", {"personal_budget": 4})),
    )
    result, rows = folder.read()
    assert [file.message for file in result.refused] == [
        "personal_budgets.csv lacks the column personal_budget (is it personal_budgets?);"
        " add its new name as an alias to the contract"
    ]
    assert {row["source_file"] for row in rows} == {"requests.csv"}


def test_requests_whose_outcomes_do_not_sum_refuse_the_file(folder: Folder, ees_text: EesText) -> None:
    given = OUTCOMES | {"requests_withdrawn": 5}
    folder.write(REQUESTS, ees_text(ALL_REQUESTS, given, others("ehcp_requests", given)))
    result, _ = folder.read()
    assert [(check.rule_id, check.failed, check.total) for check in result.checks if check.failed] == [
        ("PUB_REQ_001", 1, 1)
    ]
    assert result.refused[0].file == "requests.csv"


def test_the_header_that_is_there_twice_is_known_and_its_first_column_is_used(
    folder: Folder, ees_text: EesText
) -> None:
    given = {"review_meeting_prior_24": 7, "review_meeting_prior_24 ": 7, "total_review_meeting": 7}
    plain = {"review_meeting_prior_24", "total_review_meeting"}
    folder.write(REVIEWS, ees_text(ALL_REVIEWS, given, others("ehcp_annual_reviews", dict.fromkeys(plain))))
    result, rows = folder.read()
    assert result.refused == ()
    assert values(rows, "review_meeting_prior_24") == [(7.0, None)]
    assert [check.failed for check in result.checks if check.rule_id == "PUB_ANR_001"] == [0]


def test_another_header_that_is_there_twice_refuses_the_file(folder: Folder, ees_text: EesText) -> None:
    given = OUTCOMES | {"requests_withdrawn ": 0}
    folder.write(REQUESTS, ees_text(ALL_REQUESTS, given, others("ehcp_requests", given)))
    result, _ = folder.read()
    assert "has the column requests_withdrawn more than once" in result.refused[0].message


@pytest.mark.parametrize(("content", "words"), [("", "is empty"), ("\ufeff\n", "is empty")])
def test_an_empty_file_is_refused(folder: Folder, content: str, words: str) -> None:
    folder.write(REQUESTS, content)
    result, _ = folder.read()
    assert words in result.refused[0].message


def test_a_file_that_is_not_utf_8_is_refused(folder: Folder, requests_text: str) -> None:
    folder.write(REQUESTS, requests_text.replace("England", "Éngland"), encoding="latin-1")
    result, _ = folder.read()
    assert [file.file for file in result.refused] == ["requests.csv"]


def test_the_same_row_twice_refuses_the_file(folder: Folder, requests_text: str) -> None:
    folder.write(REQUESTS, requests_text + requests_text.split("\n")[1] + "\n")
    result, _ = folder.read()
    assert "PUB_KEY: 1 of 2 fail" in result.refused[0].message


def test_the_interactive_tool_writes_missing_as_a_dash_and_noise_into_numbers(
    folder: Folder, requests_text: str
) -> None:
    folder.write(REQUESTS, requests_text)
    folder.write(
        "lait/lait_data_dictionary.csv", "Measure_short,Year_Type\nTotPermEx,Academic Year\nTotPermEx,Academic Year\n"
    )
    years = ["2019/20", "2020/21", "2021", "2022 (Rev)"]
    lait = pa.table(
        {
            "Short Desc": ["TotPermEx"] * 4,
            "Data item": ["Permanent exclusions", None, None, None],
            "Years": years,
            "LA and Regions": ["Bournemouth, Christchurch and Poole"] * 4,
            "Values": ["-", "9.257E-2", "77.599999999999994", "1"],
            "LA Number": [839.0] * 4,
            "Region": ["South West"] * 4,
        }
    )
    pq.write_table(lait, folder.path / "lait/bds_long_0.parquet")
    _, rows = folder.read()
    found = [
        (r["time_period"], r["period_label"], r["value"], r["symbol"], r["area_code"])
        for r in rows
        if r["series_id"] == "lait"
    ]
    assert sorted(found) == [
        ("2019/20", "2019/20", None, "x", BCP),
        ("2020/21", "2020/21", 0.09257, None, BCP),
        ("2021", "2020/21", 77.6, None, BCP),
        ("2022 (Rev)", "2021/22", 1.0, None, BCP),
    ]


def test_the_interactive_tool_alone_is_refused_because_it_has_no_area_codes(folder: Folder) -> None:
    folder.write("lait/bds_long_0.parquet", "not read")
    result, _ = folder.read()
    assert "names areas by number only" in result.refused[0].message


TRIBUNALS = """"SEND Appeal rate table 1",,,,,,,
,,,,,,,
,,,,,,,
Local Authority,LA code,2023,,,2024,,,,
,,Appeals registered4,Total Appealable Decisions1,SEND Tribunal Appeal Rate2,Appeals registered4,"Total Appealable Decisions1,9",\
SEND Tribunal Appeal Rate2,"In development: Total Appealable Decisions1,8",In development: SEND Tribunal Appeal Rate2
SOUTH WEST,,,,,,,,,
"Bournemouth, Christchurch and Poole5",839, - ,"1,071",0.00%, .. ,"2,000",~,"1,000",1.90%
"England Total4,9",,"4,108","251,096",1.60%,"22,276","689,739",3.20%,"364,912",6.10%
Notes: 1. something,,,,,,,,,
"""


def test_the_tribunal_file_is_read_from_under_its_titles(folder: Folder, requests_text: str) -> None:
    folder.write(REQUESTS, requests_text)
    folder.write("ehcp_2025/supporting-files/SEND Tribunals and appeal rate.csv", TRIBUNALS, encoding="utf-8-sig")
    result, rows = folder.read()
    assert result.refused == ()
    found = {(r["indicator"], r["time_period"]): (r["value"], r["symbol"]) for r in rows if r["area_code"] == BCP}
    assert found["appeals_registered", "2023"] == (0.0, None)
    assert found["appealable_decisions", "2023"] == (1071.0, None)
    assert found["appeals_registered", "2024"] == (None, "x")
    assert found["appeal_rate", "2024"] == (None, "c")
    assert found["appeal_rate_new_method", "2024"] == (1.9, None)
    assert ("appeal_rate_new_method", "2023") not in found


def test_files_that_have_not_changed_are_not_read_again_and_a_changed_one_is(
    folder: Folder, ees_text: EesText, requests_text: str
) -> None:
    folder.write(REQUESTS, requests_text)
    settings = Settings(data_dir=folder.path.parent / "data", published_dir=folder.path)
    first = build_published_figures(settings)
    made_at = first.output.stat().st_mtime_ns
    again = build_published_figures(settings)
    assert (again, first.output.stat().st_mtime_ns) == (first, made_at)
    more = OUTCOMES | {"requests_received_in_year": 11, "requests_withdrawn": 1}
    folder.write(REQUESTS, ees_text(ALL_REQUESTS, more, others("ehcp_requests", more)))
    build_published_figures(settings)
    assert values(pq.read_table(first.output).to_pylist(), "requests_received_in_year") == [(11.0, None)]


def test_a_refused_published_file_is_told_again_in_the_next_refresh(folder: Folder, requests_text: str) -> None:
    folder.write(REQUESTS, requests_text.replace(",10,", ",12,"))
    settings = Settings(data_dir=folder.path.parent / "data", published_dir=folder.path)
    refused = build_published_figures(settings).result.refused
    assert [file.file for file in refused] == ["requests.csv"]
    assert build_published_figures(settings).result.refused == refused
