"""datapackage.json (Frictionless Data Package v1) and SHA256SUMS: what is in a release, for programs that know neither us."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pipelines.publish.ees import SYMBOLS, EesFile
from pipelines.publish.files import flush, sha256
from pipelines.publish.shared_contract import SharedContract, SharedTable

PACKAGE: Final = "datapackage.json"
CHECKSUMS: Final = "SHA256SUMS"
_TYPES: Mapping[str, str] = {
    "VARCHAR": "string",
    "DOUBLE": "number",
    "BIGINT": "integer",
    "INTEGER": "integer",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "BOOLEAN": "boolean",
}
# As DuckDB writes it into a CSV; the standard's own form has a T and a time zone.
_FORMATS: Mapping[str, str] = {"TIMESTAMP": "%Y-%m-%d %H:%M:%S"}


def write_package(folder: Path, contract: SharedContract, release: Mapping[str, str], ees: Sequence[EesFile]) -> Path:
    """Describe every CSV file of a release: columns, types, words, bytes and hash. `release`: id, dates, hash as text."""
    document = {
        "profile": "tabular-data-package",
        "name": contract.id.replace("_", "-"),
        "id": release["release_id"],
        "title": "Shared SEND dataset",
        "description": f"What partners of the local area may see, as at {release['as_at']}. Suppressed numbers are empty.",
        "version": contract.version,
        # The standard wants a colon in the time, which the names of files and folders cannot have.
        "created": f"{release['made_at'][:13]}:{release['made_at'][13:15]}:{release['made_at'][15:]}",
        "resources": [
            *(_resource(folder, f"csv/{table.name}.csv", table.name, _schema(table)) for table in contract.tables),
            *(_resource(folder, file.name, f"ees-{Path(file.name).stem}", _ees_schema(file)) for file in ees),
        ],
    }
    path = folder / PACKAGE
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    flush(path)
    return path


def write_checksums(folder: Path) -> Path:
    """SHA-256 of every file that is there, as `sha256sum --check` reads it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    path = folder / CHECKSUMS
    lines = [f"{sha256(file)}  {file.relative_to(folder).as_posix()}\n" for file in files]
    path.write_text("".join(lines), encoding="utf-8", newline="\n")
    flush(path)
    return path


def _resource(folder: Path, path: str, name: str, schema: dict[str, object]) -> dict[str, object]:
    return {
        "profile": "tabular-data-resource",
        "name": name.replace("_", "-"),
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": (folder / path).stat().st_size,
        "hash": f"sha256:{sha256(folder / path)}",
        "schema": schema,
    }


def _schema(table: SharedTable) -> dict[str, object]:
    fields: list[dict[str, str]] = []
    for column in table.columns:
        field = {"name": column.header, "type": _TYPES[column.data_type], "description": column.description}
        if column.data_type in _FORMATS:
            field["format"] = _FORMATS[column.data_type]
        fields.append(field)
    return {"fields": fields, "missingValues": [""]}


def _ees_schema(file: EesFile) -> dict[str, object]:
    fields = [{"name": name, "type": "string"} for name in file.places]
    fields += [
        {"name": one.name, "type": "string" if one.dp is None else "number", "title": one.label} for one in file.columns
    ]
    return {"fields": fields, "missingValues": ["", *SYMBOLS]}
