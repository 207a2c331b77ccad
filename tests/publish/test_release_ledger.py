"""The ledger says what each release showed and hid, and finds a record that is not what the release was made from."""

import gzip
import json
from collections import Counter
from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from small_release import publish

from pipelines.disclosure.linked.ledger import LedgerRow, identity
from pipelines.ingest.pseudonyms import load_key, rotate_key
from pipelines.publish.errors import PublishError
from pipelines.publish.past import Past, load_past, record_path
from pipelines.publish.release_ledger import LedgerEntry, keep_ledger, ledger_path, load_ledger
from pipelines.settings import Settings

PLACE = ("EH1 numerator", "calendar_year 2025-01-01", "EH1")


def test_a_release_adds_what_is_new_or_changed_and_no_count_is_told(settings: Settings) -> None:
    first, second = publish(settings, 0), publish(settings, 10)
    rows = [pq.read_table(ledger_path(settings, one.release_id)).to_pylist() for one in (first, second)]
    # Seven years of F, M, Unknown and All: numerators and denominators, of which those of Unknown are small.
    assert len(rows[0]) == 7 * 4 * 2
    assert {row["status"] for row in rows[0] if " Unknown" in row["cell"]} == {"suppressed"}
    # In the second round F and All have ten more each year.
    assert Counter(row["cell"].rpartition(" ")[2] for row in rows[1]) == {"F": 7, "All": 7}
    assert {row["policy_version"] for row in rows[0]} == {"1: counts under 5, bases under 10"}
    assert set(rows[0][0]) == {
        *("release_id", "cell", "period", "universe", "status", "value_hash", "policy_version", "key_id"),
    }


def test_nothing_is_published_while_a_record_holds_other_counts_than_its_release_was_made_from(
    settings: Settings,
) -> None:
    first = publish(settings, 0)
    path = record_path(settings, first.release_id)
    record = json.loads(gzip.decompress(path.read_bytes()))
    small = next(cell for cell in record["cells"] if cell[0].startswith("EH1 numerator") and "Unknown" in cell[0])
    small[1] += 1
    path.write_bytes(gzip.compress(json.dumps(record).encode()))
    with pytest.raises(PublishError, match=f"record of release {first.release_id} holds other counts"):
        publish(settings, 10)


def test_nothing_is_published_without_the_ledger_of_an_earlier_release(settings: Settings) -> None:
    first = publish(settings, 0)
    ledger_path(settings, first.release_id).unlink()
    with pytest.raises(PublishError, match=r"ledger of release .* is missing"):
        publish(settings, 10)


def test_after_a_rotation_of_the_key_releases_go_on(settings: Settings) -> None:
    first = publish(settings, 0)
    rotate_key(settings)
    second = publish(settings, 10)
    past = load_past(settings, [first.release_id, second.release_id])
    assert len({row.release_id for row in load_ledger(settings, past, load_key(settings))}) == 2


@pytest.mark.parametrize("known", [False, True])
def test_a_count_that_was_suppressed_is_shown_only_if_readers_have_it_from_elsewhere(
    settings: Settings, known: bool
) -> None:
    name = identity(*PLACE)
    hidden = LedgerRow("r1", *PLACE, "suppressed", "hash", "1")
    entry = LedgerEntry([PLACE], {name: 30}, {name: "shown"}, frozenset(), [hidden], "1")
    key = load_key(settings)
    if known:
        keep_ledger(settings, "r2", replace(entry, known=frozenset([name])), key)
        assert load_ledger(settings, Past(), key) == ()
    else:
        with pytest.raises(PublishError, match="would show what an earlier one suppressed"):
            keep_ledger(settings, "r2", entry, key)
    assert ledger_path(settings, "r2").exists() is known
