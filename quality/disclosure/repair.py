"""Secondary suppression: which further cells are hidden so that the primaries cannot be worked out."""

import numpy as np
import pandas as pd
from scipy import sparse

from quality.disclosure.release import Bools, Floats, Ints, Release, Shown, show
from quality.disclosure.rules import Policy, Requirement
from quality.disclosure.shifts import Shifts
from quality.disclosure.witnesses import PUBLIC, Failure, Witnesses
from quality.errors import AuditError

MOST_ROUNDS = 200
FAILURES_PER_ROUND = 40
"""Of each component and reader; cells hidden for these usually save the others too."""


def hide_enough(
    release: Release,
    requirement: Requirement,
    hidden: Bools,
    witnesses: Witnesses,
    policy: Policy,
    ranges: Shown | None,
) -> Bools:
    """The cells to hide so that the attack finds no failure; `hidden` are hidden in any case.

    Raises:
        AuditError: no cell is left that could be hidden to save a primary.
    """
    hidden = fill_holes(release, requirement, hidden, insiders=policy.insiders)
    for _ in range(MOST_ROUNDS):
        failures = witnesses.attack(show(release, hidden, ranges), at_most=FAILURES_PER_ROUND)
        if not failures:
            return hidden
        hidden = _secondaries(release, hidden, failures, witnesses, ranges, policy.seed)
    raise AuditError(
        f"After {MOST_ROUNDS} rounds of hiding cells {len(failures)} primaries can still be worked out, the first "
        f"{release.name(failures[0].cell)}; release fewer dimensions, or no grades."
    )


def fill_holes(release: Release, requirement: Requirement, hidden: Bools, *, insiders: bool) -> Bools:
    """Hide what an equation by itself shows to be missing, without any program.

    An equation with a shown total and one hidden part tells that part. Two parts are not enough where the hidden parts
    together count fewer than a primary's interval must span, nor, where schools sum to a total, if the principal of
    one of them knows all but one.
    """
    equations = release.equations.tocsr()
    signs = equations.sign()
    costs = release.costs
    touches = abs(equations)
    crosses = _crosses_schools(release, touches)
    while True:
        needed = _needed(touches, requirement, hidden)
        holes = np.asarray(touches @ hidden.astype(np.float64)).ravel()
        amounts = release.values * hidden
        total_hidden = np.asarray((signs.multiply(signs < 0)) @ hidden.astype(np.float64)).ravel() < 0
        parts = signs.multiply(signs > 0).tocsr()
        inside = np.asarray(parts @ amounts.astype(np.float64)).ravel()
        fewest = np.full(len(holes), 2)
        if insiders:
            largest = np.asarray(parts.multiply(amounts[None, :]).max(axis=1).todense()).ravel()
            inside = np.where(crosses, inside - largest, inside)
            fewest = np.where(crosses, 3, 2)
        short = (needed > 0) & ((holes < fewest) | (~total_hidden & (inside < needed)))
        gain = np.asarray(touches[short].sum(axis=0)).ravel()
        # A total would serve all its families at once, but hiding it ties them together: it has no such discount.
        score = np.where(hidden, np.inf, costs / np.where(release.factor == 1.0, np.maximum(gain, 1), 1.0))
        chosen = _cheapest_of_each(touches[np.flatnonzero(short)], score)
        if not len(chosen):
            return hidden
        hidden = hidden.copy()
        hidden[chosen] = True


def _needed(touches: sparse.csr_matrix, requirement: Requirement, hidden: Bools) -> Floats:
    """For each equation the widest interval that a primary in it must have; 0 without a primary."""
    width = np.where(hidden, requirement.width, 0).astype(np.float64)
    return np.asarray(touches.multiply(width[None, :]).max(axis=1).todense()).ravel()


def _crosses_schools(release: Release, touches: sparse.csr_matrix) -> Bools:
    """Whether an equation has cells of more than one school."""
    school = release.school + 1.0
    highest = np.asarray(touches.multiply(school[None, :]).max(axis=1).todense()).ravel()
    counts = np.asarray(touches @ (school > 0)).ravel()
    sums = np.asarray(touches @ school).ravel()
    crosses: Bools = sums != highest * counts
    return crosses


def _cheapest_of_each(rows: sparse.csr_matrix, score: Floats) -> Ints:
    """The cell with the lowest score of each row that has one, once where it serves two rows."""
    chosen: list[int] = []
    taken = np.zeros(len(score), dtype=bool)
    for begin, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
        cells = rows.indices[begin:end]
        if taken[cells].any():
            continue
        best = cells[np.argmin(score[cells])] if len(cells) else -1
        if best >= 0 and np.isfinite(score[best]):
            taken[best] = True
            chosen.append(int(best))
    return np.array(chosen, dtype=np.int64)


def _secondaries(
    release: Release, hidden: Bools, failures: list[Failure], witnesses: Witnesses, ranges: Shown | None, seed: int
) -> Bools:
    """What to hide: for each failure the cells of a cheap shift, or else a cell that holds its interval."""
    hidden = hidden.copy()
    dimension = pd.factorize(release.cells["dimension"])[0]
    programs: dict[tuple[int, int], Shifts] = {}
    for failure in failures:
        if not witnesses.is_unproven(failure.reader, failure.cell):
            continue
        key = (int(dimension[failure.cell]), failure.reader)
        if key not in programs:
            known = (
                release.school == failure.reader - 1 if failure.reader != PUBLIC else np.zeros(len(hidden), dtype=bool)
            )
            programs[key] = Shifts(release, np.flatnonzero((dimension == key[0]) & ~known), hidden, seed)
        rise = witnesses.missing_rise(failure.reader, failure.cell)
        shift = programs[key].cheapest(failure.cell, rise, hidden)
        if shift is None or (hidden[shift[0]].all() and (shift[1] % 1).any()):
            hidden[_holder(release, hidden, failure)] = True
            continue
        cells, changes = shift
        hidden[cells] = True
        if ranges is None:
            witnesses.note_shift(cells, changes)
    return hidden


def _holder(release: Release, hidden: Bools, failure: Failure) -> int:
    """The cheapest cell that holds an end of the interval of a failure, which its dual value tells."""
    candidates = (failure.slack > 0) & ~hidden & np.isfinite(release.costs)
    if failure.reader != PUBLIC:
        candidates &= release.school != failure.reader - 1
    if not candidates.any():
        who = "readers" if failure.reader == PUBLIC else f"the principal of {release.schools[failure.reader - 1]}"
        raise AuditError(
            f"{release.name(failure.cell)} can be worked out by {who}, and no cell is left that would prevent it. "
            "Leave out this dimension, or release it for the district only."
        )
    return int(np.flatnonzero(candidates)[np.argmin(release.costs[candidates])])
