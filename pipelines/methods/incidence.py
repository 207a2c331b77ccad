"""Aalen-Johansen cumulative incidence with delayed entry and competing events, and its variance.

Source: Aalen and Johansen 1978; Andersen, Borgan, Gill and Keiding, Statistical Models Based on Counting Processes, §4.4
(Greenwood-type covariance, by recursion over the event times). With one cause survival is Kaplan-Meier and its error is
Greenwood's.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.methods.intervals import Floats, Integers, Numbers


class IncidenceError(ValueError):
    """Times and events that no estimate can be made from."""


@dataclass(frozen=True)
class Incidence:
    """One entry per time at which anything happened; survival + the sum of incidence is 1 at every time.

    time: in the unit of the input (days); at_risk: cases under observation just before; survival: share with no event yet;
    incidence: one row per cause (cause 1 first), the share that had that event by then; *_error: standard errors.
    covariance: of survival and incidences, per time (time × states × states). entry, leave: per case, as they were given.
    """

    time: Floats
    at_risk: Integers
    survival: Floats
    survival_error: Floats
    incidence: Floats
    incidence_error: Floats
    covariance: Floats
    entry: Floats
    leave: Floats

    def at(self, time: float, cause: int = 1) -> float:
        """Share of cases that had the event of `cause` by `time` (0 before the first event)."""
        position = int(np.searchsorted(self.time, time, side="right")) - 1
        return float(self.incidence[cause - 1, position]) if position >= 0 else 0.0

    def number_at_risk(self, time: float) -> int:
        """Cases under observation just before `time`: entered before it, left at it or later."""
        return int(np.count_nonzero((self.entry < time) & (self.leave >= time)))


def aalen_johansen(leave: Numbers, event: Numbers, entry: Numbers | None = None, causes: int = 2) -> Incidence:
    """Cumulative incidence from one case per entry: when it left observation, why, and when it entered.

    event: 0 still open (censored), 1 ... causes what happened. entry: a case is at risk at times above its entry (delayed
    entry); without it, from the start. Cases censored at a time are still at risk at it. Raises IncidenceError where
    something is missing, an event is no known cause, or a case leaves before it enters. A case that leaves at the moment
    of its entry was never at risk and counts for nothing.
    """
    out = np.asarray(leave, dtype=np.float64)
    kind = np.asarray(event, dtype=np.float64)
    into = np.full(out.shape, -np.inf) if entry is None else np.asarray(entry, dtype=np.float64)
    if not out.shape == kind.shape == into.shape:
        raise IncidenceError("Times, events and entries must be of one length.")
    if np.isnan(out).any() or np.isnan(into).any() or not np.isin(kind, np.arange(causes + 1)).all():
        raise IncidenceError(f"A time is missing, or an event is not one of 0 to {causes}.")
    if (out < into).any():
        raise IncidenceError("A case leaves before it enters.")
    seen = out > into
    times = np.unique(out[seen & (kind > 0)])
    at_risk = _below(into[seen], times) - _below(out[seen], times)
    happened = np.array([_at(out[seen & (kind == cause)], times) for cause in range(1, causes + 1)])
    states, covariance = _accumulate(at_risk, happened.reshape(causes, times.size))
    # Rounding may leave a variance of 0 a hair below it.
    error = np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0))
    return Incidence(times, at_risk, states[:, 0], error[:, 0], states[:, 1:].T, error[:, 1:].T, covariance, into, out)


def _accumulate(at_risk: Integers, happened: Integers) -> tuple[Floats, Floats]:
    """State shares (open, then each cause) and their covariance after every event time."""
    causes, steps = happened.shape
    size = causes + 1
    states, covariance = np.zeros((steps, size)), np.zeros((steps, size, size))
    state, spread = np.append(1.0, np.zeros(causes)), np.zeros((size, size))
    change = np.vstack([-np.ones(causes), np.eye(causes)])
    for step in range(steps):
        hazard = happened[:, step] / at_risk[step]
        move = np.eye(size)
        move[:, 0] += change @ hazard
        # In whole numbers, so that survival is exactly 0 once every case at risk had an event.
        move[0, 0] = (at_risk[step] - happened[:, step].sum()) / at_risk[step]
        noise = (np.diag(hazard) - np.outer(hazard, hazard)) / at_risk[step]
        spread = move @ spread @ move.T + state[0] ** 2 * (change @ noise @ change.T)
        state = move @ state
        states[step], covariance[step] = state, spread
    return states, covariance


def _below(values: Floats, times: Floats) -> Integers:
    return np.searchsorted(np.sort(values), times, side="left").astype(np.int64)


def _at(values: Floats, times: Floats) -> Integers:
    ordered = np.sort(values)
    return (np.searchsorted(ordered, times, side="right") - np.searchsorted(ordered, times, side="left")).astype(
        np.int64
    )
