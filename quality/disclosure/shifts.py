"""The cheapest shift of students between cells that makes a hidden cell's interval wide enough.

A shift changes counts and keeps every equation. Once all cells that it changes are hidden, the table after the shift is
one that readers cannot rule out. A linear program finds the shift that changes the cheapest cells by the least.
"""

import numpy as np
from scipy import sparse

from quality.disclosure.components import TOLERANCE
from quality.disclosure.release import UNBOUNDED, Bools, Floats, Ints, Release
from quality.disclosure.solver import is_solved, load, set_whole

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
        upwards = between[rows]
        self._model = load(
            sparse.hstack([upwards, -upwards], format="csc"),
            costs=self._prices(hidden),
            lower=np.zeros(2 * len(usable)),
            upper=np.concatenate([self._most, values]),
            sums=np.zeros(len(rows)),
            seed=seed,
        )

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
        if not is_solved(self._model):
            return None
        size = len(self._cells)
        found = np.asarray(self._model.getSolution().col_value)
        changes: Floats = found[:size] - found[size:]
        whole: Floats = np.rint(changes)
        return whole if np.abs(changes - whole).max(initial=0) < TOLERANCE else changes

    def _whole_changes(self) -> Floats | None:
        """The same with whole numbers, near the cheapest."""
        size = 2 * len(self._cells)
        self._model.setOptionValue("mip_rel_gap", GOOD_ENOUGH)
        self._model.setOptionValue("presolve", "choose")
        set_whole(self._model, size, is_whole=True)
        changes = self._changes()
        set_whole(self._model, size, is_whole=False)
        self._model.setOptionValue("presolve", "off")
        return changes
