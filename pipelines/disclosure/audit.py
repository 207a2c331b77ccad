"""An attack on a safe `observation` before it is released: what can a reader have by adding and subtracting?

Independent of how the rows were hidden: it knows the true figures and the published ones, narrows every hidden count between
bounds with all sums it can find, and fails if a count of 1 to 4 has only one value left.
"""

# pandas 3 annotates its results as unions (DataFrame | Series | scalar) that no caller can narrow: these checks are off here.
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false, reportAttributeAccessIssue=false
# pyright: reportIndexIssue=false, reportOptionalSubscript=false, reportOperatorIssue=false

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipelines.disclosure.measure_rules import rule_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_KEY = ["measure_id", "area_code", "period_type", "period_start", "period_end", "breakdown", "breakdown_value"]
_ROUNDS = 200


class DisclosureError(RuntimeError):
    """A release would give away small counts. The message holds numbers of cells, never a cell."""


@dataclass(frozen=True)
class Finding:
    """What an attack found: rows of the audited table (positions), by how they are given away."""

    printed: Integers
    recovered: Integers

    def __bool__(self) -> bool:
        return bool(self.printed.size or self.recovered.size)


def audit_observation(published: pd.DataFrame, truth: pd.DataFrame, threshold: int) -> None:
    """Raise DisclosureError if `published` gives away a count below `threshold` that `truth` holds.

    Both have one row per measure × period × area × breakdown value with numerator and denominator; `truth` may have no row
    that `published` lacks.
    """
    finding = attack(published, truth, threshold)
    if finding:
        raise DisclosureError(
            f"The release was stopped: {finding.printed.size} small counts stand in it and {finding.recovered.size} more "
            "can be had by subtraction. Nothing was published; the last release stays."
        )


def attack(published: pd.DataFrame, truth: pd.DataFrame, threshold: int) -> Finding:
    """Positions in `published` of rows whose small counts are printed or can be recovered exactly."""
    if published.empty and truth.empty:
        # pandas cannot merge columns of text that hold no row at all.
        return Finding(np.array([], dtype=np.int64), np.array([], dtype=np.int64))
    rows = (
        published[[*_KEY, "unit", "numerator", "denominator"]]
        .reset_index(names="position")
        .merge(
            truth[[*_KEY, "numerator", "denominator"]], on=_KEY, suffixes=("", "_true"), how="outer", indicator="side"
        )
    )
    if not bool((rows["side"] == "both").all()):
        raise DisclosureError(
            "The release was stopped: its observation and the one it was made from have different rows."
        )
    rows["rule"] = [rule_of(m, u) for m, u in zip(rows["measure_id"], rows["unit"], strict=True)]
    rows = rows[[rule.kind in ("proportion", "rate") for rule in rows["rule"]]].reset_index(drop=True)
    printed: set[int] = set()
    recovered: set[int] = set()
    for table in [*_quantities(rows), _left_outside(rows)]:
        count = table["true"].to_numpy(dtype=float)
        is_small = (count > 0) & (count < threshold)
        shown = table["shown"].notna().to_numpy()
        position = table["position"].to_numpy(dtype=np.int64)
        printed.update(position[is_small & shown].tolist())
        low, high = _bounds(table)
        recovered.update(position[is_small & ~shown & (high - low < 0.5)].tolist())
    return Finding(np.array(sorted(printed), dtype=np.int64), np.array(sorted(recovered - printed), dtype=np.int64))


def _quantities(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Numerators, denominators and differences as tables with `true` and `shown` (NULL where hidden)."""
    numerators = rows.assign(true=rows["numerator_true"], shown=rows["numerator"])
    denominators = rows.assign(true=rows["denominator_true"], shown=_shared_headcounts(rows))
    of_children = rows[[rule.kind == "proportion" for rule in rows["rule"]]]
    differences = of_children.assign(
        true=of_children["denominator_true"] - of_children["numerator_true"],
        shown=of_children["denominator"] - of_children["numerator"],
    )
    return [t[t["true"].notna()].reset_index(drop=True) for t in (numerators, denominators, differences)]


def _shared_headcounts(rows: pd.DataFrame) -> pd.Series:
    """A headcount that one measure shows is known for every measure that shares it."""
    family = pd.Series([rule.headcount for rule in rows["rule"]], index=rows.index)
    same_row = [family, *(rows[c] for c in _KEY if c != "measure_id"), rows["denominator_true"]]
    shared = rows["denominator"].groupby(same_row, dropna=False).transform("max")
    return rows["denominator"].where(family == "", shared)


def _left_outside(rows: pd.DataFrame) -> pd.DataFrame:
    """What a measure leaves out of the one it lies inside (EH1 less EH2: the exceptions), as counts of their own."""
    inner = rows[[bool(rule.inside) for rule in rows["rule"]]].copy()
    inner["outer"] = [rule.inside for rule in inner["rule"]]
    place = [c for c in _KEY if c != "measure_id"]
    numbers = ["numerator", "denominator", "numerator_true", "denominator_true"]
    whole = rows[["measure_id", *place, *numbers]].rename(columns={"measure_id": "outer"})
    both = inner.merge(whole, on=["outer", *place], suffixes=("", "_outer"))
    parts: list[pd.DataFrame] = []
    for name, sign in (("numerator", 0), ("denominator", 0), ("rest", 1)):
        if sign:
            true = _gap(both, "denominator_true") - _gap(both, "numerator_true")
            shown = _gap(both, "denominator") - _gap(both, "numerator")
        else:
            true, shown = _gap(both, f"{name}_true"), _gap(both, name)
        parts.append(both.assign(measure_id=both["measure_id"] + name, true=true, shown=shown))
    return pd.concat(parts, ignore_index=True)


def _gap(both: pd.DataFrame, name: str) -> pd.Series:
    return both[f"{name}_outer"] - both[name]


def _bounds(table: pd.DataFrame) -> tuple[Floats, Floats]:
    """Lowest and highest value that each count can have, from all sums, narrowed until nothing moves."""
    shown = table["shown"].to_numpy(dtype=float)
    low = np.where(np.isnan(shown), 0.0, shown)
    high = np.where(np.isnan(shown), np.inf, shown)
    parent, child, of, known = _sums(table)
    for _ in range(_ROUNDS):
        before = low.copy(), high.copy()
        low_total = np.bincount(of, low[child], len(parent)) + known
        endless = np.isinf(high[child])
        count_endless = np.bincount(of, endless, len(parent))
        high_total = np.bincount(of, np.where(endless, 0, high[child]), len(parent)) + known
        np.maximum.at(low, parent, low_total)
        np.minimum.at(high, parent, np.where(count_endless > 0, np.inf, high_total))
        others_low = low_total[of] - before[0][child]
        np.minimum.at(high, child, np.maximum(high[parent][of] - others_low, 0))
        others_endless = count_endless[of] - endless
        others_high = high_total[of] - np.where(endless, 0, before[1][child])
        np.maximum.at(low, child, np.where(others_endless > 0, -np.inf, low[parent][of] - others_high))
        if np.allclose(low, before[0]) and np.array_equal(np.isinf(high), np.isinf(before[1])):
            finite = np.isfinite(high)
            if np.allclose(high[finite], before[1][finite]):
                break
    return low, high


def _sums(table: pd.DataFrame) -> tuple[Integers, Integers, Integers, Floats]:
    """Parents, children and their equation, and what an equation's rows leave over (taken as known to the attacker)."""
    frame = table[_KEY].assign(cell=np.arange(len(table)))
    period = ["period_type", "period_start", "period_end"]
    whole = frame[frame["breakdown"] == "total"]
    over = ["measure_id", "area_code", *period]
    rows = frame[frame["breakdown"] != "total"].merge(whole[[*over, "cell"]], on=over, suffixes=("", "_parent"))
    spans = frame[period].drop_duplicates()
    pairs = spans.merge(spans, how="cross", suffixes=("", "_parent"))
    pairs = pairs[
        (pairs["period_type"] != pairs["period_type_parent"])
        & (pairs["period_start"] >= pairs["period_start_parent"])
        & (pairs["period_end"] <= pairs["period_end_parent"])
    ]
    series = ["measure_id", "area_code", "breakdown", "breakdown_value"]
    longer = frame.rename(columns={c: f"{c}_parent" for c in [*period, "cell"]})
    parts = frame.merge(pairs, on=period).merge(longer, on=[*series, *(f"{c}_parent" for c in period)])
    linked = pd.concat(
        [rows.assign(by=rows["breakdown"]), parts.assign(by="/" + parts["period_type"])], ignore_index=True
    )
    of = linked.groupby(["cell_parent", "by"]).ngroup().to_numpy(dtype=np.int64)
    child = linked["cell"].to_numpy(dtype=np.int64)
    _, first = np.unique(of, return_index=True)
    parent = linked["cell_parent"].to_numpy(dtype=np.int64)[first]
    true = table["true"].to_numpy(dtype=float)
    left = true[parent] - np.bincount(of, true[child], len(parent))
    over_time = linked["by"].str.startswith("/").to_numpy(dtype=bool)[first]
    usable = ~over_time | (np.abs(left) < 1e-6)
    number = np.cumsum(usable) - 1
    return parent[usable], child[usable[of]], number[of[usable[of]]], np.where(over_time, 0, left)[usable]
