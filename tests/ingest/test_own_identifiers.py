"""At the door: what a row says of who it is about leaves its free text before anything is written."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.contract_files import load_contract, load_contracts
from pipelines.ingest.own_identifiers import received_without_own_identifiers
from pipelines.ingest.pseudonyms import PseudonymKey
from pipelines.ingest.read import open_door, read_file
from pipelines.settings import Settings
from tests.small_survey import write_survey


def scrubbed(source: str, **row: str | None) -> str | None:
    """The free text of one row, the column that comes last."""
    connection = duckdb.connect()
    connection.register("received", pa.table({name: pa.array([value], pa.string()) for name, value in row.items()}))
    *_, text = row
    select = received_without_own_identifiers(load_contract(source), list(row))
    found = connection.execute(f'select "{text}" from {select}').fetchone()
    return found[0] if found else None


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        (
            "Anna Smith",
            "Anna was told that SMITH, anna and anna had to wait",
            "[name] was told that [name], [name] and [name] had to wait",
        ),
        ("Anna Smith", "Anna's form, by Anna-Smith", "[name]'s form, by [name]-[name]"),
        ("Anna Smith", "Hannah went to the smithy in Annan", "Hannah went to the smithy in Annan"),
        ("Niamh O'Brien", "the O’Briens, OBrien and o'brien", "the O’Briens, [name] and o'[name]"),
        ("Zoë Müller", "zoe, ZOË and Muller", "[name], [name] and [name]"),
        ("Jo Li", "Jo and Li", "Jo and Li"),
        ("The Mum and Dad", "the mum and the dad", "the mum and the dad"),
        ("(a+b)* Grey [x]", "grey (a+b)*", "[name] (a+b)*"),
        ("", "nothing to take out", "nothing to take out"),
        (None, "nothing to take out", "nothing to take out"),
        ("Anna", None, None),
    ],
)
def test_whole_words_of_a_name_of_three_letters_and_more_are_taken_out(
    name: str | None, text: str | None, left: str | None
) -> None:
    assert scrubbed("family_survey", respondent_name=name, comment=text) == left


def test_an_e_mail_address_and_the_names_in_it_are_taken_out() -> None:
    text = "write to Anna.Grey@example.org; Anna Grey, 203.0.113.7"
    row = {"respondent_name": None, "respondent_email": "anna.grey@example.org", "ip_address": "203.0.113.7"}
    assert scrubbed("family_survey", **row, comment=text) == "write to [e-mail]; [name] [name], [removed]"


def test_numbers_names_days_and_postcodes_of_a_child_are_taken_out() -> None:
    contract = next(one for one in load_contracts() if one.id == "graduated_response")
    text = "Sam (A123 4567-89012) has speech therapy, Samuel not"
    row = {"upn": "A123456789012", "forename": "Sam", "provision_description": text}
    assert scrubbed(contract.id, **row) == "[name] ([number]) has speech therapy, Samuel not"


def test_what_is_in_a_file_of_a_survey_tool_is_not_in_raw_nor_in_typed(
    settings: Settings, key: PseudonymKey, tmp_path: Path
) -> None:
    file = write_survey(
        tmp_path / "survey.csv", ["A-1", "A-2"], respondent_name="Quentin Zzcomment", respondent_email=""
    )
    text = file.read_text(encoding="utf-8").replace("ZzcommentA-2", "Quentin and Mary went to see quentin")
    file.write_text(text, encoding="utf-8")
    raw, typed = tmp_path / "raw.parquet", tmp_path / "typed.parquet"
    with duckdb.connect() as connection:
        open_door(connection, key, settings)
        read_file(connection, file, file.name, load_contract("family_survey"), "0123456789abcdef", raw, typed, settings)
    comments = {
        row["response_id"]: row["comment"]
        for path in (raw, typed)
        for row in pq.read_table(path, columns=["response_id", "comment"]).to_pylist()
    }
    assert comments["A-2"] == "[name] and Mary went to see [name]"
    assert "quentin" not in (raw.read_bytes() + typed.read_bytes()).decode("latin-1").lower()


def test_every_contract_with_free_text_says_so() -> None:
    named = {"comment", "provision_description", "you_said", "we_did"}
    for contract in load_contracts():
        for column in contract.columns:
            if column.name in named and column.typed:
                assert column.free_text, f"{contract.id}.{column.name}"
