"""`measures.bound`: how far each figure could move if the rows that are left out were counted, either way."""

from collections.abc import Mapping
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.assess.bound_effects import BOUNDS_OF, NO_SHARE, Counts
from pipelines.assess.left_out import LEFT_OUT, RATE, RATIO
from pipelines.assess.left_out_rows import read_cells
from pipelines.assess.table import NUMBER
from pipelines.methods.intervals import Floats

_RULES = {rule.measure_id: rule for rule in LEFT_OUT}
# What numerator over denominator is multiplied by to give a value in this unit of the register; 1 in any other.
_MULTIPLIERS: Final[Mapping[str, float]] = {"%": 100.0, "per 100 pupils": 100.0, "per 1,000 plans": 1000.0}
_KEY = ("measure_id", "period_type", "period_start", "breakdown", "breakdown_value")
_ADDED_UP = ("quarantined", "denominator_left_out")


def bound_rows(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """One row per cell of measures.assessed of a covered measure that has a value and a denominator."""
    cells = read_cells(connection)
    lowest, highest = limits(cells)
    counts = {name: _numbers(cells, name) for name in _ADDED_UP}
    for place, parts in _ratios(cells).items():
        lowest[place], highest[place] = _ratio_bounds(parts, lowest, highest, _numbers(cells, "denominator"))
        for of_rates in counts.values():
            of_rates[place] = of_rates[[*parts]].sum()
    made = cells.drop_columns([*_ADDED_UP])
    for name, numbers in (counts | {"lower_bound": lowest, "upper_bound": highest}).items():
        made = made.append_column(name, pa.array(numbers, NUMBER, from_pandas=True))
    return made.filter(pa.array(~np.isnan(lowest)))


def limits(cells: pa.Table) -> tuple[Floats, Floats]:
    """Bounds in the unit of the value; NaN for ratios of rates and where there is no denominator."""
    counts = Counts(
        _numbers(cells, "numerator"),
        _numbers(cells, "denominator"),
        _numbers(cells, "quarantined") + _numbers(cells, "missing"),
        *(_numbers(cells, name) for name in ("undecided", "uncertain", "uncertain_met", "denominator_left_out")),
    )
    measures: list[str] = cells.column("measure_id").to_pylist()
    periods: list[str] = cells.column("period_type").to_pylist()
    effects = np.array([_effect(*cell) for cell in zip(measures, periods, strict=True)])
    scale = np.array([_MULTIPLIERS.get(unit, 1.0) for unit in cells.column("unit").to_pylist()])
    x, n = counts.numerator, counts.denominator
    lowest, highest = np.full(x.size, np.nan), np.full(x.size, np.nan)
    for effect, bounds_of in BOUNDS_OF.items():
        at = (effects == effect) & (x >= 0) & ((n > 0) | (effect == "count")) & ((x <= n) | (effect in NO_SHARE))
        found = bounds_of(counts.of(at))
        lowest[at], highest[at] = found.lowest * scale[at], found.highest * scale[at]
    # The bounds are worked out in another order than the figure: rounding must not leave it a hair outside.
    value = _numbers(cells, "value")
    return np.where(np.isclose(lowest, value), value, lowest), np.where(np.isclose(highest, value), value, highest)


def _effect(measure_id: str, period_type: str) -> str:
    rule = _RULES.get(measure_id)
    if rule is None:
        return ""
    return rule.term_effect if rule.term_effect is not None and period_type == "term" else rule.effect


def _ratios(cells: pa.Table) -> dict[int, tuple[int, ...]]:
    """Row of each EX2 cell → rows of the rates (EX1) that it is the ratio of; the divisor, pupils without SEN, is last."""
    wanted = [measure in (RATIO, RATE) for measure in cells.column("measure_id").to_pylist()]
    places = pa.array(range(cells.num_rows), pa.int64())
    narrow = cells.select(_KEY).append_column("at", places).filter(pa.array(wanted, pa.bool_()))
    rows = [tuple(row.values()) for row in narrow.to_pylist()]
    rates = {row[1:5]: row[5] for row in rows if row[0] == RATE and row[3] == "sen_provision"}
    found: dict[int, tuple[int, ...]] = {}
    for measure, kind, start, breakdown, value, place in rows:
        codes = ("E", "K", "N") if breakdown == "total" else (value, "N")
        parts = [rates.get((kind, start, "sen_provision", code)) for code in codes]
        if measure == RATIO and None not in parts:
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
