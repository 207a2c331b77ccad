"""Contracts of published files: which files a series comes in, what its columns mean, which identities must hold.

A contract is one Open Data Contract Standard file, as for the extracts. A later release with other spellings is an
alias or one more file in the same contract, never a copy of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml
from open_data_contract_standard.model import CustomProperty, DataQuality, OpenDataContractStandard, SchemaProperty
from pydantic import ValidationError

from pipelines.settings import CONTRACTS

PUBLISHED_CONTRACTS = CONTRACTS / "published"
BASE_LAYOUT = "base"


class PublishedContractError(ValueError):
    """A contract of a published file cannot be used: the message names the file and what is wrong in it."""


@dataclass(frozen=True)
class PublishedColumn:
    """One column of a published file. An indicator holds figures or symbols; the others say what the figures are of."""

    name: str
    aliases: tuple[str, ...]
    required: bool
    is_indicator: bool
    duplicated: bool


@dataclass(frozen=True)
class Figure:
    """What one indicator is to us: a measure, a context figure with an id, or (both empty) only kept.

    ``numerator`` and ``denominator`` are columns of the same row, added up. A derived figure has no published column:
    its value is 100 × numerator ÷ denominator.
    """

    indicator: str
    title: str
    unit: str
    figure_id: str | None = None
    measure_id: str | None = None
    numerator: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    derived: bool = False


@dataclass(frozen=True)
class ReleaseFiles:
    """Files of one release: a path or pattern below the published folder, and the year it was released in."""

    pattern: str
    release: int
    dictionary: str | None = None


@dataclass(frozen=True)
class PublishedRule:
    """One thing that must be true of a file. Both queries read ``{batch}``, the file with its figures as numbers."""

    rule_id: str
    severity: str
    plain_words: str
    unexpected_rows_query: str
    tested_rows_query: str


@dataclass(frozen=True)
class PublishedContract:
    """One series: the files it comes in and how to read them."""

    series_id: str
    name: str
    layout: str
    files: tuple[ReleaseFiles, ...]
    columns: tuple[PublishedColumn, ...]
    figures: tuple[Figure, ...]
    rules: tuple[PublishedRule, ...]
    totals: tuple[str, ...] = ()
    symbols: Mapping[str, str] = field(default_factory=dict)
    zeros: tuple[str, ...] = ()

    @property
    def indicators(self) -> tuple[PublishedColumn, ...]:
        """The columns that hold figures."""
        return tuple(column for column in self.columns if column.is_indicator)


def load_published_contracts(folder: Path = PUBLISHED_CONTRACTS) -> list[PublishedContract]:
    """All contracts of published files, by series id, with the columns of the contract that they extend.

    Raises PublishedContractError if a file is not a contract or lacks what is needed to read a file by it.
    """
    standards = {path.stem: _standard(path) for path in sorted(folder.glob("*.yaml"))}
    read = {name: _contract(name, standard) for name, standard in standards.items()}
    whole: list[PublishedContract] = []
    for name, (contract, extends) in read.items():
        if contract.layout == BASE_LAYOUT:
            continue
        if extends and extends not in read:
            raise PublishedContractError(f"{name}.yaml: there is no contract {extends!r} to extend")
        base = read[extends][0].columns if extends else ()
        whole.append(_extended(contract, base))
    return whole


def _extended(contract: PublishedContract, base: tuple[PublishedColumn, ...]) -> PublishedContract:
    return PublishedContract(**{**vars(contract), "columns": base + contract.columns})


def _standard(path: Path) -> OpenDataContractStandard:
    try:
        return OpenDataContractStandard.from_file(str(path))
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        raise PublishedContractError(f"{path.name}: is not a contract that can be read: {error}") from error


def _contract(name: str, standard: OpenDataContractStandard) -> tuple[PublishedContract, str | None]:
    if not standard.id or not standard.schema_ or len(standard.schema_) != 1:
        raise PublishedContractError(f"{name}.yaml: needs an id and exactly one schema object")
    table = standard.schema_[0]
    extras = _extras(table.customProperties)
    properties = table.properties or []
    figures = [_figure(name, _mapping(entry)) for entry in _list(extras.get("figures"))]
    figures += [figure for prop in properties if (figure := _figure_of(name, prop)) is not None]
    contract = PublishedContract(
        series_id=standard.id,
        name=standard.name or standard.id,
        layout=str(extras.get("layout", "")),
        files=tuple(_release(name, _mapping(entry)) for entry in _list(extras.get("files"))),
        columns=tuple(_column(prop) for prop in properties),
        figures=tuple(figures),
        rules=tuple(_rule(name, entry) for entry in table.quality or []),
        totals=_texts(extras.get("totals")),
        symbols={key: str(value) for key, value in _mapping(extras.get("symbols")).items()},
        zeros=_texts(extras.get("zeros")),
    )
    if not contract.layout:
        raise PublishedContractError(f"{name}.yaml: schema.customProperties.layout is missing")
    extends = extras.get("extends")
    return contract, str(extends) if extends else None


def _column(prop: SchemaProperty) -> PublishedColumn:
    extras = _extras(prop.customProperties)
    return PublishedColumn(
        name=prop.name or "",
        aliases=_texts(extras.get("aliases")),
        required=bool(prop.required),
        is_indicator=prop.logicalType == "number",
        duplicated=bool(extras.get("duplicated")),
    )


def _figure_of(contract: str, prop: SchemaProperty) -> Figure | None:
    entry = _mapping(_extras(prop.customProperties).get("figure"))
    if prop.logicalType != "number":
        return None
    if not entry:
        unit = "%" if "pc" in (prop.name or "").split("_") else "number"
        return Figure(indicator=prop.name or "", title=prop.description or "", unit=unit)
    return _figure(contract, {"indicator": prop.name or "", **entry})


def _figure(contract: str, entry: Mapping[str, object]) -> Figure:
    missing = [key for key in ("indicator", "id", "title", "unit") if not entry.get(key)]
    if missing:
        raise PublishedContractError(f"{contract}.yaml: a figure lacks {', '.join(missing)}")
    return Figure(
        indicator=str(entry["indicator"]),
        title=str(entry["title"]),
        unit=str(entry["unit"]),
        figure_id=str(entry["id"]),
        measure_id=str(entry["measure"]) if entry.get("measure") else None,
        numerator=_texts(entry.get("numerator")),
        denominator=_texts(entry.get("denominator")),
        derived=bool(entry.get("derived")),
    )


def _release(contract: str, entry: Mapping[str, object]) -> ReleaseFiles:
    pattern, release, dictionary = entry.get("path"), entry.get("release"), entry.get("dictionary")
    if not isinstance(pattern, str) or not isinstance(release, int):
        raise PublishedContractError(f"{contract}.yaml: each of files needs a path and the year of the release")
    return ReleaseFiles(pattern, release, str(dictionary) if dictionary else None)


def _rule(contract: str, entry: DataQuality) -> PublishedRule:
    details = _mapping(cast(object, entry.implementation))
    failing = _mapping(details.get("kwargs")).get("unexpected_rows_query")
    tested = details.get("tested_rows_query")
    if not (entry.id and entry.severity and isinstance(failing, str) and isinstance(tested, str)):
        raise PublishedContractError(f"{contract}.yaml: rule {entry.id or '?'} lacks its id, severity or a query")
    words = " ".join((entry.description or "").split())
    return PublishedRule(entry.id, entry.severity, words, failing, tested)


def _extras(properties: list[CustomProperty] | None) -> dict[str, object]:
    return {extra.property: cast(object, extra.value) for extra in properties or () if extra.property}


def _mapping(value: object) -> dict[str, object]:
    return (
        {str(key): entry for key, entry in cast(dict[object, object], value).items()} if isinstance(value, dict) else {}
    )


def _list(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(entry) for entry in _list(value))
