"""`measures.assessed`: every observation with its confidence limits, its unit, and whether its base is low."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.methods.intervals import Floats, poisson_rate, wilson

# The levels of a funnel: 95 % and 99.8 %, about two and three standard errors.
LEVELS = {"95": 0.95, "998": 0.998}
PERCENT = 100.0


class UnknownMeasure(ValueError):
    """An observation belongs to a measure that the register does not have."""


def assess(observation: pa.Table, register: Sequence[Mapping[str, object]]) -> pa.Table:
    """Add lower_95, upper_95, lower_998, upper_998 (unit of the value), unit and low_base to `measures.observation`.

    The register's `statistic` of the measure decides: `proportion` gets Wilson limits in percent, `rate` gets Byar or exact
    Poisson limits per `multiplier` (100 when not given); medians, ratios, counts and the rest get none (NULL). So do
    cells without a denominator, and proportions whose numerator is larger than the denominator (pupils who were
    suspended and had left by census day).
    low_base is true when base is below the register's `minimum_base`. Raises UnknownMeasure.
    """
    entries = {str(entry["id"]): entry for entry in register}
    measures: list[str] = observation.column("measure_id").to_pylist()
    unknown = sorted(set(measures) - entries.keys())
    if unknown:
        raise UnknownMeasure(f"Not in data/reference/measures.yaml: {', '.join(unknown)}.")
    statistics = np.array([str(entries[measure].get("statistic", "")) for measure in measures], dtype=object)
    multipliers = np.array([_number(entries[measure].get("multiplier"), 100.0) for measure in measures])
    minimum = np.array([_number(entries[measure].get("minimum_base"), 0.0) for measure in measures])
    numerator, denominator, base = (_column(observation, name) for name in ("numerator", "denominator", "base"))

    usable = (numerator >= 0) & (denominator > 0)
    proportion = usable & (statistics == "proportion") & (numerator <= denominator)
    rate = usable & (statistics == "rate")
    assessed = observation
    for suffix, level in LEVELS.items():
        lower, upper = np.full(len(measures), np.nan), np.full(len(measures), np.nan)
        limits = wilson(numerator[proportion], denominator[proportion], level)
        lower[proportion], upper[proportion] = limits.lower * PERCENT, limits.upper * PERCENT
        limits = poisson_rate(numerator[rate], denominator[rate], level)
        lower[rate], upper[rate] = limits.lower * multipliers[rate], limits.upper * multipliers[rate]
        assessed = assessed.append_column(f"lower_{suffix}", pa.array(lower, pa.float64(), from_pandas=True))
        assessed = assessed.append_column(f"upper_{suffix}", pa.array(upper, pa.float64(), from_pandas=True))
    units = [str(entries[measure].get("unit", "")) for measure in measures]
    assessed = assessed.append_column("unit", pa.array(units, pa.string()))
    return assessed.append_column("low_base", pa.array(np.nan_to_num(base) < minimum, pa.bool_()))


def _column(table: pa.Table, name: str) -> Floats:
    return pc.cast(table.column(name), pa.float64()).to_numpy().astype(np.float64)


def _number(value: object, missing: float) -> float:
    return float(value) if isinstance(value, int | float) else missing
