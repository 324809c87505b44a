"""Disclosure control on a made-up district: what it hides and what it costs, against simpler rules."""

import time
from dataclasses import dataclass

import numpy as np
import pandas as pd

from quality.disclosure.protection import protect
from quality.disclosure.release import ALL, Bools, Release
from quality.disclosure.rules import Policy, students_rule
from quality.disclosure.tables import Catalogue, Family, linked_tables

SHARES = {
    "race": (0.40, 0.30, 0.14, 0.08, 0.05, 0.02, 0.01),
    "sex": (0.51, 0.48, 0.01),
    "english": (0.70, 0.14, 0.10, 0.06),
    "disability": (0.84, 0.13, 0.03),
    "income": (0.55, 0.45),
    "homeless": (0.96, 0.04),
    "foster": (0.99, 0.01),
    "migrant": (0.98, 0.02),
    "military": (0.97, 0.03),
    "gifted": (0.90, 0.10),
    "mobility": (0.85, 0.08, 0.05, 0.02),
    "prior_level": (0.20, 0.30, 0.30, 0.20),
}
"""Twelve families and the share of students in each of their groups, roughly as in a district of mixed schools."""


@dataclass(frozen=True)
class Protected:
    """What was measured.

    Attributes:
        hidden: share of the cells that count anybody.
        small: the same if only small groups were hidden, which protects nothing.
        one_more: the same if each row of groups with one hidden got a second one, which protects little.
    """

    schools: int
    grades: int
    cells: int
    seconds: float
    hidden: float
    small: float
    one_more: float


def made_up_release(schools: int, grades: int, *, seed: int = 1) -> Release:
    """A district of grades of 35 to 110 students in each school, by the twelve families."""
    random = np.random.default_rng(seed)
    totals = random.poisson(random.integers(35, 110, (schools, 1)) * np.ones((1, grades)))
    tables = [(ALL, ALL, totals)]
    for family, shares in SHARES.items():
        mixes = random.dirichlet(np.array(shares) * 12 + 0.02, schools)
        groups = random.multinomial(totals, mixes[:, None, :])
        tables += [(family, f"group_{i}", groups[:, :, i]) for i in range(len(shares))]
    names = [("school", f"{100 + i}") for i in range(schools)]
    frames = []
    for dimension, member, counts in tables:
        by_grade = np.hstack([counts, counts.sum(axis=1, keepdims=True)])
        everywhere = np.vstack([by_grade, by_grade.sum(axis=0)])
        where = pd.MultiIndex.from_product([[*names, ("district", "district")], [*map(str, range(grades)), ALL]])
        organizations = pd.DataFrame(where.get_level_values(0).tolist(), columns=["organization_level", "organization"])
        frames.append(
            organizations.assign(
                grade=where.get_level_values(1), dimension=dimension, member=member, n_students=everywhere.ravel()
            )
        )
    return linked_tables(pd.concat(frames), Catalogue(tuple(Family(family) for family in SHARES)))


def protected(schools: int, *, grades: int, insiders: bool) -> Protected:
    """Protect the numbers of students of a made-up district, which every metric of the same population shares."""
    release = made_up_release(schools, grades)
    policy = Policy(insiders=insiders)
    requirement = students_rule(release.values, policy)
    started = time.perf_counter()
    hidden = protect(release, requirement, policy).hidden
    seconds = time.perf_counter() - started
    filled = max(int((release.values > 0).sum()), 1)
    return Protected(
        schools,
        grades,
        len(release.values),
        seconds,
        hidden.sum() / filled,
        requirement.primary.sum() / filled,
        one_more_per_row(release, requirement.primary).sum() / filled,
    )


def one_more_per_row(release: Release, small: Bools) -> Bools:
    """The usual rule: where a row of groups has one hidden, the next smallest of the row is hidden too."""
    cells = release.cells.assign(count=release.values, hidden=small)
    cells = cells[(cells["dimension"] != ALL) & ~cells["member"].str.startswith("not:")]
    row = ["organization_level", "organization", "grade", "dimension"]
    alone = cells.groupby(row)["hidden"].transform("sum") == 1
    next_smallest = cells[alone & ~cells["hidden"] & (cells["count"] > 0)].sort_values("count").drop_duplicates(row)
    hidden = small.copy()
    hidden[next_smallest.index.to_numpy()] = True
    return hidden
