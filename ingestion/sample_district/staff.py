"""Teachers and principals: who works where in which years."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.sample_district.arrays import OPEN_END, Flags, Floats, Ints, choose, day, random_stream
from ingestion.sample_district.names import FAMILY_NAMES, GIVEN_NAMES
from ingestion.sample_district.schools import Schools

STUDENTS_PER_TEACHER = 17
YEARLY_TURNOVER = 0.13
POSITIONS = ("Teacher", "Principal")
TEACHER, PRINCIPAL = 0, 1
DEGREES = ("Bachelor", "Master", "Doctorate")
CERTIFICATIONS = ("Standard", "Provisional", "Emergency")


@dataclass(frozen=True)
class Staff:
    """One entry per member of staff; hired and left are days (left is OPEN_END while employed)."""

    schools: Ints
    position: Ints
    hired: Ints
    left: Ints
    given_name: Ints
    family_name: Ints
    degree: Ints
    certification: Ints
    years_before: Ints
    part_time: Flags

    def __len__(self) -> int:
        return len(self.schools)

    def active_in(self, school_year: int) -> Flags:
        """Tell who is employed at the start of a school year."""
        start = day(school_year - 1, 9, 15)
        return (self.hired <= start) & (self.left > start)


def draw_staff(schools: Schools, students_per_school: Floats, school_years: tuple[int, ...], seed: int) -> Staff:
    """Fill every school's positions for every year; whoever leaves is replaced before the next year."""
    rng = random_stream(seed, "staff")
    teachers = np.maximum(3, np.ceil(students_per_school / STUDENTS_PER_TEACHER)).astype(np.int64)
    posts = np.repeat(np.arange(len(schools)), teachers + 1)
    is_principal = np.r_[True, posts[1:] != posts[:-1]]
    poverty = schools.poverty[posts]
    first_august = day(school_years[0] - 1, 8, 1)
    hired = first_august - 365 * rng.geometric(0.14, len(posts)) + rng.integers(0, 20, len(posts))
    holders = []
    for school_year in school_years:
        leaves = rng.random(len(posts)) < YEARLY_TURNOVER * (0.6 + 0.8 * poverty)
        if school_year == school_years[-1]:
            leaves[:] = False
        left = np.where(leaves, day(school_year, 6, 15), OPEN_END)
        last = leaves | (school_year == school_years[-1])
        holders.append((posts[last], is_principal[last], hired[last], left[last]))
        hired = np.where(leaves, day(school_year, 8, 1), hired)
    school, principal, hired, left = (np.concatenate(column) for column in zip(*holders, strict=True))
    order = np.lexsort((hired, school))
    count = len(school)
    return Staff(
        schools=school[order],
        position=np.where(principal, PRINCIPAL, TEACHER)[order],
        hired=hired[order],
        left=left[order],
        given_name=rng.integers(0, len(GIVEN_NAMES), count),
        family_name=rng.integers(0, len(FAMILY_NAMES), count),
        degree=choose(rng, [0.42, 0.54, 0.04], count),
        certification=choose(rng, [0.88, 0.09, 0.03], count),
        years_before=rng.geometric(0.3, count) - 1,
        part_time=rng.random(count) < 0.06,
    )


def assign_teachers(staff: Staff, class_schools: Ints, school_year: int) -> Ints:
    """Return a teacher (position in Staff) for each class: those of its school in turn."""
    active = np.flatnonzero(staff.active_in(school_year) & (staff.position == TEACHER))
    active = active[np.argsort(staff.schools[active], kind="stable")]
    first = np.searchsorted(staff.schools[active], class_schools, side="left")
    count = np.searchsorted(staff.schools[active], class_schools, side="right") - first
    order = np.argsort(class_schools, kind="stable")
    ordered = class_schools[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    turn = np.empty(len(class_schools), dtype=np.int64)
    turn[order] = np.arange(len(ordered)) - np.repeat(begins, np.diff(np.r_[begins, len(ordered)]))
    return active[first + turn % count]
