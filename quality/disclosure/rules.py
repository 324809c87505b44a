"""Which cells must be hidden because of what they are, and how well they must then be hidden."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from quality.disclosure.release import Bools, Floats, Ints

EndCode = Literal["none", "bottom", "top"]


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers that protection follows.

    Attributes:
        n_min: groups of 1 to n_min - 1 students are hidden.
        k: of a sensitive outcome, 1 to k - 1 students with it, or without it, are hidden.
        width: readers must be unable to tell a hidden group's size more closely than this, in students.
        insiders: whether the release must also withstand each school's own principal.
        seed: of the directions in which the attack looks first.
    """

    n_min: int = 10
    k: int = 3
    width: int = 10
    insiders: bool = True
    seed: int = 20260101


@dataclass(frozen=True, eq=False)
class Requirement:
    """What must be true of each cell that is hidden for its own sake.

    Attributes:
        primary: cells that must be hidden.
        width: how far apart the ends of the readers' interval must be at least; 0 for other cells.
        small: readers must not be able to prove a count of 1 to small - 1; 0 for other cells.
    """

    primary: Bools
    width: Ints
    small: Ints

    def met(self, low: Floats, high: Floats, cells: Ints) -> Bools:
        """Whether intervals of `cells` are as wide as they must be and do not prove that a group is small."""
        proven = (low > 0) & (high < self.small[cells])
        met: Bools = (high - low >= self.width[cells]) & ~proven
        return met


def students_rule(students: Ints, policy: Policy, *, sensitive_zeros: Bools | None = None) -> Requirement:
    """Groups of fewer than n_min students are hidden; empty ones only where it is sensitive that a group is empty."""
    primary = (students > 0) & (students < policy.n_min)
    if sensitive_zeros is not None:
        primary |= (students == 0) & sensitive_zeros
    return Requirement(primary, np.where(primary, policy.width, 0), np.where(primary, policy.n_min, 0))


def outcome_rule(
    outcomes: Ints, students: Ints, small_groups: Bools, policy: Policy, *, sensitive: bool
) -> Requirement:
    """The part of each group that has an outcome, taking the reader to know the size of every group.

    Hidden are parts of small groups and, of sensitive outcomes, parts of 1 to k - 1 students and such that leave 1 to
    k - 1. A hidden part must stay uncertain by k, or by the whole group where that is smaller. Nobody and everybody are
    not hidden here: they are coded (`end_code`), and a small group's are not shown because its size is not.
    """
    rest = students - outcomes
    inside = (outcomes > 0) & (rest > 0)
    primary = inside & small_groups
    if sensitive:
        primary |= inside & ((outcomes < policy.k) | (rest < policy.k))
    small = np.where(primary & (students >= policy.k), policy.k, 0)
    return Requirement(primary, np.where(primary, np.minimum(policy.k, students), 0), small)


def end_code(outcomes: Ints, students: Ints) -> npt.NDArray[np.str_]:
    """Where nobody or everybody of a group has an outcome, its rate is shown as an end of the scale."""
    has_students = students > 0
    return np.select([has_students & (outcomes == 0), has_students & (outcomes == students)], ["bottom", "top"], "none")
