"""The whole job on a messy inbox: what is counted, what is refused, and what a second and a third run change."""

from collections import Counter

import duckdb
import pytest

from pipelines.contract_files import load_contract
from pipelines.ingest.landing import read_manifest
from pipelines.publish import list_releases
from pipelines.publish.formats import DATABASE
from pipelines.publish.release import verify_release
from pipelines.synthetic.generator import SOURCES
from pipelines.synthetic.truth import ALL_ROWS_BAD, EMPTY_FILE, HEADER_ONLY, OTHER_SOURCE
from tests.attack.program import attack, real
from tests.attack.truth import true_counts
from tests.refresh.conftest import Messy, Refreshed, Troubled
from tests.refresh.running import core

# Two sources may share more than half of their headers: then each header is named.
REFUSAL_CODES = {
    EMPTY_FILE: {"empty"},
    HEADER_ONLY: {"rules"},
    OTHER_SOURCE: {"other_source", "headers"},
    ALL_ROWS_BAD: {"rules"},
}


def test_a_messy_inbox_needs_attention_and_is_published_all_the_same(messy: Messy) -> None:
    said = messy.refreshed.said
    assert (said.returncode, said.stderr) == (1, ""), said.stderr
    assert "Failed" not in said.stdout
    assert f"refused {sum(file.refused is not None for file in messy.files)}" in said.stdout
    assert len(messy.refreshed.release_ids) == 1
    verify_release(list_releases(messy.settings)[-1])


def test_every_row_received_is_accounted_for(messy: Messy) -> None:
    by_name = {(row["source"], row["file_name"]): row for row in messy.refreshed.reconciliation}
    assert len(by_name) == len(messy.files)
    for file in messy.files:
        row = by_name[(file.source, file.file)]
        parts = ("rows_accepted", "rows_quarantined", "rows_duplicate", "rows_superseded")
        assert row["rows_received"] == sum(int(str(row[part])) for part in parts), file.file
        if file.refused is None:
            assert row["rows_received"] == file.rows, file.file
            assert row["rows_quarantined"] == file.expected_quarantined, file.file
            assert row["rows_duplicate"] == file.expected_duplicates, file.file
            assert row["status"] == "current"


@pytest.mark.parametrize("source", SOURCES)
def test_each_fault_is_found_by_its_rules_as_often_as_it_was_put_in(messy: Messy, source: str) -> None:
    critical = {rule.id for rule in load_contract(source).rules if rule.severity == "critical"}
    names = {row["file_id"]: row["file_name"] for row in messy.refreshed.reconciliation}
    good = {file.file for file in messy.files if file.source == source and not file.refused}
    expected: Counter[tuple[str, str]] = Counter()
    for fault in messy.truth[source].values():
        rules, files = fault["rules"], fault["files"]
        assert isinstance(rules, list) and isinstance(files, dict)
        for rule in rules:
            for name, rows in files.items():
                if name in good:
                    expected[(name, rule)] += rows
    found = {
        (str(names[row["file_id"]]), str(row["rule_id"])): int(str(row["failed"]))
        for row in core(messy.settings, "rule_result")
        # Files that other tests of this session drop later have no name here.
        if row["source"] == source and names.get(row["file_id"]) in good and row["failed"]
    }
    assert {place: rows for place, rows in found.items() if place[1] in critical} == {
        place: rows for place, rows in expected.items() if place[1] in critical
    }
    assert not [place for place, rows in expected.items() if found.get(place, 0) < rows]


def test_files_that_cannot_be_used_are_refused_for_their_own_reason(messy: Messy) -> None:
    by_name = {(row["source"], row["file_name"]): row for row in messy.refreshed.reconciliation}
    refused = [file for file in messy.files if file.refused]
    assert len(refused) == 4 * len(SOURCES)
    for file in refused:
        row = by_name[(file.source, file.file)]
        assert (row["status"], row["rows_accepted"]) == ("refused", 0), file.file
        assert row["refusal_code"] in REFUSAL_CODES[file.refused or ""], file.file
    page = (messy.settings.reports / "what_to_fix.html").read_text(encoding="utf-8")
    assert "EXC_" in page and "What is wrong" in page


def test_the_same_files_dropped_again_change_nothing(messy: Messy, again: Refreshed) -> None:
    assert (again.said.returncode, again.said.stderr) == (1, "")
    assert again.release_ids == messy.refreshed.release_ids
    assert again.rows == messy.refreshed.rows
    assert again.reconciliation == messy.refreshed.reconciliation
    assert not [path for path in messy.settings.inbox.rglob("*") if path.is_file()]
    manifest = read_manifest(messy.settings)
    assert len({file.sha256 for file in manifest if file.source == "pupil_roll"}) == sum(
        file.source == "pupil_roll" for file in manifest
    )


def test_a_bad_file_leaves_the_last_good_data_and_says_that_they_are_stale(messy: Messy, troubled: Troubled) -> None:
    staged = "staging/pupil_roll/pupil_roll.parquet"
    assert troubled.refreshed.rows[staged] == messy.refreshed.rows[staged] > 0
    (status,) = [row for row in core(messy.settings, "source_status") if row["source"] == "pupil_roll"]
    assert status["status"] == "stale"
    assert "stays in use" in str(status["message"]) and status["age_days"] is not None
    assert "pupil_roll: stale" in troubled.refreshed.said.stdout
    with duckdb.connect(str(messy.settings.shared / "send_shared.duckdb"), read_only=True) as connection:
        assert "stale" in str(connection.execute("select * from release").fetchall())


def test_the_other_sources_go_on_beside_a_bad_file(messy: Messy, troubled: Troubled) -> None:
    staged = "staging/graduated_response/graduated_response.parquet"
    assert troubled.refreshed.rows[staged] > messy.refreshed.rows[staged]
    assert len(troubled.refreshed.release_ids) == 2
    assert troubled.refreshed.release_ids[1] == messy.refreshed.release_ids[0]
    for release in list_releases(messy.settings):
        verify_release(release)


def test_a_file_with_bad_rows_only_is_refused_and_every_row_counted(troubled: Troubled) -> None:
    (row,) = [row for row in troubled.refreshed.reconciliation if row["file_name"] == "next_year.csv"]
    assert (row["status"], row["refusal_code"], row["rows_accepted"]) == ("refused", "rules", 0)
    assert row["rows_received"] == row["rows_quarantined"] == 60


def test_a_warehouse_file_that_an_analyst_holds_does_not_stop_the_refresh(messy: Messy, troubled: Troubled) -> None:
    assert "Failed" not in troubled.refreshed.said.stdout
    before, after = troubled.holder_said.split()
    assert before == after == str(len(messy.files))
    with duckdb.connect(str(messy.settings.warehouse / "warehouse.duckdb"), read_only=True) as connection:
        counted = connection.execute("select count(*) from core.reconciliation").fetchall()
    assert counted == [(len(messy.files) + 2,)]


def test_a_stale_log_beside_the_shared_file_is_not_replayed(messy: Messy, troubled: Troubled) -> None:
    shared = messy.settings.shared / "send_shared.duckdb"
    assert not shared.with_name(f"{shared.name}.wal").exists()
    newest = list_releases(messy.settings)[0]
    assert newest.release_id == troubled.refreshed.release_ids[0]
    assert shared.read_bytes() == (newest.folder / shared.name).read_bytes()
    with duckdb.connect(str(shared), read_only=True) as connection:
        assert connection.execute("select distinct release_id from release").fetchall() == [(newest.release_id,)]


def test_no_small_count_can_be_found_out_from_the_partner_file_and_the_one_before(
    messy: Messy, troubled: Troubled
) -> None:
    newest, before = list_releases(messy.settings)
    assert newest.release_id in troubled.refreshed.release_ids
    attacked = attack([before.folder / DATABASE, newest.folder / DATABASE])
    assert attacked.hidden > 1000
    found = real(attacked.findings, true_counts(messy.settings))
    # In so few pupils the attacker's laws do not all hold: that is told too, and no leak.
    assert [(one.kind, one.about) for one in found if one.kind != "no law"] == []


def test_every_group_has_a_row_in_every_period_so_that_a_row_tells_nothing(messy: Messy) -> None:
    newest = list_releases(messy.settings)[0]
    with duckdb.connect(str(newest.folder / DATABASE), read_only=True) as connection:
        groups = """
            select measure_id, period_type, period_start, breakdown, list(breakdown_value order by breakdown_value) as them
            from observation group by all
        """
        differing = connection.execute(
            f"select measure_id, breakdown from ({groups}) group by measure_id, period_type, breakdown"
            " having count(distinct them) > 1"
        ).fetchall()
        assert differing == []
        asked = """
            select breakdown, list(breakdown_value order by breakdown_value) as them from lived_experience
            group by wave_id, question_id, breakdown
        """
        assert not connection.execute(
            f"select breakdown from ({asked}) where them <> ['Unknown'] group by breakdown having count(distinct them) > 1"
        ).fetchall()
        pairs = "select table_id, period_start, count(*) as n from cross_tabulation group by all"
        assert not connection.execute(
            f"select table_id from ({pairs}) where table_id <> 'answers_by_theme_and_sen_status' group by table_id"
            " having count(distinct n) > 1"
        ).fetchall()
