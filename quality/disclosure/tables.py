"""From rows like those of `mart_metric_by_group` to a release: its cells, and every equation between its tables.

The tables are district, levels of schools and schools, by grade where there is one, by the groups of each family.
Families are independent of each other and tied together by the totals that they share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd
from scipy import sparse

from quality.disclosure.release import ALL, KEYS, Floats, Ints, Release, whole_release
from quality.errors import ReleaseError

OTHERS = "not:"
"""Begins the member that stands for everybody who is not in a group: `not:hispanic`."""
WITHOUT = "without:"
"""Begins the member that stands for those of a group who are not in a smaller group within it."""


@dataclass(frozen=True, slots=True)
class Family:
    """How the groups of a dimension relate to the total.

    `partition`: every student is in exactly one group, the unknown in a group of their own. `multi`: a student may be
    in several, so each group makes a table of two with those who are not in it. `product`: members such as `black|iep`
    cross the two dimensions `of`, and sum to the groups of both.
    """

    dimension: str
    kind: Literal["partition", "multi", "product"] = "partition"
    of: tuple[str, str] | None = None
    separator: str = "|"


@dataclass(frozen=True, slots=True)
class Nested:
    """A group that contains another one, as `(dimension, member)`: readers know the difference."""

    whole: tuple[str, str]
    part: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Which tables a release consists of.

    Attributes:
        level_of: level of each school, such as `elementary`; empty where schools sum to the district directly.
        complements_below: a group's complement (`all others`, `not in`) becomes a cell of its own where it is smaller
            than this, in students. A larger one is hidden whenever the group or the total is, and tells nothing new.
    """

    families: tuple[Family, ...]
    nested: tuple[Nested, ...] = ()
    level_of: Mapping[str, str] | None = None
    complements_below: int = 10


class _Equations:
    """Gathers equations: parents, and the cells that sum to each of them."""

    def __init__(self) -> None:
        self.rows: list[Ints] = []
        self.columns: list[Ints] = []
        self.signs: list[Floats] = []
        self.count = 0

    def add(self, parents: Ints, parts: Ints) -> None:
        """Each of the k parents is the sum of its row of parts, which is k x p."""
        parents = parents.ravel()
        if not len(parents):
            return
        parts = parts.reshape(len(parents), -1)
        rows = np.arange(len(parents), dtype=np.int64) + self.count
        self.count += len(parents)
        self.rows += [rows, np.repeat(rows, parts.shape[1])]
        self.columns += [parents, parts.ravel()]
        self.signs += [-np.ones(len(parents)), np.ones(parts.size)]

    def matrix(self, cells: int) -> sparse.csr_matrix:
        """Equations x cells."""
        if not self.rows:
            return sparse.csr_matrix((0, cells), dtype=np.float64)
        entries = (np.concatenate(self.signs), (np.concatenate(self.rows), np.concatenate(self.columns)))
        return sparse.csr_matrix(entries, shape=(self.count, cells), dtype=np.float64)


def linked_tables(figures: pd.DataFrame, catalogue: Catalogue, *, count: str = "n_students") -> Release:
    """The release of all tables in `figures`.

    Args:
        figures: one row per figure of one population, with the columns of KEYS (`grade` may be missing) and `count`.
            Groups without a row count nobody; they become cells with a zero.
        catalogue: which dimensions are in the tables, and how they relate.
        count: column of the counts.

    Raises:
        ReleaseError: a dimension is not in the catalogue, groups of a partition do not sum to their total, a figure
            stands twice or has no total.
    """
    frame = _checked(figures, catalogue, count)
    organizations = _organizations(frame, catalogue)
    grades = [ALL, *sorted(set(frame["grade"]) - {ALL})]
    members = [(ALL, ALL), *sorted(set(zip(frame["dimension"], frame["member"], strict=True)) - {(ALL, ALL)})]
    keys = pd.DataFrame(
        [(*organization, grade, *member) for organization, grade, member in product(organizations, grades, members)],
        columns=list(KEYS),
    )
    values = keys.merge(frame, how="left", on=list(KEYS))[count].fillna(0).to_numpy().astype(np.int64)
    cube = np.arange(len(keys), dtype=np.int64).reshape(len(organizations), len(grades), len(members))

    equations = _Equations()
    if len(grades) > 1:
        equations.add(cube[:, 0, :], np.moveaxis(cube[:, 1:, :], 1, 2))
    _add_hierarchy(equations, cube, organizations, catalogue)
    start = equations.count
    for family in catalogue.families:
        _add_family(equations, cube, members, family)
    _require_partitions(equations, values, keys, start)

    extra: list[pd.DataFrame] = []
    extra_values: list[Ints] = []
    for whole, part, member in _differences(members, catalogue):
        differences = values[cube[:, :, whole]] - values[cube[:, :, part]]
        kept = np.flatnonzero(differences.ravel() < catalogue.complements_below)
        first = len(keys) + sum(len(more) for more in extra)
        new = keys.iloc[cube[:, :, part].ravel()[kept]].assign(member=member)
        equations.add(
            cube[:, :, whole].ravel()[kept],
            np.stack([cube[:, :, part].ravel()[kept], np.arange(first, first + len(kept))], axis=1),
        )
        extra.append(new)
        extra_values.append(differences.ravel()[kept])
    cells = pd.concat([keys, *extra], ignore_index=True)
    return whole_release(cells, np.concatenate([values, *extra_values]), equations.matrix(len(cells)))


def _checked(figures: pd.DataFrame, catalogue: Catalogue, count: str) -> pd.DataFrame:
    """The figures with a grade each, once it is clear that they make tables."""
    frame = figures if "grade" in figures else figures.assign(grade=ALL)
    frame = frame[[*KEYS, count]]
    foreign = sorted(set(frame["dimension"]) - {family.dimension for family in catalogue.families} - {ALL})
    if foreign:
        raise ReleaseError(
            f"Dimensions {', '.join(foreign)} are in no family; add them to the catalogue or leave them out."
        )
    if frame.duplicated(list(KEYS)).any():
        raise ReleaseError("Figures stand twice in the release; give the figures of one metric and year at a time.")
    counts = frame[count].astype("float64")
    if (counts.isna() | (counts % 1 != 0)).any():
        raise ReleaseError(f"Column {count} holds values that are no counts; only metrics that count can be protected.")
    place = ["organization_level", "organization", "grade"]
    totals = frame.loc[frame["dimension"] == ALL, place]
    without = frame[place].merge(totals, how="left", indicator=True).query("_merge == 'left_only'")
    if len(without):
        raise ReleaseError(
            f"{without.iloc[0]['organization_level']} {without.iloc[0]['organization']} has groups without a total; "
            "give the figure of everybody too, since readers know it."
        )
    return frame


def _organizations(frame: pd.DataFrame, catalogue: Catalogue) -> list[tuple[str, str]]:
    """District, levels and schools, in this order."""
    order = {"district": 0, "school_level": 1, "school": 2}
    found = set(zip(frame["organization_level"], frame["organization"], strict=True))
    foreign = {level for level, _ in found} - set(order)
    if foreign:
        raise ReleaseError(f"Organisation levels {sorted(foreign)} are unknown; use {', '.join(order)}.")
    schools = {name for level, name in found if level == "school"}
    if any(level == "school_level" for level, _ in found) and schools - set(catalogue.level_of or {}):
        raise ReleaseError(
            "Figures of school levels are released, but not every school has a level; name it in level_of."
        )
    return sorted(found, key=lambda one: (order[one[0]], one[1]))


def _add_hierarchy(
    equations: _Equations, cube: Ints, organizations: Sequence[tuple[str, str]], catalogue: Catalogue
) -> None:
    """Schools sum to their level, levels or else schools to the district."""
    at = {
        level: [i for i, (one, _) in enumerate(organizations) if one == level] for level in ("district", "school_level")
    }
    schools = [i for i, (level, _) in enumerate(organizations) if level == "school"]
    level_of = catalogue.level_of or {}
    for level in at["school_level"]:
        inside = [i for i in schools if level_of[organizations[i][1]] == organizations[level][1]]
        if inside:
            equations.add(cube[level], np.moveaxis(cube[inside], 0, 2))
    parts = at["school_level"] or schools
    covered = {organizations[i][1] for i in at["school_level"]}
    if at["school_level"] and any(level_of[organizations[i][1]] not in covered for i in schools):
        parts = schools
    for district in at["district"]:
        if parts:
            equations.add(cube[district], np.moveaxis(cube[parts], 0, 2))


def _add_family(equations: _Equations, cube: Ints, members: Sequence[tuple[str, str]], family: Family) -> None:
    """The groups of a partition sum to the total; those of a product to the groups of both its dimensions."""
    own = [i for i, (dimension, _) in enumerate(members) if dimension == family.dimension]
    if family.kind == "partition" and own:
        equations.add(cube[:, :, 0], cube[:, :, own])
    if family.kind == "product":
        for side, dimension in enumerate(family.of or ()):
            for group in (i for i, (one, _) in enumerate(members) if one == dimension):
                inside = [i for i in own if members[i][1].split(family.separator)[side] == members[group][1]]
                if inside:
                    equations.add(cube[:, :, group], cube[:, :, inside])


def _require_partitions(equations: _Equations, values: Ints, keys: pd.DataFrame, start: int) -> None:
    """Groups of a partition and of a product add up, or the family is not what the catalogue says."""
    matrix = equations.matrix(len(values))[start:]
    wrong = np.flatnonzero(matrix @ values)
    if len(wrong):
        cell = keys.iloc[matrix[wrong[0]].indices[-1]]
        raise ReleaseError(
            f"Groups of {cell['dimension']} do not sum to their total at {cell['organization_level']} "
            f"{cell['organization']}; give the unknown as a group, or call the family multi if groups overlap."
        )


def _differences(members: Sequence[tuple[str, str]], catalogue: Catalogue) -> list[tuple[int, int, str]]:
    """Pairs of a whole and a part whose difference readers know, with the member that stands for it."""
    position = {member: i for i, member in enumerate(members)}
    kinds = {family.dimension: family.kind for family in catalogue.families}
    complements = [
        (0, i, OTHERS + member) for i, (dimension, member) in enumerate(members) if i and kinds[dimension] != "product"
    ]
    for pair in catalogue.nested:
        for side in (pair.whole, pair.part):
            if side not in position:
                raise ReleaseError(f"Nested group {'='.join(side)} is not in the release; leave the pair out.")
    return complements + [
        (position[pair.whole], position[pair.part], f"{WITHOUT}{'='.join(pair.whole)}") for pair in catalogue.nested
    ]


def outcomes_in(release: Release, figures: pd.DataFrame, *, count: str = "numerator") -> Release:
    """The release of those among the students of `release` who have an outcome: the same cells, with other counts.

    Readers are taken to know the size of every group, also of the hidden ones: a cell lies between 0 and its size.
    Hiding a cell costs as much as the students behind it.

    Args:
        release: of the students of the metric's population, from `linked_tables`.
        figures: as for `linked_tables`, with the outcomes in column `count`; groups without a row have none.

    Raises:
        ReleaseError: more students have the outcome than there are in the group.
    """
    frame = figures if "grade" in figures else figures.assign(grade=ALL)
    values = (
        release.cells[list(KEYS)].merge(frame, how="left", on=list(KEYS))[count].fillna(0).to_numpy().astype(np.int64)
    )
    member = release.cells["member"].str
    extra = np.flatnonzero((member.startswith(OTHERS) | member.startswith(WITHOUT)).to_numpy())
    if len(extra):
        # Each difference stands in one equation: whole = part + difference.
        columns = release.equations[:, extra].tocsc()
        values[extra] = -(release.equations[columns.indices] @ values)
    return replace(release, values=values, weight=release.values, upper=release.values.astype(np.float64))
