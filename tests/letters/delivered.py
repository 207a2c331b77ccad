"""Two deliveries of suspensions by a supplier whose names would be formulas; every cell that can be marked is marked."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import openpyxl

from pipelines.contract_files import load_contract
from pipelines.contracts import Contract
from pipelines.extract import process_source
from pipelines.ingest.landing import receive
from pipelines.settings import Settings
from tests.small_exclusions import write_exclusions

AS_AT = date(2026, 9, 30)
MARK = "KANARIE"
SUPPLIER = "@north bay"
RULES = (
    "EXC_009",
    "EXC_010",
    "EXC_015",
    "EXC_025",
)  # sex, ethnicity: warnings; start_date: critical; sessions: warning


@cache
def few_rules() -> Contract:
    """Four rules: what all of them cost is not the matter here."""
    whole = load_contract("exclusions")
    return replace(whole, rules=tuple(rule for rule in whole.rules if rule.id in RULES))


def deliver(settings: Settings, name: str, rows: Iterable[Mapping[str, str]], supplier: str = SUPPLIER) -> None:
    """Receive and process one file of the supplier, one row for each mapping of changes."""
    file = settings.inbox / "exclusions" / supplier / name
    lines: list[str] = []
    for serial, changes in enumerate(rows):
        header, line = write_exclusions(file, [serial], changes).read_text(encoding="utf-8").splitlines()
        lines = [*(lines or [f"{header},{MARK} heading"]), f"{line},{MARK} beside"]
    if file.suffix == ".xlsx":
        write_sheet(file, lines)
    else:
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    receive(settings, "exclusions")
    process_source(settings, few_rules(), AS_AT)


def write_sheet(file: Path, lines: Iterable[str]) -> None:
    """A workbook whose sheet, and one heading, are named as formulas, with a title above and a column before."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("=2+3", 0)
    sheet.append([f"{MARK} title"])
    for number, line in enumerate(lines):
        sheet.append(["=HYPERLINK" if number == 0 else f"{MARK} before", *line.split(",")])
    # openpyxl takes what begins with = for a formula; the heading is to be a text.
    sheet["A2"].data_type = "s"
    book.save(file)


def marked(**changes: str) -> dict[str, str]:
    """A row with a mark wherever a value may be wrong, and with the changes."""
    names = ("surname", "forename", "postcode", "year_group", "reason2", "reason3")
    return {name: f"{MARK} {name}" for name in names} | changes
