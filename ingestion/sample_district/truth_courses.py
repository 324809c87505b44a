"""What the platform must find in marks and in what earlier years left behind, counted from the clean arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ingestion.sample_district.arrays import Flags, Ints
from ingestion.sample_district.assessments import NO_SCORE, SUBJECTS, VALID, Results
from ingestion.sample_district.courses import COURSES, QUARTER_1, Marks, SectionSeats, letter_positions
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.language_tests import LanguageResults

GPA_UNITS = 100_000_000
"""A grade point average is counted in units of its eighth decimal."""
CORE_SUBJECTS = ("English", "Mathematics", "Science", "Social Science")
ALGEBRA_OR_ABOVE = ("ALG1", "GEOM", "ALG2", "PCAL", "APCA")
B = 3
"""Points of a B; the position of a letter in LETTERS is what it is worth."""
ON_TRACK_HALF_CREDITS, ON_TRACK_FAILURES = 10, 1
PACE_HALF_CREDITS = 12
ALGEBRA_HALF_CREDITS = 2


@dataclass(frozen=True)
class Earlier:
    """What the years before left behind, by position in Persons.

    is_known: whether there is a year before; high_school: was in grade 9 or above; algebra: half credits in Algebra I
    or above; scores: scale scores of the year before, persons x subjects, or NO_SCORE; language: levels of the year
    before in tenths, or 0.
    """

    is_known: bool
    high_school: Flags
    algebra: Ints
    scores: Ints
    language: Ints

    @classmethod
    def nothing(cls, person_count: int) -> Earlier:
        """Before the first year."""
        return cls(
            is_known=False,
            high_school=np.zeros(person_count, dtype=bool),
            algebra=np.zeros(person_count, dtype=np.int64),
            scores=np.full((person_count, len(SUBJECTS)), NO_SCORE, dtype=np.int64),
            language=np.zeros(person_count, dtype=np.int64),
        )

    def after(
        self, spells: Spells, seats: SectionSeats, marks: Marks, results: Results, tested: LanguageResults
    ) -> Earlier:
        """What stands behind the next year."""
        high_school = self.high_school.copy()
        high_school[spells.people[spells.grades >= 9]] = True
        scores = np.full_like(self.scores, NO_SCORE)
        valid = np.flatnonzero((results.status == VALID) & (results.score != NO_SCORE))
        scores[results.people[valid], results.subject[valid]] = results.score[valid]
        algebra = self.algebra + _algebra_half_credits(spells, seats, marks, len(self.algebra))
        language = np.zeros_like(self.language)
        language[tested.people] = tested.level
        return replace(self, is_known=True, high_school=high_school, algebra=algebra, scores=scores, language=language)


def course_measures(
    spells: Spells,
    seats: SectionSeats,
    marks: Marks,
    earlier: Earlier,
    latest: Ints,
    mark_group: Ints,
) -> dict[str, Ints]:
    """Measures of each row of a scope's table.

    latest: the row's latest spell; mark_group: the row that each mark counts in.
    """
    count = len(latest)
    letters = letter_positions(marks.value)
    is_final = marks.term != QUARTER_1
    is_failing, is_core = letters == 0, _courses_in(CORE_SUBJECTS)[_course_of(seats, marks)]

    def per_row(chosen: Flags) -> Ints:
        return np.bincount(mark_group[chosen], minlength=count).astype(np.int64)

    finals = per_row(is_final)
    points = np.rint(np.bincount(mark_group[is_final], weights=letters[is_final], minlength=count)).astype(np.int64)
    grade, person = spells.grades[latest], spells.people[latest]
    ninth = grade == 9

    # What credits add up to is a fact of the student, whatever the school.
    people, size = _person_of(spells, seats, marks), len(earlier.algebra)
    half_credits = np.bincount(people[is_final & ~is_failing], minlength=size)[person]
    core_failures = np.bincount(people[is_final & is_failing & is_core], minlength=size)[person]
    has_finals = np.bincount(people[is_final], minlength=size)[person] > 0
    algebra = (earlier.algebra + _algebra_half_credits(spells, seats, marks, size))[person]
    first_time = ninth & has_finals & ~earlier.high_school[person] & earlier.is_known
    paced = (grade >= 9) & has_finals
    eighth = (grade == 8) & has_finals
    flags = {
        "is_course_marked": finals > 0,
        "has_course_failure": per_row(is_final & is_failing) > 0,
        "is_grade9_core_marked": ninth & (per_row(is_final & is_core) > 0),
        "has_grade9_core_failure": ninth & (per_row(is_final & is_core & is_failing) > 0),
        "is_grade9_gpa_known": ninth & (finals > 0),
        "is_grade9_gpa_b": ninth & (finals > 0) & (points >= B * finals),
        "is_grade9_on_track_eligible": first_time,
        "is_grade9_on_track": first_time
        & (half_credits >= ON_TRACK_HALF_CREDITS)
        & (core_failures <= ON_TRACK_FAILURES),
        "is_credits_on_pace_eligible": paced,
        "is_credits_on_pace": paced & (half_credits >= PACE_HALF_CREDITS),
        "is_algebra1_grade8_eligible": eighth,
        "has_algebra1_by_grade8": eighth & (algebra >= ALGEBRA_HALF_CREDITS),
        "is_algebra1_grade9_eligible": first_time,
        "has_algebra1_by_grade9": first_time & (algebra >= ALGEBRA_HALF_CREDITS),
    }
    gpa = np.rint(GPA_UNITS * points / np.maximum(finals, 1)).astype(np.int64)
    return {"gpa": gpa, **{name: flag.astype(np.int64) for name, flag in flags.items()}}


def mark_keys(spells: Spells, seats: SectionSeats, marks: Marks, school_count: int) -> tuple[Ints, Ints]:
    """Keys of each mark at district and at school scope: the person, and the person with the section's school."""
    people = _person_of(spells, seats, marks)
    return people, people * school_count + seats.sections.schools[seats.section[marks.seat]]


def _person_of(spells: Spells, seats: SectionSeats, marks: Marks) -> Ints:
    return spells.people[seats.spell[marks.seat]]


def _course_of(seats: SectionSeats, marks: Marks) -> Ints:
    return seats.sections.courses[seats.section[marks.seat]]


def _courses_in(subjects: tuple[str, ...]) -> Flags:
    return np.array([course.subject in subjects for course in COURSES])


def _algebra_half_credits(spells: Spells, seats: SectionSeats, marks: Marks, person_count: int) -> Ints:
    counts = np.array([course.code in ALGEBRA_OR_ABOVE for course in COURSES])[_course_of(seats, marks)]
    passed = counts & (marks.term != QUARTER_1) & (letter_positions(marks.value) > 0)
    people = _person_of(spells, seats, marks)
    return np.bincount(people[passed], minlength=person_count).astype(np.int64)
