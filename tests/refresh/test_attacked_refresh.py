"""The attacker of tests/attack against the partner files of whole refreshes, all of them together."""

from pipelines.publish import list_releases
from pipelines.publish.formats import DATABASE
from tests.attack.program import attack, real
from tests.attack.truth import true_counts
from tests.refresh.conftest import Messy, Troubled


def test_no_small_count_can_be_found_out_from_the_partner_files(messy: Messy, troubled: Troubled) -> None:
    assert troubled.refreshed.release_ids
    releases = sorted(list_releases(messy.settings), key=lambda release: release.release_id)
    attacked = attack([release.folder / DATABASE for release in releases])
    assert attacked.hidden > 1000
    assert [(one.kind, one.about) for one in real(attacked.findings, true_counts(messy.settings))] == []
