"""What the platform must find about staff: who stays, who is new to teaching, who completes courses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ingestion.sample_district.arrays import Flags, Floats, Ints, day
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.positions import Positions
from ingestion.sample_district.schools import Schools
from ingestion.sample_district.staff import TEACHER, Staff
from ingestion.sample_district.training import TrainingRecords
from ingestion.sample_district.truth import Expected
from ingestion.sample_district.truth_rates import rates_by_member

INEXPERIENCED_YEARS = 3
FIRST_MONTH = 7


def expected_staff(
    schools: Schools,
    staff: Staff,
    trainings: TrainingRecords,
    positions: Positions,
    spells_of_years: Sequence[Spells],
) -> list[Expected]:
    """Count each year's staff, positions and courses, for the district and by school."""
    school_years = [spells.school_year for spells in spells_of_years]
    teaches = staff.position == TEACHER
    share = np.where(staff.part_time, 0.5, 1.0)
    hired_in = school_years_of(staff.hired)
    figures: list[Expected] = []
    for school_year in school_years:
        active = staff.active_in(school_year) & teaches
        if school_year - 1 in school_years:
            before = staff.active_in(school_year - 1) & teaches
            figures += _by_school(
                "teacher_retention_rate", school_year, schools, staff.schools, _ones(before & active), _ones(before)
            )
        is_new = active & (staff.years_before + school_year - hired_in < INEXPERIENCED_YEARS)
        figures += _by_school(
            "teacher_inexperienced_rate",
            school_year,
            schools,
            staff.schools,
            np.where(is_new, share, 0.0),
            np.where(active, share, 0.0),
        )
        budgeted = (positions.school_year == school_year) & (positions.position == TEACHER)
        figures += _by_school(
            "teacher_vacancy_rate",
            school_year,
            schools,
            positions.schools,
            np.where(budgeted, positions.budgeted - positions.filled, 0.0),
            np.where(budgeted, positions.budgeted, 0.0),
        )
        figures += _students_per_teacher(
            schools, spells_of_years[school_years.index(school_year)], staff.schools[active], share[active]
        )
        taken = trainings.school_year == school_year
        figures += _by_school(
            "training_completion_rate",
            school_year,
            schools,
            staff.schools[trainings.staff],
            _ones(taken & trainings.is_completed),
            _ones(taken),
        )
    return figures


def _students_per_teacher(schools: Schools, spells: Spells, taught_at: Ints, share: Floats) -> Iterator[Expected]:
    """Students in membership on the census day over the full-time equivalents of teachers."""
    october = day(spells.school_year - 1, 10, 1)
    present = (spells.entry <= october) & (spells.end > october)
    at_school = np.unique(np.stack([spells.people[present], spells.schools[present]]), axis=1)
    students = np.bincount(at_school[1], minlength=len(schools)).astype(np.float64)
    teachers = np.bincount(taught_at, weights=share, minlength=len(schools)).astype(np.float64)
    everybody = np.array([float(len(np.unique(at_school[0])))])
    metric, place = "student_teacher_ratio", np.zeros(1, dtype=np.int64)
    yield from rates_by_member(
        metric, spells.school_year, "district", None, place, (None,), everybody, np.array([share.sum()])
    )
    yield from rates_by_member(
        metric,
        spells.school_year,
        "school",
        "school",
        np.arange(len(schools)),
        schools.numbers,
        np.where(teachers > 0, students, 0.0),
        teachers,
    )


def school_years_of(days: Ints) -> Ints:
    """Return the spring year of the school year that each day falls in."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(np.int64)
    return (1970 + months // 12 + (months % 12 + 1 >= FIRST_MONTH)).astype(np.int64)


def _ones(flags: Flags) -> Floats:
    return flags.astype(np.float64)


def _by_school(
    metric: str, school_year: int, schools: Schools, school_of: Ints, upper: Floats, lower: Floats
) -> Iterator[Expected]:
    nowhere = np.zeros_like(school_of)
    yield from rates_by_member(metric, school_year, "district", None, nowhere, (None,), upper, lower)
    yield from rates_by_member(metric, school_year, "school", "school", school_of, schools.numbers, upper, lower)
