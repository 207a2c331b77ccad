"""The guarantee of a release: for every small count two whole tables that agree with all that is printed, one in which it
is 0 and one in which it reaches the threshold. The proof stays with the council; the release is read back and checked.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

import duckdb

from pipelines.disclosure.counts_of_rows import counts_of_line
from pipelines.disclosure.cross_cells import counts_of_cell
from pipelines.disclosure.errors import DisclosureError
from pipelines.disclosure.linked.verify import Proof, verify
from pipelines.disclosure.measure_rules import MeasureRule, rule_of
from pipelines.disclosure.observation_cells import Row, RowCounts, counts_of
from pipelines.disclosure.survey_cells import as_observation
from pipelines.disclosure.theme_cells import counts_of_theme
from pipelines.settings import Settings

_QUESTION = MeasureRule("proportion", survey=True)
# Every column that a count is read from, by the name it has in a row of the unprotected table.
_PRINTED = {
    "observation": {"numerator": "numerator", "denominator": "denominator", "value": "value"},
    "lived_experience": {"numerator": "positive_answers", "denominator": "base", "value": "positive_pct"},
    "cross_tabulation": {"numerator": "count", "denominator": "base", "value": "share_pct"},
    "theme": {"numerator": "responses", "denominator": "base", "value": "share_pct"},
    "data_quality": {"numerator": "row_count", "denominator": "total", "value": "share_pct"},
}


@dataclass(frozen=True)
class Guarantee:
    """The proof over this release and all earlier ones, and what it takes to read the release by it.

    cell_of: key of a count of this release → cell of the proof that it prints (of a held figure the one shown before).
    printed_before: cell → count, of all that earlier releases printed. outside: cell → count that readers have from elsewhere.
    """

    proof: Proof
    cell_of: Mapping[str, str]
    printed_before: Mapping[str, int] = field(default_factory=dict)
    outside: Mapping[str, int] = field(default_factory=dict)


def check_release(database: Path, guarantee: Guarantee) -> None:
    """Read every count that the file prints and verify the proof for it. Raises DisclosureError; no cell is named."""
    counts, bare = _printed(database)
    printed = dict(guarantee.printed_before)
    problems: list[str] = []
    for key, count in counts.items():
        if printed.setdefault(guarantee.cell_of.get(key, key), count) != count:
            problems.append(f"{key}: printed twice, with different counts.")
    problems += verify(guarantee.proof, printed, guarantee.outside)
    if problems or bare:
        raise DisclosureError(
            f"The release was stopped: the proof of its safety fails in {len(problems)} places and {bare} percentages stand "
            "without their counts. Nothing was published; the last release stays."
        )


def keep_proof(settings: Settings, release_id: str, guarantee: Guarantee) -> Path:
    """Keep the proof with the council's tables, never with the release: it holds the true counts."""
    path = proof_path(settings, release_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {each.name: getattr(guarantee, each.name) for each in fields(guarantee)}
    path.write_bytes(gzip.compress(json.dumps(kept).encode(), compresslevel=4))
    return path


def load_proof(settings: Settings, release_id: str) -> Guarantee:
    """The proof of an earlier release. Raises FileNotFoundError where there is none."""
    return Guarantee(**json.loads(gzip.decompress(proof_path(settings, release_id).read_bytes())))


def proof_path(settings: Settings, release_id: str) -> Path:
    """Where the proof of a release is kept."""
    return settings.warehouse / "proofs" / f"{release_id}.json.gz"


def _printed(database: Path) -> tuple[dict[str, int], int]:
    """Key → count of all that the file prints, and how many percentages stand there without both of their counts."""
    counts: dict[str, int] = {}
    bare = 0
    with duckdb.connect(str(database), read_only=True) as connection:
        for table, names in _PRINTED.items():
            for row in _rows(connection, table):
                shaped = {**row, **{name: row[printed] for name, printed in names.items()}}
                keys = _keys_of(table, shaped)
                for key, count in ((keys.numerator, "numerator"), (keys.denominator, "denominator")):
                    if key:
                        found = int(float(str(shaped[count])))
                        # A headcount stands in many rows: one that differs is kept under a name that no proof knows.
                        counts[key if counts.setdefault(key, found) == found else f"{key} again"] = found
                bare += shaped["value"] is not None and _lacks_a_count(table, shaped, keys)
    return counts, bare


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> Iterable[Row]:
    return connection.execute(f"from {table}").to_arrow_table().to_pylist()


def _keys_of(table: str, row: Row) -> RowCounts:
    if table == "observation":
        return counts_of(row, rule_of(str(row["measure_id"]), str(row["unit"])))
    if table == "lived_experience":
        return counts_of(as_observation(row), _QUESTION)
    if table in ("theme", "data_quality"):
        keys = counts_of_theme(row) if table == "theme" else counts_of_line(row)
        shown = (row["numerator"] is not None, row["denominator"] is not None)
        return RowCounts(keys.numerator if shown[0] else "", keys.denominator if shown[1] else "")
    keys = counts_of_cell(row)
    return RowCounts(keys.numerator if row["numerator"] is not None else "", keys.denominator)


def _lacks_a_count(table: str, row: Row, keys: RowCounts) -> bool:
    counted = table != "observation" or rule_of(str(row["measure_id"]), str(row["unit"])).kind in ("proportion", "rate")
    return counted and not (keys.numerator and keys.denominator)
