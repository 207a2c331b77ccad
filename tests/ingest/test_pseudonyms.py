"""Pseudonyms are HMAC-SHA-256 as the standard library computes it; numbers with wrong check digits get none."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest

from pipelines.engine import connect
from pipelines.ingest.door import register_lookups
from pipelines.ingest.pseudonyms import (
    BLOCK_BYTES,
    KeyProblem,
    PseudonymKey,
    load_key,
    new_key,
    pad,
    register_pseudonym_macros,
)
from pipelines.settings import Settings


def test_sql_pseudonym_equals_the_standard_library(settings: Settings, key: PseudonymKey) -> None:
    with connect(settings) as connection:
        register_pseudonym_macros(connection, key)
        upns = ["B801200005001", "A839202500001", "P839202500002"]
        found = connection.execute("select upn_pseudonym(u) from (select unnest(?) as u)", [upns]).fetchall()
    expected = [
        f"{key.key_id}_" + hmac.new(key.subkey("upn"), f"send|upn|v1|{upn}".encode(), hashlib.sha256).hexdigest()[:32]
        for upn in upns
    ]
    assert [value for (value,) in found] == expected


def test_hmac_pads_reproduce_rfc_4231(shared_dir: Path) -> None:
    vectors = json.loads((shared_dir / "reference_cases" / "pseudonym" / "vectors.json").read_text())
    for case in vectors["rfc4231"]:
        secret, data = bytes.fromhex(case["key"]), bytes.fromhex(case["data"])
        if len(secret) > BLOCK_BYTES:  # our keys are 32 bytes: the key is never hashed first
            continue
        inner, outer = pad(secret)
        digest = hashlib.sha256(outer + hashlib.sha256(inner + data).digest()).hexdigest()
        assert digest == case["hmac"]


def test_one_number_has_different_pseudonyms_for_different_purposes(key: PseudonymKey) -> None:
    assert key.subkey("upn") != key.subkey("uln")


@pytest.mark.parametrize(
    ("upn", "status"),
    [
        ("B801200005001", "valid"),
        ("A839202500001", "valid"),
        ("L83920250000A", "valid"),
        ("A83920250000B", "valid"),
        ("P207000016049", "valid"),
        ("B207000016049", "wrong_check_letter"),
        ("B80120000500", "malformed"),
        ("I801200005001", "malformed"),
        (None, "missing"),
    ],
)
def test_upn_check_letter(settings: Settings, key: PseudonymKey, upn: str | None, status: str) -> None:
    with connect(settings) as connection:
        register_pseudonym_macros(connection, key)
        assert connection.execute("select upn_status(?::varchar)", [upn]).fetchone() == (status,)


@pytest.mark.parametrize(
    ("kind", "number", "status"),
    [
        ("nhs_number", "9434765919", "valid"),  # the example of the NHS data dictionary
        ("nhs_number", "9434765870", "valid"),
        ("nhs_number", "4010232137", "valid"),
        ("nhs_number", "9434765918", "wrong_check_digit"),
        ("nhs_number", "9434765991", "wrong_check_digit"),
        ("nhs_number", "1000000010", "wrong_check_digit"),  # its check digit would be 10: no such number is given out
        ("nhs_number", "943476591", "malformed"),
        ("nhs_number", None, "missing"),
        ("uln", "1000000002", "wrong_check_digit"),
        ("uln", "100000000", "malformed"),
        ("uln", None, "missing"),
    ],
)
def test_check_digit_modulus_11(
    settings: Settings, key: PseudonymKey, kind: str, number: str | None, status: str
) -> None:
    with connect(settings) as connection:
        register_pseudonym_macros(connection, key)
        assert connection.execute(f"select {kind}_status(?::varchar)", [number]).fetchone() == (status,)


def test_one_digit_of_ten_gives_a_right_uln(settings: Settings, key: PseudonymKey) -> None:
    """Weights 10 to 2 as for the NHS number, but 10 less the remainder, so that a remainder of 0 gives no digit."""
    with connect(settings) as connection:
        register_pseudonym_macros(connection, key)
        select = "select string_agg(d, '') from range(10) r(d) where uln_status('100000004' || d) = 'valid'"
        # 10 * 1 + 2 * 4 = 18, remainder 7, and 10 - 7 = 3
        assert connection.execute(select).fetchone() == ("3",)


def test_postcodes_of_the_lookup_are_loaded(settings: Settings) -> None:
    with connect(settings) as connection:
        register_lookups(connection, settings)
        assert connection.execute("select count(*) > 600 from postcode_lookup").fetchone() == (True,)


def test_without_a_key_nothing_is_read(settings: Settings) -> None:
    settings.key_file.unlink()
    with pytest.raises(KeyProblem, match="sendset key new"):
        load_key(settings)


def test_a_key_inside_the_data_folder_is_refused(settings: Settings) -> None:
    inside = settings.model_copy(update={"key_file": settings.data_dir / "pseudonym.key"})
    new_key(inside.key_file)
    with pytest.raises(KeyProblem, match="inside the data folder"):
        load_key(inside)


def test_a_key_is_never_overwritten(settings: Settings) -> None:
    with pytest.raises(KeyProblem, match="keep it"):
        new_key(settings.key_file)


def test_the_secret_is_not_in_the_representation(key: PseudonymKey) -> None:
    assert key.secret.hex() not in repr(key)
    assert str(key.secret) not in repr(key)
