"""The safe `observation`: one-way tables from which no count of 1 to 4 children can be had.

What is hidden is hidden whole, row by row: numerator, denominator, value and intervals together, because any two give the
third. Rules: domain §6 (counts 1–4, all-or-nothing groups, bases below 10) and methods §4.
"""

# pandas 3 annotates its results as unions (DataFrame | Series | scalar) that no caller can narrow: these checks are off here.
# pyright: reportArgumentType=false, reportReturnType=false, reportCallIssue=false, reportAttributeAccessIssue=false
# pyright: reportIndexIssue=false, reportOptionalSubscript=false, reportOperatorIssue=false

from collections.abc import Mapping

import numpy as np
import pandas as pd

from pipelines.disclosure.cells import ROW, TOTAL, Cells, Flags, build_cells, build_sums, kept
from pipelines.disclosure.measure_rules import LOW_BASE, PERCENTAGE_BASE, MeasureRule, rule_of
from pipelines.disclosure.suppression import protect, small

NUMBERS = ["numerator", "denominator", "value", "lower_95", "upper_95", "lower_998", "upper_998"]
MOSTLY_HIDDEN = 0.5
SUPPRESSED, UNAVAILABLE, LOW_BASE_STATUS = "c", "x", "u"


def safe_observation(assessed: pd.DataFrame, threshold: int, forced: Flags | None = None) -> pd.DataFrame:
    """What partners may see of `assessed` (one row per measure × period × area × breakdown value).

    Input columns: measure_id, ROW, numerator, denominator, value, base, the four limits, unit. Output: the same without
    base, plus status: `c` suppressed (every number is NULL), `x` cannot be computed, `u` low base, NULL otherwise.
    `forced` marks rows that must be hidden whatever they count. Raises ValueError for a repeated row.
    """
    rows = assessed.reset_index(drop=True)
    if rows.duplicated(["measure_id", *ROW]).any():
        raise ValueError("measures.assessed has more than one row for a measure, period, area and breakdown value")
    rules = rules_of(rows)
    hidden = _hidden_rows(rows, rules, threshold, np.zeros(len(rows), dtype=bool) if forced is None else forced)
    safe = rows[["measure_id", *ROW]].copy()
    for name in NUMBERS:
        safe[name] = rows[name].astype(float).mask(hidden)
    safe["unit"] = rows["unit"]
    safe["status"] = _status(rows, rules, hidden)
    return _without_counts_of_summaries(safe, rules)


def rules_of(rows: pd.DataFrame) -> dict[str, MeasureRule]:
    """The rule of every measure in `rows` (columns measure_id, unit)."""
    units = rows.drop_duplicates("measure_id").set_index("measure_id")["unit"]
    return {str(measure): rule_of(str(measure), str(unit)) for measure, unit in units.items()}


def _hidden_rows(rows: pd.DataFrame, rules: Mapping[str, MeasureRule], threshold: int, forced: Flags) -> Flags:
    cells = build_cells(rows, rules)
    counted = cells.row_cell >= 0
    primary = small(cells.channels, threshold).any(axis=1) | (cells.base < PERCENTAGE_BASE)
    base = rows["base"].to_numpy(dtype=float, na_value=np.nan)
    thin = (base > 0) & (base < PERCENTAGE_BASE) & _is(rows, rules, "survey")
    must = thin | forced | _small_headcounts(rows, rules)
    primary[cells.row_cell[counted & must]] = True
    hidden = np.zeros(len(rows), dtype=bool)
    cell_hidden = _withheld_tables(cells, primary)
    system = kept(cells, ~cell_hidden)
    start = np.zeros(len(system.index), dtype=bool)
    start[: int((~cell_hidden).sum())] = primary[~cell_hidden]
    protected = protect(system, build_sums(system, threshold), start, threshold)
    cell_hidden[~cell_hidden] = protected[: int((~cell_hidden).sum())]
    hidden[counted] = cell_hidden[cells.row_cell[counted]]
    return (
        hidden | _hidden_summaries(rows, rules, base) | _hidden_ratios(rows, rules, cells, cell_hidden, base) | forced
    )


def _withheld_tables(cells: Cells, primary: Flags) -> Flags:
    """Breakdowns that a period type is too short for: where most rows would be hidden, none is shown, in any period.

    What is left would be the few large rows, a different few each month: no use to a reader and much to an intruder.
    """
    table = ["group", "area_code", "period_type", "breakdown"]
    share = cells.index[table].assign(primary=primary).groupby(table)["primary"].transform("mean").to_numpy(dtype=float)
    return (share > MOSTLY_HIDDEN) & (cells.index["breakdown"] != TOTAL).to_numpy()


def _is(rows: pd.DataFrame, rules: Mapping[str, MeasureRule], kind: str) -> Flags:
    chosen = {m for m, rule in rules.items() if rule.kind == kind or (kind == "survey" and rule.survey)}
    return rows["measure_id"].isin(chosen).to_numpy(dtype=bool)


def _small_headcounts(rows: pd.DataFrame, rules: Mapping[str, MeasureRule]) -> Flags:
    """Rows to hide because a headcount is small, in any period: the same headcount stands in many measures and periods."""
    must = np.zeros(len(rows), dtype=bool)
    for family in sorted({rule.headcount for rule in rules.values() if rule.headcount}):
        own = rows["measure_id"].map(lambda m, family=family: rules[m].headcount == family).to_numpy(dtype=bool)
        own = own & (rows["breakdown"] != TOTAL).to_numpy()
        heads = rows[own].groupby([*ROW], dropna=False)["denominator"].max().reset_index()
        for place, table in heads.groupby(["area_code", "breakdown"]):
            area, breakdown = tuple(place) if isinstance(place, tuple) else (place, "")
            wide = table.pivot_table(
                index=["period_type", "period_start", "period_end"], columns="breakdown_value", values="denominator"
            ).fillna(0)
            chosen = _headcounts_to_hide(wide)
            here = own & (rows["area_code"] == area).to_numpy() & (rows["breakdown"] == breakdown).to_numpy()
            must |= here & rows["breakdown_value"].isin(chosen).to_numpy(dtype=bool)
    return must


def _headcounts_to_hide(wide: pd.DataFrame) -> list[str]:
    """Breakdown values (columns of periods × values) to hide in every period: the thin ones and the next smallest."""
    thin = ((wide > 0) & (wide < PERCENTAGE_BASE)).any()
    chosen = [str(value) for value in wide.columns[thin.to_numpy()]]
    if not chosen:
        return []
    for value in wide.max().drop(chosen).sort_values(kind="stable").index:
        if len(chosen) > 1 and bool((wide[chosen].sum(axis=1) >= PERCENTAGE_BASE).all()):
            break
        chosen.append(str(value))
    return chosen


def _hidden_summaries(rows: pd.DataFrame, rules: Mapping[str, MeasureRule], base: np.ndarray) -> Flags:
    enough = base >= PERCENTAGE_BASE
    longest = _is(rows, rules, "longest")
    summary = _is(rows, rules, "summary") | longest
    has_value = rows["value"].notna().to_numpy()
    return (summary & has_value & ~enough) | (longest & has_value)


def _hidden_ratios(
    rows: pd.DataFrame, rules: Mapping[str, MeasureRule], cells: Cells, cell_hidden: Flags, base: np.ndarray
) -> Flags:
    """A ratio of SEN to no-SEN rates is shown for the area only, and only while both rates behind it are shown."""
    ratio = _is(rows, rules, "ratio")
    if not ratio.any():
        return ratio
    period = ["area_code", "period_type", "period_start", "period_end"]
    behind = (cells.index["group"] == "suspensions") & cells.index["breakdown"].isin([TOTAL, "sen_provision"])
    spoilt = pd.MultiIndex.from_frame(cells.index.loc[behind.to_numpy() & cell_hidden, period])
    in_spoilt = pd.MultiIndex.from_frame(rows[period]).isin(spoilt)
    one_way = (rows["breakdown"] == TOTAL).to_numpy()
    return ratio & (in_spoilt | ~one_way | ~(base >= PERCENTAGE_BASE))


def _status(rows: pd.DataFrame, rules: Mapping[str, MeasureRule], hidden: Flags) -> pd.Series:
    status = pd.Series(np.full(len(rows), None, dtype=object), index=rows.index)
    low = _is(rows, rules, "survey") & (rows["base"].astype(float) < LOW_BASE).to_numpy(dtype=bool)
    status[low] = LOW_BASE_STATUS
    status[rows["value"].isna().to_numpy()] = UNAVAILABLE
    status[hidden] = SUPPRESSED
    return status


def _without_counts_of_summaries(safe: pd.DataFrame, rules: Mapping[str, MeasureRule]) -> pd.DataFrame:
    """Medians and ratios are shown to one decimal without counts: the counts stand, protected, in their own measures."""
    own = _is(safe, rules, "summary") | _is(safe, rules, "longest") | _is(safe, rules, "ratio")
    safe.loc[own, ["numerator", "denominator"]] = np.nan
    safe.loc[own, ["value", "lower_95", "upper_95", "lower_998", "upper_998"]] = safe.loc[
        own, ["value", "lower_95", "upper_95", "lower_998", "upper_998"]
    ].round(1)
    return safe
