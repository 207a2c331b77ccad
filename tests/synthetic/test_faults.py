"""Faults on purpose: the truth that is written agrees with the files, and with what the pipeline makes of them."""

import csv
import json
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from pipelines.contract_files import load_contract
from pipelines.extract import process_files
from pipelines.ingest.landing import receive
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.outcomes import FileOutcome
from pipelines.settings import Settings
from pipelines.synthetic.faults import COLUMNS, DUPLICATE_KEY, DUPLICATE_ROW, IMPOSSIBLE_DAY
from pipelines.synthetic.generator import CLEAN_SOURCES, SOURCES, generate
from pipelines.synthetic.scale import Scale
from pipelines.synthetic.truth import EMPTY_FILE, OTHER_SOURCE, GeneratedFile, GeneratedTruth

SHARE = 0.15 / 16.4
RATE = 0.05


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def messy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GeneratedTruth]:
    out = tmp_path_factory.mktemp("messy") / "inbox"
    return out, generate(out, Scale.REGION, seed=1, mess=RATE, share=SHARE)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, GeneratedTruth]:
    out = tmp_path_factory.mktemp("clean") / "inbox"
    return out, generate(out, Scale.REGION, seed=3, share=SHARE)


def test_without_mess_there_is_no_fault_and_no_truth_file(clean: tuple[Path, GeneratedTruth]) -> None:
    out, truth = clean
    assert not any(file.faults or file.refused for file in truth.files)
    assert not (out / "truth.json").exists()


def test_about_the_asked_share_of_rows_has_a_fault(messy: tuple[Path, GeneratedTruth]) -> None:
    for file in messy[1].files:
        if file.source in SOURCES and not file.refused and file.rows > 500:
            faulty = sum(file.faults.values()) - file.faults[DUPLICATE_KEY] / 2
            assert faulty / file.rows == pytest.approx(RATE, abs=0.02), file.file


@pytest.mark.parametrize("source", SOURCES)
def test_each_source_has_every_kind_of_fault_that_it_can_have(messy: tuple[Path, GeneratedTruth], source: str) -> None:
    found = {kind for file in messy[1].files if file.source == source for kind in file.faults}
    assert found == set(COLUMNS[source])


def test_rows_and_faults_counted_in_the_file_are_those_of_the_truth(messy: tuple[Path, GeneratedTruth]) -> None:
    out, truth = messy
    for file in (file for file in truth.files if file.source in SOURCES and not file.refused):
        rows = read(out / file.source / file.file)
        assert len(rows) == file.rows
        columns = COLUMNS[file.source]
        copies = sum(count - 1 for count in Counter(tuple(row.values()) for row in rows).values())
        assert copies == file.faults.get(DUPLICATE_ROW, 0)
        dates = columns["impossible_date"].column
        assert sum(row[dates] == IMPOSSIBLE_DAY for row in rows) == file.faults.get("impossible_date", 0)
        codes = columns["unknown_code"].column
        assert sum(row[codes] == "QQ" for row in rows) == file.faults.get("unknown_code", 0)


def test_the_truth_names_rows_rules_and_outcome_of_each_fault(messy: tuple[Path, GeneratedTruth]) -> None:
    out, truth = messy
    written = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    assert set(written["sources"]) == set(SOURCES)
    for source, faults in written["sources"].items():
        known = {rule.id for rule in load_contract(source).rules}
        for fault, entry in faults.items():
            assert entry["rows"] == sum(entry["files"].values())
            assert entry["outcome"] in ("quarantined", "kept", "duplicate", "refused")
            assert set(entry["rules"]) <= known, fault
    assert len(written["files"]) == len(truth.files)


def outcome_of(settings: Settings, out: Path, file: GeneratedFile, as_at: date) -> FileOutcome:
    waiting = settings.inbox / file.source / file.file
    waiting.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(out / file.source / file.file, waiting)
    (received,) = receive(settings, file.source).new
    key = PseudonymKey("test", bytes(32))
    (outcome,) = process_files(settings, load_contract(file.source), [received], key, as_at, "")
    return outcome


@pytest.mark.parametrize("source", SOURCES)
def test_the_pipeline_quarantines_what_the_truth_says_reason_by_reason(
    messy: tuple[Path, GeneratedTruth], settings: Settings, source: str
) -> None:
    out, truth = messy
    file = max((file for file in truth.files if file.source == source and not file.refused), key=lambda one: one.rows)
    outcome = outcome_of(settings, out, file, truth.as_at)
    assert not outcome.refused
    assert outcome.rows_received == file.rows
    assert outcome.rows_quarantined == file.expected_quarantined
    assert outcome.rows_duplicate == file.expected_duplicates
    severity = {rule.id: rule.severity for rule in load_contract(source).rules}
    expected: Counter[str] = Counter()
    for kind, rows in file.faults.items():
        for rule in COLUMNS[source][kind].expected.rules:
            expected[rule] += rows
    critical = {
        result.rule_id: result.failed
        for result in outcome.rule_results
        if result.failed and severity[result.rule_id] == "critical"
    }
    assert critical == {rule: rows for rule, rows in expected.items() if severity[rule] == "critical"}


@pytest.mark.parametrize("source", SOURCES)
def test_the_pipeline_refuses_the_files_that_the_truth_says(
    messy: tuple[Path, GeneratedTruth], settings: Settings, source: str
) -> None:
    out, truth = messy
    refused = [file for file in truth.files if file.source == source and file.refused]
    assert len(refused) == 4
    for file in refused:
        # Running all rules takes seconds: one source stands for the files that only the rules refuse.
        if source == "pupil_roll" or file.refused in (EMPTY_FILE, OTHER_SOURCE):
            assert outcome_of(settings, out, file, truth.as_at).refused, file.refused


@pytest.mark.parametrize("source", [*SOURCES, *CLEAN_SOURCES])
def test_a_file_without_mess_passes_every_critical_rule(
    clean: tuple[Path, GeneratedTruth], settings: Settings, source: str
) -> None:
    out, truth = clean
    file = max((file for file in truth.files if file.source == source), key=lambda one: one.rows)
    outcome = outcome_of(settings, out, file, truth.as_at)
    severity = {rule.id: rule.severity for rule in load_contract(source).rules}
    assert (outcome.rows_quarantined, outcome.rows_duplicate, outcome.refused) == (0, 0, False)
    assert not [r.rule_id for r in outcome.rule_results if r.failed and severity[r.rule_id] == "critical"]
