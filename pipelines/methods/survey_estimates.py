"""Weighted shares of a survey: linearised standard errors, intervals, and whether the base may be shown.

Source: linearisation with calibration residuals as R survey 4.5 (`svymean`, `svytotal` after `rake`); intervals as
`svyciprop`: Korn and Graubard (1998) and logit; Wilson on the effective sample size is the published form. The people who
answered chose to: the intervals are model-based, and the text beside them must say so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pipelines.methods.intervals import Flags, Floats, Integers, Numbers
from pipelines.methods.survey_intervals import korn_graubard, wilson_of_effective_size
from pipelines.methods.survey_weights import Respondents, SurveyError, kish_design_effect

# Respondents: fewer than the first are withheld, fewer than the second are shown as a low base.
WITHHELD_BELOW, LOW_BASE_BELOW = 10, 30
SHOWN, LOW_BASE, WITHHELD = "", "u", "c"
# An estimate with a smaller effective sample or a wider 95 % interval (30 points) is marked as unreliable.
SMALLEST_EFFECTIVE_SIZE, WIDEST_INTERVAL = 30, 0.3
# A standard error this small comes of rounding: the variable was a margin of the weights.
NO_ERROR = 1e-9


@dataclass(frozen=True)
class Design:
    """How the respondents came about; without anything, independent answers from one large population.

    strata, clusters: a label per respondent; population: number of units (clusters, if there are any) that each
    respondent's stratum was drawn from. margins: the categories of every respondent that the weights were raked to, and
    base_weights the weights before raking: with them the error is that of the residuals.
    """

    strata: Sequence[str] | None = None
    clusters: Sequence[str | int] | None = None
    population: Floats | None = None
    margins: Respondents | None = None
    base_weights: Floats | None = None


@dataclass(frozen=True)
class Share:
    """A weighted share, from 0 to 1.

    status: "" shown, "u" low base (10 to 29 respondents), "c" withheld (fewer: every number but respondents is NaN).
    lower, upper: NaN for a variable that the weights were raked to. effective_size: respondents of a simple random sample
    with the same error (Kish's from the weights where all or none say yes). is_unreliable: effective size below 30 or an
    interval wider than 30 points. Answers from one cluster of each stratum have no error: all but value is NaN, unreliable.
    """

    respondents: int
    value: float
    lower: float
    upper: float
    standard_error: float
    effective_size: float
    status: str
    is_unreliable: bool


@dataclass(frozen=True)
class Scale:
    """Answer codes of a question from worst to best, the codes that count as positive, and those that are no answer."""

    valid: tuple[int, ...]
    top: tuple[int, ...]
    not_an_answer: tuple[int, ...] = field(default=(9,))


def top_box(codes: Numbers, scale: Scale) -> Floats:
    """1 for an answer in the top box, 0 for another valid one, NaN for no answer, missing or not applicable.

    The share of 1 is the only thing that questions with scales of different lengths share. Raises SurveyError for a code
    that the scale lacks, or a top box that is none of its answers.
    """
    answers = np.asarray(codes, dtype=np.float64)
    if not scale.top or not set(scale.top) < set(scale.valid):
        raise SurveyError("The top box must be some, and not all, of the answers of the scale.")
    missing = np.isnan(answers) | np.isin(answers, scale.not_an_answer)
    if not (missing | np.isin(answers, scale.valid)).all():
        raise SurveyError("An answer has a code that its scale does not have.")
    return np.where(missing, np.nan, np.isin(answers, scale.top).astype(np.float64))


def line_segments(questions: Sequence[Mapping[str, str]]) -> list[int]:
    """Which waves a line may join: equal numbers for neighbouring waves that asked exactly the same question.

    `questions`: what the wave asked and of whom, in order of time (wording, scale, population, mode): any difference starts
    a new segment.
    """
    segments: list[int] = []
    for position, question in enumerate(questions):
        same = position > 0 and dict(question) == dict(questions[position - 1])
        segments.append((segments[-1] if same else segments[-1] + 1) if segments else 0)
    return segments


def base_status(respondents: int) -> str:
    """Status of a base: "c" (withheld) below 10 respondents, "u" (low base) from 10 to 29, "" from 30 on."""
    if respondents < WITHHELD_BELOW:
        return WITHHELD
    return LOW_BASE if respondents < LOW_BASE_BELOW else SHOWN


def weighted_share(answers: Numbers, weights: Floats, design: Design | None = None, confidence: float = 0.95) -> Share:
    """Weighted share of 1 among the answers 0 and 1; NaN is no answer and does not count.

    For one group of a breakdown pass NaN for everyone outside it, not a shorter array: the error is then that of a domain.
    Raises SurveyError where an answer is something else, a weight is not positive, or a stratum has a single unit or
    more than its population.
    """
    y, w = np.asarray(answers, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    valid = ~np.isnan(y)
    if y.shape != w.shape or not np.isin(y[valid], (0, 1)).all() or not (w > 0).all():
        raise SurveyError("Answers must be 0, 1 or missing, each with a weight above 0.")
    respondents = int(valid.sum())
    status = base_status(respondents)
    if status == WITHHELD:
        return Share(respondents, np.nan, np.nan, np.nan, np.nan, np.nan, status, True)
    error, freedom = mean_error(y, w, design or Design())
    # Rounding must not make a share of all a hair less than 1.
    value = 1.0 if y[valid].all() else float(w[valid] @ y[valid] / w[valid].sum())
    if freedom < 1:
        return Share(respondents, value, np.nan, np.nan, np.nan, np.nan, status, True)
    if value in (0.0, 1.0):
        size = respondents / kish_design_effect(w[valid])
        lower, upper = korn_graubard(value, 0.0, respondents, freedom, confidence, effective_size=size)
    elif error < NO_ERROR:
        size, lower, upper = np.nan, np.nan, np.nan
    else:
        size = value * (1 - value) / error**2
        lower, upper = wilson_of_effective_size(value, error, respondents, freedom, confidence)
    unreliable = bool(size < SMALLEST_EFFECTIVE_SIZE or upper - lower > WIDEST_INTERVAL)
    return Share(respondents, value, lower, upper, error, size, status, unreliable)


def mean_error(values: Floats, weights: Floats, design: Design) -> tuple[float, float]:
    """Linearised standard error of the weighted mean of the values that are there, and its degrees of freedom."""
    valid = ~np.isnan(values)
    total = float(weights[valid].sum())
    mean = float(weights[valid] @ values[valid]) / total
    # Respondents without an answer stay in the design with a score of 0: the answers are a domain of the sample.
    return _error(np.where(valid, np.nan_to_num(values) - mean, 0.0) / total, weights, design, valid)


def total_error(values: Floats, weights: Floats, design: Design) -> tuple[float, float]:
    """Linearised standard error of the weighted total, and its degrees of freedom. Missing values count as 0."""
    return _error(np.nan_to_num(values), weights, design, ~np.isnan(values))


def _error(score: Floats, weights: Floats, design: Design, answered: Flags) -> tuple[float, float]:
    if design.margins is not None:
        score = _residual(score, design.margins, design.base_weights)
    stratum = _numbers(design.strata, np.zeros(score.size, dtype=np.int64))
    cluster = _numbers(design.clusters, np.arange(score.size))
    # One unit per cluster of a stratum; clusters may be numbered anew in each stratum.
    pairs, unit = np.unique(np.column_stack([stratum, cluster]), axis=0, return_inverse=True)
    totals = np.bincount(unit.ravel(), score * weights)
    heard_from = np.bincount(unit.ravel(), answered) > 0
    variance, freedom = 0.0, 0
    for number in np.unique(stratum):
        in_stratum = pairs[:, 0] == number
        within = totals[in_stratum]
        if within.size < 2:
            raise SurveyError("A stratum has a single unit: join strata.")
        drawn_from = np.inf if design.population is None else float(design.population[stratum == number][0])
        if not within.size <= drawn_from:
            raise SurveyError("A stratum has more units than the population it was drawn from.")
        spread = float(np.sum((within - within.mean()) ** 2))
        variance += (1 - within.size / drawn_from) * within.size / (within.size - 1) * spread
        freedom += max(int(heard_from[in_stratum].sum()) - 1, 0)
    return float(np.sqrt(variance)), float(freedom)


def _numbers(labels: Sequence[str | int] | None, without: Integers) -> Integers:
    return without if labels is None else np.unique(np.asarray(labels), return_inverse=True)[1].astype(np.int64)


def _residual(score: Floats, margins: Respondents, base_weights: Floats | None) -> Floats:
    """What is left of the score after regression on the categories of the margins, weighted as before raking."""
    columns = [
        [float(each == category) for each in categories]
        for categories in margins.values()
        for category in sorted({each for each in categories if each is not None})
    ]
    predictors = np.array(columns).T
    root = np.ones(score.size) if base_weights is None else np.sqrt(base_weights)
    slope = np.linalg.lstsq(predictors * root[:, None], score * root, rcond=None)[0]
    return score - predictors @ slope
