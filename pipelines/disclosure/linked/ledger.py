"""The release ledger: what each release showed and hid, row after row, never changed. Pure functions; the caller stores the rows.

A row holds no count, only a keyed hash of it, by which the counts kept with a release's private proof can be checked.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Status = Literal["shown", "suppressed", "held"]


class LedgerError(ValueError):
    """Rows that may not be appended, or that do not fit the counts at hand. Names cells, never a count."""


@dataclass(frozen=True)
class LedgerRow:
    """One row per release × cell × period × universe. value_hash: HMAC-SHA-256 of identity and count, in hex.

    universe: who is counted (`residents`, `without exceptions`). policy_version: of the primary rules.
    """

    release_id: str
    cell: str
    period: str
    universe: str
    status: Status
    value_hash: str
    policy_version: str


def identity(cell: str, period: str, universe: str) -> str:
    """The key of a cell in linked tables and joint systems."""
    return f"{cell} | {period} | {universe}"


def value_hash(key: bytes, release_id: str, cell: str, value: int) -> str:
    """Without `key` a small count can be guessed from a plain hash; with the release in it equal counts look different.

    cell: its identity.
    """
    message = "\x1f".join((release_id, cell, str(value))).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()


def ledger_rows(
    release_id: str,
    places: Iterable[tuple[str, str, str]],
    values: Mapping[str, int],
    statuses: Mapping[str, Status],
    policy_version: str,
    key: bytes,
) -> list[LedgerRow]:
    """The rows of a release. places: cell, period and universe; values and statuses are by `identity`."""
    rows: list[LedgerRow] = []
    for cell, period, universe in places:
        name = identity(cell, period, universe)
        hashed = value_hash(key, release_id, name, values[name])
        rows.append(LedgerRow(release_id, cell, period, universe, statuses[name], hashed, policy_version))
    return rows


def appended(
    ledger: Sequence[LedgerRow], rows: Sequence[LedgerRow], known: frozenset[str] = frozenset()
) -> tuple[LedgerRow, ...]:
    """The ledger with the rows of one more release at its end. known: identities of counts that readers have from elsewhere.

    Raises LedgerError if the release is in it already, a cell comes twice, or one that was suppressed would be shown.
    """
    releases = {row.release_id for row in rows}
    if len(releases) > 1 or releases & {row.release_id for row in ledger}:
        raise LedgerError("A release is appended whole, alone and once.")
    names = [identity(row.cell, row.period, row.universe) for row in rows]
    if len(set(names)) < len(names):
        raise LedgerError("A cell comes twice in the new rows.")
    opened = suppressed_before(ledger) & {n for n, row in zip(names, rows, strict=True) if row.status == "shown"}
    if opened - known:
        raise LedgerError(f"Suppressed before, so suppressed for its period: {', '.join(sorted(opened - known)[:10])}.")
    return (*ledger, *rows)


def suppressed_before(ledger: Iterable[LedgerRow]) -> frozenset[str]:
    """Identities of cells that some release suppressed and none has shown."""
    rows = list(ledger)
    shown = {identity(r.cell, r.period, r.universe) for r in rows if r.status == "shown"}
    return frozenset(identity(r.cell, r.period, r.universe) for r in rows if r.status == "suppressed") - shown


def shown_in(ledger: Iterable[LedgerRow], release_id: str) -> frozenset[str]:
    """Identities of the cells that one release showed."""
    return frozenset(
        identity(row.cell, row.period, row.universe)
        for row in ledger
        if row.release_id == release_id and row.status == "shown"
    )


def check_values(ledger: Iterable[LedgerRow], release_id: str, values: Mapping[str, int], key: bytes) -> None:
    """Raise LedgerError unless `values` (identity → count) are, to the last cell, those that the release was made from."""
    rows = [row for row in ledger if row.release_id == release_id]
    named = {identity(row.cell, row.period, row.universe): row for row in rows}
    wrong = sorted(set(named) ^ set(values))
    wrong += [
        name
        for name in sorted(set(named) & set(values))
        if not hmac.compare_digest(named[name].value_hash, value_hash(key, release_id, name, values[name]))
    ]
    if wrong:
        raise LedgerError(
            f"The counts kept for release {release_id} are not those it was made from ({len(wrong)} cells, the first: "
            f"{wrong[0]}). Restore them before the next release."
        )
