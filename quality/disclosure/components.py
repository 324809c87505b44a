"""The linear programs of an attack, one component at a time.

Cells that are shown exactly are constants. What is left falls apart into components that no equation connects; each is
a small linear program, kept in HiGHS so that the next question starts from the basis of the last one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from quality.disclosure.release import Bools, Floats, Ints, Release, Shown
from quality.disclosure.solver import Solver, is_solved, load, set_whole
from quality.errors import AuditError

TOLERANCE = 1e-5
"""How far from a whole number an end of the solver's may lie and still be taken for it."""


@dataclass(frozen=True, eq=False)
class Solution:
    """One optimal vertex: a table that readers cannot rule out.

    Attributes:
        table: a count for each cell of the component.
        prices: the dual value of each of the component's equations.
        is_whole: whether all counts are whole numbers and satisfy the equations exactly.
    """

    table: Floats
    prices: Floats
    is_whole: bool


@dataclass(frozen=True, eq=False)
class Block:
    """The cells and equations of one program.

    Attributes:
        cells: positions in the release.
        rows: positions of the equations in the release.
        matrix: rows x cells.
        sums: what the cells sum to in each row.
        lower: bounds of each cell, with `upper`.
        truth: the true counts.
    """

    cells: Ints
    rows: Ints
    matrix: sparse.csr_matrix
    sums: Floats
    lower: Floats
    upper: Floats
    truth: Floats

    def part(self, free: Bools) -> "Block":
        """The smaller program in which all cells but the `free` ones are known."""
        columns = np.flatnonzero(free)
        matrix = self.matrix[:, columns]
        rows = np.flatnonzero(np.diff(matrix.indptr))
        matrix = matrix[rows]
        return Block(
            self.cells[columns],
            self.rows[rows],
            matrix,
            np.asarray(matrix @ self.truth[columns]),
            self.lower[columns],
            self.upper[columns],
            self.truth[columns],
        )


class Component:
    """A block in HiGHS, which answers one question after another."""

    def __init__(self, block: Block, seed: int) -> None:
        """Load the block into the solver."""
        self.block = block
        self.cells = block.cells
        self._columns = block.matrix.tocsc()
        self._position = {int(cell): i for i, cell in enumerate(block.cells)}
        self._seed = seed
        self._index = np.arange(len(block.cells), dtype=np.int32)
        self._model = self._load()

    def _load(self) -> Solver:
        block = self.block
        return load(
            self._columns,
            costs=np.zeros(len(self.cells)),
            lower=block.lower,
            upper=block.upper,
            sums=block.sums,
            seed=self._seed,
        )

    def positions(self, cells: Ints) -> Ints:
        """Where the cells stand in the component."""
        return np.array([self._position[int(cell)] for cell in cells], dtype=np.int64)

    def bound(self, lower: Floats, upper: Floats) -> None:
        """Ask the next questions within these bounds instead of those that were published."""
        self._model.changeColsBounds(len(self.cells), self._index, lower, upper)

    def minimise(self, costs: Floats) -> Solution:
        """The table in which the counts times `costs` sum to the least, of all that are consistent with the release."""
        self._model.changeColsCost(len(self.cells), self._index, costs)
        self._model.run()
        if not is_solved(self._model):
            # A basis may mislead the simplex method numerically; it starts afresh once before that is an error.
            self._model.clearSolver()
            self._model.run()
        return self._solution(self._model)

    def minimise_whole(self, costs: Floats, lower: Floats, upper: Floats, *, gap: float = 0.0) -> Solution:
        """The same within these bounds, of whole counts, which takes longer; at most `gap` above the least."""
        model = self._load()
        model.setOptionValue("presolve", "choose")
        model.setOptionValue("mip_rel_gap", gap)
        model.setOptionValue("solver", "choose")
        set_whole(model, len(self.cells), is_whole=True)
        model.changeColsBounds(len(self.cells), self._index, lower, upper)
        model.changeColsCost(len(self.cells), self._index, costs)
        model.run()
        return self._solution(model, is_integer=True)

    def _solution(self, model: Solver, *, is_integer: bool = False) -> Solution:
        if not is_solved(model):
            ending = model.modelStatusToString(model.getModelStatus())
            raise AuditError(
                f"The solver ended the attack with '{ending}' on {len(self.cells)} hidden "
                "cells; nothing is released. Check that the counts of the release satisfy its equations."
            )
        found = model.getSolution()
        table = np.asarray(found.col_value)
        whole = np.rint(table)
        is_whole = (
            bool(np.abs(table - whole).max(initial=0) < TOLERANCE)
            and not (self._columns @ whole - self.block.sums).any()
        )
        prices = np.zeros(len(self.block.rows)) if is_integer else np.asarray(found.row_dual)
        return Solution(whole if is_whole else table, prices, is_whole)


def components(release: Release, shown: Shown, *, holding: Ints | None = None) -> Iterator[Block]:
    """The components of the cells whose exact count is not shown; only those with a cell of `holding`, if given."""
    free = np.flatnonzero(shown.free)
    if not len(free):
        return
    between = release.equations[:, free].tocsr()
    rows = np.flatnonzero(np.diff(between.indptr))
    between = between[rows]
    graph = sparse.bmat([[None, between], [between.T, None]], format="csr")
    _, labels = connected_components(graph, directed=False)
    row_labels, cell_labels = labels[: len(rows)], labels[len(rows) :]
    truth = release.values.astype(np.float64)
    sums = between @ truth[free]
    wanted = np.unique(cell_labels if holding is None else cell_labels[np.isin(free, holding)])
    cell_order, row_order = np.argsort(cell_labels, kind="stable"), np.argsort(row_labels, kind="stable")
    cell_begins, cell_ends = np.searchsorted(cell_labels[cell_order], [wanted, wanted + 1])
    row_begins, row_ends = np.searchsorted(row_labels[row_order], [wanted, wanted + 1])
    for cell_begin, cell_end, row_begin, row_end in zip(cell_begins, cell_ends, row_begins, row_ends, strict=True):
        of_cells, of_rows = cell_order[cell_begin:cell_end], row_order[row_begin:row_end]
        cells = free[of_cells]
        yield Block(
            cells,
            rows[of_rows],
            between[of_rows][:, of_cells],
            sums[of_rows],
            shown.lower[cells],
            shown.upper[cells],
            truth[cells],
        )
