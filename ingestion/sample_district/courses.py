"""Courses, class sections of grades 6-12, who sits in them, and the marks they give."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ingestion.sample_district.arrays import Floats, Ints, day, random_stream
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.population import Persons

SECTION_SIZE = 27
FIRST_GRADE_WITH_SECTIONS = 6
SLOTS = 6


@dataclass(frozen=True)
class Course:
    """A course of the catalogue: code, title, subject and the grades (as numbers) that take it."""

    code: str
    title: str
    subject: str
    grades: tuple[int, ...]


def _catalogue() -> tuple[Course, ...]:
    words = {6: "6", 7: "7", 8: "8", 9: "9", 10: "10", 11: "11", 12: "12"}
    middle, high = (6, 7, 8), (9, 10, 11, 12)
    courses = [Course(f"ELA{g:02d}", f"English Language Arts {words[g]}", "English", (g,)) for g in (*middle, *high)]
    courses += [Course(f"MAT{g:02d}", f"Mathematics {words[g]}", "Mathematics", (g,)) for g in middle]
    courses += [Course(f"SCI{g:02d}", f"Science {words[g]}", "Science", (g,)) for g in middle]
    courses += [Course(f"SOC{g:02d}", f"Social Studies {words[g]}", "Social Science", (g,)) for g in middle]
    courses += [
        Course("ALG1", "Algebra I", "Mathematics", (8, 9, 10)),
        Course("GEOM", "Geometry", "Mathematics", (9, 10, 11)),
        Course("ALG2", "Algebra II", "Mathematics", (10, 11, 12)),
        Course("PCAL", "Precalculus", "Mathematics", (11, 12)),
        Course("APCA", "AP Calculus AB", "Mathematics", (12,)),
        Course("BIOL", "Biology", "Science", (9,)),
        Course("CHEM", "Chemistry", "Science", (10,)),
        Course("PHYS", "Physics", "Science", (11,)),
        Course("ENVS", "Environmental Science", "Science", (12,)),
        Course("WGEO", "World Geography", "Social Science", (9,)),
        Course("WHIS", "World History", "Social Science", (10,)),
        Course("USHI", "United States History", "Social Science", (11,)),
        Course("GOVT", "Government and Economics", "Social Science", (12,)),
        Course("PE68", "Physical Education", "Physical Education", middle),
        Course("ART68", "Art", "Arts", middle),
        Course("BAND68", "Band", "Arts", middle),
        Course("PE912", "Physical Education and Health", "Physical Education", high),
        Course("SPA912", "Spanish", "World Language", high),
        Course("ART912", "Studio Art", "Arts", high),
        Course("CTE912", "Career Pathways", "Career and Technical", high),
        Course("CSP912", "Computer Science", "Career and Technical", high),
        # College-level versions of two courses, which some of their sections are given as.
        Course("APUSH", "AP United States History", "Social Science", (11,)),
        Course("DEENG", "College English Composition", "English", (12,)),
    ]
    return tuple(courses)


COURSES = _catalogue()
POSITION = {course.code: position for position, course in enumerate(COURSES)}
MATH_SLOT = 1

_CORE: dict[int, tuple[str, str, str]] = {
    6: ("ELA06", "SCI06", "SOC06"),
    7: ("ELA07", "SCI07", "SOC07"),
    8: ("ELA08", "SCI08", "SOC08"),
    9: ("ELA09", "BIOL", "WGEO"),
    10: ("ELA10", "CHEM", "WHIS"),
    11: ("ELA11", "PHYS", "USHI"),
    12: ("ELA12", "ENVS", "GOVT"),
}
_MATH: dict[int, tuple[str, str, str]] = {
    6: ("MAT06", "MAT06", "MAT06"),
    7: ("MAT07", "MAT07", "MAT07"),
    8: ("MAT08", "MAT08", "ALG1"),
    9: ("ALG1", "ALG1", "GEOM"),
    10: ("ALG1", "GEOM", "ALG2"),
    11: ("GEOM", "ALG2", "PCAL"),
    12: ("ALG2", "PCAL", "APCA"),
}
"""Mathematics by grade, for a slower, the usual and a faster path."""

MIDDLE_ELECTIVES = ("PE68", "ART68", "BAND68")
HIGH_ELECTIVES = ("PE912", "SPA912", "ART912", "CTE912", "CSP912")
COLLEGE_VERSIONS = {"USHI": "APUSH", "ELA12": "DEENG"}
"""Courses of which some sections are college-level, and what those are called."""


@dataclass(frozen=True)
class Sections:
    """Class sections of one year: school, position in COURSES and section number (from 1) of each."""

    schools: Ints
    courses: Ints
    numbers: Ints

    def __len__(self) -> int:
        return len(self.schools)


@dataclass(frozen=True)
class SectionSeats:
    """Who sits where: for each seat the position of the spell and of the section."""

    spell: Ints
    section: Ints
    sections: Sections

    def __len__(self) -> int:
        return len(self.spell)


@dataclass(frozen=True)
class Marks:
    """Marks of one year; one entry per seat and term.

    seat: position in SectionSeats; term: position in TERMS; value: 0-100.
    """

    seat: Ints
    term: Ints
    value: Ints

    def __len__(self) -> int:
        return len(self.seat)


TERMS = ("Q1", "S1", "S2")
QUARTER_1, SEMESTER_1, SEMESTER_2 = range(3)
LETTERS = ("F", "D", "C", "B", "A")
LETTER_CUTS = np.array([60, 70, 80, 90])


def draw_seats(persons: Persons, spells: Spells, seed: int) -> SectionSeats:
    """Seat every student of grades 6-12 in six courses, in sections of about 27."""
    rng = random_stream(seed, "sections", spells.school_year)
    spell = np.flatnonzero(spells.grades >= FIRST_GRADE_WITH_SECTIONS)
    grade = spells.grades[spell]
    ability = (persons.ability + 0.5 * persons.ability_math)[spells.people[spell]]
    path = 1 + (ability > 0.75).astype(np.int64) - (ability < -0.75)
    core = np.array([[POSITION[code] for code in _CORE.get(g, _CORE[6])] for g in range(13)])
    mathematics = np.array([[POSITION[code] for code in _MATH.get(g, _MATH[6])] for g in range(13)])
    middle = np.array([POSITION[code] for code in MIDDLE_ELECTIVES])
    high = np.array([POSITION[code] for code in HIGH_ELECTIVES])
    first_choice = rng.integers(0, 1 << 16, len(spell))
    second_choice = first_choice + 1 + rng.integers(0, 2, len(spell))
    electives = [
        np.where(grade <= 8, middle[choice % len(middle)], high[choice % len(high)])
        for choice in (first_choice, second_choice)
    ]
    slots = [core[grade, 0], mathematics[grade, path], core[grade, 1], core[grade, 2], *electives]
    # Two of the middle-school electives may fall on the same course; that student then has a free period.
    repeated = electives[0] == electives[1]
    seat_spell = np.concatenate([spell] * (SLOTS - 1) + [spell[~repeated]])
    seat_course = np.concatenate([*slots[:-1], slots[-1][~repeated]])

    key = spells.schools[seat_spell] * len(COURSES) + seat_course
    keys, group, sizes = np.unique(key, return_inverse=True, return_counts=True)
    wanted = np.maximum(1, np.ceil(sizes / SECTION_SIZE)).astype(np.int64)
    place = np.empty(len(key), dtype=np.int64)
    order = np.lexsort((rng.random(len(key)), group))
    place[order] = np.arange(len(key)) - np.r_[0, np.cumsum(sizes)[:-1]][group[order]]
    first_section = np.r_[0, np.cumsum(wanted)[:-1]].astype(np.int64)
    section = first_section[group] + place % wanted[group]
    owner = np.repeat(np.arange(len(keys)), wanted)
    sections = Sections(
        schools=keys[owner] // len(COURSES),
        courses=keys[owner] % len(COURSES),
        numbers=np.arange(len(owner)) - first_section[owner] + 1,
    )
    by_student = np.argsort(seat_spell, kind="stable")
    return SectionSeats(seat_spell[by_student], section[by_student], sections)


def offer_college_courses(seats: SectionSeats) -> SectionSeats:
    """Give the second of every three sections of some courses as the college-level version of the same subject."""
    courses, sections = seats.sections.courses.copy(), seats.sections
    for ordinary, college in COLLEGE_VERSIONS.items():
        courses[(sections.courses == POSITION[ordinary]) & (sections.numbers % 3 == 2)] = POSITION[college]
    return replace(seats, sections=replace(sections, courses=courses))


def draw_marks(persons: Persons, spells: Spells, seats: SectionSeats, absence_share: Floats, seed: int) -> Marks:
    """Give semester marks to those enrolled through the semester, and first-quarter marks in grade 9."""
    rng = random_stream(seed, "marks", spells.school_year)
    spring = spells.school_year
    people = spells.people[seats.spell]
    is_math = np.array([course.subject == "Mathematics" for course in COURSES])[seats.sections.courses[seats.section]]
    trait = np.where(is_math, persons.ability_math[people], persons.ability_ela[people])
    base = 80 + 6.5 * persons.ability[people] + 3 * trait - 75 * absence_share[people] - 1.5 * persons.conduct[people]
    base = base + rng.normal(0, 4, len(seats)) + 2
    entry, end = spells.entry[seats.spell], spells.end[seats.spell]
    windows = (
        (QUARTER_1, day(spring - 1, 9, 20), day(spring - 1, 10, 20)),
        (SEMESTER_1, day(spring - 1, 11, 10), day(spring, 1, 16)),
        (SEMESTER_2, day(spring, 3, 20), day(spring, 5, 26)),
    )
    parts = []
    for term, from_day, to_day in windows:
        given = (entry <= from_day) & (end > to_day)
        if term == QUARTER_1:
            given &= spells.grades[seats.spell] == 9
        seat = np.flatnonzero(given)
        value = np.clip(np.rint(base[seat] + rng.normal(0, 4, len(seat))), 30, 100).astype(np.int64)
        parts.append((seat, np.full(len(seat), term), value))
    return Marks(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def letter_positions(values: Ints) -> Ints:
    """Return the position in LETTERS of each numeric mark."""
    return np.searchsorted(LETTER_CUTS, values, side="right").astype(np.int64)
