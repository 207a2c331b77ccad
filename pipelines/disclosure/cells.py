"""The additive system behind one-way tables: cells that are shown or hidden as one, and the sums that tie them.

A cell is joint group × area × period × breakdown value. Its channels are the counts that a reader could learn from it:
numerator, denominator, their difference and, for a measure inside another, the same three of what is left outside.
"""

# pandas 3 annotates its results as unions (DataFrame | Series | scalar) that no caller can narrow: these checks are off here.
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false, reportAttributeAccessIssue=false
# pyright: reportIndexIssue=false, reportOptionalSubscript=false, reportOperatorIssue=false

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.disclosure.measure_rules import MeasureRule

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PERIOD = ["period_type", "period_start", "period_end"]
ROW = ["area_code", *PERIOD, "breakdown", "breakdown_value"]
TOTAL = "total"
SPAN = "span"
"""Period type of the sum over all years: never published, but calendar and academic years both add up to it."""
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Cells:
    """One row per cell: `index` has group and ROW; `channels` (cells × counts) has 0 where a count does not exist.

    row_cell: which cell each observation row of a counted measure belongs to (-1: the measure has no counts).
    size: children behind the cell; base: the smallest denominator among the cell's measures.
    """

    index: pd.DataFrame
    channels: Floats
    row_cell: Integers
    size: Floats
    base: Floats


@dataclass(frozen=True)
class Sums:
    """Equations parent = sum of children. `child` and `of` are pairs (cell, equation); `holds` says for which channels.

    by_breakdown: the equation sums a breakdown (else it sums periods). leftover: a small count that no row shows.
    """

    parent: Integers
    child: Integers
    of: Integers
    holds: Flags
    by_breakdown: Flags
    leftover: Flags


def build_cells(observation: pd.DataFrame, rules: Mapping[str, MeasureRule]) -> Cells:
    """Cells of the counted measures of `observation` (columns measure_id, ROW, numerator, denominator)."""
    counted = observation["measure_id"].map(lambda m: rules[m].kind in ("proportion", "rate")).to_numpy(dtype=bool)
    rows = observation.loc[counted, ["measure_id", *ROW, "numerator", "denominator"]].copy()
    rows["group"] = rows["measure_id"].map(lambda m: rules[m].joint)
    key = ["group", *ROW]
    cell = rows.groupby(key, sort=True, dropna=False).ngroup().to_numpy(dtype=np.int64)
    index = rows.assign(cell=cell).drop_duplicates("cell").sort_values("cell")[key].reset_index(drop=True)
    row_cell = np.full(len(observation), -1, dtype=np.int64)
    row_cell[counted] = cell
    members = _members(rules, rows["measure_id"])
    width = 3 * max((len(m) for m in members.values()), default=1)
    channels = np.zeros((len(index), max(width, 6)))
    size, base = np.zeros(len(index)), np.full(len(index), np.inf)
    numerator = rows["numerator"].fillna(0).to_numpy(dtype=float)
    denominator = rows["denominator"].fillna(0).to_numpy(dtype=float)
    for measures in members.values():
        for position, measure in enumerate(measures):
            here = (rows["measure_id"] == measure).to_numpy()
            counts = _counts(rules[measure], numerator[here], denominator[here])
            channels[cell[here], 3 * position : 3 * position + 3] = counts
            size[cell[here]] = np.maximum(size[cell[here]], np.maximum(denominator[here], numerator[here]))
            known = rows["denominator"].notna().to_numpy()[here] & (denominator[here] > 0)
            base[cell[here][known]] = np.minimum(base[cell[here][known]], denominator[here][known])
            outer = rules[measure].inside
            if outer:
                channels[cell[here], 3:6] = _outside(rows, numerator, denominator, here, outer)
    return Cells(index, channels, row_cell, size, base)


def kept(cells: Cells, keep: Flags) -> Cells:
    """The cells of `keep`, with the span cells that tie calendar and academic years together at the end."""
    index, channels = cells.index[keep], cells.channels[keep]
    years = index["period_type"].isin(["calendar_year", "academic_year"]).to_numpy(dtype=bool)
    calendar = index["period_type"].to_numpy() == "calendar_year"
    series = ["group", "area_code", "breakdown", "breakdown_value"]
    sums = pd.concat([index, pd.DataFrame(channels, index=index.index)], axis=1)[calendar]
    spans = sums.groupby(series, sort=True)[list(range(channels.shape[1]))].sum().reset_index()
    spans["period_type"] = SPAN
    spans["period_start"] = index.loc[years, "period_start"].min() if years.any() else None
    spans["period_end"] = index.loc[years, "period_end"].max() if years.any() else None
    added = spans[list(range(channels.shape[1]))].to_numpy(dtype=float).reshape(len(spans), channels.shape[1])
    return Cells(
        pd.concat([index, spans[index.columns]], ignore_index=True),
        np.vstack([channels, added]),
        np.empty(0, dtype=np.int64),
        np.concatenate([cells.size[keep], np.zeros(len(spans))]),
        np.concatenate([cells.base[keep], np.full(len(spans), np.inf)]),
    )


def build_sums(cells: Cells, threshold: int) -> Sums:
    """Every sum that ties the cells: rows of a breakdown to the total, and shorter periods to longer ones.

    A period sum counts only where it is true of the data: stocks and distinct children do not add up over time.
    """
    parts = [_breakdown_sums(cells), *_period_sums(cells)]
    offset, parents, children, ofs, kinds = 0, [], [], [], []
    for kind, (parent, child, of) in zip([True] + [False] * (len(parts) - 1), parts, strict=True):
        parents.append(parent)
        children.append(child)
        ofs.append(of + offset)
        kinds.append(np.full(len(parent), kind))
        offset += len(parent)
    parent, child, of, kind = (np.concatenate(p) for p in (parents, children, ofs, kinds))
    total = np.column_stack([np.bincount(of, column[child], len(parent)) for column in cells.channels.T])
    left = cells.channels[parent] - total
    equal = (np.abs(left) < _TOLERANCE) & (cells.channels[parent] > 0)
    holds = equal | kind[:, None]
    leftover = kind & ((left > _TOLERANCE) & (left < threshold)).any(axis=1)
    keep = holds.any(axis=1)
    number = np.cumsum(keep) - 1
    used = keep[of]
    return Sums(parent[keep], child[used], number[of[used]], holds[keep], kind[keep], leftover[keep])


def _members(rules: Mapping[str, MeasureRule], present: pd.Series) -> dict[str, list[str]]:
    members: dict[str, list[str]] = {}
    for measure in sorted(present.unique()):
        members.setdefault(rules[measure].joint, []).append(measure)
    return members


def _counts(rule: MeasureRule, numerator: Floats, denominator: Floats) -> Floats:
    rest = (
        np.where(denominator > 0, denominator - numerator, 0.0)
        if rule.kind == "proportion"
        else np.zeros_like(numerator)
    )
    shown = np.zeros_like(denominator) if rule.headcount else denominator
    return np.column_stack([numerator, shown, np.maximum(rest, 0)])


def _outside(rows: pd.DataFrame, numerator: Floats, denominator: Floats, here: Flags, outer: str) -> Floats:
    counts = pd.DataFrame({"n": numerator, "d": denominator}, index=rows.index)
    whole = rows.loc[rows["measure_id"] == outer, ROW].join(counts).set_index(ROW)
    matched = whole.reindex(pd.MultiIndex.from_frame(rows.loc[here, ROW]))
    n = matched["n"].to_numpy(dtype=float) - numerator[here]
    d = matched["d"].to_numpy(dtype=float) - denominator[here]
    return np.maximum(np.nan_to_num(np.column_stack([n, d, d - n])), 0)


def _breakdown_sums(cells: Cells) -> tuple[Integers, Integers, Integers]:
    frame = cells.index.assign(cell=np.arange(len(cells.index)))
    key = ["group", "area_code", *PERIOD]
    total = frame.loc[frame["breakdown"] == TOTAL, [*key, "cell"]].rename(columns={"cell": "parent"})
    rows = frame.loc[frame["breakdown"] != TOTAL].merge(total, on=key)
    return _grouped(rows, ["parent", "breakdown"])


def _period_sums(cells: Cells) -> list[tuple[Integers, Integers, Integers]]:
    frame = cells.index.assign(cell=np.arange(len(cells.index)))
    periods = frame[PERIOD].drop_duplicates()
    pairs = periods.merge(periods, how="cross", suffixes=("", "_parent"))
    inside = (
        (pairs["period_type"] != pairs["period_type_parent"])
        & (pairs["period_start"] >= pairs["period_start_parent"])
        & (pairs["period_end"] <= pairs["period_end_parent"])
    )
    series = ["group", "area_code", "breakdown", "breakdown_value"]
    parents = frame.rename(columns={c: f"{c}_parent" for c in PERIOD} | {"cell": "parent"})
    found: list[tuple[Integers, Integers, Integers]] = []
    for _, linked in pairs[inside].groupby("period_type"):
        rows = frame.merge(linked, on=PERIOD).merge(parents, on=[*series, *(f"{c}_parent" for c in PERIOD)])
        found.append(_grouped(rows[rows["cell"] != rows["parent"]], ["parent"]))
    return found


def _grouped(rows: pd.DataFrame, key: list[str]) -> tuple[Integers, Integers, Integers]:
    of = rows.groupby(key, sort=False).ngroup().to_numpy(dtype=np.int64)
    _, first = np.unique(of, return_index=True)
    parent = rows["parent"].to_numpy(dtype=np.int64)[first]
    return parent, rows["cell"].to_numpy(dtype=np.int64), of
