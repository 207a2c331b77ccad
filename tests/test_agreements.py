"""The record of processing and the DPIA annex hold every extract, every column and every table, with its terms."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from pipelines.agreements import AT_THE_DOOR, PROCESSING, ProcessingProblem, load_processing, write_agreements
from pipelines.cli import app
from pipelines.contract_files import load_contracts
from pipelines.publish.errors import PublishError
from pipelines.publish.shared_contract import SHARED_CONTRACT, load_shared_contract
from pipelines.settings import Settings
from pipelines.shared_tables import load_shared_tables


@pytest.fixture
def documents(settings: Settings) -> tuple[str, str]:
    record, annex = write_agreements(settings)
    return record.read_text(encoding="utf-8"), annex.read_text(encoding="utf-8")


def test_the_record_has_every_extract_with_what_article_30_asks_for(documents: tuple[str, str]) -> None:
    record, _ = documents
    for contract in load_contracts():
        _, _, after = record.partition(f"## Extract: {contract.name}\n")
        of_extract = after.partition("\n## ")[0]
        for asked in ("Purpose", "Data subjects", "Legal basis", "Recipients", "Time limit"):
            assert f"- {asked}: " in of_extract, (contract.id, asked)
        assert all(column.name in of_extract for column in contract.columns)
    for asked in ("Controller", "Data protection officer", "Transfers to third countries"):
        assert f"- {asked}: " in record
    assert "## Security" in record


def test_the_record_has_every_shared_table_with_purpose_basis_recipients_and_time_limit(
    documents: tuple[str, str],
) -> None:
    record, _ = documents
    names = {table.name for table in load_shared_contract().tables} | {
        one.id for one in load_shared_tables().agreements
    }
    lines = {line.split(" | ")[0].removeprefix("| "): line for line in record.splitlines() if line.startswith("| ")}
    assert names <= set(lines)
    for name in names:
        cells = [cell.strip() for cell in lines[name].strip("|").split("|")]
        assert len(cells) == 5 and all(cells), name


def test_the_annex_says_of_every_column_of_an_extract_what_the_door_does(documents: tuple[str, str]) -> None:
    _, annex = documents
    for contract in load_contracts():
        of_extract = annex.partition(f"## Extract {contract.id} {contract.version}\n")[2].partition("\n## ")[0]
        for column in contract.columns:
            assert f"| {column.name} | {column.classification} | {AT_THE_DOOR[column.classification]}" in of_extract
            if column.classification == "direct_identifier":
                assert f"| {column.name} | direct_identifier | dropped while the file is read" in of_extract


def test_the_annex_has_every_shared_column_with_its_terms(documents: tuple[str, str]) -> None:
    _, annex = documents
    for table in load_shared_contract().tables:
        of_table = annex.partition(f"## Shared table {table.name}\n")[2].partition("\n## ")[0]
        for column in table.columns:
            assert f"| {column.name} | {column.classification} | {column.terms.purpose} |" in of_table


@pytest.mark.parametrize("term", ["purpose", "legalBasis", "recipients", "retention"])
def test_a_shared_table_without_its_terms_fails_the_build(tmp_path: Path, term: str) -> None:
    document = yaml.load(SHARED_CONTRACT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    document["schema"] = [table for table in document["schema"] if table["name"] == "observation"]
    place = document["schema"][0] if term == "purpose" else document
    place["customProperties"] = [extra for extra in place["customProperties"] if extra["property"] != term]
    path = tmp_path / "shared.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(PublishError, match=f"observation.measure_id has no {term}"):
        load_shared_contract(path)


def test_a_column_may_have_terms_of_its_own(tmp_path: Path) -> None:
    document = yaml.load(SHARED_CONTRACT.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    document["schema"] = [table for table in document["schema"] if table["name"] == "observation"]
    own = {"property": "retention", "value": "one year after publication"}
    document["schema"][0]["properties"][0]["customProperties"] = [own]
    path = tmp_path / "shared.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    first, second = load_shared_contract(path).tables[0].columns[:2]
    assert first.terms.retention == "one year after publication"
    assert second.terms.retention == "three years after publication"
    assert first.terms.purpose == second.terms.purpose


def test_a_source_with_an_unknown_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "processing.yaml"
    text = PROCESSING.read_text(encoding="utf-8")
    path.write_text(
        text.replace("    data_subjects: members of staff, in numbers", "    people: members of staff"), "utf-8"
    )
    with pytest.raises(ProcessingProblem, match="people"):
        load_processing(path)


def test_the_command_says_where_the_documents_are(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SENDSET_DATA_DIR", str(settings.data_dir))
    said = CliRunner().invoke(app, ["agreements"])
    assert said.exit_code == 0, said.output
    assert "record_of_processing.md" in said.output
    assert (settings.reports / "dpia_annex.md").is_file()
