"""The yearly test of English language proficiency: which English learners take it, and the levels they reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingestion.sample_district import statuses as status
from ingestion.sample_district.arrays import Ints, day, random_stream
from ingestion.sample_district.columns import american_dates, constant, decimal, joined, pick, whole
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.identifiers import Identifiers
from ingestion.sample_district.population import GRADE_CODES, Persons

TAKES_TEST = 0.96
FIRST_GRADE = 0
LOWEST, HIGHEST = 10, 60
"""Levels in tenths: 1.0 to 6.0."""
POINTS_PER_TENTH = 4


@dataclass(frozen=True)
class LanguageResults:
    """Results of one year, one entry per student; level is the overall proficiency level in tenths."""

    school_year: int
    people: Ints
    schools: Ints
    grades: Ints
    level: Ints
    tested_on: Ints

    def __len__(self) -> int:
        return len(self.people)


def draw_language_results(persons: Persons, spells: Spells, statuses: status.Statuses, seed: int) -> LanguageResults:
    """Draw the results of most English learners who are in membership, from kindergarten up, on 1 February."""
    rng = random_stream(seed, "language tests", spells.school_year)
    pace = random_stream(seed, "language pace").normal(0, 1, len(persons))
    february = day(spells.school_year, 2, 1)
    learning = (statuses.types == status.EL) & (statuses.codes == status.CODE_EL)
    learning &= (statuses.begin <= february) & (statuses.end >= february)
    began = np.full(len(persons), -1, dtype=np.int64)
    began[statuses.people[learning]] = statuses.begin[learning]
    present = np.flatnonzero((spells.entry <= february) & (spells.end > february) & (spells.grades >= FIRST_GRADE))
    present = present[began[spells.people[present]] >= 0]
    # Where two schools hold a record of the student, the first one tests.
    present = present[np.unique(spells.people[present], return_index=True)[1]]
    present = present[rng.random(len(present)) < TAKES_TEST]
    people = spells.people[present]
    years = (february - began[people]) / 365.25
    level = 17 + (5.5 + 1.5 * pace[people]) * years + 2.5 * persons.ability[people] + rng.normal(0, 3, len(people))
    return LanguageResults(
        school_year=spells.school_year,
        people=people,
        schools=spells.schools[present],
        grades=spells.grades[present],
        level=np.clip(np.rint(level), LOWEST, HIGHEST).astype(np.int64),
        tested_on=np.full(len(people), february, dtype=np.int64),
    )


def language_file(results: LanguageResults, ids: Identifiers) -> Mapping[str, pa.Array]:
    """The columns of the test vendor's student file."""
    count = len(results)
    return {
        "Unique Record ID": joined(f"W{results.school_year}-", whole(np.arange(1, count + 1))),
        "State Student ID": pick(ids.state, results.people),
        "School Number": pick(ids.school_numbers, results.schools),
        "Grade": pick(GRADE_CODES, results.grades + 1),
        "Test Completion Date": american_dates(results.tested_on),
        "Reported Tier": constant("B", count),
        "Scale Score - Overall": whole(200 + POINTS_PER_TENTH * results.level),
        "Proficiency Level - Overall": decimal(results.level / 10, 1),
    }
