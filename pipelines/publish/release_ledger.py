"""The ledger of releases: what each showed, suppressed and held, count after count, with a keyed hash of the count.

One Parquet file a release lies beside the council's record of it (`past.py`) and is never changed. It has the counts that are
new or whose number or status changed. It holds no count: by it the counts in the records are checked before the next release
is made from them, and what was suppressed once cannot be shown by mistake.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.disclosure.linked.ledger import (
    LedgerError,
    LedgerRow,
    Status,
    appended,
    check_values,
    identity,
    ledger_rows,
)
from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.observation_cells import Row, RowCounts
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.publish.errors import PublishError
from pipelines.publish.past import Past, record_path
from pipelines.settings import Settings

_SUFFIX = ".ledger.parquet"
_FIELDS = ("release_id", "cell", "period", "universe", "status", "value_hash", "policy_version")
_SCHEMA = pa.schema([(name, pa.string()) for name in (*_FIELDS, "key_id")])
_PURPOSE = "ledger"


@dataclass(frozen=True)
class LedgerEntry:
    """What a release adds to the ledger, but for its name.

    places: cell, period and universe of each count. values, statuses: by identity. known: identities of counts that readers
    have from elsewhere, which may be shown after they were suppressed. before: the ledger so far.
    """

    places: Sequence[tuple[str, str, str]] = ()
    values: Mapping[str, int] = field(default_factory=dict[str, int])
    statuses: Mapping[str, Status] = field(default_factory=dict[str, Status])
    known: frozenset[str] = frozenset()
    before: Sequence[LedgerRow] = ()
    policy_version: str = ""


def ledger_entry(
    tables: Mapping[str, tuple[Sequence[Row], Sequence[RowCounts]]],
    values: Mapping[str, int],
    statuses: Mapping[str, Status],
    known: Collection[str],
    before: tuple[Sequence[LedgerRow], Mapping[str, int]],
    policy: Policy,
) -> LedgerEntry:
    """tables: rows of each table and the keys of their counts. values, statuses, known: by key. before: the ledger so far, and
    the newest number of each count that an earlier release had."""
    ledger, numbers = before
    newest = {row.cell: row.status for row in ledger}
    places = {
        key: (key, _period(row), key.partition(" ")[0])
        for rows, counts in tables.values()
        for row, keys in zip(rows, counts, strict=True)
        for key in keys.keys
    }
    changed = {
        key: place
        for key, place in places.items()
        if newest.get(key) != statuses[key] or numbers.get(key) != values[key]
    }
    return LedgerEntry(
        list(changed.values()),
        {identity(*place): values[key] for key, place in changed.items()},
        {identity(*place): statuses[key] for key, place in changed.items()},
        frozenset(identity(*place) for key, place in changed.items() if key in known),
        ledger,
        f"{policy.version}: counts under {policy.threshold}, bases under {policy.base}",
    )


def keep_ledger(settings: Settings, release_id: str, entry: LedgerEntry, key: PseudonymKey) -> Path:
    """Append a release that is about to be published. Raises PublishError where it would show what was suppressed before."""
    rows = ledger_rows(
        release_id, entry.places, entry.values, entry.statuses, entry.policy_version, key.subkey(_PURPOSE)
    )
    try:
        appended(entry.before, rows, entry.known)
    except LedgerError:
        # It names cells, and with them where small counts lie: that is for nobody's log.
        raise PublishError(
            f"The ledger of releases does not take release {release_id}: it would show what an earlier one suppressed. The "
            "last release stays."
        ) from None
    path = ledger_path(settings, release_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist([asdict(row) | {"key_id": key.key_id} for row in rows], _SCHEMA), path)
    return path


def load_ledger(settings: Settings, past: Past, key: PseudonymKey) -> tuple[LedgerRow, ...]:
    """The ledger of all releases, the counts in their records checked by it. After a rotation of the key the hashes of before
    can be checked no more.

    Raises PublishError where the ledger of a release is missing, or its counts are not those that it was made from.
    """
    ledger: list[LedgerRow] = []
    numbers: dict[str, int] = {}
    for release in past.releases:
        numbers |= {cell.key: cell.value for cell in release.cells}
        path = ledger_path(settings, release.release_id)
        if not path.is_file():
            raise PublishError(
                f"The ledger of release {release.release_id} is missing ({path}). Restore it from the backup."
            )
        table = pq.read_table(path)
        rows = [LedgerRow(**{name: row[name] for name in _FIELDS}) for row in table.to_pylist()]
        if set(table["key_id"].unique().to_pylist()) <= {key.key_id}:
            values = {identity(row.cell, row.period, row.universe): numbers.get(row.cell, -1) for row in rows}
            _check(rows, release.release_id, values, key)
        ledger += rows
    return tuple(ledger)


def ledger_path(settings: Settings, release_id: str) -> Path:
    """Where the ledger of a release lies."""
    return record_path(settings, release_id).with_name(f"{release_id}{_SUFFIX}")


def _check(rows: Sequence[LedgerRow], release_id: str, values: Mapping[str, int], key: PseudonymKey) -> None:
    try:
        check_values(rows, release_id, values, key.subkey(_PURPOSE))
    except LedgerError:
        raise PublishError(
            f"The council's record of release {release_id} holds other counts than the release was made from. Restore it from "
            "the backup: from it a new release could give away what earlier ones hid. The last release stays."
        ) from None


def _period(row: Row) -> str:
    """The period of a row of any counted table, in words that sort."""
    if "period_start" in row:
        return f"{row['period_type']} {row['period_start']}"
    return str(row.get("wave_id") or "all files received")
