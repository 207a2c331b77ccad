"""Somebody with the stored tables, who knows how UPNs are made and not the key, finds no child by trying all numbers."""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.contract_files import load_contract
from pipelines.engine import connect
from pipelines.ingest.pseudonyms import CHECK_LETTERS, PseudonymKey, load_key
from pipelines.ingest.read import open_door, read_file
from pipelines.settings import Settings
from pipelines.tables import file_path
from tests.small_exclusions import upn, write_exclusions

CHILDREN = range(1, 60)
# As the door is described in public: what is hashed, and how much of it is kept.
TEXTS: tuple[Callable[[str], str], ...] = (str, str.lower, "send|upn|v1|{}".format, "upn{}".format, "{}\n".format)
UNKEYED = ("md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s")


def plausible_upns() -> Iterator[str]:
    """Every UPN of three establishments of the area in ten years with up to 150 pupils each, the true ones among them."""
    for establishment in range(3):
        for year in range(10):
            for serial in range(150):
                yield upn(establishment * 100_000 + year * 1000 + serial)


def stored_texts(settings: Settings) -> set[str]:
    """Every text, and every run of 32 hex digits in it, of all that was kept of the file."""
    texts: set[str] = set()
    for path in settings.warehouse.rglob("*.parquet"):
        for column in pq.read_table(path).columns:
            texts |= {str(value) for value in column.to_pylist()}
    return texts | {digits for text in texts for digits in re.findall(r"[0-9a-f]{32}", text)}


@pytest.fixture
def stored(settings: Settings) -> set[str]:
    """What the tables hold after a file was read through the door."""
    contract = load_contract("exclusions")
    extract = write_exclusions(settings.data_dir / "extract.csv", CHILDREN)
    raw, typed = (file_path(settings, layer, contract.id, "f1") for layer in ("raw", "typed"))
    with connect(settings) as connection:
        open_door(connection, load_key(settings), settings)
        read_file(connection, extract, "extract.csv", contract, "f1", raw, typed, settings)
    extract.unlink()
    return stored_texts(settings)


def guesses_with(key: PseudonymKey) -> Iterator[str]:
    for number in plausible_upns():
        yield hmac.new(key.subkey("upn"), f"send|upn|v1|{number}".encode(), hashlib.sha256).hexdigest()[:32]


def test_the_attack_works_for_who_has_the_key(settings: Settings, stored: set[str]) -> None:
    assert len(stored & set(guesses_with(load_key(settings)))) == len(CHILDREN)


def test_no_number_stands_in_the_tables_and_no_unkeyed_hash_finds_one(stored: set[str]) -> None:
    numbers = list(plausible_upns())
    assert {upn(child) for child in CHILDREN} <= set(numbers)
    assert not stored & set(numbers)
    assert not any(number in text for number in map(upn, CHILDREN) for text in stored)
    for name in UNKEYED:
        for text in TEXTS:
            digests = (hashlib.new(name, text(number).encode()).hexdigest() for number in numbers)
            assert not stored & {part for digest in digests for part in (digest, digest[:32], digest[-32:])}, name


def test_no_wrong_key_finds_a_child(settings: Settings, stored: set[str]) -> None:
    true = load_key(settings)
    public = true.key_id.encode()
    for secret in (bytes(32), b"secret".ljust(32, b"\0"), public.ljust(32, b"\0"), hashlib.sha256(public).digest()):
        assert not stored & set(guesses_with(PseudonymKey(true.key_id, secret)))
    for secret in (b"", public, b"send|upn"):
        digests = (
            hmac.new(secret, f"send|upn|v1|{number}".encode(), hashlib.sha256).hexdigest()[:32]
            for number in plausible_upns()
        )
        assert not stored & set(digests)


def test_pseudonyms_for_another_purpose_or_recipient_join_nothing(settings: Settings, stored: set[str]) -> None:
    key = load_key(settings)
    for subkey in (key.subkey("uln"), key.subkey("upn", "health"), key.subkey("upn", "police")):
        found = {
            hmac.new(subkey, f"send|upn|v1|{upn(child)}".encode(), hashlib.sha256).hexdigest()[:32]
            for child in CHILDREN
        }
        assert not stored & found
    assert len({key.subkey("upn"), key.subkey("upn", "health"), key.subkey("upn", "police"), key.subkey("uln")}) == 4
    with pytest.raises(ValueError, match="words"):
        key.subkey("upn|health")


def test_the_check_letter_narrows_the_search_as_the_attack_assumes() -> None:
    assert all(number[0] in CHECK_LETTERS and number[1:4] == "839" for number in plausible_upns())


def test_the_extract_itself_is_the_only_place_of_the_numbers(settings: Settings, stored: set[str]) -> None:
    kept: list[Path] = [path for path in settings.data_dir.rglob("*") if path.is_file()]
    assert kept
    assert not any(upn(child).encode() in path.read_bytes() for path in kept for child in CHILDREN)
