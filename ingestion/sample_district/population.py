"""Who lives in the district: invented people with traits that persist from year to year."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ingestion.sample_district.arrays import Flags, Floats, Ints, choose, day, random_stream
from ingestion.sample_district.names import FAMILY_NAMES, GIVEN_NAMES
from ingestion.sample_district.schools import HIGH, MIDDLE, Schools

PRE_KINDERGARTEN, KINDERGARTEN, LAST_GRADE = -1, 0, 12
GRADES = np.arange(PRE_KINDERGARTEN, LAST_GRADE + 1)
GRADE_CODES = ("PK", "KG", *(f"{grade:02d}" for grade in range(1, LAST_GRADE + 1)))
"""OneRoster grade codes; the code of grade g stands at g + 1."""

GRADE_SIZES = np.array([0.45, 0.95, 1, 1, 1, 1, 1, 1, 1, 1, 1.08, 1.0, 0.95, 0.9])

RACE_GROUPS = (
    "american_indian",
    "asian",
    "black",
    "hispanic",
    "pacific_islander",
    "two_or_more",
    "white",
    "unknown",
)
(AMERICAN_INDIAN, ASIAN, BLACK, HISPANIC, PACIFIC_ISLANDER, TWO_OR_MORE, WHITE, RACE_UNKNOWN) = range(8)
RACE_FLAGS = (AMERICAN_INDIAN, ASIAN, BLACK, PACIFIC_ISLANDER, WHITE)
"""Groups that have a flag of their own in the demographics file, in the order of `Persons.race_flags`."""

SEX_CODES = ("female", "male", "other", "")
GENDERS = ("female", "male", "nonbinary", "unknown")


@dataclass(frozen=True)
class Persons:
    """Everyone who is a student in any of the years; one entry per person.

    zone, elementary, middle, high: home zone and the schools attended at each level (positions in Schools).
    race: position in RACE_GROUPS, as the reporting rule reads the flags (Hispanic first, then two or more).
    is_middle_eastern: some of those who say White and nothing else also say Middle Eastern or North African.
    race_flags: n x 5 flags in the order of RACE_FLAGS; all false where unknown.
    poverty: chance, 0 to 1, of qualifying for free or reduced meals in a year.
    is_unstable: whether the family's housing is insecure.
    ability: latent achievement common to subjects and years (mean 0, SD 1); ability_ela and ability_math are the
        subject's own part.
    absence, conduct: latent tendencies (mean 0, SD 1).
    birth: day of birth.
    first_year, first_grade: when the person first appears.
    """

    zone: Ints
    elementary: Ints
    middle: Ints
    high: Ints
    sex: Ints
    race: Ints
    race_flags: Flags
    is_hispanic: Flags
    is_middle_eastern: Flags
    poverty: Floats
    is_unstable: Flags
    ability: Floats
    ability_ela: Floats
    ability_math: Floats
    absence: Floats
    conduct: Floats
    birth: Ints
    first_year: Ints
    first_grade: Ints
    given_name: Ints
    middle_name: Ints
    family_name: Ints

    def __len__(self) -> int:
        return len(self.zone)

    def school_for(self, people: Ints, grades: Ints) -> Ints:
        """Return the school that each person attends in a grade."""
        return np.where(
            grades <= 5,
            self.elementary[people],
            np.where(grades <= 8, self.middle[people], self.high[people]),
        )


def grade_code_positions(grades: Ints) -> Ints:
    """Return the position of each grade's code in GRADE_CODES."""
    return grades + 1


def student_numbers(people: Ints) -> Ints:
    """Return local student numbers of six or seven digits, in no visible order."""
    # 1,999,993 is prime, so the multiplication visits every remainder once.
    return 100_000 + (people * 755_123 + 91_807) % 1_999_993


def state_ids(people: Ints) -> Ints:
    """Return ten-digit state student ids; none has ten equal digits."""
    # 8,999,999,993 is prime, so ids are distinct; the offset keeps repdigits for the malformed ids that are planted.
    ids = 1_000_000_000 + (people * 3_141_592_653 + 2_718_281) % 8_999_999_993
    return np.where(ids % 1_111_111_111 == 0, 9_999_999_994 + ids // 1_111_111_111 % 5, ids)


def draw_persons(schools: Schools, grades: Ints, school_year: int, seed: int) -> Persons:
    """Draw newcomers who appear in `school_year` in the given grades."""
    rng = random_stream(seed, "persons", school_year)
    count = len(grades)
    elementary_count = int((schools.levels == 0).sum())
    zone = rng.integers(0, elementary_count, count)
    race, flags, is_hispanic = _races(schools.poverty[zone], rng)
    race_poverty = np.array([0.15, -0.08, 0.14, 0.12, 0.08, 0.0, -0.13, 0.0])
    poverty = np.clip(schools.poverty[zone] + race_poverty[race], 0.04, 0.96)
    elementary, middle, high = zone.copy(), schools.middle_of[zone], schools.high_of[zone]
    for home, level in ((elementary, 0), (middle, MIDDLE), (high, HIGH)):
        options = schools.of_level(level)
        by_choice = rng.random(count) < 0.08
        home[by_choice] = options[rng.integers(0, len(options), count)][by_choice]
    return Persons(
        zone=zone,
        elementary=elementary,
        middle=middle,
        high=high,
        sex=choose(rng, [0.487, 0.505, 0.005, 0.003], count),
        race=race,
        race_flags=flags,
        is_hispanic=is_hispanic,
        is_middle_eastern=(race == WHITE) & (random_stream(seed, "middle eastern", school_year).random(count) < 0.07),
        poverty=np.where(rng.random(count) < poverty, 0.93, 0.06),
        is_unstable=rng.random(count) < 0.015 + 0.06 * poverty,
        ability=rng.normal(0, 1, count),
        ability_ela=rng.normal(0, 1, count),
        ability_math=rng.normal(0, 1, count),
        absence=rng.normal(0, 1, count),
        conduct=rng.normal(0, 1, count),
        birth=_births(grades, school_year, rng),
        first_year=np.full(count, school_year, dtype=np.int64),
        first_grade=grades.astype(np.int64),
        given_name=rng.integers(0, len(GIVEN_NAMES), count),
        middle_name=rng.integers(0, len(GIVEN_NAMES), count),
        family_name=rng.integers(0, len(FAMILY_NAMES), count),
    )


def all_persons(groups: list[Persons]) -> Persons:
    """Put groups of people after one another."""
    return Persons(
        **{field.name: np.concatenate([getattr(group, field.name) for group in groups]) for field in fields(Persons)}
    )


def _births(grades: Ints, school_year: int, rng: np.random.Generator) -> Ints:
    """Return birthdays for the usual ages: five on 1 September for kindergarten; 4 % are a year older."""
    older = rng.random(len(grades)) < 0.04
    birth_year = school_year - 1 - 5 - grades - older
    september = np.array([day(year, 9, 1) for year in range(school_year - 25, school_year)])
    return september[birth_year - (school_year - 25)] - rng.integers(0, 365, len(grades))


def _races(poverty: Floats, rng: np.random.Generator) -> tuple[Ints, Flags, Flags]:
    count = len(poverty)
    #            AI     Asian  Black  Hisp.  PI     Two+   White  Unknown
    base = np.array([0.018, 0.08, 0.13, 0.34, 0.014, 0.05, 0.35, 0.018])
    tilt = np.array([0.5, -0.6, 0.9, 0.8, 0.4, 0.0, -1.1, 0.0])
    weights = base * np.exp(tilt * (poverty[:, None] - 0.5) * 2)
    steps = np.cumsum(weights, axis=1)
    race = (rng.random(count)[:, None] * steps[:, -1:] > steps).sum(axis=1)
    is_hispanic = race == HISPANIC
    flags = np.zeros((count, len(RACE_FLAGS)), dtype=bool)
    for position, group in enumerate(RACE_FLAGS):
        flags[race == group, position] = True
    # Hispanic students also answer the race question: white, none, American Indian, black, or white and another.
    answer = choose(rng, [0.52, 0.27, 0.10, 0.06, 0.05], count)
    for flag, answers in ((4, (0, 4)), (0, (2, 4)), (2, (3,))):
        flags[is_hispanic & np.isin(answer, answers), flag] = True
    first = rng.integers(0, len(RACE_FLAGS), count)
    second = (first + rng.integers(1, len(RACE_FLAGS), count)) % len(RACE_FLAGS)
    several = np.flatnonzero(race == TWO_OR_MORE)
    flags[several, first[several]] = True
    flags[several, second[several]] = True
    return race.astype(np.int64), flags, is_hispanic
