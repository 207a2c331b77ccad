"""`measures.bound`: how far each figure could move if the rows that are left out were counted, either way."""

from collections.abc import Mapping

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.assess.left_out import LEFT_OUT
from pipelines.assess.left_out_rows import read_cells
from pipelines.assess.table import NUMBER
from pipelines.methods.bounds import Bounds, proportion_bounds, rate_bounds
from pipelines.methods.intervals import Flags, Floats

_EFFECTS = {rule.measure_id: rule.effect for rule in LEFT_OUT}
# What one unit of numerator over denominator is in the unit of the value.
_SCALES: Mapping[str, float] = {"EX5": 1.0, "EX2": 1.0}
PERCENT = 100.0
_RATIO, _RATE = "EX2", "EX1"
_KEY = ("measure_id", "period_type", "period_start", "breakdown", "breakdown_value")


def bound_rows(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """One row per cell of measures.assessed of a covered measure that has a value and a denominator."""
    cells = read_cells(connection)
    lowest, highest = limits(cells)
    quarantined, roll = _numbers(cells, "quarantined"), _numbers(cells, "roll_quarantined")
    for place, parts in _ratios(cells).items():
        lowest[place], highest[place] = _ratio_bounds(parts, lowest, highest, _numbers(cells, "denominator"))
        quarantined[place], roll[place] = quarantined[[*parts]].sum(), roll[[*parts]].sum()
    made = (
        cells.drop_columns(["quarantined", "roll_quarantined"])
        .append_column("quarantined", pa.array(quarantined))
        .append_column("roll_quarantined", pa.array(roll))
        .append_column("lower_bound", pa.array(lowest, NUMBER, from_pandas=True))
        .append_column("upper_bound", pa.array(highest, NUMBER, from_pandas=True))
    )
    return made.filter(pa.array(~np.isnan(lowest)))


def limits(cells: pa.Table) -> tuple[Floats, Floats]:
    """Bounds in the unit of the value; NaN for ratios of rates and where there is no denominator."""
    x, n, out, missing, undecided, uncertain, uncertain_met, roll = (
        _numbers(cells, name)
        for name in (
            *("numerator", "denominator", "quarantined", "missing"),
            *("undecided", "uncertain", "uncertain_met", "roll_quarantined"),
        )
    )
    measures: list[str] = cells.column("measure_id").to_pylist()
    effect = np.array([_EFFECTS.get(measure, "") for measure in measures])
    scale = np.array([_SCALES.get(measure, PERCENT) for measure in measures])
    lowest, highest = np.full(x.size, np.nan), np.full(x.size, np.nan)
    known = (n > 0) & (x >= 0)

    def put(where: Flags, low: Floats, high: Floats) -> None:
        lowest[where], highest[where] = low * scale[where], high * scale[where]

    at = known & (effect == "share") & (x <= n)
    # What may not belong is taken out and counted either way like any other row that is left out.
    inner, all_cases = x[at] - uncertain_met[at], n[at] - uncertain[at]
    left_out = out[at] + missing[at] + uncertain[at]
    found = proportion_bounds(inner, all_cases, left_out, np.minimum(undecided[at], all_cases - inner))
    put(at, found.lowest, found.highest)

    at = known & (effect == "person") & (x <= n)
    found = _of_people(x[at], n[at], out[at] + missing[at])
    put(at, found.lowest, found.highest)

    at = known & (effect == "event")
    put(at, rate_bounds(x[at], n[at] + roll[at], np.zeros(1)).lowest, rate_bounds(x[at], n[at], out[at]).highest)
    # The bounds are worked out in another order than the figure: rounding must not leave it a hair outside.
    value = _numbers(cells, "value")
    return np.where(np.isclose(lowest, value), value, lowest), np.where(np.isclose(highest, value), value, highest)


def _of_people(x: Floats, n: Floats, out: Floats) -> Bounds:
    """Bounds of a share of people where a row that is left out is of somebody new, or of somebody who is counted already."""
    as_new = proportion_bounds(x, n, out)
    as_known = proportion_bounds(x, n, undecided=np.minimum(out, n - x))
    return Bounds(as_new.lowest, as_known.highest)


def _ratios(cells: pa.Table) -> dict[int, tuple[int, ...]]:
    """Row of each EX2 cell → rows of the rates (EX1) that it is the ratio of; the divisor, pupils without SEN, is last."""
    wanted = [measure in (_RATIO, _RATE) for measure in cells.column("measure_id").to_pylist()]
    places = pa.array(range(cells.num_rows), pa.int64())
    narrow = cells.select(_KEY).append_column("at", places).filter(pa.array(wanted, pa.bool_()))
    rows = [tuple(row.values()) for row in narrow.to_pylist()]
    rates = {row[1:5]: row[5] for row in rows if row[0] == _RATE and row[3] == "sen_provision"}
    found: dict[int, tuple[int, ...]] = {}
    for measure, kind, start, breakdown, value, place in rows:
        codes = ("E", "K", "N") if breakdown == "total" else (value, "N")
        parts = [rates.get((kind, start, "sen_provision", code)) for code in codes]
        if measure == _RATIO and None not in parts:
            found[place] = tuple(part for part in parts if part is not None)
    return found


def _ratio_bounds(parts: tuple[int, ...], lowest: Floats, highest: Floats, pupils: Floats) -> tuple[float, float]:
    """Bounds of the rate of pupils with SEN over that of those without, each group weighed by its pupils."""
    *with_sen, without = parts
    low = float(np.average(lowest[with_sen], weights=pupils[with_sen]))
    high = float(np.average(highest[with_sen], weights=pupils[with_sen]))
    if not highest[without] > 0:
        return np.nan, np.nan
    return low / float(highest[without]), high / float(lowest[without]) if lowest[without] > 0 else np.nan


def _numbers(cells: pa.Table, name: str) -> Floats:
    return cells.column(name).cast(NUMBER).to_numpy().astype(np.float64)
