"""HiGHS, loaded with one linear program that answers one question after another from the basis of the last."""

import highspy
import numpy as np
from highspy._core import _Highs  # The public class adds callbacks to it, which print a banner.
from scipy import sparse

from quality.disclosure.release import Floats

Solver = _Highs


def load(matrix: sparse.csc_matrix, *, costs: Floats, lower: Floats, upper: Floats, sums: Floats, seed: int) -> Solver:
    """A solver that minimises `costs` times the columns, within their bounds and with rows that equal `sums`.

    Args:
        matrix: rows x columns.
        seed: of the solver's own choices; any integer.
    """
    program = highspy.HighsLp()
    program.num_row_, program.num_col_ = matrix.shape
    program.col_cost_ = costs
    program.col_lower_, program.col_upper_ = lower, upper
    program.row_lower_ = program.row_upper_ = sums
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = matrix.indptr
    program.a_matrix_.index_ = matrix.indices
    program.a_matrix_.value_ = matrix.data
    solver = _Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("solver", "simplex")
    solver.setOptionValue("presolve", "off")
    solver.setOptionValue("random_seed", seed % 2**31)
    solver.passModel(program)
    return solver


def set_whole(solver: Solver, columns: int, *, is_whole: bool) -> None:
    """Ask for whole numbers in all columns from now on, or no longer."""
    kind = highspy.HighsVarType.kInteger if is_whole else highspy.HighsVarType.kContinuous
    solver.changeColsIntegrality(
        columns, np.arange(columns, dtype=np.int32), np.full(columns, int(kind), dtype=np.uint8)
    )


def is_solved(solver: Solver) -> bool:
    """Whether the last run ended with the best solution there is."""
    solved: bool = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return solved


def version() -> str:
    """Name and version, for the record of what a release was audited with."""
    return f"HiGHS {_Highs().version()}"
