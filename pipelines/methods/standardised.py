"""Directly standardised rates with Dobson's limits, as PHEindicatormethods 2.1.0 `calculate_dsr`.

Source: Dobson and others, Statistics in Medicine 1991;10:457-62; Byar's limits of the total count. One difference: a
missing count makes the whole rate missing, where the R package counts it as 0.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.methods.intervals import Floats, IntervalError, Numbers, byar

# Below this many events in all a directly standardised rate is not published.
SMALLEST_TOTAL = 10


@dataclass(frozen=True)
class StandardisedRate:
    """One directly standardised rate per `multiplier`; value and limits are NaN where `statistic` says why.

    statistic: "dsr per 100000", or "dsr NA for total count < 10". method: always Dobson.
    """

    total_count: float
    total_population: float
    value: float
    lower: float
    upper: float
    statistic: str
    method: str = "Dobson"


def directly_standardised_rate(
    counts: Numbers,
    population: Numbers,
    standard_population: Numbers,
    confidence: float = 0.95,
    multiplier: float = 100_000.0,
) -> StandardisedRate:
    """Rate of one area from one row per age band: events, people, people of the standard population.

    For events that are independent of each other (one a person). Raises IntervalError where a count is negative, a
    population is not positive, or the arrays are not of one length.
    """
    x, n, standard = _bands(counts, population, standard_population)
    variance = float(np.sum(x * (standard / n) ** 2)) / float(standard.sum()) ** 2
    return _dobson(x, n, standard, variance, confidence, multiplier)


def directly_standardised_rate_of_repeated_events(
    people: Floats,
    frequency: Numbers,
    population: Numbers,
    standard_population: Numbers,
    confidence: float = 0.95,
    multiplier: float = 100_000.0,
) -> StandardisedRate:
    """Rate of events that are not independent, because one person has several (suspensions, admissions).

    `people` has one row per age band and one column per `frequency`: how many people had 1, 2, 3 ... events. Each frequency
    adds frequency² times its variance, so the limits are wider than those of independent events. Raises IntervalError as
    `directly_standardised_rate`.
    """
    times = np.asarray(frequency, dtype=np.float64)
    table = np.asarray(people, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != times.size:
        raise IntervalError("No interval: people need one column per frequency.")
    if (table < 0).any() or (times <= 0).any():
        raise IntervalError("No interval: a number of people is negative or a frequency is not positive.")
    x, n, standard = _bands(table @ times, population, standard_population)
    variance = float(np.sum((table @ times**2) * (standard / n) ** 2)) / float(standard.sum()) ** 2
    return _dobson(x, n, standard, variance, confidence, multiplier)


def _bands(counts: Numbers, population: Numbers, standard_population: Numbers) -> tuple[Floats, Floats, Floats]:
    x, n, standard = (np.asarray(part, dtype=np.float64) for part in (counts, population, standard_population))
    if not x.shape == n.shape == standard.shape or x.ndim != 1 or not x.size:
        raise IntervalError("No interval: counts and populations must have one row per age band.")
    if (x < 0).any():
        raise IntervalError("No interval: a number of events is negative.")
    if not (n > 0).all() or (standard < 0).any() or not standard.sum() > 0:
        raise IntervalError("No interval: a population is missing or not positive.")
    return x, n, standard


def _dobson(
    x: Floats, n: Floats, standard: Floats, variance: float, confidence: float, multiplier: float
) -> StandardisedRate:
    total, people = float(x.sum()), float(n.sum())
    limits = byar([total], confidence)
    if np.isnan(total):
        return StandardisedRate(total, people, np.nan, np.nan, np.nan, "dsr NA for missing count")
    if total < SMALLEST_TOTAL:
        statistic = f"dsr NA for total count < {SMALLEST_TOTAL}"
        return StandardisedRate(total, people, np.nan, np.nan, np.nan, statistic)
    value = float(np.sum(x * standard / n)) / float(standard.sum()) * multiplier
    scale = float(np.sqrt(variance / total)) * multiplier
    return StandardisedRate(
        total,
        people,
        value,
        value + scale * (float(limits.lower[0]) - total),
        value + scale * (float(limits.upper[0]) - total),
        f"dsr per {multiplier:.15g}",
    )
