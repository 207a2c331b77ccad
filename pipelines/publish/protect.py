"""From the shared tables as they are to those that partners may see: the one place where disclosure control is applied.

Candidates are warehouse/shared/<table> (council only); the protected copies are warehouse/protected/<table>. All counts of
all tables are one additive system, so that no table gives away what another hides.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.disclosure.counts_of_rows import add_data_quality, safe_data_quality
from pipelines.disclosure.cross_cells import add_cross_tabulations, tie_themes_to_questions, tie_to_measures
from pipelines.disclosure.empty_groups import (
    Groups,
    complete_cross_tabulation,
    complete_lived_experience,
    complete_observation,
    known_groups,
)
from pipelines.disclosure.errors import DisclosureError
from pipelines.disclosure.linked.control import AuditError, SafeTables, make_safe
from pipelines.disclosure.linked.flows import Flow
from pipelines.disclosure.linked.joint import Joint, Release, join_releases
from pipelines.disclosure.linked.ledger import LedgerRow
from pipelines.disclosure.linked.model import Kind, LinkedTables
from pipelines.disclosure.linked.primary import Policy
from pipelines.disclosure.linked.protect import UnprotectableError
from pipelines.disclosure.linked.revisions import held_together, ready_witnesses
from pipelines.disclosure.linked.verify import Proof
from pipelines.disclosure.linked.witness import UnwitnessedError
from pipelines.disclosure.measure_rules import PERCENTAGE_BASE, MeasureRule, rule_of
from pipelines.disclosure.observation_cells import Row, RowCounts, add_observation
from pipelines.disclosure.outside import know_outside
from pipelines.disclosure.plan_flows import tie_plans_in_force
from pipelines.disclosure.safe_rows import SafeRow, safe_cross_tabulation, safe_lived_experience, safe_observation
from pipelines.disclosure.survey_cells import add_lived_experience
from pipelines.disclosure.system import SystemBuilder
from pipelines.disclosure.theme_cells import add_themes, safe_themes
from pipelines.methods.intervals import wilson
from pipelines.publish.derived.tables import write_derived
from pipelines.publish.guarantee import Guarantee
from pipelines.publish.held import with_held
from pipelines.publish.past import Past, record_of
from pipelines.publish.release_ledger import LedgerEntry, ledger_entry
from pipelines.reference import load_register
from pipelines.settings import Settings
from pipelines.tables import replace_atomically, table_path
from pipelines.voice.safe_quotes import safe_quotes

NEW = "new"
_WHERE = ("measure_id", "period_type", "period_start", "period_end", "breakdown", "breakdown_value")
COUNTED = ("observation", "lived_experience", "cross_tabulation", "theme", "data_quality")


@dataclass(frozen=True)
class Protected:
    """Table → Parquet of what may be published, the proof that it is safe, what the next release must know of it, and what
    the ledger will say of it."""

    tables: dict[str, Path]
    guarantee: Guarantee
    record: Release
    ledger: LedgerEntry


@dataclass(frozen=True)
class Earlier:
    """The releases before: what they said, their ledger, and the folder of tables and the proof of the newest."""

    past: Past = field(default_factory=Past)
    ledger: Sequence[LedgerRow] = ()
    newest: Path | None = None
    proof: Proof | None = None


@dataclass(frozen=True)
class _Counted:
    """The rows of the counted tables, and the keys of their counts."""

    rows: Mapping[str, Sequence[Row]]
    keys: Mapping[str, Sequence[RowCounts]]
    rules: Mapping[str, MeasureRule]


def protect_shared(settings: Settings, candidates: Mapping[str, Path], earlier: Earlier | None = None) -> Protected:
    """Write the protected copy of every candidate table. Raises DisclosureError if they cannot be made safe."""
    earlier = earlier or Earlier()
    policy = Policy(settings.small_count_threshold, PERCENTAGE_BASE)
    builder = SystemBuilder(policy)
    counted = _count(
        builder,
        {name: pq.read_table(path).to_pylist() for name, path in candidates.items() if name in COUNTED},
        known_groups(settings.area_code),
        earlier.past.values,
    )
    if "comparison" in candidates:
        know_outside(
            builder,
            counted.rows["observation"],
            counted.keys["observation"],
            pq.read_table(candidates["comparison"]).to_pylist(),
            earlier.past.last_shown,
        )
    joint = join_releases(builder.release(NEW), earlier.past.releases)
    safe = _safe(joint, policy, builder.withheld, earlier)
    statuses = joint.statuses(safe.hidden)
    held = {key: earlier.past.last_shown[key] for key, status in statuses.items() if status == "held"}
    hidden = frozenset(key for key, status in statuses.items() if status != "shown")
    chosen = dict(candidates)
    safe_rows = _safe_rows(counted, hidden)
    for name, rows in safe_rows.items():
        kept = with_held(name, rows, counted.keys[name], held, earlier.newest)
        if kept:
            chosen[name] = _write(settings, name, kept, candidates[name])
        else:
            # A release has an empty table of the contract where there is nothing to say.
            del chosen[name]
    if "quote" in candidates:
        del chosen["quote"]
        quotes = pq.read_table(candidates["quote"]).to_pylist()
        if told := safe_quotes(quotes, counted.rows.get("theme", ()), safe_rows.get("theme", ())):
            chosen["quote"] = _write(settings, "quote", told, candidates["quote"])
    chosen |= write_derived(settings, chosen)
    shown = frozenset(key for key, status in statuses.items() if status == "shown" and key not in builder.to_come)
    record = record_of(earlier.past, builder.release(NEW), builder.to_come, shown)
    entry = ledger_entry(
        {name: (rows, counted.keys[name]) for name, rows in counted.rows.items()},
        {key: cell.value for key, cell in builder.cells.items()},
        statuses,
        {key for key, cell in builder.cells.items() if cell.kind == Kind.KNOWN},
        (earlier.ledger, earlier.past.values),
        policy,
    )
    return Protected(chosen, _guarantee(joint, safe, earlier.past, held), record, entry)


def _count(
    builder: SystemBuilder, rows: Mapping[str, Sequence[Row]], groups: Groups, past: Mapping[str, int]
) -> _Counted:
    """Put all counts of all tables into one system, those of groups that nobody is in among them."""
    there = rows.get("observation", ())
    rules = {str(row["measure_id"]): rule_of(str(row["measure_id"]), str(row["unit"])) for row in there}
    sources = {str(entry["id"]): str(entry["source"]) for entry in load_register()}
    there, gaps = complete_observation(there, rules, groups, sources)
    observation = [*there, *gaps]
    keys: dict[str, Sequence[RowCounts]] = {"observation": add_observation(builder, observation, rules)}
    builder.withheld |= {key for counts in keys["observation"][len(there) :] for key in counts.keys}
    answers = complete_lived_experience(rows.get("lived_experience", ()), groups)
    crossed = complete_cross_tabulation(rows.get("cross_tabulation", ()), groups)
    keys["lived_experience"] = add_lived_experience(builder, answers, observation, rules)
    keys["cross_tabulation"] = add_cross_tabulations(builder, crossed)
    places = {
        tuple(row[name] for name in _WHERE): counts
        for row, counts in zip(observation, keys["observation"], strict=True)
    }
    keys["theme"] = add_themes(builder, rows.get("theme", ()), places)
    keys["data_quality"] = add_data_quality(builder, rows.get("data_quality", ()), observation, keys["observation"])
    tie_plans_in_force(builder, places, past)
    tie_to_measures(builder, crossed, keys["cross_tabulation"], places)
    tie_themes_to_questions(builder, crossed, keys["cross_tabulation"], answers, keys["lived_experience"])
    complete = {"observation": observation, "lived_experience": answers, "cross_tabulation": crossed}
    return _Counted({name: complete.get(name, given) for name, given in rows.items()}, keys, rules)


def _safe(joint: Joint, policy: Policy, withheld: Collection[str], earlier: Earlier) -> SafeTables:
    away = {joint.variable[NEW, key] for key in withheld}
    flags = np.array([key in away for key in joint.tables.keys], dtype=bool) | held_together(joint)
    witnessed = chain(_witnessed_before(joint.tables, earlier), ready_witnesses(joint))
    try:
        return make_safe(joint.tables, policy, flags, witnessed=witnessed)
    except (UnprotectableError, UnwitnessedError, AuditError) as error:
        # What these errors say names cells, and with them where small counts lie: that is for nobody's log.
        raise DisclosureError(
            f"The tables could not be made safe ({type(error).__name__}). Nothing was published; the last release stays. "
            "Withdraw or coarsen a table in data/reference/shared_tables.yaml."
        ) from None


def _witnessed_before(tables: LinkedTables, earlier: Earlier) -> Iterator[Flow]:
    """The witnesses of the newest release, where the counts that they change are the same today."""
    if earlier.proof is None:
        return
    position = tables.position
    made_in = f" @ {earlier.past.releases[-1].release_id}"
    names = [
        key.removesuffix(f" @ {NEW}") + made_in if key.endswith(f" @ {NEW}") else key for key in earlier.proof["cells"]
    ]
    for other in earlier.proof["others"]:
        places = [position.get(names[at], -1) for at in other["cells"]]
        same = all(
            place >= 0 and tables.value[place] == earlier.proof["table"][at]
            for place, at in zip(places, other["cells"], strict=True)
        )
        if same:
            cells = np.array(places, dtype=np.int64)
            yield Flow(cells, np.array(other["counts"], dtype=float) - tables.value[cells].astype(float))


def _guarantee(joint: Joint, safe: SafeTables, past: Past, held: Collection[str]) -> Guarantee:
    last = {key: joint.variable[release.release_id, key] for release in past.releases for key in release.shown or ()}
    cell_of = {key: name for (release, key), name in joint.variable.items() if release == NEW}
    outside = {
        key: int(value)
        for key, value, kind in zip(joint.tables.keys, joint.tables.value, joint.tables.kind, strict=True)
        if kind == Kind.KNOWN
    }
    printed_before = joint.printed(past.printed())
    return Guarantee(
        safe.proof,
        cell_of | {key: last[key] for key in held},
        printed_before,
        {key: value for key, value in outside.items() if key not in printed_before},
    )


def _safe_rows(counted: _Counted, hidden: Collection[str]) -> dict[str, list[SafeRow]]:
    rows, keys = counted.rows, counted.keys
    made: dict[str, list[SafeRow]] = {}
    if "observation" in rows:
        made["observation"] = safe_observation(rows["observation"], keys["observation"], counted.rules, hidden)
    if "lived_experience" in rows:
        answers = safe_lived_experience(rows["lived_experience"], keys["lived_experience"], hidden)
        made["lived_experience"] = _with_limits(answers, "positive_answers", "positive_pct")
    if "theme" in rows:
        themes = safe_themes(rows["theme"], keys["theme"], hidden)
        made["theme"] = _with_limits(themes, "responses", "share_pct")
    if "cross_tabulation" in rows:
        made["cross_tabulation"] = safe_cross_tabulation(rows["cross_tabulation"], keys["cross_tabulation"], hidden)
    if "data_quality" in rows:
        made["data_quality"] = safe_data_quality(rows["data_quality"], keys["data_quality"], hidden)
    return made


def _with_limits(rows: list[SafeRow], count: str, share: str) -> list[SafeRow]:
    """Add the 95 % Wilson limits of the shares that are shown; `count` and `share` are the columns that hold them."""
    shown = [row for row in rows if row[share] is not None]
    limits = wilson(
        np.array([row[count] for row in shown], dtype=float),
        np.array([row["base"] for row in shown], dtype=float),
    )
    for row in rows:
        row |= {"lower_95": None, "upper_95": None}
    for row, lower, upper in zip(shown, limits.lower, limits.upper, strict=True):
        row |= {"lower_95": 100 * float(lower), "upper_95": 100 * float(upper)}
    return rows


def _write(settings: Settings, table: str, rows: Sequence[SafeRow], candidate: Path) -> Path:
    """Columns keep the type that they have in the candidate; the others are numbers, but for the status."""
    types = {field.name: field.type for field in pq.read_schema(candidate)}
    schema = pa.schema([(name, types.get(name, pa.string() if name == "status" else pa.float64())) for name in rows[0]])
    path = table_path(settings, "protected", table)
    with replace_atomically(path) as beside:
        pq.write_table(pa.Table.from_pylist(list(rows), schema), beside)
    return path
