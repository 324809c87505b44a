"""The cheapest shift of students between cells that makes a hidden cell's interval wide enough.

A shift changes counts and keeps every equation. Once all cells that it changes are hidden, the table after the shift is
one that readers cannot rule out. A linear program finds the shift that changes the cheapest cells by the least.
"""

import highspy
import numpy as np
from highspy._core import _Highs  # The public class adds callbacks to it, which print a banner.

from quality.disclosure.components import TOLERANCE
from quality.disclosure.release import UNBOUNDED, Bools, Floats, Ints, Release

FREE = 1e-3
"""What changing a cell that is hidden anyway costs, per student, so that shifts stay small."""

GOOD_ENOUGH = 0.2
"""How much dearer than the cheapest a shift of whole numbers may be."""


class Shifts:
    """The program for cells that hang together; cells outside of it stay as they are."""

    def __init__(self, release: Release, scope: Ints, hidden: Bools, seed: int) -> None:
        """Load the program for the cells of `scope`, each of which has a change upwards and one downwards."""
        usable = scope[hidden[scope] | np.isfinite(release.costs[scope])]
        self._cells = usable
        self._position = {int(cell): i for i, cell in enumerate(usable)}
        self._costs = release.costs
        values = release.values[usable].astype(np.float64)
        self._values = values
        self._most = np.minimum(release.upper[usable], UNBOUNDED) - values
        between = release.equations[:, usable].tocsr()
        rows = np.flatnonzero(np.diff(between.indptr))
        columns = between[rows].tocsc()
        self._matrix = columns
        size = len(usable)
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = 2 * size, len(rows)
        program.col_cost_ = self._prices(hidden)
        program.col_lower_ = np.zeros(2 * size)
        program.col_upper_ = np.concatenate([self._most, values])
        program.row_lower_ = program.row_upper_ = np.zeros(len(rows))
        program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        program.a_matrix_.start_ = np.concatenate([columns.indptr, columns.indptr[1:] + columns.nnz])
        program.a_matrix_.index_ = np.tile(columns.indices, 2)
        program.a_matrix_.value_ = np.concatenate([columns.data, -columns.data])
        self._model = _Highs()
        self._model.setOptionValue("output_flag", False)
        self._model.setOptionValue("threads", 1)
        self._model.setOptionValue("solver", "simplex")
        self._model.setOptionValue("presolve", "off")
        self._model.setOptionValue("random_seed", seed % 2**31)
        self._model.passModel(program)

    def _prices(self, hidden: Bools) -> Floats:
        prices = np.where(hidden[self._cells], FREE, self._costs[self._cells])
        return np.tile(prices, 2)

    def cheapest(self, cell: int, least: float, hidden: Bools) -> tuple[Ints, Floats] | None:
        """The cells that change, and how, when `cell` rises by at least `least`; None if no shift makes it do so.

        The changes may have fractions of students, unless hidden cells alone could then make the shift: since the cell
        needs one, no such shift is whole, and one that is takes more cells.
        """
        place = self._position[cell]
        if least > self._most[place]:
            return None
        size = len(self._cells)
        self._model.changeColsCost(2 * size, np.arange(2 * size, dtype=np.int32), self._prices(hidden))
        self._model.changeColBounds(place, least, float(self._most[place]))
        self._model.changeColBounds(size + place, 0.0, 0.0)  # or it would rise and fall at once
        changes = self._changes()
        if changes is not None and hidden[self._cells[np.abs(changes) > TOLERANCE]].all():
            changes = self._whole_changes()
        self._model.changeColBounds(place, 0.0, float(self._most[place]))
        self._model.changeColBounds(size + place, 0.0, float(self._values[place]))
        if changes is None:
            return None
        moved = np.flatnonzero(np.abs(changes) > TOLERANCE)
        return self._cells[moved], changes[moved]

    def _changes(self) -> Floats | None:
        """Solve as it is; the change of each cell, rounded if all are whole, or None if there is no solution."""
        self._model.run()
        if self._model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        size = len(self._cells)
        found = np.asarray(self._model.getSolution().col_value)
        changes: Floats = found[:size] - found[size:]
        whole: Floats = np.rint(changes)
        return whole if np.abs(changes - whole).max(initial=0) < TOLERANCE else changes

    def _whole_changes(self) -> Floats | None:
        """The same with whole numbers, near the cheapest."""
        size = 2 * len(self._cells)
        index = np.arange(size, dtype=np.int32)
        kinds = highspy.HighsVarType
        self._model.setOptionValue("mip_rel_gap", GOOD_ENOUGH)
        self._model.setOptionValue("presolve", "choose")
        self._model.changeColsIntegrality(size, index, np.full(size, int(kinds.kInteger), dtype=np.uint8))
        changes = self._changes()
        self._model.changeColsIntegrality(size, index, np.full(size, int(kinds.kContinuous), dtype=np.uint8))
        self._model.setOptionValue("presolve", "off")
        return changes
