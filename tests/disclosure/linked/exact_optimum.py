"""The exact optimum of cell suppression for small tables, as one whole-number programme. Shares no code with the protector."""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_matrix, eye, hstack, vstack


def optimal_cost(sums: np.ndarray, value: np.ndarray, cost: np.ndarray, primary: np.ndarray, threshold: int) -> float:
    """Least cost of a pattern in which every primary cell can be 0 and can be `threshold` (each with a flow of its own)."""
    cells = len(value)
    targets = [(k, threshold - value[k]) for k in np.flatnonzero(primary)]
    targets += [(k, -value[k]) for k in np.flatnonzero(primary) if value[k] > 0]
    width = cells * len(targets)
    keep = hstack([csr_matrix((sums.shape[0] * len(targets), cells)), block_diag([csr_matrix(sums)] * len(targets))])
    rises = hstack([vstack([-eye(cells) * (3 * abs(need)) for _, need in targets]), eye(width)])
    falls = hstack(
        [vstack([-csr_matrix(np.diag(np.minimum(value, 3 * abs(need)))) for _, need in targets]), -eye(width)]
    )
    lower = np.concatenate([primary.astype(float), np.full(width, -np.inf)])
    upper = np.concatenate([np.ones(cells), np.full(width, np.inf)])
    for number, (cell, need) in enumerate(targets):
        lower[cells + number * cells + cell] = upper[cells + number * cells + cell] = need
    answer = milp(
        np.concatenate([cost, np.zeros(width)]),
        integrality=np.concatenate([np.ones(cells), np.zeros(width)]),
        bounds=Bounds(lower, upper),
        constraints=[
            LinearConstraint(keep, 0, 0),
            LinearConstraint(rises, -np.inf, 0),
            LinearConstraint(falls, -np.inf, 0),
        ],
        options={"time_limit": 20, "mip_rel_gap": 1e-6},
    )
    assert answer.status == 0, answer.message
    return float(answer.fun)
