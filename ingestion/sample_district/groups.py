"""The student groups of one year, as the lenses define them, and the effects planted on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.sample_district import statuses as status
from ingestion.sample_district.arrays import Flags, Floats, Ints
from ingestion.sample_district.population import (
    AMERICAN_INDIAN,
    ASIAN,
    BLACK,
    HISPANIC,
    PACIFIC_ISLANDER,
    RACE_GROUPS,
    TWO_OR_MORE,
    WHITE,
    Persons,
)

FINAL_YEAR = 2026


@dataclass(frozen=True)
class YearGroups:
    """Group membership of one school year under the policy "ever in the year"; one entry per person."""

    school_year: int
    english_learner: Flags
    disability: Flags
    economic_disadvantage: Flags
    homeless: Flags


def groups_of_year(statuses: status.Statuses, school_year: int, person_count: int) -> YearGroups:
    """Read the groups off the status intervals."""
    return YearGroups(
        school_year=school_year,
        english_learner=statuses.ever_in(school_year, person_count, status.EL, (status.CODE_EL,)),
        disability=statuses.ever_in(school_year, person_count, status.IEP, status.CODES_DISABILITY),
        economic_disadvantage=statuses.ever_in(school_year, person_count, status.MEAL, (status.FREE, status.REDUCED)),
        homeless=statuses.ever_in(
            school_year,
            person_count,
            status.HOMELESS,
            (status.DOUBLED_UP, status.SHELTER, status.HOTEL, status.UNSHELTERED),
        ),
    )


@dataclass(frozen=True)
class Effect:
    """An effect planted on one group, against everyone else (or, for race, against white students).

    size:   of the final year, in the unit of the model it feeds (log of absence, log of incidents, score points).
    yearly: what was added for each year before the final one: positive sizes with a positive `yearly` are gaps
            that have been closing.
    """

    dimension: str
    group: str
    size: float
    yearly: float = 0.0

    def in_year(self, school_year: int) -> float:
        """Return the effect's size in a school year."""
        return self.size + self.yearly * (FINAL_YEAR - school_year)


ABSENCE_EFFECTS = (
    Effect("economic_disadvantage", "yes", 0.42, 0.07),
    Effect("homeless", "yes", 0.60),
    Effect("disability", "yes", 0.22),
    Effect("english_learner", "yes", -0.06),
    Effect("race_ethnicity", RACE_GROUPS[AMERICAN_INDIAN], 0.40),
    Effect("race_ethnicity", RACE_GROUPS[BLACK], 0.16, 0.04),
    Effect("race_ethnicity", RACE_GROUPS[HISPANIC], 0.08),
    Effect("race_ethnicity", RACE_GROUPS[ASIAN], -0.42),
    Effect("race_ethnicity", RACE_GROUPS[PACIFIC_ISLANDER], 0.38),
    Effect("race_ethnicity", RACE_GROUPS[TWO_OR_MORE], 0.05),
)
CONDUCT_EFFECTS = (
    Effect("economic_disadvantage", "yes", 0.30),
    Effect("homeless", "yes", 0.25),
    Effect("disability", "yes", 0.50),
    Effect("gender", "male", 0.45),
    Effect("race_ethnicity", RACE_GROUPS[BLACK], 0.60, 0.08),
    Effect("race_ethnicity", RACE_GROUPS[AMERICAN_INDIAN], 0.35),
    Effect("race_ethnicity", RACE_GROUPS[ASIAN], -0.80),
)
SCORE_EFFECTS = (
    Effect("economic_disadvantage", "yes", -24.0, -3.0),
    Effect("homeless", "yes", -12.0),
    Effect("disability", "yes", -52.0),
    Effect("english_learner", "yes", -46.0, 3.0),
    Effect("race_ethnicity", RACE_GROUPS[AMERICAN_INDIAN], -16.0),
    Effect("race_ethnicity", RACE_GROUPS[BLACK], -14.0),
    Effect("race_ethnicity", RACE_GROUPS[HISPANIC], -8.0),
    Effect("race_ethnicity", RACE_GROUPS[ASIAN], 20.0),
    Effect("race_ethnicity", RACE_GROUPS[PACIFIC_ISLANDER], -14.0),
)
ELA_GENDER_EFFECT = Effect("gender", "female", 12.0)


def is_member(effect: Effect, persons: Persons, groups: YearGroups) -> Flags:
    """Tell for each person whether an effect applies in the year."""
    flags: Flags
    if effect.dimension == "race_ethnicity":
        flags = persons.race == RACE_GROUPS.index(effect.group)
    elif effect.dimension == "gender":
        flags = persons.sex == ("female", "male").index(effect.group)
    else:
        flags = getattr(groups, effect.dimension)
    return flags


def total_effect(effects: tuple[Effect, ...], persons: Persons, groups: YearGroups) -> Floats:
    """Add up the effects that apply to each person in the year."""
    total = np.zeros(len(persons))
    for effect in effects:
        total += np.where(is_member(effect, persons, groups), effect.in_year(groups.school_year), 0.0)
    return total


def reference_of(effect: Effect) -> str:
    """Return the group against which an effect is read."""
    if effect.dimension == "race_ethnicity":
        return RACE_GROUPS[WHITE]
    if effect.dimension == "gender":
        return "male" if effect.group == "female" else "female"
    return "no"


def grade_effect(grades: Ints, by_grade: Floats) -> Floats:
    """Look up a grade's own effect; `by_grade` runs from PK to 12."""
    return by_grade[grades + 1]
