"""Small extracts of suspensions that their contract accepts, and UPNs with a right check letter."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from pipelines.contract_files import load_contract
from pipelines.ingest.pseudonyms import CHECK_LETTERS

VALUES: Mapping[str, str] = {
    "date_of_birth": "12/05/2012",
    "sex": "M",
    "ethnicity": "WBRI",
    "postcode": "ZZ01 1AA",
    "year_group": "8",
    "school_urn": "900001",
    "start_date": "15/09/2025",
    "category": "SUSP",
    "sessions": "4",
    "reason1": "PP",
    "sen_provision": "K",
    "primary_need": "SEMH",
    "overturned": "0",
}


def upn(serial: int) -> str:
    """The UPN of a pupil who does not exist."""
    digits = f"8390{serial:08d}"
    return CHECK_LETTERS[sum((place + 2) * int(digit) for place, digit in enumerate(digits)) % 23] + digits


def write_exclusions(file: Path, serials: Iterable[int], changes: Mapping[str, str] | None = None) -> Path:
    """A CSV of one suspension of each pupil, all on the same day; `changes` gives other values of columns."""
    values = {**VALUES, **(changes or {})}
    names = [column.name for column in load_contract("exclusions").columns]
    lines = [names] + [[upn(serial) if name == "upn" else values.get(name, "") for name in names] for serial in serials]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(",".join(line) for line in lines) + "\n", encoding="utf-8")
    return file
