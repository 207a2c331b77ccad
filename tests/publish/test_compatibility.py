"""What may change in the shared contract under which version."""

from pathlib import Path

import pytest
import yaml
from small_release import publish

from pipelines.publish import PublishError, list_releases
from pipelines.publish.compatibility import check_compatible, check_versions
from pipelines.publish.shared_contract import SHARED_CONTRACT, load_shared_contract
from pipelines.settings import Settings

BEFORE = {"observation.value": "DOUBLE", "observation.unit": "VARCHAR"}
GONE = {"observation.value": "DOUBLE"}
RETYPED = BEFORE | {"observation.value": "BIGINT"}
ADDED = BEFORE | {"observation.note": "VARCHAR"}


@pytest.mark.parametrize(
    ("after", "version"),
    [(BEFORE, (1, 2, 0)), (BEFORE, (1, 2, 1)), (ADDED, (1, 3, 0)), (GONE, (2, 0, 0)), (RETYPED, (2, 0, 0))],
)
def test_a_change_under_the_version_that_it_needs_passes(after: dict[str, str], version: tuple[int, int, int]) -> None:
    check_versions((1, 2, 0), version, BEFORE, after)


@pytest.mark.parametrize(
    ("after", "version", "said"),
    [
        (GONE, (1, 9, 0), r"at least 2\.0\.0 after 1\.2\.0: observation\.unit is gone"),
        (RETYPED, (1, 9, 0), r"at least 2\.0\.0 after 1\.2\.0: observation\.value has another type"),
        (ADDED, (1, 2, 9), r"at least 1\.3\.0 after 1\.2\.0: observation\.note is new"),
        (BEFORE, (1, 1, 0), "a contract never goes back"),
    ],
)
def test_a_change_under_a_lesser_version_is_refused(
    after: dict[str, str], version: tuple[int, int, int], said: str
) -> None:
    with pytest.raises(PublishError, match=said):
        check_versions((1, 2, 0), version, BEFORE, after)


def test_a_release_that_would_break_partners_programs_is_not_published(twice: Settings) -> None:
    newest = list_releases(twice)[0]
    published = newest.folder / "contract.yaml"
    document = yaml.safe_load(published.read_text(encoding="utf-8"))
    observation = next(table for table in document["schema"] if table["name"] == "observation")
    observation["properties"].append({"name": "promised", "physicalType": "DOUBLE"})
    published.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(PublishError, match=r"observation\.promised is gone"):
        publish(twice, 2)
    assert list_releases(twice)[0] == newest


def test_the_contract_may_follow_itself_and_nothing(tmp_path: Path) -> None:
    check_compatible(SHARED_CONTRACT, load_shared_contract())
    check_compatible(tmp_path / "none.yaml", load_shared_contract())
    check_compatible(None, load_shared_contract())
