"""The letters that a refresh writes: what stands in them, in which order, and that no value ever does."""

import csv
import re
import shutil
from pathlib import Path

import dagster as dg
import openpyxl
import pytest

from assets.reconciliation import LETTERS, reconciliation_assets
from pipelines.contracts import Contract
from pipelines.dagster_home import environment
from pipelines.ingest.pseudonyms import new_key
from pipelines.letters.lists import COLUMNS
from pipelines.reconciliation import read_outcomes
from pipelines.resources import Workspace
from pipelines.settings import Settings
from pipelines.to_fix import letter_pages, write_to_fix
from pipelines.withdrawals import withdraw
from tests.letters.delivered import MARK, SUPPLIER, deliver, few_rules, marked

FIRST = [
    marked(),
    marked(start_date=""),
    marked(start_date="", sex=f"{MARK} sex"),
    marked(sex=f"{MARK} sex"),
]
SECOND = [
    marked(ethnicity=f"{MARK} ethnicity", sessions=f"{MARK} sessions"),
    marked(sex=f"{MARK} sex"),
    marked(sex=f"{MARK} sex"),
]


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports after two deliveries of one supplier, and one of a second supplier without a fault."""
    folder = tmp_path_factory.mktemp("letters")
    settings = Settings(data_dir=folder / "data", key_file=folder / "pseudonym.key")
    new_key(settings.key_file)
    deliver(settings, "autumn.csv", FIRST)
    deliver(settings, "=1+1.xlsx", SECOND)
    deliver(settings, "clean.csv", [{}], supplier="clean")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.to_fix.load_contracts", lambda: [few_rules()])
        write_to_fix(settings)
    return settings.reports


@pytest.fixture(scope="module")
def lines(reports: Path) -> list[dict[str, str]]:
    with (reports / "letters/exclusions/supplier_1.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def text(page: Path) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8")).split())


def test_each_supplier_has_a_letter_that_is_called_by_its_number(reports: Path) -> None:
    found = sorted(path.relative_to(reports).as_posix() for path in (reports / "letters").rglob("*.*"))
    stems = ("letters/exclusions/supplier_1", "letters/exclusions/supplier_2")
    assert found == sorted(f"{stem}.{kind}" for stem in stems for kind in ("csv", "html", "xlsx"))


def test_a_letter_says_to_whom_it_is_and_what_came_of_the_delivery(reports: Path) -> None:
    said = text(reports / "letters/exclusions/supplier_1.html")
    assert f"To {SUPPLIER} , about the file received on" in said
    assert "=1+1.xlsx" in said and "The file can be used as it is." in said and "autumn.csv" not in said


def test_a_place_is_told_as_excel_shows_it(lines: list[dict[str, str]], reports: Path) -> None:
    places = {
        (line["rule_id"], line["sheet"], line["row_number"], line["column"], line["column_letter"]) for line in lines
    }
    # Two rows stand above the first record, and one column before the first of the template.
    assert {place for place in places if place[0] == "EXC_009"} == {
        ("EXC_009", "'=2+3", "4", "sex", "F"),
        ("EXC_009", "'=2+3", "5", "sex", "F"),
    }
    assert "sheet =2+3, column F (sex), rows 4, 5" in text(reports / "letters/exclusions/supplier_1.html")


def test_what_is_most_useful_to_fix_stands_first(lines: list[dict[str, str]]) -> None:
    orders = {line["rule_id"]: int(line["fix_order"]) for line in lines}
    warnings = [line["rule_id"] for line in lines if line["severity"] == "warning"]
    assert list(dict.fromkeys(warnings)) == ["EXC_009", "EXC_010", "EXC_025"]  # 2 rows × 5, 1 × 5, 1 × 2 measures
    assert all(orders[rule] < orders["COLUMNS_NOT_READ"] for rule in warnings)


def test_the_measures_that_a_column_touches_are_derived(lines: list[dict[str, str]]) -> None:
    touched = {line["rule_id"]: line["measures"].split() for line in lines}
    assert touched["EXC_025"] == ["EX2", "EX5"]
    by_group = {line["rule_id"]: line["measures_by_group"].split() for line in lines}
    assert "EX1" in by_group["EXC_009"] and "EX1" not in touched["EXC_009"]


def test_a_letter_is_compared_with_the_delivery_before(lines: list[dict[str, str]], reports: Path) -> None:
    since = {line["rule_id"]: line["since_last_delivery"] for line in lines if line["severity"] == "warning"}
    assert since == {"EXC_009": "as before", "EXC_010": "new", "EXC_025": "new"}
    said = text(reports / "letters/exclusions/supplier_1.html")
    assert "Rows not used: 2 of 4 then, 0 of 3 now." in said
    assert "Things to fix then: 2. Mended since: 1. Still there: 1. New: 2." in said
    assert "Thank you for mending: The first day is there." in said


def test_a_delivery_without_a_fault_is_thanked_for(reports: Path) -> None:
    said = text(reports / "letters/exclusions/supplier_2.html")
    assert "Thank you: there is nothing to fix." in said and "Rule not kept" not in said


def test_no_value_and_no_heading_stands_in_any_report(reports: Path) -> None:
    pages = [path.read_text(encoding="utf-8") for path in reports.rglob("*.*") if path.suffix in (".html", ".csv")]
    books = [str([[cell.value for cell in row] for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows()])
             for path in reports.rglob("*.xlsx")]  # fmt: skip
    landed = [path.read_bytes() for path in (reports.parent / "landing").rglob("*.csv")]
    assert any(MARK.encode() in content for content in landed)
    assert len(pages) == 6 and len(books) == 2
    assert not [page for page in [*pages, *books] if MARK.lower() in page.lower() or "HYPERLINK" in page]


def test_no_cell_of_a_workbook_is_a_formula_and_its_lines_can_be_filtered(reports: Path) -> None:
    book = openpyxl.load_workbook(reports / "letters/exclusions/supplier_1.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert {"=1+1.xlsx", "=2+3", SUPPLIER} <= {cell.value for cell in cells}
    sheet = book["Lines"]
    assert [cell.value for cell in sheet[1]] == list(COLUMNS)
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == f"A1:S{sheet.max_row}"


def test_no_cell_of_a_csv_begins_a_formula(reports: Path) -> None:
    files = [*reports.rglob("*.csv")]
    assert len(files) == 3
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            cells = [cell for row in csv.reader(handle) for cell in row]
        assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    overview = reports / "what_to_fix.csv"
    assert f"'{SUPPLIER}" in overview.read_text(encoding="utf-8-sig")


def test_every_link_inside_the_reports_resolves(reports: Path) -> None:
    links = [
        (page, link)
        for page in reports.rglob("*.html")
        for link in re.findall(r'href="([^"]+)"', page.read_text("utf-8"))
    ]
    inside = [(page, link) for page, link in links if not link.startswith("https://")]
    assert len(inside) == 1 + 2 * 3 + 2 * 2
    assert not [link for page, link in inside if not (page.parent / link).is_file()]


def test_the_overview_has_the_same_lines_as_the_letters(reports: Path, lines: list[dict[str, str]]) -> None:
    with (reports / "what_to_fix.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [line for line in csv.DictReader(file) if line["file_name"] == "'=1+1.xlsx"] == lines


def test_a_letter_goes_when_its_supplier_has_withdrawn_every_file(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(reports.parent, tmp_path / "data")
    settings = Settings(data_dir=tmp_path / "data", key_file=reports.parent.parent / "pseudonym.key")
    contract: Contract = few_rules()
    (clean,) = [outcome for outcome in read_outcomes(settings, contract) if outcome.supplier == "clean"]
    withdraw(settings, clean.file_id, "Wrong month")
    monkeypatch.setattr("pipelines.to_fix.load_contracts", lambda: [contract])
    write_to_fix(settings)
    assert [page.name for page in letter_pages(settings)] == ["supplier_1.html"]
    assert len(list((settings.reports / "letters").rglob("*.*"))) == 3


def test_dagster_links_to_the_letters_and_names_no_supplier(
    reports: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(reports.parent, tmp_path / "data")
    settings = Settings(data_dir=tmp_path / "data", key_file=reports.parent.parent / "pseudonym.key")
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("pipelines.to_fix.load_contracts", lambda: [few_rules()])
    _, what_to_fix = reconciliation_assets([few_rules()])
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([what_to_fix], resources={"workspace": Workspace()}, instance=instance)
    (made,) = (event for event in result.get_asset_materialization_events() if event.asset_key == LETTERS)
    metadata = made.step_materialization_data.materialization.metadata
    links = re.findall(r"\]\(http://[^/]+/(letters/[^)]+)\)", str(metadata["open"].value))
    assert metadata["letters"].value == len(links) == 2
    assert all((settings.reports / link).is_file() for link in links)
    assert SUPPLIER not in str(metadata)


def test_a_page_can_be_read_by_everybody(reports: Path) -> None:
    for page in reports.rglob("*.html"):
        content = page.read_text(encoding="utf-8")
        assert content.startswith("<!doctype html>") and '<html lang="en-GB">' in content and "<title>" in content
        assert re.findall(r"<h(\d)", content)[0] == "1" and content.count("<h1") == 1
        assert not re.findall(r"<th(?! scope=)[ >]", content)
