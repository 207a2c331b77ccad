"""DfE's layout rules for Explore Education Statistics, written down again from its open data standards."""

import csv
import re
from pathlib import Path

SIX_DIGITS = {"Academic year", "Autumn term", "Spring term", "Summer term"}
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
FOUR_DIGITS = {"Calendar year", "Reporting year", *MONTHS}
MANDATORY = {"geographic_level", "time_period", "time_identifier", "country_code", "country_name"}
OF_AN_AUTHORITY = {"region_code", "region_name", "old_la_code", "new_la_code", "la_name"}
META = [
    "col_name", "col_type", "label", "indicator_grouping", "indicator_unit", "indicator_dp", "filter_hint",
    "filter_grouping_column",
]  # fmt: skip
SYMBOLS = {"c", "x", "z", "low", "u"}
LEGACY = {"NA", "na", "Null", "null", "NULL", "N/A", "n/a", ".", "..", "-", "~", ":"}
NUMBER = re.compile(r"-?\d+(\.\d)?")


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def broken_rules(data_path: Path) -> list[str]:
    """The rules that a data file and its meta file break."""
    data, meta = rows_of(data_path), rows_of(data_path.with_suffix(".meta.csv"))
    columns = list(data[0])
    filters = [row["col_name"] for row in meta if row["col_type"] == "Filter"]
    groups = [row["filter_grouping_column"] for row in meta if row["filter_grouping_column"]]
    indicators = {row["col_name"]: row for row in meta if row["col_type"] == "Indicator"}
    places = MANDATORY | OF_AN_AUTHORITY
    keys = [tuple(row[name] for name in (*sorted(places), *filters, *groups)) for row in data]
    identifiers = {row["time_identifier"] for row in data}
    levels = {name: len({row[name] for row in data}) for name in (*filters, *groups)}
    rules = {
        "file names have no spaces or capitals": re.fullmatch(r"[a-z0-9_]+\.csv", data_path.name),
        "all mandatory columns": places <= set(columns),
        "the columns of a meta file": list(meta[0]) == META,
        "snake case": all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in columns),
        "every column is in the meta file or a place": set(columns)
        == places | set(filters) | set(groups) | set(indicators),
        "labels are there, and there once": len({row["label"] for row in meta} - {""}) == len(meta),
        "no duplicate rows": len(keys) == len(set(keys)),
        "known time identifiers": identifiers <= SIX_DIGITS | FOUR_DIGITS,
        "one kind of period": len(identifiers - set(MONTHS)) <= 1 or identifiers <= SIX_DIGITS - {"Academic year"},
        "digits of the period": all(_fits(row) for row in data),
        "whole places": all(row[name] for row in data for name in places),
        "codes of the area": all(re.fullmatch(r"E0[6-9]\d{6}|E10\d{6}", row["new_la_code"]) for row in data),
        "old code of the area": all(re.fullmatch(r"\d{3}", row["old_la_code"]) for row in data),
        "no blank filters": all(row[name] for row in data for name in (*filters, *groups)),
        "no spaces around filters": all(row[name] == row[name].strip() for row in data for name in (*filters, *groups)),
        "numbers or symbols": all(_is_cell(row[name]) for row in data for name in indicators),
        "no legacy symbols": not any(value in LEGACY for row in (*data, *meta) for value in row.values()),
        "decimal places": all(row["indicator_dp"] in ("0", "1") for row in indicators.values()),
        "units": {row["indicator_unit"] for row in indicators.values()} <= {"", "%", "pp"},
        "filters have no unit, dp or indicator group": not any(
            row["indicator_unit"] or row["indicator_dp"] or row["indicator_grouping"]
            for row in meta
            if row["col_type"] == "Filter"
        ),
        "indicators have no hint or group of filters": not any(
            row["filter_hint"] or row["filter_grouping_column"] for row in indicators.values()
        ),
        "groups are in the data and no filters": set(groups) <= set(columns) and not set(groups) & set(filters),
        "a group has fewer levels than its filter": all(
            levels[row["filter_grouping_column"]] < levels[row["col_name"]]
            for row in meta
            if row["filter_grouping_column"]
        ),
        "a breakdown has a total": "breakdown" not in columns or "Total" in {row["breakdown"] for row in data},
    }
    return [rule for rule, kept in rules.items() if not kept]


def _fits(row: dict[str, str]) -> bool:
    period, identifier = row["time_period"], row["time_identifier"]
    if identifier in FOUR_DIGITS:
        return bool(re.fullmatch(r"\d{4}", period))
    return bool(re.fullmatch(r"\d{6}", period)) and (int(period[:4]) + 1) % 100 == int(period[4:])


def _is_cell(text: str) -> bool:
    return text in SYMBOLS or (bool(NUMBER.fullmatch(text)) and not text.endswith(".0"))
