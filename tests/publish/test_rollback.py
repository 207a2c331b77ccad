"""Going back to an earlier release: partners get it again, why is on record, and the next refresh publishes anew."""

import gzip
import json
from datetime import UTC, datetime

import duckdb
import pytest
from small_release import publish

from pipelines.publish import PublishError, ensure_current, list_releases, seen_by_partners
from pipelines.publish.guarantee import proof_path
from pipelines.publish.past import record_path
from pipelines.publish.rollback import roll_back
from pipelines.publish.rollback_record import rollbacks
from pipelines.publish.verification import release_called, verify_whole
from pipelines.settings import Settings

NOON = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)


def seen(settings: Settings) -> str:
    with duckdb.connect(str(settings.shared / "send_shared.duckdb"), read_only=True) as connection:
        return str(connection.execute("select release_id from release").fetchall()[0][0])


def test_after_a_rollback_partners_keep_the_earlier_release_and_the_same_figures_are_published_anew(
    twice: Settings,
) -> None:
    second, first = list_releases(twice)
    roll_back(twice, first.release_id, "The wrong roll was used.", NOON)
    assert seen(twice) == first.release_id
    ensure_current(twice)
    assert seen(twice) == first.release_id
    assert [(one.from_release, one.reason) for one in rollbacks(twice)] == [
        (second.release_id, "The wrong roll was used.")
    ]
    assert record_path(twice, second.release_id).is_file()
    again = publish(twice, 1, minutes=5)
    assert not again.unchanged
    assert again.content_sha256 == second.content_sha256
    assert seen(twice) == again.release_id != second.release_id
    assert len(list_releases(twice)) == 3
    verify_whole(twice, again)


def test_a_rollback_is_undone_by_going_to_the_newest(twice: Settings) -> None:
    second, first = list_releases(twice)
    roll_back(twice, first.release_id, "A mistake.", NOON)
    roll_back(twice, second.release_id, "The mistake was another.", NOON)
    assert seen(twice) == second.release_id
    assert seen_by_partners(twice) == second
    assert publish(twice, 1, minutes=5).unchanged


def test_a_rollback_needs_a_reason_and_a_release_that_is_as_it_was_published(twice: Settings) -> None:
    second, first = list_releases(twice)
    with pytest.raises(PublishError, match="needs a reason"):
        roll_back(twice, first.release_id, " ", NOON)
    with pytest.raises(PublishError, match="There is no release"):
        roll_back(twice, "1999", "Why not.", NOON)
    (first.folder / "csv" / "measure.csv").write_text("changed", encoding="utf-8")
    with pytest.raises(PublishError, match=r"csv/measure\.csv"):
        roll_back(twice, first.release_id, "A mistake.", NOON)
    assert rollbacks(twice) == []
    assert seen(twice) == second.release_id


def test_verification_holds_the_file_to_the_council_s_proof(twice: Settings) -> None:
    first = release_called(twice, list_releases(twice)[1].release_id[:-2])
    with pytest.raises(PublishError, match="2 releases begin"):
        release_called(twice, "2026")
    verify_whole(twice, first)
    path = proof_path(twice, first.release_id)
    told = json.loads(gzip.decompress(path.read_bytes()))
    told["proof"]["table"][0] += 1
    path.write_bytes(gzip.compress(json.dumps(told).encode()))
    with pytest.raises(PublishError, match="does not hold"):
        verify_whole(twice, first)
    path.unlink()
    with pytest.raises(PublishError, match="proof of its safety is missing"):
        verify_whole(twice, first)
