"""One linear programme that is kept and solved again and again from where it stood (HiGHS)."""

import highspy
import numpy as np
from highspy._core import _Highs
from scipy.sparse import csc_matrix

from pipelines.disclosure.linked.model import Floats, Integers

TOLERANCE = 1e-6


class LinearProgram:
    """minimise cost @ x where rows of `matrix` @ x = `right` and lower <= x <= upper; of whole numbers if `whole`."""

    def __init__(
        self,
        matrix: csc_matrix,
        right: Floats,
        lower: Floats,
        upper: Floats,
        cost: Floats,
        whole: bool = False,
        seconds: float = 0,
    ) -> None:
        by_column = csc_matrix(matrix, dtype=float)
        by_column.sort_indices()
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = len(right), len(cost)
        model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
        model.row_lower_, model.row_upper_ = right, right
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.asarray(by_column.indptr, dtype=np.int32)
        model.a_matrix_.index_ = np.asarray(by_column.indices, dtype=np.int32)
        model.a_matrix_.value_ = np.asarray(by_column.data, dtype=np.float64)
        if whole:
            model.integrality_ = [highspy.HighsVarType.kInteger] * len(cost)
        # highspy.Highs prints a banner when it is made, before it can be told not to.
        self._highs = _Highs()
        for option, setting in (("output_flag", False), ("threads", 1), ("random_seed", 1)):
            self._highs.setOptionValue(option, setting)
        if not whole:
            self._highs.setOptionValue("solver", "simplex")
            self._highs.setOptionValue("presolve", "off")
            # The programmes are small and alike: measured, plain pivoting takes half the time of HiGHS's defaults.
            self._highs.setOptionValue("dual_simplex_cost_perturbation_multiplier", 0.0)
            self._highs.setOptionValue("primal_simplex_bound_perturbation_multiplier", 0.0)
            self._highs.setOptionValue("simplex_scale_strategy", 0)
        if seconds:
            self._highs.setOptionValue("time_limit", seconds)
        self._highs.passModel(model)

    def set_costs(self, columns: Integers, cost: Floats) -> None:
        """New costs of some columns."""
        self._highs.changeColsCost(len(columns), columns.astype(np.int32), cost)

    def set_bounds(self, columns: Integers, lower: Floats, upper: Floats) -> None:
        """New bounds of some columns."""
        self._highs.changeColsBounds(len(columns), columns.astype(np.int32), lower, upper)

    def minimum(self) -> Floats | None:
        """An optimal x, or None if there is none (or none was found in the time given)."""
        self._highs.run()
        status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kUnknown:
            # A warm start can leave the solver without an answer: once more from nothing.
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        if status == highspy.HighsModelStatus.kOptimal or (
            status == highspy.HighsModelStatus.kTimeLimit and self._has_solution()
        ):
            return np.array(self._highs.getSolution().col_value)
        if status == highspy.HighsModelStatus.kUnbounded:
            raise UnboundedError
        return None

    def prices(self) -> Floats:
        """Dual values of the rows of the last optimum."""
        return np.array(self._highs.getSolution().row_dual)

    def _has_solution(self) -> bool:
        return self._highs.getInfo().primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible


class UnboundedError(ValueError):
    """The programme has no finite optimum: a cell of it has no upper bound."""
