"""A release: the counts that go out together, and the linear equations between them.

Everything that protects a release knows cells and equations only. Which tables they come from is the matter of
`linked_tables`.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from quality.errors import ReleaseError

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

KEYS = ("organization_level", "organization", "grade", "dimension", "member")
"""What a cell is known by."""
ALL = "all"
"""The grade, dimension and member of totals."""
UNBOUNDED = 1e6
"""What a reader takes for the largest count there could be, where nothing published says less."""


@dataclass(frozen=True, eq=False)
class Release:
    """Counts of one population and the equations that they satisfy.

    Attributes:
        cells: one row per cell, with the columns KEYS.
        values: the true count of each cell, in students (or respondents, or events).
        equations: equations x cells; a row's sum of coefficient times value is a number that readers are taken to know.
            It is 0 for a table that adds up, and the students counted twice where a district counts each once.
        school: for each cell the position of its school in `schools`, -1 for cells of the district or of a level.
        schools: names of the schools.
        factor: what hiding a cell costs per student counted in it; infinite for cells that may not be hidden.
        weight: students behind each cell, for the cost of hiding it; the counts themselves unless outcomes are counted.
        upper: what everybody knows a cell not to exceed: the group's size for the part of it with an outcome.
    """

    cells: pd.DataFrame
    values: Ints
    equations: sparse.csr_matrix
    school: Ints
    schools: tuple[str, ...]
    factor: Floats
    weight: Ints
    upper: Floats

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together and counts that are none."""
        size = len(self.values)
        shapes = {
            len(self.cells),
            self.equations.shape[1],
            len(self.school),
            len(self.factor),
            len(self.weight),
            len(self.upper),
        }
        if shapes != {size}:
            raise ReleaseError(
                f"A release of {size} cells came with arrays for {sorted(shapes)}; give one row per cell."
            )
        wrong = (self.values < 0) | (self.values > self.upper)
        if wrong.any():
            raise ReleaseError(
                f"{int(wrong.sum())} cells are negative or above their group's size, the first at "
                f"{self.name(int(np.argmax(wrong)))}; correct the counts that go into the release."
            )

    @property
    def sums(self) -> Floats:
        """What the equations sum to, which readers are taken to know."""
        return np.asarray(self.equations @ self.values, dtype=np.float64)

    @property
    def costs(self) -> Floats:
        """What hiding each cell costs: empty groups are never hidden as a secondary, since readers often know them."""
        return np.where(self.weight > 0, np.maximum(self.weight, 1) * self.factor, np.inf)

    def name(self, cell: int) -> str:
        """A cell in words, for messages; its count is not said."""
        row = self.cells.iloc[cell]
        grade = "" if row["grade"] == ALL else f", grade {row['grade']}"
        return f"{row['organization_level']} {row['organization']}{grade}, {row['dimension']}={row['member']}"


@dataclass(frozen=True, eq=False)
class Shown:
    """What a release shows of each cell: the bounds within which its readers know it to lie.

    An exact figure has equal bounds; a range or a rounded figure has its ends; a hidden cell has 0 and what is known of
    the group's size.
    """

    lower: Floats
    upper: Floats

    @property
    def free(self) -> Bools:
        """Cells of which the exact count is not shown."""
        free: Bools = self.lower < self.upper
        return free


def show(release: Release, hidden: Bools, ranges: Shown | None = None) -> Shown:
    """What readers see when `hidden` cells are withheld and the others are shown exactly, or as `ranges` if given."""
    values = release.values.astype(np.float64)
    lower, upper = (values, values) if ranges is None else (ranges.lower, ranges.upper)
    if ((lower > values) | (upper < values)).any():
        raise ReleaseError(
            "A published range does not contain its count; compute ranges from the counts of this release."
        )
    most = np.minimum(release.upper, UNBOUNDED)
    return Shown(np.where(hidden, 0.0, lower), np.where(hidden, most, upper))


def whole_release(
    cells: pd.DataFrame, values: Ints, equations: sparse.csr_matrix, *, upper: Floats | None = None
) -> Release:
    """A release of any cells and equations; schools are those of organisation level `school`.

    A cell of a single school and group costs its students; a total of a school ten times, a figure of the district or
    of a level of schools a hundred times as much.
    """
    is_school = (cells["organization_level"] == "school").to_numpy()
    codes, names = pd.factorize(cells["organization"].where(is_school))
    is_total = (cells["member"] == ALL).to_numpy()
    of_grades = (cells["grade"] == ALL).to_numpy()
    if not of_grades.all():
        is_total = is_total | of_grades
    return Release(
        cells=cells.reset_index(drop=True),
        values=np.asarray(values, dtype=np.int64),
        equations=sparse.csr_matrix(equations, dtype=np.float64),
        school=codes.astype(np.int64),
        schools=tuple(str(name) for name in names),
        factor=np.where(is_school, np.where(is_total, 10.0, 1.0), 100.0),
        weight=np.asarray(values, dtype=np.int64),
        upper=np.full(len(values), np.inf) if upper is None else np.asarray(upper, dtype=np.float64),
    )
