"""Intervals of a weighted proportion from its standard error, its respondents and its degrees of freedom.

Source: Korn and Graubard, Survey Methodology 1998;24:193-201; R survey 4.5 `svyciprop` (beta, logit). Limits are from 0 to 1.
"""

import numpy as np
from scipy import special

from pipelines.methods.intervals import confidence_level, normal_quantile


def wilson_of_effective_size(
    share: float, error: float, respondents: int, freedom: float, confidence: float = 0.95
) -> tuple[float, float]:
    """Wilson's limits with the effective sample size, adjusted for the degrees of freedom, in the place of n."""
    level = confidence_level(confidence)
    size = _adjusted(share * (1 - share) / error**2, respondents, freedom, level)
    z = normal_quantile(level)
    middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
    half = z * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
    return float(middle - half), float(middle + half)


def korn_graubard(
    share: float,
    error: float,
    respondents: int,
    freedom: float,
    confidence: float = 0.95,
    effective_size: float | None = None,
) -> tuple[float, float]:
    """Clopper and Pearson's limits on the effective sample size.

    A share of 0 or 1 has no standard error: it needs `effective_size` (Kish's), and has one limit of 0 or 1.
    """
    level = confidence_level(confidence)
    known = share * (1 - share) / error**2 if effective_size is None else effective_size
    size = _adjusted(known, respondents, freedom, level)
    tail = (1 - level) / 2
    yes = size * share
    lower = 0.0 if share == 0 else float(special.betaincinv(yes, size - yes + 1, tail))
    upper = 1.0 if share == 1 else float(special.betaincinv(yes + 1, size - yes, 1 - tail))
    return lower, upper


def logit_limits(share: float, error: float, freedom: float, confidence: float = 0.95) -> tuple[float, float]:
    """Student's t limits on the scale of the log odds; for a share that is not 0 or 1."""
    middle = special.logit(share)
    half = float(special.stdtrit(freedom, 0.5 + confidence_level(confidence) / 2)) * error / (share * (1 - share))
    return float(special.expit(middle - half)), float(special.expit(middle + half))


def _adjusted(size: float, respondents: int, freedom: float, level: float) -> float:
    """Effective size times the squared ratio of the t quantiles of a simple random sample and of the design."""
    quantile = 0.5 + level / 2
    return size * float(special.stdtrit(respondents - 1, quantile) / special.stdtrit(freedom, quantile)) ** 2
