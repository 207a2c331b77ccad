"""May the contract of the shared dataset follow the one that was published last? Partners' programs depend on it.

Semantic versions: a table or column that is gone or has another type needs a new major version; one that is new, a minor one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from pipelines.publish.errors import PublishError
from pipelines.publish.shared_contract import SharedContract

# Lies in every release.
CONTRACT_FILE: Final = "contract.yaml"
Version = tuple[int, int, int]


def check_compatible(last: Path | None, contract: SharedContract) -> None:
    """Hold the contract to the one in a file, if there is one. Raises PublishError saying which version it must have."""
    if last is None or not last.is_file():
        return
    # Not as a SharedContract: what that must hold grows, and an old contract stays as it is.
    document = yaml.load(last.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    before = {
        f"{table['name']}.{column['name']}": str(column["physicalType"])
        for table in document["schema"]
        for column in table["properties"]
    }
    after = {f"{table.name}.{column.name}": column.data_type for table in contract.tables for column in table.columns}
    check_versions(_parts(str(document["version"])), _parts(contract.version), before, after)


def check_versions(old: Version, new: Version, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    """Hold two versions to the columns (table.column → type) that they stand for. Raises PublishError."""
    broken = [f"{name} is gone" for name in before if name not in after]
    broken += [f"{name} has another type" for name in before if after.get(name, before[name]) != before[name]]
    added = [f"{name} is new" for name in after if name not in before]
    needed = (old[0] + 1, 0, 0) if broken else (old[0], old[1] + 1, 0) if added else old
    if new < needed:
        why = "; ".join((broken or added)[:5]) or "a contract never goes back"
        raise PublishError(
            f"The shared contract has version {_text(new)} and needs at least {_text(needed)} after {_text(old)}: {why}."
            " Nothing was published; the last release stays."
        )


def _parts(version: str) -> Version:
    numbers = version.split(".")
    if len(numbers) != 3 or not all(number.isdecimal() for number in numbers):
        raise PublishError(f"The shared contract's version is {version!r}; write it as 1.2.3.")
    return int(numbers[0]), int(numbers[1]), int(numbers[2])


def _text(version: Version) -> str:
    return ".".join(map(str, version))
