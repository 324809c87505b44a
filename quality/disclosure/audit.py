"""The audit: a release is attacked anew before it goes out, and does not go out unless it withstands."""

from dataclasses import dataclass

import numpy as np

from quality.disclosure.intervals import exactly_known
from quality.disclosure.release import Bools, Floats, Ints, Release, Shown, show
from quality.disclosure.rules import Policy, Requirement
from quality.disclosure.solver import version
from quality.disclosure.witnesses import PUBLIC, Witnesses
from quality.errors import AuditError


@dataclass(frozen=True, eq=False)
class Audit:
    """What the audit has proven.

    Attributes:
        cells: the primaries.
        low: for each of them a count that no reader can rule out, with `high`; a table of whole counts has each. A
            reader may be left with a wider interval, never with a narrower one.
        solver: name and version of the solver.
        seed: of the random directions and of the rank test.
    """

    cells: Ints
    low: Floats
    high: Floats
    solver: str
    seed: int


def audit(
    release: Release, requirement: Requirement, hidden: Bools, policy: Policy, *, ranges: Shown | None = None
) -> Audit:
    """Attack the release from nothing: by rank, as a reader, and as each school's principal.

    Raises:
        AuditError: a cell that must be hidden is not, or can be worked out too closely; says by whom.
    """
    shown = show(release, hidden, ranges)
    if (requirement.primary & ~hidden).any():
        open_cell = int(np.argmax(requirement.primary & ~hidden))
        raise AuditError(
            f"{release.name(open_cell)} must be hidden and is not; protect the release before it is audited."
        )
    known = exactly_known(release, shown.free, seed=policy.seed) & requirement.primary
    if known.any():
        raise AuditError(
            f"{int(known.sum())} hidden cells follow from shown ones by addition and subtraction, the first "
            f"{release.name(int(np.argmax(known)))}; hide more cells with `protect`, or release fewer tables."
        )
    # Another seed than that of the repair: the audit looks in other directions.
    witnesses = Witnesses(release, requirement, insiders=policy.insiders, seed=policy.seed + 1)
    failures = witnesses.attack(shown, at_most=1)
    if failures:
        first = failures[0]
        who = "readers" if first.reader == PUBLIC else f"the principal of {release.schools[first.reader - 1]}"
        raise AuditError(
            f"{release.name(first.cell)} can be worked out too closely by {who}; hide more cells with `protect`, leave "
            "out this dimension, or release it for the district only."
        )
    return Audit(witnesses.cells, witnesses.low[PUBLIC], witnesses.high[PUBLIC], version(), policy.seed)
