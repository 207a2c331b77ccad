"""The list of what to fix: one page and one CSV over all sources, from each supplier's newest delivery. No values."""

import csv
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pyarrow.parquet as pq

from pipelines.contract_files import load_contracts
from pipelines.outcomes import FileOutcome, to_fix_path
from pipelines.reconciliation import read_outcomes
from pipelines.settings import Settings
from pipelines.tables import replace_atomically

COLUMNS: tuple[str, ...] = (
    "source",
    "supplier",
    "file_name",
    "file_id",
    "sheet",
    "row_number",
    "column",
    "rule_id",
    "severity",
    "plain_words",
    "fix",
)
ROWS_SHOWN_PER_RULE = 20

PAGE = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>What to fix</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #0b0c0c; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .4rem; vertical-align: top; }
th, td { border-bottom: 1px solid #b1b4b6; }
.critical { font-weight: 700; color: #942514; }
</style></head><body>
<h1>What to fix</h1>
<p>From the newest delivery of each supplier. Critical: the rows (or the file) were not used. Row numbers are those that Excel
shows. This page names places only and never repeats what stands in them. The whole list is in what_to_fix.csv.</p>
{% for file in files %}
<h2>{{ file.source }}: {{ file.file_name }}</h2>
<p>File {{ file.file_id }}: {{ file.rows_received }} rows received, {{ file.rows_quarantined }} not used,
{{ file.rows_duplicate }} sent twice.</p>
{% if file.groups %}
<table><thead><tr><th>How serious</th><th>What is wrong</th><th>What to do</th><th>Where</th></tr></thead><tbody>
{% for group in file.groups %}
<tr><td class="{{ group.severity }}">{{ group.severity }}<br>{{ group.rule_id }}</td><td>{{ group.plain_words }}</td>
<td>{{ group.fix }}</td><td>{{ group.where }}</td></tr>
{% endfor %}
</tbody></table>
{% else %}<p>Nothing to fix.</p>{% endif %}
{% else %}<p>No file has been received yet.</p>
{% endfor %}
</body></html>
""")


@dataclass(frozen=True)
class Group:
    """One rule that a file breaks, with the places where it does."""

    rule_id: str
    severity: str
    plain_words: str
    fix: str
    where: str


@dataclass(frozen=True)
class FileToFix:
    """One file of the page."""

    source: str
    file_name: str
    file_id: str
    rows_received: int
    rows_quarantined: int
    rows_duplicate: int
    groups: tuple[Group, ...]


def write_to_fix(settings: Settings) -> Path:
    """Write reports/what_to_fix.html and .csv; return the page."""
    files: list[FileToFix] = []
    lines: list[dict[str, object]] = []
    for contract in load_contracts():
        for outcome in _newest_deliveries(read_outcomes(settings, contract)):
            found = read_lines(to_fix_path(settings, outcome.source, outcome.file_id))
            lines += [{"supplier": outcome.supplier, "file_id": outcome.file_id, **line} for line in found]
            files.append(_file(outcome, found))
    with (
        replace_atomically(settings.reports / "what_to_fix.csv") as beside,
        beside.open("w", encoding="utf-8-sig", newline="") as out,
    ):
        writer = csv.DictWriter(out, list(COLUMNS))
        writer.writeheader()
        writer.writerows(lines)
    page = settings.reports / "what_to_fix.html"
    with replace_atomically(page) as beside:
        beside.write_text(PAGE.render(files=files), encoding="utf-8")
    return page


def _newest_deliveries(outcomes: list[FileOutcome]) -> list[FileOutcome]:
    """All files that came together with each supplier's newest one; what was withdrawn needs no mending."""
    standing = [outcome for outcome in outcomes if not outcome.withdrawn]
    newest = {outcome.supplier: outcome.received_at for outcome in standing}
    return [outcome for outcome in standing if outcome.received_at == newest[outcome.supplier]]


def read_lines(path: Path) -> list[dict[str, object]]:
    """The lines that `extract` kept for one file."""
    return pq.read_table(path).to_pylist()


def group_lines(lines: list[dict[str, object]]) -> tuple[Group, ...]:
    """The lines by rule, in their order (critical first)."""
    by_rule: dict[str, list[dict[str, object]]] = {}
    for line in lines:
        by_rule.setdefault(str(line["rule_id"]), []).append(line)
    return tuple(
        Group(rule_id, str(of[0]["severity"]), str(of[0]["plain_words"]), str(of[0]["fix"]), _where(of))
        for rule_id, of in by_rule.items()
    )


def _file(outcome: FileOutcome, lines: list[dict[str, object]]) -> FileToFix:
    return FileToFix(
        outcome.source,
        outcome.file_name,
        outcome.file_id,
        outcome.rows_received,
        outcome.rows_quarantined,
        outcome.rows_duplicate,
        group_lines(lines),
    )


def _where(lines: list[dict[str, object]]) -> str:
    column = f"column {lines[0]['column']}" if lines[0]["column"] else ""
    rows = [str(line["row_number"]) for line in lines if line["row_number"] is not None]
    if not rows:
        return column or "the whole file"
    more = f" and {len(rows) - ROWS_SHOWN_PER_RULE} more" if len(rows) > ROWS_SHOWN_PER_RULE else ""
    return ", ".join(part for part in (column, f"rows {', '.join(rows[:ROWS_SHOWN_PER_RULE])}{more}") if part)
