"""Plain suppression: a figure on fewer than `minimum_n` students is not shown.

This is primary suppression of single cells and nothing more. It does not stop a reader from subtracting the
cells shown from a total that is shown, nor from comparing two answers: it protects against a glance, not
against a determined reader, so answers must go to staff only. Complementary suppression across tables belongs
to the release of public figures. The count of students whose data are unknown (`n_unknown`) describes
completeness, not an outcome: it is shown even when small, unless the students that it counts are all that
there is to the group.
"""

from typing import Literal

SuppressionReason = Literal["n_below_minimum"]


def suppression(n_students: int, n_unknown: int | None, minimum_n: int) -> SuppressionReason | None:
    """Why a cell on `n_students` students must be hidden, or None if it may be shown.

    Zero students is no small group but the absence of one; if there are students with unknown data in it,
    then they are the group, and a handful of them is hidden too.
    """
    students = n_students or n_unknown or 0
    return "n_below_minimum" if 0 < students < minimum_n else None
