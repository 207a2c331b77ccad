"""What a file tells beside its counts: rows about one person, identifiers, judgements of hidden figures, old bytes."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd

from tests.attack.partner_file import PartnerFile

IDENTIFIERS = {
    "UPN": re.compile(r"\b[A-HJ-NP-RT-Z]\d{12}\b|\b[A-HJ-NP-RT-Z]\d{11}[A-HJ-NP-RT-Z]\b"),
    "NHS number": re.compile(r"\b\d{3}[ -]?\d{3}[ -]?\d{4}\b"),
    "postcode": re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b"),
    "e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "pseudonym": re.compile(r"\b(?=[a-z2-7]*[2-7])[a-z2-7]{20,}\b|\b[0-9a-f]{32,}\b", re.IGNORECASE),
}
PERSONAL_COLUMN = re.compile(r"upn|nhs|pseudonym|child|pupil|forename|surname|birth|postcode|request_id|response_id")
# Of the code and of the files behind the release, not of people.
HASHES = {("release", "code_version"), ("release", "content_hashes"), ("release", "release_id")}
JUDGEMENTS = {
    "jsna_indicator": ("recent_trend", "compared_to_england", "compared_to_goal"),
    "control_chart": ("special_cause_rule", "signal"),
    "target": ("is_change_beyond_noise", "change"),
}
NUMBERS = {"value", "lower_95", "upper_95", "lower_998", "upper_998", "positive_pct", "share_pct"}
NO_JUDGEMENT = {"None", "nan", "<NA>", "none", "Cannot be calculated", "Not compared"}
RAW_IDENTIFIERS = {
    "UPN": re.compile(rb"(?<!\w)[A-HJ-NP-RT-Z]\d{12}(?!\w)"),
    "e-mail address": re.compile(rb"[a-z.]{4,40}@[a-z-]{3,40}\.[a-z]{2,6}"),
}
HEADERS = 3 * 4096
PREFIX = 8
"""Characters of a text that the storage keeps as its least and greatest value."""


def surface_findings(path: Path, file: PartnerFile) -> Iterator[tuple[str, str]]:
    """Kind and place of everything that is not a number of `observation` and yet tells of a person or a hidden figure."""
    for name, table in file.tables.items():
        yield from _identifiers(name, table)
        yield from _judgements(name, table)
    yield from _suppressed_with_numbers(file)
    yield from _copies(file)
    yield from _means(file)
    yield from _old_bytes(path)


def _identifiers(name: str, table: pd.DataFrame) -> Iterator[tuple[str, str]]:
    for column in table.columns:
        if PERSONAL_COLUMN.search(str(column)):
            yield "column about a person", f"{name}.{column}"
        if table[column].dtype.kind in "OUT" and (name, str(column)) not in HASHES:
            text = "\n".join(str(one) for one in table[column].dropna().unique())
            for what, pattern in IDENTIFIERS.items():
                if pattern.search(text):
                    yield "identifier", f"{what} in {name}.{column}"


def _judgements(name: str, table: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """A trend, signal or comparison of a figure that is hidden."""
    if "value" not in table.columns:
        return
    for column in [one for one in JUDGEMENTS.get(name, ()) if one in table.columns]:
        said = {str(one) for one in table.loc[table["value"].isna(), column].unique()} - NO_JUDGEMENT
        if said:
            yield "judgement of a hidden figure", f"{name}.{column}: {sorted(said)}"


def _suppressed_with_numbers(file: PartnerFile) -> Iterator[tuple[str, str]]:
    """A figure marked as suppressed of which limits, a value or a share stand there."""
    for name, table in file.tables.items():
        if "status" in table.columns:
            hidden = table[table["status"] == "c"]
            for column in NUMBERS.intersection(str(one) for one in hidden.columns):
                number = sum(1 for one in hidden[column] if pd.notna(one))
                if number:
                    yield "number beside a suppression", f"{name}.{column}: {number} rows"


def _copies(file: PartnerFile) -> Iterator[tuple[str, str]]:
    """A derived table that prints a number of the area and a measure which `observation` does not print. (What is told of
    England or the region beside it is published.)"""
    observation = file.table("observation")
    if observation.empty:
        return
    columns = ("value", "numerator", "denominator")
    shown = {
        (str(one), round(float(number), 6))
        for column in columns
        for one, number in zip(observation["measure_id"], observation[column], strict=True)
        if pd.notna(number)
    }
    copies = {
        ("jsna_indicator", "indicator_id"): ("value", "count", "denominator"),
        ("control_chart", "measure_id"): ("value", "denominator"),
        ("target", "measure_id"): ("value", "previous_value"),
        ("improvement_plan", "measure_id"): ("latest",),
    }
    for (name, measure), numbers in copies.items():
        table = file.table(name)
        if "area_code" in table.columns:
            table = table[table["area_code"].isin(observation["area_code"])]
        for column in [one for one in numbers if one in table.columns]:
            pairs = zip(table[measure], table[column], strict=True)
            new = {(str(one), round(float(number), 6)) for one, number in pairs if pd.notna(number)} - shown
            if new:
                yield "number that observation hides", f"{name}.{column}: {len(new)}, of {sorted({m for m, _ in new})}"


def _means(file: PartnerFile) -> Iterator[tuple[str, str]]:
    """The mean of a control chart in which a hidden point has a part gives that point away."""
    chart = file.table("control_chart")
    if chart.empty:
        return
    for phase, points in chart.groupby(["measure_id", "phase"]):
        shown = [float(value) for value in points["value"] if pd.notna(value)]
        means = {float(mean) for mean in points["mean"] if pd.notna(mean)}
        if shown and len(shown) < len(points):
            mean = sum(shown) / len(shown)
            if any(abs(mean - one) > 1e-6 * max(1.0, abs(one)) for one in means):
                yield "mean with hidden points", str(phase)


def _old_bytes(path: Path) -> Iterator[tuple[str, str]]:
    """Blocks of the file that no table uses and that are not empty; statistics of values that are no longer there."""
    with duckdb.connect(str(path), read_only=True) as connection:
        size = connection.execute("select block_size, total_blocks, free_blocks from pragma_database_size()").fetchone()
        tables = [row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()]
        views = connection.execute("select count(*) from duckdb_views() where not internal").fetchone()
        for table in tables:
            yield from _statistics(connection, table)
    raw = path.read_bytes()
    for what, pattern in RAW_IDENTIFIERS.items():
        if pattern.search(raw):
            yield "identifier", f"{what} in the bytes of {path.name}"
    if views and views[0]:
        yield "view", f"{views[0]} views"
    if size and size[2]:
        yield "free blocks", f"{size[2]} of {size[1]} blocks are left over from what was removed"
    if size and len(raw) > HEADERS + size[1] * size[0]:
        yield "bytes after the last block", f"{len(raw)} bytes, {size[1]} blocks of {size[0]}"
    if Path(f"{path}.wal").exists():
        yield "write-ahead log", path.name


def _statistics(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[tuple[str, str]]:
    """The least and greatest value that the storage claims against those of the rows that it holds."""
    segments = connection.execute(
        "select distinct column_name, segment_type, stats from pragma_storage_info(?) where segment_type <> 'VALIDITY'",
        [table],
    ).fetchall()
    for column, kind, stats in segments:
        found = re.search(r"\[Min: (.*?), Max: (.*?)[,\]]", str(stats))
        if found is None:
            continue
        text = f'left("{column}"::varchar, {PREFIX})' if kind == "VARCHAR" else f'"{column}"::varchar'
        held = connection.execute(
            f'select count(*) filter ({text} = ?), count(*) filter ({text} = ?), count("{column}") from "{table}"',
            list(found.groups()),
        ).fetchone()
        if held and held[2] and not (held[0] and held[1]):
            yield "statistics of removed values", f"{table}.{column}: {found[0]}"
