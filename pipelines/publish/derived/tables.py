"""Reads the protected tables, writes those derived from them. No other module of the package touches a file.

Read are: the protected `observation`; `comparison` and `area`, which hold published and public facts; the extract `actions`
without names; the register, the phases and the code sets; and, for `revision`, earlier releases. Never a count before
disclosure control.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.phases import check_phases, load_phases
from pipelines.publish.derived.benchmark import benchmark
from pipelines.publish.derived.control_chart import control_chart
from pipelines.publish.derived.figures import by_measure, figures, headline_series
from pipelines.publish.derived.improvement_plan import Action, improvement_plan
from pipelines.publish.derived.jsna_indicator import Names, jsna_indicator
from pipelines.publish.derived.jsna_labels import ENGLAND
from pipelines.publish.derived.published import PublishedFigure, published_figures
from pipelines.publish.derived.revision import Printed, revisions
from pipelines.publish.derived.target import target
from pipelines.publish.formats import empty_of
from pipelines.publish.shared_contract import load_shared_contract
from pipelines.reference import load_register
from pipelines.register import Measure, check_register
from pipelines.settings import REFERENCE, Settings
from pipelines.tables import replace_atomically, table_path

DERIVED = ("control_chart", "target", "benchmark", "improvement_plan", "jsna_indicator")
# Breakdown → its code set, where the two have not one name.
_CODE_SETS = {"service": "health_service", "ethnicity_group": "ethnicity"}
_YES_NO = ("has_diagnosis", "parent_carer_has_needs", "sibling_young_carer")


@dataclass(frozen=True)
class PastRelease:
    """An earlier release: its id, when it was made, and its folder of Parquet tables."""

    release_id: str
    made_at: datetime
    parquet: Path


def write_derived(settings: Settings, protected: Mapping[str, Path]) -> dict[str, Path]:
    """Table → Parquet of every derived table but `revision`. protected: table → Parquet of what partners may see.

    The same protected tables give the same rows in the same order. Raises PhasesProblem, RegisterProblem.
    """
    made = derive(
        _read(protected, "observation"),
        published_figures(_read(protected, "comparison")),
        _actions(settings),
        _names(_read(protected, "area")),
    )
    return {name: _write(settings, name, rows) for name, rows in made.items()}


def derive(
    observation: pa.Table, published: Sequence[PublishedFigure], actions: Sequence[Action], names: Names
) -> dict[str, list[dict[str, object]]]:
    """Table → rows of every derived table but `revision`."""
    register, phases = _register(), by_measure(load_phases())
    check_phases(load_phases(), register)
    rows = figures(observation)
    series = headline_series(rows, register)
    charts = control_chart(series, register, phases)
    targets = target(series, {row.area_code for row in rows}, register, phases)
    labels = {code: name for (breakdown, code), name in names.labels.items() if breakdown == "workstream"}
    return {
        "control_chart": charts,
        "target": targets,
        "benchmark": benchmark(published, register, phases),
        "improvement_plan": improvement_plan(register, targets, charts, actions, labels),
        "jsna_indicator": jsna_indicator(rows, published, register, phases, _with_published(names, published)),
    }


def revision_table(
    release_id: str, made_at: datetime, observation: Path | pa.Table, earlier: Sequence[PastRelease]
) -> pa.Table:
    """The table `revision` of a release about to be made. earlier: the releases before, oldest first.

    The newest of them that has a history passes it on, so that it outlives the folders of older ones.
    """
    history: list[dict[str, object]] = []
    since: list[PastRelease] = []
    for release in reversed(earlier):
        kept = release.parquet / "revision.parquet"
        if kept.is_file():
            history = sorted(pq.read_table(kept).to_pylist(), key=lambda row: row["release_id"])
            break
        since.insert(0, release)
    new = observation if isinstance(observation, pa.Table) else pq.read_table(observation)
    rows = revisions(history, (*_printed(since), Printed(release_id, _in_utc(made_at), figures(new))))
    return pa.Table.from_pylist(rows, _schema("revision"))


@cache
def _register() -> dict[str, Measure]:
    return {measure.id: measure for measure in check_register(load_register())}


def _printed(releases: Iterable[PastRelease]) -> list[Printed]:
    return [
        Printed(
            release.release_id,
            _in_utc(release.made_at),
            figures(pq.read_table(release.parquet / "observation.parquet")),
        )
        for release in releases
    ]


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _read(protected: Mapping[str, Path], table: str) -> pa.Table:
    """A table of the contract, without rows if it has not been made."""
    return pq.read_table(protected[table]) if table in protected else empty_of(load_shared_contract().table(table))


def _actions(settings: Settings) -> list[Action]:
    path = table_path(settings, "staging", "actions")
    if not path.is_file():
        return []
    names = [field.name for field in fields(Action)]
    return [Action(**row) for row in pq.read_table(path, columns=names).to_pylist()]


def _names(area: pa.Table) -> Names:
    """Words for codes, from the code sets and the table `area`."""
    labels: dict[tuple[str, str], str] = {(name, code): code.capitalize() for name in _YES_NO for code in ("yes", "no")}
    breakdowns = {code_set: breakdown for breakdown, code_set in _CODE_SETS.items()}
    with (REFERENCE / "code_sets.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            breakdown = breakdowns.get(row["code_set"], row["code_set"])
            code, words = ("group_code", "group_label") if breakdown == "ethnicity_group" else ("code", "label")
            labels[breakdown, row[code]] = row[words]
    places = area.to_pylist()
    areas = dict([ENGLAND]) | {place["area_code"]: place["area_name"] for place in places}
    return Names(labels, areas | {place["ward_code"]: place["ward_name"] for place in places}, {})


def _with_published(names: Names, published: Sequence[PublishedFigure]) -> Names:
    """The names with those of published areas; the region is the parent of the area itself."""
    areas = {row.area_code: row.area_name for row in published} | dict(names.areas)
    regions = [row.area_code for row in published if row.area_role == "region"]
    own = {row.area_code for row in published if row.area_role == "own"}
    return Names(names.labels, areas, dict.fromkeys(own, regions[0]) if regions else {})


def _schema(table: str) -> pa.Schema:
    return empty_of(load_shared_contract().table(table)).schema


def _write(settings: Settings, table: str, rows: Sequence[Mapping[str, object]]) -> Path:
    path = table_path(settings, "protected", table)
    with replace_atomically(path) as beside:
        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows], _schema(table)), beside)
    return path
