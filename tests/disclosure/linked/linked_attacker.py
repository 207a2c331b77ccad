"""An attacker who has what was printed, the list of sums and nothing else. Shares no code with the protector or its audit."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

Equation = Mapping[str, int]


class Attacker:
    """`printed`: key → count. `equations`: key → times, each adding up to 0."""

    def __init__(self, printed: Mapping[str, int], equations: Sequence[Equation]) -> None:
        self.printed = dict(printed)
        self.unknown = sorted({key for e in equations for key in e} - set(printed))
        at = {key: i for i, key in enumerate(self.unknown)}
        self.matrix = np.zeros((len(equations), len(self.unknown)))
        self.right = np.zeros(len(equations))
        for row, equation in enumerate(equations):
            for key, times in equation.items():
                if key in at:
                    self.matrix[row, at[key]] += times
                else:
                    self.right[row] -= times * printed[key]

    def bounds(self, key: str) -> tuple[float, float]:
        """The range of a count by linear programming."""
        if key not in self.unknown:
            return (0.0, np.inf) if key not in self.printed else (self.printed[key], self.printed[key])
        cost = np.zeros(len(self.unknown))
        cost[self.unknown.index(key)] = 1
        ends = []
        for sign in (1, -1):
            answer = linprog(sign * cost, A_eq=self.matrix, b_eq=self.right, bounds=(0, None), method="highs")
            ends.append(sign * answer.fun if answer.status == 0 else sign * -np.inf)
        return ends[0], ends[1]

    def whole_bounds(self, key: str) -> tuple[float, float]:
        """The range of a count by whole-number programming, looking no further up than 10 000."""
        if key not in self.unknown:
            return self.bounds(key)
        size = len(self.unknown)
        cost = np.zeros(size)
        cost[self.unknown.index(key)] = 1
        sums = LinearConstraint(self.matrix, self.right, self.right)
        ends = [
            milp(sign * cost, integrality=np.ones(size), bounds=Bounds(0, 10_000), constraints=[sums]).fun * sign
            for sign in (1, -1)
        ]
        return ends[0], ends[1]

    def every_value(self, key: str, tried: Sequence[str], highest: int) -> set[int]:
        """All values of a count in whole-numbered tables, by trying every table in which the counts `tried`, from which all
        others follow, are at most `highest`."""
        place = [self.unknown.index(name) for name in tried]
        others = [i for i in range(len(self.unknown)) if i not in place]
        counts = np.array(list(product(range(highest + 1), repeat=len(place)))).reshape(-1, len(place))
        left = self.right[:, None] - self.matrix[:, place] @ counts.T
        follow = np.linalg.pinv(self.matrix[:, others]) @ left
        tables = np.zeros((len(self.unknown), len(counts)))
        tables[place], tables[others] = counts.T, np.rint(follow)
        holds = (tables >= 0).all(axis=0) & (np.abs(self.matrix @ tables - self.right[:, None]) < 0.5).all(axis=0)
        return {int(v) for v in tables[self.unknown.index(key), holds]}


def equations_of(keys: Sequence[str], matrix: np.ndarray) -> list[Equation]:
    """Rows of a matrix as equations by key."""
    return [{keys[i]: int(row[i]) for i in np.flatnonzero(row)} for row in matrix]
