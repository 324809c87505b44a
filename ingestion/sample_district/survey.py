"""The yearly climate survey: anonymous answers of students, staff and families."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.sample_district.arrays import Ints, day, random_stream
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.population import Persons
from ingestion.sample_district.schools import Schools
from ingestion.sample_district.staff import Staff

RESPONDENTS = ("student", "family", "staff")
STUDENT, FAMILY, STAFF = range(3)
ITEMS = ("q_safety", "q_belonging", "q_relationships", "q_expectations", "q_voice")
NOT_ASKED = -99
FIRST_SURVEYED_GRADE = 3


@dataclass(frozen=True)
class SurveyAnswers:
    """One entry per response; nothing links it to a person.

    grade, race are NOT_ASKED for adults' own answers; answers is n x 5 on a scale of 1-5, 0 where left blank.
    """

    school_year: int
    schools: Ints
    respondent: Ints
    grade: Ints
    race: Ints
    submitted_on: Ints
    answers: Ints

    def __len__(self) -> int:
        return len(self.schools)


def draw_survey(schools: Schools, persons: Persons, spells: Spells, staff: Staff, seed: int) -> SurveyAnswers:
    """Draw a year's responses: about 70 % of students from grade 3, 25 % of families, 60 % of staff."""
    rng = random_stream(seed, "survey", spells.school_year)
    february = day(spells.school_year, 2, 10)
    present = np.flatnonzero((spells.entry <= february) & (spells.end > february))
    pupils = present[(spells.grades[present] >= FIRST_SURVEYED_GRADE) & (rng.random(len(present)) < 0.7)]
    families = present[rng.random(len(present)) < 0.25]
    adults = np.flatnonzero(staff.active_in(spells.school_year))
    adults = adults[rng.random(len(adults)) < 0.6]
    school = np.r_[spells.schools[pupils], spells.schools[families], staff.schools[adults]]
    respondent = np.repeat([STUDENT, FAMILY, STAFF], [len(pupils), len(families), len(adults)])
    grade = np.r_[spells.grades[pupils], spells.grades[families], np.full(len(adults), NOT_ASKED)]
    race = np.r_[persons.race[spells.people[pupils]], np.full(len(families) + len(adults), NOT_ASKED)]
    # Families and staff are kinder than students; students grow more critical with age.
    mood = np.where(respondent == STUDENT, 3.75 - 0.06 * grade, 3.9)
    mood = mood + np.r_[0.25 * persons.ability[spells.people[pupils]], np.zeros(len(families) + len(adults))]
    mood = mood - 0.4 * schools.conduct[school] - 0.5 * (schools.poverty[school] - 0.5)
    item = np.array([0.1, -0.1, 0.15, 0.2, -0.35])
    answers = np.clip(np.rint(mood[:, None] + item + rng.normal(0, 0.95, (len(school), len(ITEMS)))), 1, 5)
    answers[rng.random(answers.shape) < 0.03] = 0
    order = rng.permutation(len(school))
    return SurveyAnswers(
        school_year=spells.school_year,
        schools=school[order],
        respondent=respondent[order],
        grade=grade[order],
        race=race[order],
        submitted_on=(february + rng.integers(0, 18, len(school)))[order],
        answers=answers[order].astype(np.int64),
    )
