"""What a reader can work out: the interval of each hidden cell, by linear programming, and which are known exactly.

This is the whole attack, one cell after another. It is the measure for everything faster.
"""

import numpy as np
from scipy import sparse

from quality.disclosure.components import Component, components
from quality.disclosure.release import Bools, Floats, Ints, Release, Shown

DENSE_CELLS = 2000
"""Up to this many hidden cells that hang together, what is exactly known is found by dense algebra."""


def intervals(release: Release, shown: Shown, cells: Ints, *, seed: int = 0) -> tuple[Floats, Floats]:
    """The lowest and the highest count of each of `cells` that all that is shown together leaves possible.

    The ends are those of the linear program, where counts need not be whole; tables of whole counts cannot go further.
    A cell that is shown keeps the bounds in which it is shown. An end of UNBOUNDED means that nothing bounds the cell.
    """
    low, high = shown.lower[cells].copy(), shown.upper[cells].copy()
    at = {int(cell): i for i, cell in enumerate(cells)}
    for block in components(release, shown, holding=cells):
        component = Component(block, seed)
        for position, cell in enumerate(component.cells):
            if int(cell) not in at:
                continue
            costs = np.zeros(len(component.cells))
            costs[position] = 1.0
            low[at[int(cell)]] = component.minimise(costs).table[position]
            high[at[int(cell)]] = component.minimise(-costs).table[position]
    return low, high


def exactly_known(release: Release, free: Bools, *, seed: int = 0) -> Bools:
    """Hidden cells whose count follows from the equations alone, whatever the other counts are.

    A cell is known exactly if and only if every vector of the null space of the hidden cells' equations is 0 there. A
    random vector, projected into the null space, is 0 in no other cell but with probability 0.

    Args:
        free: cells that are not shown exactly.
        seed: of the random vector.
    """
    known = np.zeros(len(free), dtype=bool)
    index = np.flatnonzero(free)
    if not len(index):
        return known
    between = release.equations[:, index]
    between = between[np.flatnonzero(np.diff(between.tocsr().indptr))]
    drawn = np.random.default_rng(seed).standard_normal(len(index))
    known[index] = np.abs(_projected(between.tocsr(), drawn)) < 1e-6
    return known


def _projected(equations: sparse.csr_matrix, drawn: Floats) -> Floats:
    """The part of `drawn` that no equation sees, component by component."""
    rows = equations.shape[0]
    if not rows:
        return drawn
    graph = sparse.bmat([[None, equations], [equations.T, None]], format="csr")
    _, labels = sparse.csgraph.connected_components(graph, directed=False)
    left = drawn.copy()
    order = np.argsort(labels[rows:], kind="stable")
    for cells in np.split(order, np.flatnonzero(np.diff(labels[rows:][order])) + 1):
        own = equations[:, cells]
        own = own[np.flatnonzero(np.diff(own.indptr))]
        if not own.shape[0]:
            continue
        if len(cells) <= DENSE_CELLS:
            dense = own.toarray()
            left[cells] -= dense.T @ np.linalg.lstsq(dense.T, drawn[cells], rcond=None)[0]
        else:
            left[cells] -= own.T @ sparse.linalg.lsmr(own.T, drawn[cells], atol=1e-12, btol=1e-12, maxiter=20_000)[0]
    return left
