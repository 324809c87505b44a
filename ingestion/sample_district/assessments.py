"""The state's spring assessment: who is tested, who takes part, scores and levels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ingestion.sample_district.arrays import Floats, Ints, choose, day, random_stream
from ingestion.sample_district.calendars import Calendar
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.groups import (
    ELA_GENDER_EFFECT,
    FINAL_YEAR,
    SCORE_EFFECTS,
    YearGroups,
    total_effect,
)
from ingestion.sample_district.population import Persons
from ingestion.sample_district.schools import Schools

SUBJECTS = ("ELA", "MATH")
ELA, MATH = 0, 1
TEST_STATUSES = ("VALID", "ABSENT", "REFUSED", "MEDICAL")
VALID, ABSENT, REFUSED, MEDICAL = range(4)
TESTED_GRADES = (3, 4, 5, 6, 7, 8, 11)
LOWEST_SCORE, HIGHEST_SCORE = 2100, 2800
NO_SCORE = -1

POINTS_PER_SD = 64.0
AVERAGE_DISTANCE = 16.0
"""Points above Met of an average student of no planted group, in the final year."""
TRAIT_SHARE = 0.70
"""Share of the variance that persists from year to year, from which a correlation of about 0.75 follows."""
POINTS_PER_ABSENCE = -130.0
"""Points for missing all days instead of none."""
YEARLY_GAIN = 2.0
OFF_GRADE_TESTS = 0.0006
"""Share of scored tests given in a grade next to the student's own, as happens in every district."""


@dataclass(frozen=True)
class Results:
    """Results of one year, one entry per expected student and subject.

    grade: tested grade; score: scale score or NO_SCORE; level: 1-4 or 0; status: position in TEST_STATUSES.
    """

    school_year: int
    people: Ints
    schools: Ints
    subject: Ints
    grade: Ints
    score: Ints
    level: Ints
    status: Ints
    tested_on: Ints

    def __len__(self) -> int:
        return len(self.people)


def level_cuts(subject: Ints, grade: Ints) -> Ints:
    """Return for each subject and tested grade the lowest scores of levels 2, 3 (Met) and 4: an n x 3 array."""
    step = grade - 3
    low_grades = np.where(
        (subject == ELA)[:, None],
        np.stack([2360 + 22 * step, 2432 + 22 * step, 2490 + 24 * step], axis=1),
        np.stack([2381 + 20 * step, 2436 + 21 * step, 2501 + 22 * step], axis=1),
    )
    grade_eleven = np.where((subject == ELA)[:, None], [2493, 2583, 2682], [2543, 2628, 2718])
    return np.where((grade == 11)[:, None], grade_eleven, low_grades)


def levels_of(scores: Ints, subject: Ints, grade: Ints) -> Ints:
    """Return the performance level, 1 to 4, of each score."""
    levels: Ints = 1 + (scores[:, None] >= level_cuts(subject, grade)).sum(axis=1)
    return levels


def draw_results(
    schools: Schools,
    calendar: Calendar,
    persons: Persons,
    spells: Spells,
    groups: YearGroups,
    absence_share: Floats,
    seed: int,
) -> Results:
    """Draw the results of everyone in membership in a tested grade on 15 April.

    absence_share: each person's share of days missed in the year, 0 to 1.
    """
    rng = random_stream(seed, "assessments", spells.school_year)
    april = day(spells.school_year, 4, 15)
    tested = np.flatnonzero(
        (spells.entry <= april) & (spells.end > april) & np.isin(spells.grades, np.array(TESTED_GRADES))
    )
    count = len(tested)
    people = spells.people[tested]
    abilities = _year_scores(persons, groups, absence_share, rng)
    parts = []
    # The whole test is missed for one reason more often than a single subject.
    misses_all = rng.random(count) < np.clip(0.018 + 0.22 * absence_share[people], 0, 0.5)
    reason = choose(rng, [0.6, 0.28, 0.12], count) + 1
    for subject in (ELA, MATH):
        grade = spells.grades[tested]
        subject_column = np.full(count, subject, dtype=np.int64)
        misses = misses_all | (rng.random(count) < 0.007)
        status = np.where(misses, reason, VALID)
        cuts = level_cuts(subject_column, grade)
        points = abilities[people, subject] + schools.achievement[spells.schools[tested]]
        score = np.clip(np.rint(cuts[:, 1] + points), LOWEST_SCORE, HIGHEST_SCORE).astype(np.int64)
        level = levels_of(score, subject_column, grade)
        parts.append(
            (
                people,
                spells.schools[tested],
                subject_column,
                grade,
                np.where(misses, NO_SCORE, score),
                np.where(misses, 0, level),
                status.astype(np.int64),
                _test_days(calendar, spells, tested, april, rng),
            )
        )
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    # The state sorts by school and then by its own, meaningless, order.
    order = np.lexsort((rng.random(len(columns[0])), columns[1]))
    return Results(spells.school_year, *(column[order] for column in columns))


def give_some_off_grade(results: Results, seed: int) -> tuple[Results, Ints]:
    """Give a few students the test of a neighbouring grade; scores and levels are those of the grade tested."""
    rng = random_stream(seed, "off grade", results.school_year)
    movable = np.flatnonzero((results.score != NO_SCORE) & np.isin(results.grade, TESTED_GRADES[:-2]))
    chosen = movable[rng.random(len(movable)) < OFF_GRADE_TESTS]
    if len(movable) and not len(chosen):
        chosen = movable[:1]
    grade = results.grade.copy()
    grade[chosen] += 1
    level = results.level.copy()
    level[chosen] = levels_of(results.score[chosen], results.subject[chosen], grade[chosen])
    return replace(results, grade=grade, level=level), chosen


def _year_scores(persons: Persons, groups: YearGroups, absence_share: Floats, rng: np.random.Generator) -> Floats:
    """Return each person's distance from Met in the year, persons x subjects, before the school's effect."""
    subject_traits = np.stack([persons.ability_ela, persons.ability_math], axis=1)
    trait = np.sqrt(0.82) * persons.ability[:, None] + np.sqrt(0.18) * subject_traits
    of_the_year = np.sqrt(0.4) * rng.normal(0, 1, (len(persons), 1))
    noise = of_the_year + np.sqrt(0.6) * rng.normal(0, 1, (len(persons), 2))
    points = POINTS_PER_SD * (np.sqrt(TRAIT_SHARE) * trait + np.sqrt(1 - TRAIT_SHARE) * noise)
    points += AVERAGE_DISTANCE + YEARLY_GAIN * (groups.school_year - FINAL_YEAR)
    points += total_effect(SCORE_EFFECTS, persons, groups)[:, None]
    points += POINTS_PER_ABSENCE * (absence_share - 0.07)[:, None]
    points[:, ELA] += total_effect((ELA_GENDER_EFFECT,), persons, groups)
    points[:, MATH] -= 6.0
    abilities: Floats = points
    return abilities


def _test_days(calendar: Calendar, spells: Spells, tested: Ints, april: int, rng: np.random.Generator) -> Ints:
    """Return a school day of the window (mid-April to mid-May) on which the student was enrolled."""
    school = spells.schools[tested]
    drawn = april + rng.integers(0, 30, len(tested))
    index = calendar.index_on_or_after(school, drawn)
    last = calendar.index_on_or_after(school, spells.end[tested]) - 1
    return calendar.day_at(school, np.minimum(index, last))
