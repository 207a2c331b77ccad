"""Marked values in every column of every extract: none of them comes out where people or programs look.

The values of identities (UPN, names, postcode, date of birth) must not even be in the council's own warehouse. Restricted
text (a comment, a request's id) may be there, and nowhere else.
"""

import csv
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.contracts import Contract, load_contract, load_contracts
from pipelines.ingest.pseudonyms import CHECK_LETTERS
from pipelines.publish import list_releases
from pipelines.settings import Settings
from tests.refresh.running import Row, clean_extracts, command, core, new_place, run, write_extract, write_rows
from tests.refresh.search import files, found_in, found_in_text

MARK = "CANARY"
IDENTITIES = ("upn", "uln", "surname", "forename", "postcode", "date_of_birth")
BIRTHS = ("17/03/2013", "18/05/2014", "19/11/2012")
POSTCODES = ("ZZ01 1AA", "ZZ01 1AB", "QX9 9QX")
COMMENTS = ("comment", "provision_description")
# A mark alone, and marks that pass for a code, a number or a date at first sight.
SHAPES = ("{}", "ASD - {}", "M {}", "12 {}", "31/02/2025 {}")


@dataclass(frozen=True)
class Canary:
    """One refresh of marked files, what it said, and what is looked for."""

    settings: Settings
    said: subprocess.CompletedProcess[str]
    checked: subprocess.CompletedProcess[str]
    identities: frozenset[str]

    @property
    def wanted(self) -> frozenset[str]:
        return self.identities | {MARK}


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Canary:
    settings = new_place(tmp_path_factory.mktemp("marks"))
    extracts = clean_extracts(settings.data_dir / "extracts", seed=11)
    identities: set[str] = set()
    for contract in load_contracts():
        some = extracts[contract.id]
        wanted = 2 * len(contract.columns) + 10
        rows = [_with_marked_identity(some[number % len(some)], number) for number in range(wanted)]
        identities |= {row[name] for row in rows for name in IDENTITIES if row.get(name)}
        _drop_readable(settings.inbox / contract.id, contract, rows)
        _drop_broken(settings.inbox / contract.id, rows)
    _drop_workbooks(settings.inbox / "exclusions")
    one = settings.data_dir.parent / "one.csv"
    shutil.copyfile(settings.inbox / "exclusions" / "z_marked.csv", one)
    said = run(settings)
    checked = run(settings, command("check", str(one), "--source", "exclusions"))
    return Canary(settings, said, checked, frozenset(identities | _other_spellings(identities)))


def test_the_refresh_read_the_marked_files_and_published(canary: Canary) -> None:
    assert canary.said.returncode == 1, canary.said.stderr
    assert "Failed" not in canary.said.stdout
    assert list_releases(canary.settings)
    codes: dict[object, set[object]] = {}
    for row in core(canary.settings, "reconciliation"):
        codes.setdefault(row["file_name"], set()).add(row["refusal_code"])
    assert codes == {
        "z_marked.csv": {None},
        "z_marked.xlsx": {None},
        "b_ragged.csv": {None},
        "a_encoding.csv": {"encoding"},
        "a_open_quote.csv": {"unreadable"},
        "a_no_headers.csv": {"other_source"},
        "a_more_headers.csv": {"headers"},
        "a_wrong_sheet.xlsx": {"wrong_sheet"},
        "a_right_of_headers.xlsx": {"headers"},
    }


def test_rules_failed_at_marked_values_in_every_source(canary: Canary) -> None:
    failed = {row["source"] for row in core(canary.settings, "rule_result") if row["failed"]}
    assert failed == {contract.id for contract in load_contracts()}
    assert canary.checked.returncode == 1 and "EXC_" in canary.checked.stdout


def test_the_search_finds_the_marks_where_they_are(canary: Canary, tmp_path: Path) -> None:
    in_landing = found_in([canary.settings.landing], canary.wanted)
    assert len({line.rpartition(": ")[2] for line in in_landing}) > len(canary.identities) / 2
    planted = tmp_path / "planted.parquet"
    text = "zz" + MARK.lower() + "zz"
    pq.write_table(pa.table({"number": [1, 2], "word": ["nothing", text]}), planted, compression="zstd")
    assert found_in([tmp_path], [MARK]) == [f"{planted}: {MARK}"]
    # Free text stays in the council's own tables, so the same search must meet it there.
    assert found_in([canary.settings.warehouse / "staging"], [MARK])
    assert found_in([canary.settings.warehouse / "warehouse.duckdb"], [MARK])


@pytest.mark.parametrize("place", ["dagster", "reports", "releases", "shared"])
def test_no_mark_comes_out(canary: Canary, place: str) -> None:
    folder = canary.settings.data_dir / place
    assert files([folder])
    assert found_in([folder], canary.wanted) == []


def test_no_mark_is_in_what_the_commands_say(canary: Canary) -> None:
    for said in (canary.said, canary.checked):
        assert found_in_text(said.stdout + said.stderr, canary.wanted) == []


def test_no_mark_is_in_the_counts_kept_of_each_file_nor_in_what_is_made_for_partners(canary: Canary) -> None:
    layers = ("validation", "to_fix", "protected", "core/reconciliation", "core/rule_result", "core/source_status")
    places = [canary.settings.warehouse / layer for layer in layers]
    assert all(files([place]) for place in places)
    assert found_in(places, canary.wanted) == []


def test_no_identity_passes_the_door(canary: Canary) -> None:
    places = [canary.settings.warehouse, canary.settings.inbox, canary.settings.data_dir / "tmp"]
    assert found_in(places, [*canary.identities, *(_mark(name) for name in IDENTITIES)]) == []


def _with_marked_identity(row: Row, number: int) -> Row:
    """A plausible row that its contract accepts, with marks where a person could be known by them."""
    changes = {
        "upn": _upn(number),
        "request_id": f"{MARK}-request-{number}",
        "response_id": f"{MARK}-response-{number}",
        "surname": f"{MARK}surname{number}",
        "forename": f"{MARK}forename{number}",
        "date_of_birth": BIRTHS[number % len(BIRTHS)],
        "postcode": POSTCODES[number % len(POSTCODES)],
        **dict.fromkeys(COMMENTS, f"{MARK} wrote this, row {number}"),
    }
    return row | {name: value for name, value in changes.items() if name in row}


def _upn(number: int) -> str:
    digits = f"8390{number:08d}"
    return CHECK_LETTERS[sum((place + 2) * int(digit) for place, digit in enumerate(digits)) % 23] + digits


def _mark(column: str) -> str:
    """Ends so that no mark begins another ('postcode' and 'postcode_district')."""
    return f"{MARK}{column}Z"


def _other_spellings(identities: set[str]) -> set[str]:
    """Dates as ISO writes them, postcodes without the space."""
    iso = {"-".join(reversed(text.split("/"))) for text in identities if text in BIRTHS}
    return iso | {text.replace(" ", "") for text in identities if text in POSTCODES}


def _drop_readable(folder: Path, contract: Contract, rows: Sequence[Row]) -> None:
    """More good rows than marked ones; in each marked row one column holds a mark, in the last two all do."""
    names = [column.name for column in contract.columns]
    complete = [{name: row.get(name, "") for name in names} for row in rows]
    marked = [
        row | {name: SHAPES[number % len(SHAPES)].format(_mark(name))}
        for number, (name, row) in enumerate(zip(names, complete, strict=False))
    ]
    # The same marked key twice, in rows that differ.
    everything = {name: _mark(name) for name in names}
    marked += [everything, everything | {names[-1]: f"{MARK}again"}]
    write_extract(folder / "z_marked.csv", [*complete[len(names) :], *marked])


def _drop_broken(folder: Path, rows: Sequence[Row]) -> None:
    names, cells = list(rows[0]), [list(row.values()) for row in rows[:8]]
    write_rows(folder / "b_ragged.csv", [names, *cells, [*cells[0], f"{MARK}extra"], [f"{MARK}short"]])
    write_rows(folder / "a_no_headers.csv", [[_mark(name) for name in names], *cells])
    write_rows(
        folder / "a_more_headers.csv", [[*names, f"{MARK} header"], *([*row, f"{MARK}unknown"] for row in cells)]
    )
    good = write_rows(folder / "a_encoding.csv", [names, *cells]).read_bytes()
    (folder / "a_encoding.csv").write_bytes(good + f"{MARK}caf\xe9,{MARK}\n".encode("latin-1"))
    (folder / "a_open_quote.csv").write_bytes(good + f'"{MARK}open,{MARK}\n{MARK}'.encode())


def _drop_workbooks(folder: Path) -> None:
    """The readable CSV as a workbook, a workbook of another kind, and one with a cell where no header is."""
    with (folder / "z_marked.csv").open(encoding="utf-8", newline="") as handle:
        lines = list(csv.reader(handle))
    wrong = [[f"{MARK}{number}" for number in range(8)]] * 3
    for name, content in (
        ("z_marked.xlsx", lines),
        ("a_wrong_sheet.xlsx", wrong),
        ("a_right_of_headers.xlsx", [*lines, [*lines[1], MARK]]),
    ):
        book = openpyxl.Workbook()
        for line in content:
            book.active.append(line)
        book.save(folder / name)


def test_every_contract_has_identities_or_comments_to_mark() -> None:
    for contract in load_contracts():
        names = {column.name for column in load_contract(contract.id).columns}
        assert names & {*IDENTITIES, *COMMENTS}
