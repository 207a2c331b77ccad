"""Small valid files of every kind, with planted values that no message may repeat. Nothing here is about a real child.

A `Table` is what can be written in any flat format; a `Sample` is a finished file (a return, a workbook of one).
"""

import io
import random
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from pipelines.contract_files import load_contract
from pipelines.contracts import Column, Contract
from pipelines.ingest.returns import load_returns
from tests.ingest.reading import workbook
from tests.ingest.sen2_shapes import modules_of, write_blades, write_sheets_workbook, write_stacked_workbook
from tests.small_exclusions import VALUES, upn

# Planted in cells; in names of files and of archive members; in names of sheets.
CELL_MARK: Final = "ZQXJ7"
FILE_MARK: Final = "ZQFILE8"
SHEET_MARK: Final = "ZQSHEET9"

FLAT_SOURCES: Final = ("exclusions", "family_survey", "ehcp_timeliness", "pupil_roll", "attendance", "health_waits")
FORMS: Final = (
    "ID|Start time|Completion time|Email|Name|Last modified time|Which of these best describes you?|I feel listened to"
    "|I was involved in writing the EHC plan|I agree that my answers may be shared in an anonymous form|Any comments?"
)
FORMS_ANSWER: Final = (
    "{n}|11/8/25 12:40:02|11/8/25 12:51:45|{mark}@x.example|{mark} Name||Parent or carer;|Strongly agree|Disagree;|Yes"
    "|{mark} is, in a\n comment"
)
SMART: Final = (
    "UserID|UserNo|Name|Email|IP Address|Unique ID|Started|Ended|Tracking Link|I am a|I feel listened to"
    "|I was involved in writing the EHC plan|Consent to share"
)
SMART_SECOND: Final = "|||||||||Response|Response|Response|Response"
SMART_ANSWER: Final = (
    "u|{n}|{mark}|a@b.example|10.0.0.1||08/11/2025 12:00:00|08/11/2025 12:10:00||Parent or carer|Strongly agree|Disagree"
    "|Yes"
)


@dataclass(frozen=True)
class Table:
    """Rows of one source as text, headers first among them at `header`; the rows below it are those of the file.

    `is_known` as long as it is sure how many rows the pipeline has to count, if it takes the file.
    """

    source: str
    name: str
    rows: tuple[tuple[str, ...], ...]
    header: int = 0
    is_known: bool = True

    @property
    def headers(self) -> tuple[str, ...]:
        """The header row; empty where there is none."""
        return self.rows[self.header] if 0 <= self.header < len(self.rows) else ()

    @property
    def body(self) -> tuple[tuple[str, ...], ...]:
        """The rows below the headers."""
        return self.rows[self.header + 1 :]

    def with_body(self, body: list[tuple[str, ...]]) -> "Table":
        """The same with other rows below the headers."""
        return replace(self, rows=(*self.rows[: self.header + 1], *body))


@dataclass(frozen=True)
class Sample:
    """A finished file: `suffix` says what it is."""

    source: str
    name: str
    suffix: str
    content: bytes


@cache
def tables() -> tuple[Table, ...]:
    """One small extract of each source, and exports of two survey tools."""
    rng = random.Random("corpus")
    found = [_table(load_contract(source), rng) for source in FLAT_SOURCES]
    found.append(Table("family_survey", "forms", _answers(FORMS, FORMS_ANSWER)))
    # Its second header row is one only as long as nothing is written into it.
    smart = _answers(f"{SMART}\n{SMART_SECOND}", SMART_ANSWER)
    found.append(Table("family_survey", "smart", smart, header=1, is_known=False))
    return tuple(found)


@cache
def samples() -> tuple[Sample, ...]:
    """Returns in each of their shapes."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        sen2 = folder / "sen2.xml"
        sen2.write_text(_sen2(), encoding="utf-8")
        modules = modules_of(sen2)
        stacked = write_stacked_workbook(folder / "stacked.xlsx", modules).read_bytes()
        sheets = write_sheets_workbook(folder / "sheets.xlsx", modules).read_bytes()
        blades = write_blades(folder / "blades", modules, "")
        members = {path.name: path.read_bytes() for path in sorted(blades.iterdir())}
        annex = _annex(folder / "annex.xlsx").read_bytes()
    return (
        Sample("ehcp_timeliness", "sen2", ".xml", _sen2().encode()),
        Sample("exclusions", "census", ".xml", _census().encode()),
        Sample("pupil_roll", "census", ".xml", _census().encode()),
        Sample("ehcp_timeliness", "stacked", ".xlsx", _without_clock(stacked)),
        Sample("ehcp_timeliness", "sheets", ".xlsx", _without_clock(sheets)),
        Sample("annex_a_send", "annex", ".xlsx", _without_clock(annex)),
        Sample("ehcp_timeliness", "blades", ".set", _joined(members)),
    )


def blades_of(sample: Sample) -> dict[str, bytes]:
    """The members of a set that `samples` keeps in one piece."""
    members: dict[str, bytes] = {}
    for part in sample.content.split(b"\1\1member:")[1:]:
        name, _, content = part.partition(b"\n")
        members[name.decode()] = content
    return members


def _joined(members: dict[str, bytes]) -> bytes:
    return b"".join(b"\1\1member:" + name.encode() + b"\n" + content for name, content in members.items())


def _answers(headers: str, answer: str) -> tuple[tuple[str, ...], ...]:
    rows = headers.split("\n") + [answer.format(n=n, mark=CELL_MARK) for n in range(1, 4)]
    return tuple(tuple(row.split("|")) for row in rows)


def _without_clock(workbook_bytes: bytes) -> bytes:
    """The workbook without the time at which it was written, so that it is the same bytes every time."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook_bytes)) as written, zipfile.ZipFile(out, "w") as fixed:
        for info in written.infolist():
            if not info.filename.startswith("docProps/"):
                part = zipfile.ZipInfo(info.filename, (2026, 1, 1, 0, 0, 0))
                part.compress_type = zipfile.ZIP_DEFLATED
                fixed.writestr(part, written.read(info))
    return out.getvalue()


def _table(contract: Contract, rng: random.Random) -> Table:
    rows = [tuple(_cell(contract, column, serial, rng) for column in contract.columns) for serial in range(1, 6)]
    return Table(contract.id, contract.id, (tuple(column.name for column in contract.columns), *rows))


def _cell(contract: Contract, column: Column, serial: int, rng: random.Random) -> str:
    if column.name in VALUES:
        return VALUES[column.name]
    if column.name == "upn":
        return upn(serial)
    if column.classification == "pseudonymise":
        return "943 476 5919" if column.name == "nhs_number" else ""
    if column.classification == "direct_identifier":
        return f"{CELL_MARK} {column.name} {serial}"
    if column.code_set:
        return rng.choice(sorted(contract.code_set(column.code_set)))
    match column.logical_type:
        case "date":
            return f"{rng.randint(1, 28):02}/{rng.randint(1, 12):02}/2025"
        case "boolean":
            return rng.choice(["1", "0"])
        case "integer" | "number":
            return str(rng.randint(0, 9))
        case _:
            return f"{CELL_MARK}-{serial}"


def _sen2() -> str:
    head = "<Message><Header><CollectionDetails><Collection>SEN2</Collection><Year>2026</Year>"
    head += "<ReferenceDate>2026-01-15</ReferenceDate></CollectionDetails></Header>"
    person = (
        "<Person><Surname>{mark}</Surname><Forename>{mark} a</Forename><PersonBirthDate>2015-05-1{n}</PersonBirthDate>"
        "<Sex>F</Sex><Ethnicity>WBRI</Ethnicity><PostCode>ZZ01 1AA</PostCode><UPN>{upn}</UPN>"
        "<Requests><ReceivedDate>2025-01-0{n}</ReceivedDate><RequestSource>1</RequestSource><RYA>0</RYA>"
        "<RequestOutcomeDate>2025-02-0{n}</RequestOutcomeDate><RequestOutcome>Y</RequestOutcome>"
        "<Assessment><AssessmentOutcome>Y</AssessmentOutcome><AssessmentOutcomeDate>2025-04-0{n}</AssessmentOutcomeDate>"
        "<Week20>0</Week20><NamedPlan><StartDate>2025-05-0{n}</StartDate><PlanDetail><URN>900001</URN>"
        "<SENSetting>OLA</SENSetting></PlanDetail></NamedPlan></Assessment><ActivePlans><LastReview>2025-06-01"
        "</LastReview><PlacementDetail><URN>900001</URN></PlacementDetail><SENneed><SENtype>ASD</SENtype>"
        "<SENtypeRank>1</SENtypeRank></SENneed></ActivePlans></Requests></Person>"
    )
    return head + "".join(person.format(mark=CELL_MARK, n=n, upn=upn(n)) for n in range(1, 4)) + "</Message>"


def _census() -> str:
    head = '<?xml version="1.0"?><Message><Header><CollectionDetails><Collection>SC</Collection><Term>SPR</Term>'
    head += "<Year>2025</Year><ReferenceDate>2025-01-16</ReferenceDate></CollectionDetails><Source><SourceLevel>S"
    head += "</SourceLevel><LEA>839</LEA><URN>900010</URN></Source></Header><Pupils><PupilsOnRoll>"
    pupil = (
        "<PupilOnRoll><UPN>{upn}</UPN><Surname>{mark}</Surname><DOB>2012-05-06</DOB><Sex>M</Sex>"
        "<Ethnicity>WBRI</Ethnicity><NCyearActual>8</NCyearActual><SENprovision>K</SENprovision><SENNeeds><SENNeed>"
        "<SENtypeRank>1</SENtypeRank><SENtype>SEMH</SENtype></SENNeed></SENNeeds><TermlyExclusions><TermlyExclusion>"
        "<Category>SUSP</Category><Reasons><Reason>DB</Reason><Reason>PP</Reason></Reasons><StartDate>2024-06-0{n}"
        "</StartDate><Sessions>4</Sessions></TermlyExclusion></TermlyExclusions></PupilOnRoll>"
    )
    pupils = "".join(pupil.format(mark=CELL_MARK, n=n, upn=upn(n)) for n in range(1, 4))
    return f"{head}{pupils}</PupilsOnRoll></Pupils></Message>"


def _annex(path: Path) -> Path:
    """Both lists of Ofsted's workbook, with the headings of the definition and mostly wrong values."""
    (national,) = [found for found in load_returns() if found.id.startswith("annex")]
    sheets: dict[str, Sequence[Sequence[object]]] = {
        definition.titles[0]: [list(definition.columns), [CELL_MARK] * len(definition.columns)]
        for definition in national.modules.values()
        if definition.titles
    }
    return workbook(path, sheets)
