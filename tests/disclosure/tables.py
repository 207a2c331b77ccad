"""Random one-way tables of children, and an attacker with exact arithmetic."""

from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd

KEY = ["measure_id", "area_code", "period_type", "period_start", "period_end", "breakdown", "breakdown_value"]


def observation(seed: int, children: int, groups: int, measures: tuple[str, ...] = ("EH1", "EH2")) -> pd.DataFrame:
    """Two calendar years, the three academic years that they touch and quarters as months, by sex and need.

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
            for breakdown in ("total", "sex", "need"):
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


def solved_exactly(truth: pd.DataFrame, published: pd.DataFrame) -> set[int]:
    """Positions of hidden rows of one measure that every solution of the sums agrees on, by Gauss-Jordan in fractions.

    The sums: rows of a breakdown to its total, shorter periods to longer ones. They hold in these tables by making.
    """
    hidden = [i for i, status in enumerate(published["status"]) if status == "c"]
    column = {row: position for position, row in enumerate(hidden)}
    equations = []
    for parent, children in _sums(truth):
        equation = {column[i]: Fraction(1) for i in children if i in column}
        if parent in column:
            equation[column[parent]] = Fraction(-1)
        if equation:
            equations.append(equation)
    reduced = _reduce(equations)
    return {hidden[next(iter(row))] for row in reduced if len(row) == 1}


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
    return found


def _reduce(equations: list[dict[int, Fraction]]) -> list[dict[int, Fraction]]:
    pivots: dict[int, dict[int, Fraction]] = {}
    for equation in equations:
        row = dict(equation)
        for pivot in sorted(set(row) & set(pivots)):
            row = _minus(row, pivots[pivot], row.get(pivot, Fraction(0)))
        if not row:
            continue
        pivot = min(row)
        row = {c: v / row[pivot] for c, v in row.items()}
        pivots = {p: _minus(r, row, r.get(pivot, Fraction(0))) for p, r in pivots.items()}
        pivots[pivot] = row
    return list(pivots.values())


def _minus(row: dict[int, Fraction], other: dict[int, Fraction], times: Fraction) -> dict[int, Fraction]:
    if not times:
        return row
    result = {c: row.get(c, Fraction(0)) - times * other.get(c, Fraction(0)) for c in {*row, *other}}
    return {c: v for c, v in result.items() if v}
