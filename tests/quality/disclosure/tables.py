"""Small releases for the tests, and every table that agrees with what one of them shows."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd

from quality.disclosure.release import ALL, Bools, Release
from quality.disclosure.tables import Catalogue, Family, linked_tables

RACES = ("AI", "AS", "BL", "HI", "WH")
WORKED_EXAMPLE = {
    "district": (800, 30, 60, 144, 356, 210),
    "Adams": (300, 3, 22, 61, 140, 74),
    "Baker": (200, 12, 7, 35, 96, 50),
    "Clark": (300, 15, 31, 48, 120, 86),
}


def figures(counts: Mapping[tuple[str, str, str, str], int]) -> pd.DataFrame:
    """Figures from (organisation, grade, dimension, member); whatever is not `district` is a school."""
    return pd.DataFrame(
        [
            ("district" if name == "district" else "school", name, grade, dimension, member, count)
            for (name, grade, dimension, member), count in counts.items()
        ],
        columns=["organization_level", "organization", "grade", "dimension", "member", "n_students"],
    )


def summed(
    inner: Mapping[tuple[str, str], Mapping[str, Sequence[int]]],
) -> dict[tuple[str, str, str, str], int]:
    """All figures that follow from the groups of each dimension by (school, grade); groups are named m0, m1, …"""
    counts: dict[tuple[str, str, str, str], int] = {}
    for (school, grade), families in inner.items():
        total = sum(next(iter(families.values())))
        groups = [(ALL, ALL, total)]
        groups += [(name, f"m{i}", count) for name, members in families.items() for i, count in enumerate(members)]
        for name, of_grade in product(("district", school), {ALL, grade}):
            for dimension, member, count in groups:
                key = (name, of_grade, dimension, member)
                counts[key] = counts.get(key, 0) + count
    return counts


def worked_example() -> Release:
    """Three schools by race: the table of section D.5."""
    counts = {
        (name, ALL, ALL if member == ALL else "race", member): count
        for name, row in WORKED_EXAMPLE.items()
        for member, count in zip((ALL, *RACES), row, strict=True)
    }
    return linked_tables(figures(counts), Catalogue((Family("race"),)))


def cell(release: Release, organization: str, member: str, *, grade: str = ALL, dimension: str | None = None) -> int:
    """The position of one cell."""
    keys = release.cells
    wanted = (keys["organization"] == organization) & (keys["member"] == member) & (keys["grade"] == grade)
    if dimension is not None:
        wanted &= keys["dimension"] == dimension
    (found,) = np.flatnonzero(wanted.to_numpy())
    return int(found)


def hiding(release: Release, *cells: int) -> Bools:
    """A pattern that hides these cells."""
    hidden = np.zeros(len(release.values), dtype=bool)
    hidden[list(cells)] = True
    return hidden


def consistent_tables(release: Release, hidden: Bools, *, known: Bools | None = None) -> Iterator[dict[int, int]]:
    """Every table of whole counts that agrees with the cells that are shown, found by trying and without a solver.

    Cells are set one after the other; each value that no equation excludes yet is tried.
    """
    free = hidden if known is None else hidden & ~known
    open_cells = [int(i) for i in np.flatnonzero(free)]
    matrix = release.equations.toarray().astype(int)
    rows = [row for row in matrix if row[open_cells].any()]
    targets = [int(row @ np.where(free, release.values, 0)) for row in rows]
    largest = int(release.values.max())

    def extend(values: dict[int, int], rest: list[int]) -> Iterator[dict[int, int]]:
        forced: dict[int, int] = {}
        for row, target in zip(rows, targets, strict=True):
            unset = [i for i in rest if row[i]]
            left = target - sum(int(row[i]) * value for i, value in values.items())
            if not unset and left:
                return
            if len(unset) == 1:
                value = left * int(row[unset[0]])
                if value < 0 or forced.setdefault(unset[0], value) != value:
                    return
            if unset and all(row[i] > 0 for i in unset) and left < 0:
                return
        if forced:
            yield from extend(values | forced, [i for i in rest if i not in forced])
            return
        if not rest:
            yield dict(values)
            return
        # The cell that is bounded best: a part of the row with the least left.
        bounds = {
            i: min(
                (
                    target - sum(int(row[j]) * value for j, value in values.items())
                    for row, target in zip(rows, targets, strict=True)
                    if row[i] > 0 and all(row[j] >= 0 for j in rest)
                ),
                default=largest,
            )
            for i in rest
        }
        best = min(rest, key=lambda i: bounds[i])
        for value in range(bounds[best] + 1):
            yield from extend(values | {best: value}, [i for i in rest if i != best])

    yield from extend({}, open_cells)
