"""Keyed pseudonyms: HMAC-SHA-256 with a subkey per purpose, and the check digits of the numbers that go in.

Sources: methods.md §5; HKDF RFC 5869; UPN guide (DfE) for the check letter; NHS data dictionary for the NHS number.
"""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from pipelines.settings import Settings, SetUpProblem

BLOCK_BYTES = 64
# Whom pseudonyms are made for, unless somebody else is named: they stay with the council.
COUNCIL = "council"
CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


class KeyProblem(SetUpProblem):
    """There is no key, or it lies where it must not; the message says what to do."""


@dataclass(frozen=True)
class PseudonymKey:
    """The master key. `key_id` is its public name and stands in front of every pseudonym."""

    key_id: str
    secret: bytes = field(repr=False)

    def subkey(self, purpose: str, recipient: str = COUNCIL) -> bytes:
        """The key for one purpose ('upn', 'uln') and recipient: two of them cannot join what they hold.

        Raises ValueError for a name that is no word: a bar in it could stand for another purpose.
        """
        if not (purpose.isidentifier() and recipient.isidentifier()):
            raise ValueError("purpose and recipient are words of letters, digits and _")
        info = "|".join(["send", purpose, *([recipient] if recipient != COUNCIL else []), self.key_id]).encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(self.secret)


def new_key(path: Path) -> PseudonymKey:
    """Write a new random key that only its owner may read. Raises KeyProblem rather than overwrite one."""
    key = _random_key()
    try:
        _write(path, key)
    except FileExistsError:
        raise KeyProblem(
            f"{path} exists. A new key would break every join with past data: keep it, or `sendset key rotate`."
        ) from None
    return key


def load_key(settings: Settings) -> PseudonymKey:
    """Read the key. Raises KeyProblem where it is missing, unreadable, or inside the data folder."""
    path = settings.key_file.resolve()
    if path.is_relative_to(settings.data_dir.resolve()):
        raise KeyProblem(f"The key {path} lies inside the data folder. Move it out and set SENDSET_KEY_FILE.")
    if not path.exists():
        raise KeyProblem(f"There is no pseudonym key at {path}. Run `sendset key new`, or set SENDSET_KEY_FILE.")
    key_id, _, secret = path.read_text(encoding="ascii", errors="replace").strip().partition(":")
    if not key_id.isalnum() or len(secret) != 64:
        raise KeyProblem(f"{path} is not a key that `sendset key new` made. Restore it from its second custodian.")
    return PseudonymKey(key_id, bytes.fromhex(secret))


def rotate_key(settings: Settings) -> PseudonymKey:
    """Put a new key in the place of the old one, which is set aside. There is a key at every moment.

    Every received file is read again with the new key at the next refresh, so that joins hold. Raises KeyProblem if there is
    no key, or if the key of the last rotation is still set aside.
    """
    old, aside = load_key(settings), retired_key_file(settings)
    if aside.exists():
        raise KeyProblem(f"{aside} is still there: the last rotation ends with the next whole `sendset refresh`.")
    new = _random_key()
    while new.key_id == old.key_id:
        new = _random_key()
    beside = settings.key_file.with_name(f"{settings.key_file.name}.new")
    beside.unlink(missing_ok=True)
    _write(beside, new)
    _write(aside, old)
    beside.replace(settings.key_file)
    return new


def retired_key_file(settings: Settings) -> Path:
    """Where the old key lies between a rotation and the refresh after it."""
    return settings.key_file.with_name(f"{settings.key_file.name}.retired")


def _random_key() -> PseudonymKey:
    return PseudonymKey(key_id=f"k{secrets.token_hex(2)}", secret=secrets.token_bytes(32))


def _write(path: Path, key: PseudonymKey) -> None:
    """Raises FileExistsError rather than overwrite a key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(f"{key.key_id}:{key.secret.hex()}\n")
        handle.flush()
        os.fsync(handle.fileno())


def pad(key: bytes) -> tuple[bytes, bytes]:
    """Inner and outer pad of HMAC (RFC 2104) for a key of at most one block."""
    block = key.ljust(BLOCK_BYTES, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def register_pseudonym_macros(connection: duckdb.DuckDBPyConnection, key: PseudonymKey) -> None:
    """Make macros <number>_pseudonym(u) and <number>_status(u) of upn, uln and nhs_number over canonical text.

    A pseudonym is <key id>_<32 hex digits>: 128 bits of HMAC-SHA-256 of 'send|<purpose>|v1|<number>'.
    """
    connection.execute("create temp table pseudonym_pad (purpose varchar, inner_pad blob, outer_pad blob)")
    for purpose in ("upn", "uln", "nhs_number"):
        inner, outer = pad(key.subkey(purpose))
        connection.execute("insert into pseudonym_pad values (?, ?, ?)", [purpose, inner, outer])
        pads = "(select {0} from pseudonym_pad where purpose = '" + purpose + "')"
        connection.execute(
            f"create temp macro {purpose}_pseudonym(u) as '{key.key_id}_' || left(sha256({pads.format('outer_pad')} ||"
            f" unhex(sha256({pads.format('inner_pad')} || encode('send|{purpose}|v1|' || u)))), 32)"
        )
    weighted = " + ".join(f"{place} * (ascii(u[{place}]) - 48)" for place in range(2, 13))
    connection.execute(f"""
        create temp macro upn_status(u) as case
            when u is null then 'missing'
            when not regexp_full_match(u, '[A-HJ-NP-RT-Z][0-9]{{11}}[0-9A-HJ-NP-RT-Z]') then 'malformed'
            when u[1] <> substr('{CHECK_LETTERS}', 1 + cast(({weighted} + 13 * case
                when ascii(u[13]) < 58 then ascii(u[13]) - 48
                else strpos('{CHECK_LETTERS}', u[13]) - 1 end) % 23 as integer), 1) then 'wrong_check_letter'
            else 'valid' end
    """)
    ten_to_two = " + ".join(f"{11 - place} * (ascii(u[{place}]) - 48)" for place in range(1, 10))
    connection.execute(f"""
        create temp macro uln_status(u) as case
            when u is null then 'missing'
            when not regexp_full_match(u, '[0-9]{{10}}') then 'malformed'
            when (10 - ({ten_to_two}) % 11) <> ascii(u[10]) - 48 then 'wrong_check_digit'
            else 'valid' end
    """)
    connection.execute(f"""
        create temp macro nhs_number_status(u) as case
            when u is null then 'missing'
            when not regexp_full_match(u, '[0-9]{{10}}') then 'malformed'
            when (11 - ({ten_to_two}) % 11) % 11 <> ascii(u[10]) - 48 then 'wrong_check_digit'
            else 'valid' end
    """)
