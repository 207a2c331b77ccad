"""Random one-way tables of children, and an attacker with linear programmes who knows nothing of how they were protected."""

from datetime import date

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

KEY = ["measure_id", "area_code", "period_type", "period_start", "period_end", "breakdown", "breakdown_value"]


def observation(seed: int, children: int, groups: int, measures: tuple[str, ...] = ("EH1", "EH2")) -> pd.DataFrame:
    """Two calendar years and the three academic years that they touch by sex and need; quarters as months, in all.

    EH2 is EH1 without one child in seven, as the exceptions are.
    """
    random = np.random.default_rng(seed)
    quarter = random.integers(0, 8, children)
    facts = pd.DataFrame(
        {
            "year": 2023 + quarter // 4,
            "academic": 2022 + (quarter + 2) // 4,
            "quarter": quarter,
            "total": "All",
            "sex": random.choice(["F", "M", "Unknown"], children, p=[0.45, 0.5, 0.05]),
            "need": random.choice(groups, children, p=random.dirichlet(np.ones(groups))).astype(str),
            "within": random.random(children) < random.uniform(0.02, 0.98),
            "exception": random.random(children) < 1 / 7,
        }
    )
    parts = []
    for measure in measures:
        counted = facts[~facts["exception"]] if measure == "EH2" else facts
        for period_type, column in (("calendar_year", "year"), ("academic_year", "academic"), ("month", "quarter")):
            for breakdown in ("total",) if period_type == "month" else ("total", "sex", "need"):
                table = counted.groupby([column, breakdown])["within"].agg(["sum", "count"]).reset_index()
                table.columns = ["at", "breakdown_value", "numerator", "denominator"]
                spans = [_span(period_type, int(at)) for at in table["at"]]
                parts.append(
                    table.assign(
                        measure_id=measure,
                        period_type=period_type,
                        period_start=[span[0] for span in spans],
                        period_end=[span[1] for span in spans],
                        breakdown=breakdown,
                    )
                )
    made = pd.concat(parts, ignore_index=True).drop(columns="at")
    made = made.assign(area_code="E06000058", unit="%", base=made["denominator"])
    made[["numerator", "denominator"]] = made[["numerator", "denominator"]].astype(float)
    made["value"] = 100 * made["numerator"] / made["denominator"]
    for limit in ("lower_95", "upper_95", "lower_998", "upper_998"):
        made[limit] = made["value"]
    return made


def _span(period_type: str, at: int) -> tuple[date, date]:
    if period_type == "calendar_year":
        return date(at, 1, 1), date(at, 12, 31)
    if period_type == "academic_year":
        return date(at, 7, 1), date(at + 1, 6, 30)
    year, month = 2023 + at // 4, 1 + 3 * (at % 4)
    return date(year, month, 1), date(year, month + 2, 28)


def narrowed(truth: pd.DataFrame, published: pd.DataFrame, threshold: int) -> list[str]:
    """Small counts of EH1 and EH2 that a reader can narrow to less than 0 to `threshold`, by linear programmes over all that
    is printed: rows of a breakdown and their total, periods, part and whole, exceptions and all.
    """
    size = len(truth)
    names = ("numerator", "denominator")
    matrix, right = [], []
    for measure in ("EH1", "EH2"):
        own = np.flatnonzero(truth["measure_id"] == measure)
        for parent, children in _sums(truth.iloc[own]):
            for block in range(2):
                line = np.zeros(2 * size)
                line[own[children] + block * size] += 1
                line[own[parent] + block * size] -= 1
                matrix.append(line)
                right.append(0.0)
    below, limits = [], []
    for row in range(size):
        below.append(_line(2 * size, {row: 1, row + size: -1}))
    pairs = _inside(truth)
    for inner, outer in pairs:
        below += [_line(2 * size, {inner + block: 1, outer + block: -1}) for block in (0, size)]
        # Late plans without an exception are some of all late plans.
        below.append(_line(2 * size, {inner + size: 1, inner: -1, outer + size: -1, outer: 1}))
    for name in names:
        for shown in published[name]:
            limits.append((0, None) if pd.isna(shown) else (shown, shown))
    targets = _targets(truth, pairs, threshold)
    found = []
    for told, line in targets.items():
        low, high = (_optimum(sign * line, matrix, right, below, limits) for sign in (1, -1))
        if low > 1e-6 or -high < threshold - 1e-6:
            found.append(told)
    return found


def _targets(truth: pd.DataFrame, pairs: list[tuple[int, int]], threshold: int) -> dict[str, np.ndarray]:
    """Every count of 1 to threshold - 1 that a reader could work out, as the line that gives it."""
    size = len(truth)
    value = np.concatenate([truth["numerator"], truth["denominator"]])
    lines = {}
    for row in range(size):
        lines[f"{row} numerator"] = _line(2 * size, {row: 1})
        lines[f"{row} denominator"] = _line(2 * size, {row + size: 1})
        lines[f"{row} rest"] = _line(2 * size, {row + size: 1, row: -1})
    for inner, outer in pairs:
        lines[f"{outer} exceptions"] = _line(2 * size, {outer + size: 1, inner + size: -1})
        lines[f"{outer} exceptions in time"] = _line(2 * size, {outer: 1, inner: -1})
    return {told: line for told, line in lines.items() if 1 <= line @ value < threshold}


def _inside(truth: pd.DataFrame) -> list[tuple[int, int]]:
    place = {tuple(row[1:]): at for at, row in enumerate(truth[KEY].itertuples(index=False)) if row[0] == "EH1"}
    return [
        (at, place[tuple(row[1:])])
        for at, row in enumerate(truth[KEY].itertuples(index=False))
        if row[0] == "EH2" and tuple(row[1:]) in place
    ]


def _line(width: int, entries: dict[int, int]) -> np.ndarray:
    line = np.zeros(width)
    for column, times in entries.items():
        line[column] += times
    return line


def _optimum(
    cost: np.ndarray,
    matrix: list[np.ndarray],
    right: list[float],
    below: list[np.ndarray],
    limits: list[tuple[float, float | None]],
) -> float:
    found = linprog(cost, csr_matrix(below), np.zeros(len(below)), csr_matrix(matrix), right, limits, method="highs")
    return -np.inf if found.status == 3 else float(found.fun)


def _sums(truth: pd.DataFrame) -> list[tuple[int, list[int]]]:
    rows = list(
        truth[["period_type", "period_start", "period_end", "breakdown", "breakdown_value"]].itertuples(index=False)
    )
    found = []
    for i, parent in enumerate(rows):
        for breakdown in ("sex", "need") if parent.breakdown == "total" else ():
            found.append((i, [j for j, r in enumerate(rows) if r[:3] == parent[:3] and r.breakdown == breakdown]))
        for shorter in ("month",) if parent.period_type != "month" else ():
            inside = [
                j
                for j, r in enumerate(rows)
                if r[3:] == parent[3:]
                and r.period_type == shorter
                and parent.period_start <= r.period_start
                and r.period_end <= parent.period_end
            ]
            found.append((i, inside))
    return [(parent, children) for parent, children in found if children]
