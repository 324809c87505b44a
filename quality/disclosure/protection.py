"""Protect a release: hide what must be hidden, hide what else that takes, and audit the result."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from quality.disclosure.audit import audit
from quality.disclosure.release import KEYS, Bools, Ints, Release, Shown, show
from quality.disclosure.repair import hide_enough
from quality.disclosure.rules import Policy, Requirement
from quality.disclosure.witnesses import Witnesses
from quality.errors import AuditError

SUPPRESSED = "suppressed"
SHOWN = "shown"


@dataclass(frozen=True, eq=False)
class Protection:
    """A release that has passed its audit.

    Attributes:
        pattern: KEYS, `state` and `value`: what goes out. A suppressed cell has no value, and nothing tells whether it
            is hidden for its own sake or for another's.
        proof: KEYS, `low` and `high` of each primary: counts that readers cannot rule out. For the record, never to
            go out: it tells which cells are primaries.
        solver: name and version of the solver.
        policy: the numbers that were followed, the seed among them.
    """

    pattern: pd.DataFrame
    proof: pd.DataFrame
    solver: str
    policy: Policy

    @property
    def hidden(self) -> Bools:
        """Which cells of the release are hidden, in its order."""
        hidden: Bools = (self.pattern["state"] == SUPPRESSED).to_numpy()
        return hidden


def protect(
    release: Release,
    requirement: Requirement,
    policy: Policy,
    *,
    withheld: Bools | None = None,
    ranges: Shown | None = None,
) -> Protection:
    """Hide as much of a release as its requirement needs, and audit it.

    Args:
        release: the tables.
        requirement: which cells are hidden for their own sake, as by `students_rule`.
        policy: the numbers to follow.
        withheld: cells to hide in any case, as where the group's size is hidden in another release.
        ranges: what is shown of cells that are not hidden, where that is not the exact count.

    Raises:
        AuditError: the release cannot be protected; nothing of it may go out.
    """
    given = requirement.primary if withheld is None else requirement.primary | withheld
    witnesses = Witnesses(release, requirement, insiders=policy.insiders, seed=policy.seed)
    hidden = hide_enough(release, requirement, given.copy(), witnesses, policy, ranges)
    if ranges is None:
        hidden = _without_the_needless(release, requirement, given, hidden, policy)
    proven = audit(release, requirement, hidden, policy, ranges=ranges)
    state = np.where(hidden, SUPPRESSED, SHOWN)
    values = pd.array(np.where(hidden, 0, release.values), dtype="Int64")
    values[hidden] = pd.NA
    cells = release.cells[list(KEYS)]
    return Protection(
        pattern=cells.assign(state=state, value=values),
        proof=cells.iloc[proven.cells].assign(low=proven.low, high=proven.high),
        solver=proven.solver,
        policy=policy,
    )


MOST_TO_REVIEW = 60
"""Up to this many secondaries are tried one by one; a release with more keeps all, which costs cells, not safety."""


def _without_the_needless(
    release: Release, requirement: Requirement, given: Bools, hidden: Bools, policy: Policy
) -> Bools:
    """Show again what need not be hidden, dearest first; a cell costs an attack, so only in releases with few."""
    secondaries: Ints = np.flatnonzero(hidden & ~given)
    if len(secondaries) > MOST_TO_REVIEW:
        return hidden
    dearest = secondaries[np.argsort(-release.costs[secondaries], kind="stable")]
    for cell in dearest:
        trial = hidden.copy()
        trial[cell] = False
        witnesses = Witnesses(release, requirement, insiders=policy.insiders, seed=policy.seed)
        if not witnesses.attack(show(release, trial), at_most=1):
            hidden = trial
    return hidden


def after_earlier(
    release: Release,
    requirement: Requirement,
    policy: Policy,
    *,
    earlier: npt.NDArray[np.float64],
) -> tuple[Release, Requirement]:
    """Take into account what an earlier release of the same tables has shown.

    What was shown is never a secondary now, since readers have it. Where a count has changed by 1 to n_min - 1 students
    since it was shown, those students are a small group: the new count is hidden for its own sake.

    Args:
        earlier: the counts shown earlier, one for each cell, NaN where none was shown.

    Raises:
        AuditError: a cell that must be hidden now was shown earlier with the same count.
    """
    was_shown = ~np.isnan(earlier)
    change = np.abs(release.values - np.where(was_shown, earlier, release.values))
    out = was_shown & (change == 0) & requirement.primary
    if out.any():
        raise AuditError(
            f"{int(out.sum())} cells that must be hidden were shown with the same count in an earlier release, the "
            f"first {release.name(int(np.argmax(out)))}; withdraw that release, or ask who is responsible for privacy."
        )
    delta = was_shown & (change > 0) & (change < policy.n_min)
    return (
        replace(release, factor=np.where(was_shown, np.inf, release.factor)),
        Requirement(
            requirement.primary | delta,
            np.where(delta, np.maximum(requirement.width, policy.width), requirement.width),
            requirement.small,
        ),
    )
