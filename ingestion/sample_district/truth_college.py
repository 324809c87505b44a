"""What the platform must find about college and career: AP, dual enrolment, dropouts, and graduates in college."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ingestion.sample_district.arrays import OPEN_END, Flags, Ints, day
from ingestion.sample_district.cohorts import DROPPED_OUT, GRADUATED, NO_EXIT, CohortRecords
from ingestion.sample_district.college_exams import EXAMS, ExamScores
from ingestion.sample_district.courses import COURSES, QUARTER_1, Marks, SectionSeats, letter_positions
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.postsecondary import SEARCHED_ON, PostsecondaryRecords

COLLEGE_METRICS: dict[str, tuple[str, str | None]] = {
    "ap_participation_rate": ("has_ap_course", "is_ap_participation_eligible"),
    "ap_success_rate": ("has_ap_success", "is_ap_tested"),
    "dual_enrollment_rate": ("is_dual_enrolled", "is_dual_enrollment_eligible"),
    "dual_enrollment_success_rate": ("has_dual_enrollment_success", "is_dual_enrolled"),
    "dropout_rate": ("is_dropout", "is_dropout_eligible"),
    "postsec_first_fall_rate": ("is_in_college_first_fall", "is_first_fall_known"),
    "postsec_persistence_rate": ("is_in_college_second_fall", "is_second_fall_known"),
}
EVERYWHERE = -1
"""The place of every spell where the district as a whole is counted."""
PASSING_EXAM = 3
LOWEST_PASSING_LETTER = 2
"""A C; the sample gives no C minus."""
DUAL_COURSES = ("DEENG",)


@dataclass(frozen=True)
class Afterwards:
    """What became of a year's students: how they left, the next year's spells if there is one, and college."""

    cohorts: CohortRecords
    following: Spells | None
    searched: PostsecondaryRecords


def college_measures(
    spells: Spells,
    seats: SectionSeats,
    marks: Marks,
    exams: ExamScores,
    afterwards: Afterwards,
    latest: Ints,
    places: Ints,
    counted: Mapping[str, Ints],
) -> dict[str, Ints]:
    """Measures of each row of a scope's table.

    latest: the row's latest spell; places: where each spell counts, its school or EVERYWHERE; counted: the measures of
    membership.
    """
    cohorts, searched = afterwards.cohorts, afterwards.searched
    size, year = len(cohorts.entered), spells.school_year
    person, place = spells.people[latest], places[latest]
    high_school = spells.grades[latest] >= 9

    people = spells.people[seats.spell[marks.seat]]
    course = seats.sections.courses[seats.section[marks.seat]]
    is_final = marks.term != QUARTER_1

    def any_mark(chosen: Flags) -> Flags:
        return np.bincount(people[is_final & chosen], minlength=size)[person] > 0

    has_marks = any_mark(np.ones(len(people), dtype=bool))
    in_ap, in_dual = _courses(tuple(EXAMS))[course], _courses(DUAL_COURSES)[course]
    passed = letter_positions(marks.value) >= LOWEST_PASSING_LETTER
    ap_known, dual_known = bool((in_ap & is_final).any()), bool((in_dual & is_final).any())
    exam_taken = np.bincount(exams.people, minlength=size)[person] > 0
    exam_passed = np.bincount(exams.people[exams.score >= PASSING_EXAM], minlength=size)[person] > 0

    left_on, code = cohorts.exit_on[person], cohorts.exit_code[person]
    on_census = counted["is_enrolled_on_census"] > 0
    exits = cohorts.exit_on[cohorts.exit_code != NO_EXIT]
    october = day(year - 1, 10, 1), day(year, 10, 1)
    if afterwards.following is not None and ((exits >= october[0]) & (exits < october[1])).any():
        eligible = high_school & on_census
        following = afterwards.following
        back = following.people[(following.entry <= october[1]) & (following.end > october[1])]
        accounted = (code != NO_EXIT) & (code != DROPPED_OUT) & (left_on < october[1])
        dropped = eligible & ~np.isin(person, back) & ~accounted
    else:
        eligible = dropped = np.zeros(len(latest), dtype=bool)

    graduates = (code == GRADUATED) & (left_on >= day(year - 1, 9, 1)) & (left_on < day(year, 9, 1))
    graduates &= (place == EVERYWHERE) | (place == cohorts.school[person])
    sought = graduates & np.isin(person, searched.people)
    first_known = sought & (day(year, 10, 31) < SEARCHED_ON)
    second_known = sought & (day(year + 1, 10, 31) < SEARCHED_ON)
    first_year = _in_term(searched, person, day(year, 8, 15), day(year + 1, 8, 14))
    flags = {
        "is_ap_participation_eligible": high_school & has_marks & ap_known,
        "has_ap_course": high_school & has_marks & any_mark(in_ap),
        "is_ap_tested": exam_taken,
        "has_ap_success": exam_passed,
        "is_dual_enrollment_eligible": high_school & has_marks & dual_known,
        "is_dual_enrolled": high_school & has_marks & any_mark(in_dual),
        "has_dual_enrollment_success": high_school & has_marks & any_mark(in_dual & passed),
        "is_dropout_eligible": eligible,
        "is_dropout": dropped,
        "is_first_fall_known": first_known,
        "is_in_college_first_fall": first_known & _in_term(searched, person, day(year, 8, 15), day(year, 10, 31)),
        "is_second_fall_known": second_known & first_year,
        "is_in_college_second_fall": second_known
        & first_year
        & _in_term(searched, person, day(year + 1, 8, 15), day(year + 1, 10, 31)),
    }
    return {name: flag.astype(np.int64) for name, flag in flags.items()}


def _courses(codes: tuple[str, ...]) -> Flags:
    return np.array([course.code in codes for course in COURSES])


def _in_term(searched: PostsecondaryRecords, people: Ints, first: int, last: int) -> Flags:
    """Tell for each person whether a term overlaps the days from `first` to `last`."""
    overlaps = (searched.begin != OPEN_END) & (searched.begin <= last) & (searched.end >= first)
    return np.isin(people, searched.people[overlaps])
