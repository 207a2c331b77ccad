"""The record of processing (UK GDPR Article 30) and the DPIA annex, printed from contracts: no second list to keep.

Sources: the contracts of the extracts, the contract of the shared dataset, data/reference/shared_tables.yaml, and
data/reference/processing.yaml for what none of them says. No value of a record is read.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipelines.contract_files import load_contracts
from pipelines.contracts import Classification, Contract
from pipelines.publish.shared_contract import SharedContract, SharedTable, load_shared_contract
from pipelines.settings import REFERENCE, Settings, SetUpProblem
from pipelines.shared_tables import load_shared_tables
from pipelines.tables import replace_atomically

PROCESSING: Final = REFERENCE / "processing.yaml"
RECORD, ANNEX = "record_of_processing.md", "dpia_annex.md"
# What the door does with a column, by its classification.
AT_THE_DOOR: Final[Mapping[Classification, str]] = {
    "direct_identifier": "dropped while the file is read; it is in no table",
    "pseudonymise": "its check digit is verified, then it is replaced by a keyed pseudonym",
    "birth_date": "replaced by the month of birth",
    "postcode": "replaced by the small area (LSOA) that it lies in",
    "restricted": "kept for the council; leaves it in protected counts only",
    "open": "kept; tells nothing about a person",
}


class ProcessingProblem(SetUpProblem):
    """The file about the processing cannot be used; the message names the entry."""


class Controller(BaseModel):
    """Who answers for the processing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    contact: str
    data_protection_officer: str
    joint_controllers: str


class Extracts(BaseModel):
    """What holds for the processing of an extract."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data_subjects: str = Field(min_length=4)
    legal_basis: str = Field(min_length=10)
    special_category_condition: str = Field(min_length=4)
    recipients: str = Field(min_length=4)


class Processing(BaseModel):
    """data/reference/processing.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    controller: Controller
    extracts: Extracts
    sources: dict[str, dict[str, str]]
    transfers: str
    security: tuple[str, ...] = Field(min_length=1)

    def of_source(self, source: str) -> Extracts:
        """What holds for one extract."""
        return Extracts.model_validate(self.extracts.model_dump() | self.sources.get(source, {}))


def load_processing(path: Path = PROCESSING) -> Processing:
    """Read the file. Raises ProcessingProblem where an entry is missing, unknown or empty."""
    try:
        processing = Processing.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        for source in processing.sources:
            processing.of_source(source)
    except ValidationError as error:
        first = error.errors()[0]
        place = " → ".join(str(part) for part in first["loc"])
        raise ProcessingProblem(f"{path.name}: {place}: {first['msg']}.") from None
    return processing


def write_agreements(settings: Settings) -> list[Path]:
    """Write both documents into the reports; returns their paths."""
    processing, contracts, shared = load_processing(), load_contracts(), load_shared_contract()
    written: list[Path] = []
    for name, lines in (
        (RECORD, record_of_processing(settings, processing, contracts, shared)),
        (ANNEX, dpia_annex(contracts, shared)),
    ):
        with replace_atomically(settings.reports / name) as beside:
            beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        written.append(settings.reports / name)
    return written


def record_of_processing(
    settings: Settings, processing: Processing, contracts: Sequence[Contract], shared: SharedContract
) -> list[str]:
    """Article 30(1): controller, purposes, people, data, recipients, transfers, time limits, security."""
    who = processing.controller
    lines = [
        "# Record of processing activities",
        "",
        "UK GDPR Article 30(1). Printed from the data contracts by `sendset agreements`.",
        "",
        f"- Controller: {who.name}, {who.contact}",
        f"- Joint controllers: {who.joint_controllers}",
        f"- Data protection officer: {who.data_protection_officer}",
        f"- Transfers to third countries: {processing.transfers}",
        "",
    ]
    for contract in contracts:
        lines += _of_extract(settings, processing.of_source(contract.id), contract)
    lines += _of_shared(shared)
    return [*lines, "## Security", "", *(f"- {measure}" for measure in processing.security)]


def dpia_annex(contracts: Sequence[Contract], shared: SharedContract) -> list[str]:
    """Every column: of the extracts with what the door does to it, of the shared dataset with its terms."""
    lines = ["# DPIA annex: every column", "", "Printed from the data contracts by `sendset agreements`.", ""]
    lines += ["## What the door does", "", "| classification | what happens |", "|---|---|"]
    lines += [f"| {kind} | {words} |" for kind, words in AT_THE_DOOR.items()]
    for contract in contracts:
        lines += [
            "",
            f"## Extract {contract.id} {contract.version}",
            "",
            "| column | classification | what becomes of it |",
        ]
        lines.append("|---|---|---|")
        for column in contract.columns:
            kept = ", ".join(name for name, _ in column.typed) or "nothing"
            lines.append(f"| {column.name} | {column.classification} | {AT_THE_DOOR[column.classification]}: {kept} |")
    for table in shared.tables:
        lines += ["", f"## Shared table {table.name}", "", "| column | classification | purpose | legal basis |"]
        lines.append("|---|---|---|---|")
        lines += [
            f"| {one.name} | {one.classification} | {one.terms.purpose} | {one.terms.legal_basis} |"
            for one in table.columns
        ]
    return lines


def _of_extract(settings: Settings, terms: Extracts, contract: Contract) -> list[str]:
    by_kind = {
        kind: [column.name for column in contract.columns if column.classification == kind] for kind in AT_THE_DOOR
    }
    return [
        f"## Extract: {contract.name}",
        "",
        f"- Purpose: {contract.description}",
        f"- Data subjects: {terms.data_subjects}",
        f"- Legal basis: {terms.legal_basis}",
        f"- Condition for special categories: {terms.special_category_condition}",
        f"- Recipients: {terms.recipients}",
        f"- Time limit: the file and its rows for as long as they are in use; what was replaced or refused "
        f"{settings.landed_file_days:,} days after it came",
        *(f"- Data, {kind.replace('_', ' ')}: {', '.join(names)}" for kind, names in by_kind.items() if names),
        "",
    ]


def _of_shared(shared: SharedContract) -> list[str]:
    lines = [f"## Shared dataset: {shared.id} {shared.version}", ""]
    lines += ["| table | purpose | legal basis | recipients | time limit |", "|---|---|---|---|---|"]
    lines += [line for table in shared.tables for line in _of_table(table)]
    lines += ["", "### Breakdowns and two-way tables", ""]
    lines += ["| table | purpose | legal basis | recipients | time limit |", "|---|---|---|---|---|"]
    for one in load_shared_tables().agreements:
        lines.append(f"| {one.id} | {one.purpose} | {one.legal_basis} | {one.recipients} | {one.retention} |")
    return [*lines, ""]


def _of_table(table: SharedTable) -> list[str]:
    """A line for each set of terms that columns of the table have: mostly one."""
    terms = dict.fromkeys(column.terms for column in table.columns)
    return [
        f"| {table.name} | {one.purpose} | {one.legal_basis} | {one.recipients} | {one.retention} |" for one in terms
    ]
