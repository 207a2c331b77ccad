"""Marked values in every column of every extract: none of them comes out where people or programs look.

The same of the names that suppliers give to files, sheets and folders: a child's name may stand there. Only the list of
what to fix, by which the supplier finds the file, and the council's own tables have them; everything else says file_id.

The values of identities (UPN, names, postcode, date of birth) must not even be in the council's own warehouse. Restricted
text (a comment, a request's id) may be there, and nowhere else.
"""

import csv
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.contract_files import load_contract, load_contracts
from pipelines.contracts import Contract
from pipelines.publish import list_releases
from pipelines.settings import Settings
from tests.refresh.running import Row, clean_extracts, command, core, new_place, run, write_extract, write_rows
from tests.refresh.search import files, found_in, found_in_text
from tests.small_exclusions import upn

MARK = "CANARY"
NAMED = "Kanarienvogel"
IDENTITIES = ("upn", "uln", "surname", "forename", "postcode", "date_of_birth")
BIRTHS = ("17/03/2013", "18/05/2014", "19/11/2012")
POSTCODES = ("ZZ01 1AA", "ZZ01 1AB", "QX9 9QX")
COMMENTS = ("comment", "provision_description", "you_said", "we_did")
# Written by the council for partners: they stand in improvement_plan as they are, and so bear no mark.
FOR_PARTNERS = {"actions": ("action_id", "action", "owner_role")}
# A mark alone, and marks that pass for a code, a number or a date at first sight.
SHAPES = ("{}", "ASD - {}", "M {}", "12 {}", "31/02/2025 {}")


@dataclass(frozen=True)
class Canary:
    """One refresh of marked files, what it said, and what is looked for."""

    settings: Settings
    said: subprocess.CompletedProcess[str]
    checked: subprocess.CompletedProcess[str]
    explained: subprocess.CompletedProcess[str]
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
    _give_marked_names(settings.inbox)
    said = run(settings)
    checked = run(settings, command("check", str(one), "--source", "exclusions"))
    explained = run(settings, command("explain", "EX1"))
    return Canary(settings, said, checked, explained, frozenset(identities | _other_spellings(identities)))


def test_the_refresh_read_the_marked_files_and_published(canary: Canary) -> None:
    assert canary.said.returncode == 1, canary.said.stderr
    assert "Failed" not in canary.said.stdout
    assert list_releases(canary.settings)
    codes: dict[object, set[object]] = {}
    for row in core(canary.settings, "reconciliation"):
        codes.setdefault(str(row["file_name"]).replace(NAMED, ""), set()).add(row["refusal_code"])
    assert codes == {
        "z_marked.csv": {None},
        "z_marked.xlsx": {None},
        "b_ragged.csv": {None},
        "a_encoding.csv": {None},
        "a_open_quote.csv": {"unreadable"},
        "a_no_headers.csv": {"other_source"},
        "a_more_headers.csv": {None},
        "a_wrong_sheet.xlsx": {"wrong_sheet"},
        "a_right_of_headers.xlsx": {"headers"},
        "a_letter.docx": {"file_type"},
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
    for said in (canary.said, canary.checked, canary.explained):
        assert found_in_text(said.stdout + said.stderr, canary.wanted) == []


@pytest.mark.parametrize("place", ["dagster", "reports", "releases", "shared", "warehouse/protected"])
def test_a_name_that_a_supplier_gave_stays_with_the_supplier_and_the_council(canary: Canary, place: str) -> None:
    found = found_in([canary.settings.data_dir / place], [NAMED])
    if place != "reports":
        assert found == []
        return
    reports = canary.settings.reports
    overview = [reports / f"what_to_fix.{kind}" for kind in ("csv", "html")]
    letters = [path for path in reports.glob("letters/*/*") if path.suffix in (".csv", ".html", ".xlsx")]
    assert (
        {f"{file}: {NAMED}" for file in overview}
        <= set(found)
        <= {f"{file}: {NAMED}" for file in [*overview, *letters]}
    )
    assert NAMED not in " ".join(path.relative_to(reports).as_posix() for path in letters)


def test_a_file_goes_by_its_id_in_what_the_commands_say_and_in_dagster(canary: Canary) -> None:
    assert found_in_text(canary.said.stdout + canary.said.stderr, [NAMED]) == []
    assert found_in_text(canary.explained.stdout + canary.explained.stderr, [NAMED]) == []
    received = core(canary.settings, "reconciliation")
    explained = set(re.findall(r"  file ([0-9a-f]{16}): ", canary.explained.stdout))
    assert explained and explained <= {row["file_id"] for row in received}
    refused = {str(row["file_id"]) for row in received if row["status"] == "refused"}
    assert {line.rpartition(": ")[2] for line in found_in([canary.settings.dagster_home], refused)} == refused


def test_the_supplier_finds_the_sheet_by_its_name(canary: Canary) -> None:
    with (canary.settings.reports / "what_to_fix.csv").open(encoding="utf-8-sig", newline="") as handle:
        lines = [line for line in csv.DictReader(handle) if line["file_name"] == f"a_right_of_headers{NAMED}.xlsx"]
    assert [line["rule_id"] for line in lines] == ["headers"]
    assert lines[0]["sheet"] == NAMED
    assert lines[0]["plain_words"].startswith(f"a_right_of_headers{NAMED}.xlsx, sheet 1: ")


def test_the_partners_file_counts_suppliers_and_does_not_name_them(canary: Canary) -> None:
    with duckdb.connect(str(canary.settings.shared / "send_shared.duckdb"), read_only=True) as connection:
        suppliers = connection.execute("select supplier from release where source = 'exclusions'").fetchall()
    assert suppliers == [("supplier 1",)]


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
        "upn": upn(number),
        "request_id": f"{MARK}-request-{number}",
        "response_id": f"{MARK}-response-{number}",
        "surname": f"{MARK}surname{number}",
        "forename": f"{MARK}forename{number}",
        "date_of_birth": BIRTHS[number % len(BIRTHS)],
        "postcode": POSTCODES[number % len(POSTCODES)],
        **dict.fromkeys(COMMENTS, f"{MARK} wrote this, row {number}"),
    }
    return row | {name: value for name, value in changes.items() if name in row}


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
    open_words = FOR_PARTNERS.get(contract.id, ())
    marked = [
        row | {name: SHAPES[number % len(SHAPES)].format(_mark(name))}
        for number, (name, row) in enumerate(zip(names, complete, strict=False))
        if name not in open_words
    ]
    # The same marked key twice, in rows that differ.
    everything = {name: complete[0][name] if name in open_words else _mark(name) for name in names}
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
        book.active.title = NAMED
        for line in content:
            book.active.append(line)
        book.save(folder / name)


def _give_marked_names(inbox: Path) -> None:
    """Mark the name of every file; send those of one source from a supplier's folder; lay one where nobody looks."""
    write_rows(inbox / "exclusions" / "a_letter.docx", [["no extract"]])
    for file in [path for path in inbox.rglob("*") if path.is_file()]:
        file.rename(file.with_stem(file.stem + NAMED))
    supplier = inbox / "exclusions" / f"{NAMED} academy"
    supplier.mkdir()
    for file in [path for path in supplier.parent.iterdir() if path.is_file()]:
        file.rename(supplier / file.name)
    write_rows(inbox / f"{NAMED}.csv", [["in no folder of a source"]])


def test_every_contract_has_identities_or_comments_to_mark() -> None:
    for contract in load_contracts():
        names = {column.name for column in load_contract(contract.id).columns}
        assert names & {*IDENTITIES, *COMMENTS}
