"""Weights of a survey: who answered against the roll, collapsed categories, raking, capping, effective sample size.

Method: iterative proportional fitting (Deming and Stephan 1940); Kish (1965) for the design effect. Who answers a survey of
families chooses to: weights make the answers resemble the roll, not a probability sample. Say "weighted to ..." with it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.methods.intervals import Flags, Floats, Integers

# Categories with fewer respondents are joined before raking.
SMALLEST_CATEGORY = 30
# Least and greatest weight, as multiples of the mean weight.
WEIGHT_CAPS = (0.3, 3.0)
TOLERANCE = 1e-10
SWEEPS = 1000
CAPPING_ROUNDS = 100
# A round of capping must bring the worst weight this much nearer to its cap, or caps and margins cannot both be met.
CAPPING_PROGRESS = 0.02

UNKNOWN = "Unknown"

# Variable → category of every respondent (None where it is not known), as `to_pydict()` of a table gives it.
Respondents = Mapping[str, Sequence[str | None]]
# Variable → category → people on the roll (or any number in proportion to them).
Margins = Mapping[str, Mapping[str, float]]


class SurveyError(ValueError):
    """Respondents and margins from which no weights or estimates can be made."""


@dataclass(frozen=True)
class ProfileRow:
    """One category of one variable: who answered against who is on the roll.

    Percentages are 0 to 100, of those whose category is known (NaN for "Unknown"); response_rate_pct is NaN where nobody is
    on the roll.
    """

    variable: str
    category: str
    respondents: int
    respondent_pct: float
    roll: float
    roll_pct: float
    difference_points: float
    response_rate_pct: float


@dataclass(frozen=True)
class MarginRow:
    """One category of a margin: respondents, and its share (0 to 1) before weighting, after it, and on the roll."""

    variable: str
    category: str
    respondents: int
    before: float
    after: float
    target: float


@dataclass(frozen=True)
class Weights:
    """One weight per respondent (people of the roll), and what raking did.

    capped: respondents whose weight was moved to a cap at least once. design_effect: Kish, n Σw²/(Σw)²; effective_size: n
    over that. smallest, largest: weights as multiples of their mean. Where caps and margins cannot both be met the margins
    win, and smallest and largest show it.
    """

    weights: Floats
    sweeps: int
    capped: int
    margins: tuple[MarginRow, ...]
    design_effect: float
    effective_size: float
    smallest: float
    largest: float


def response_profile(respondents: Respondents, roll: Margins) -> list[ProfileRow]:
    """One row per variable and category of the roll, then of the categories that only respondents have."""
    rows: list[ProfileRow] = []
    for variable, on_roll in roll.items():
        answered = Counter(UNKNOWN if category is None else category for category in respondents[variable])
        known = answered.total() - answered[UNKNOWN]
        people = sum(size for category, size in on_roll.items() if category != UNKNOWN)
        for category in [*on_roll, *sorted(set(answered) - set(on_roll))]:
            count, size = answered[category], on_roll.get(category, 0.0)
            share = 100 * count / known if known and category != UNKNOWN else np.nan
            target = 100 * size / people if people and category != UNKNOWN else np.nan
            rate = 100 * count / size if size else np.nan
            rows.append(ProfileRow(variable, category, count, share, size, target, share - target, rate))
    return rows


def collapse(
    categories: Sequence[str | None], on_roll: Mapping[str, float], smallest: int = SMALLEST_CATEGORY
) -> dict[str, str]:
    """New category of every category of one variable, so that each has at least `smallest` respondents.

    All small categories become one, named after its parts ("A + B"); if that is still too small the next smallest joins it.
    One category for all means that the variable cannot be a margin. Raises SurveyError for a category the roll lacks.
    """
    counts = Counter(category for category in categories if category is not None)
    unknown = len(set(counts) - set(on_roll))
    if unknown:
        raise SurveyError(f"Respondents have categories that the roll lacks: {unknown}.")
    ordered = sorted(on_roll, key=lambda category: (counts[category], category))
    joined = [category for category in ordered if counts[category] < smallest]
    for category in ordered[len(joined) :]:
        if not joined or sum(counts[part] for part in joined) >= smallest:
            break
        joined.append(category)
    name = " + ".join(sorted(joined))
    return {category: name if category in joined else category for category in on_roll}


def collapse_all(
    respondents: Respondents, roll: Margins, smallest: int = SMALLEST_CATEGORY
) -> tuple[dict[str, list[str | None]], dict[str, dict[str, float]]]:
    """Respondents and roll with small categories joined, without the variables that one category is left of."""
    columns: dict[str, list[str | None]] = {}
    margins: dict[str, dict[str, float]] = {}
    for variable, on_roll in roll.items():
        names = collapse(respondents[variable], on_roll, smallest)
        if len(set(names.values())) < 2:
            continue
        columns[variable] = [None if each is None else names[each] for each in respondents[variable]]
        margins[variable] = dict.fromkeys(names.values(), 0.0)
        for category, people in on_roll.items():
            margins[variable][names[category]] += people
    return columns, margins


def rake(
    respondents: Respondents,
    margins: Margins,
    base_weights: Floats | None = None,
    caps: tuple[float, float] | None = WEIGHT_CAPS,
) -> Weights:
    """Weights that reproduce every margin, from the categories of every respondent; an unknown one (None) is left as it is.

    Starts at `base_weights` (1 each without them). Weights outside `caps` times their mean are moved to the cap and the
    margins fitted again, until both hold. The weights add up to the people of the first margin. Raises SurveyError where
    nobody answered, a margin has a category without respondents or lacks one that they have, or raking does not settle.
    """
    sizes = {len(respondents[variable]) for variable in margins}
    if len(sizes) != 1 or sizes == {0}:
        raise SurveyError("Raking needs a margin, and its category of every respondent.")
    (count,) = sizes
    coded = [_coded(variable, respondents[variable], on_roll) for variable, on_roll in margins.items()]
    total = float(sum(next(iter(margins.values())).values()))
    weights = np.ones(count) if base_weights is None else np.asarray(base_weights, dtype=np.float64).copy()
    if not (weights.shape == (count,) and np.isfinite(weights).all() and (weights > 0).all()):
        raise SurveyError("A base weight is missing or not positive.")
    start = weights * (total / weights.sum())
    weights, sweeps = _fit(start, coded)
    capped = np.zeros(count, dtype=np.bool_)
    last_excess = np.inf
    for _ in range(CAPPING_ROUNDS if caps else 0):
        outside, moved, excess = _cap(weights, caps or WEIGHT_CAPS)
        capped |= outside
        if not outside.any() or excess > last_excess * (1 - CAPPING_PROGRESS):
            break
        last_excess = excess
        weights, more = _fit(moved, coded)
        sweeps += more
    weights *= total / weights.sum()
    design_effect = kish_design_effect(weights)
    return Weights(
        weights=weights,
        sweeps=sweeps,
        capped=int(capped.sum()),
        margins=_margin_rows(margins, coded, start, weights),
        design_effect=design_effect,
        effective_size=weights.size / design_effect,
        smallest=float(weights.min() / weights.mean()),
        largest=float(weights.max() / weights.mean()),
    )


def kish_design_effect(weights: Floats) -> float:
    """n Σw²/(Σw)²: how much larger unequal weights make the variance; 1 for equal weights."""
    w = np.asarray(weights, dtype=np.float64)
    return float(w.size * np.sum(w**2) / w.sum() ** 2)


def _coded(variable: str, categories: Sequence[str | None], on_roll: Mapping[str, float]) -> tuple[Integers, Floats]:
    """Position of each respondent's category (-1 for an unknown one) and the target shares of the categories."""
    positions: dict[str | None, int] = {category: position for position, category in enumerate(on_roll)}
    if set(categories) - set(positions) - {None}:
        raise SurveyError(f"Respondents have a category of {variable} that the margin lacks.")
    codes = np.array([positions.get(category, -1) for category in categories], dtype=np.int64)
    targets = np.array(list(on_roll.values()), dtype=np.float64)
    counts = np.bincount(codes[codes >= 0], minlength=targets.size)
    if not (targets >= 0).all() or not targets.sum() > 0:
        raise SurveyError(f"The margin {variable} has no people, or fewer than none.")
    if ((counts == 0) != (targets == 0)).any():
        raise SurveyError(f"A category of {variable} has no respondents, or nobody on the roll: join categories first.")
    return codes, targets / targets.sum()


def _fit(weights: Floats, coded: list[tuple[Integers, Floats]]) -> tuple[Floats, int]:
    coded = [(np.where(codes < 0, targets.size, codes), targets) for codes, targets in coded]
    for sweep in range(1, SWEEPS + 1):
        largest_step = 0.0
        for codes, targets in coded:
            # The place after the last category is that of the unknown, whose weight stays.
            now = np.bincount(codes, weights, targets.size + 1)[:-1]
            factor = np.ones(targets.size + 1)
            np.divide(targets * now.sum(), now, out=factor[:-1], where=now > 0)
            weights = weights * factor[codes]
            largest_step = max(largest_step, float(np.abs(factor - 1).max()))
        if largest_step < TOLERANCE:
            return weights, sweep
    raise SurveyError("Raking did not settle: two margins contradict each other among these respondents.")


def _cap(weights: Floats, caps: tuple[float, float]) -> tuple[Flags, Floats, float]:
    """Which weights are outside their caps, all of them moved to the caps, and how far the worst was moved."""
    mean = float(weights.mean())
    moved = np.clip(weights, caps[0] * mean, caps[1] * mean)
    distance = np.abs(np.log(moved / weights))
    return distance > TOLERANCE, moved, float(distance.max())


def _margin_rows(
    margins: Margins, coded: list[tuple[Integers, Floats]], before: Floats, after: Floats
) -> tuple[MarginRow, ...]:
    rows: list[MarginRow] = []
    for (variable, on_roll), (codes, targets) in zip(margins.items(), coded, strict=True):
        known = codes >= 0
        shares = [np.bincount(codes[known], w[known], targets.size) / w[known].sum() for w in (before, after)]
        counts = np.bincount(codes[known], minlength=targets.size)
        for position, category in enumerate(on_roll):
            figures = (float(part[position]) for part in (*shares, targets))
            rows.append(MarginRow(variable, category, int(counts[position]), *figures))
    return tuple(rows)
