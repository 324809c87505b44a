"""The graduation cohort list: when each high school student entered grade 9, and how those who left have left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingestion.sample_district.arrays import OPEN_END, Flags, Ints, choose, random_stream
from ingestion.sample_district.columns import blank_where, iso_dates, pick, whole
from ingestion.sample_district.enrollment import EARLY_EXIT, Roster, Spells
from ingestion.sample_district.identifiers import Identifiers
from ingestion.sample_district.population import LAST_GRADE, Persons

EXIT_CODES = ("GRAD", "CERT", "TRANSFER", "EMIGRATED", "DROPOUT")
GRADUATED, CERTIFICATE, TRANSFERRED, EMIGRATED, DROPPED_OUT = range(5)
NO_EXIT = -1
FIRST_GRADE = 9


@dataclass(frozen=True)
class CohortRecords:
    """What the list says of each person, by position in Persons.

    entered: school year of entry to grade 9, 0 for who has not reached it. school: the last one. exit_code: position in
    EXIT_CODES or NO_EXIT, for who is still here and for who left without a word. exit_on: last day, or OPEN_END.
    """

    entered: Ints
    school: Ints
    exit_code: Ints
    exit_on: Ints

    @property
    def is_listed(self) -> Flags:
        """Tell who is on the list."""
        listed: Flags = self.entered > 0
        return listed


def draw_cohorts(
    persons: Persons, rosters: Sequence[Roster], spells_of_years: Sequence[Spells], seed: int
) -> CohortRecords:
    """Draw how each student left; achievement and need decide who graduates."""
    rng = random_stream(seed, "cohorts")
    count = len(persons)
    entered, last_grade = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    last_year, left_early = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool)
    repeated_elsewhere = rng.random(count) < 0.04
    for roster in rosters:
        people, grades = roster.people, roster.grades
        new = (grades >= FIRST_GRADE) & (entered[people] == 0)
        # Some of those who come in a later grade took a year longer to reach it.
        late = repeated_elsewhere[people[new]] & (grades[new] > FIRST_GRADE)
        entered[people[new]] = roster.school_year - (grades[new] - FIRST_GRADE) - late
        last_grade[people], last_year[people] = grades, roster.school_year
        left_early[people] = roster.patterns == EARLY_EXIT
    last_day, school = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    for spells in spells_of_years:
        # Spells are ordered by person and entry, so the last one stays.
        last_day[spells.people], school[spells.people] = spells.end - 1, spells.schools

    is_here = (last_year == rosters[-1].school_year) & ~left_early
    finished = (last_grade == LAST_GRADE) & ~left_early
    chance = np.clip(0.93 + 0.03 * persons.ability - 0.06 * (persons.poverty > 0.5), 0.5, 0.99)
    graduated = finished & (rng.random(count) < chance)
    ended_otherwise = finished & ~graduated & ~is_here & (rng.random(count) < 0.4)
    way = choose(rng, [0.74, 0.03, 0.13, 0.10], count)
    leaves = ~finished & ~is_here
    code = np.select(
        [graduated, ended_otherwise, leaves],
        [GRADUATED, CERTIFICATE, np.array([TRANSFERRED, EMIGRATED, DROPPED_OUT, NO_EXIT])[way]],
        NO_EXIT,
    )
    code = np.where(entered > 0, code, NO_EXIT)
    return CohortRecords(entered, school, code, np.where(code == NO_EXIT, OPEN_END, last_day))


def cohort_file(records: CohortRecords, ids: Identifiers) -> Mapping[str, pa.Array]:
    """The columns of the list, one row per listed student."""
    people = np.flatnonzero(records.is_listed)
    code = records.exit_code[people]
    return {
        "student_id": pick(ids.numbers, people),
        "grade9_school_year": whole(records.entered[people]),
        "school_id": pick(ids.school_numbers, records.school[people]),
        "exit_date": iso_dates(records.exit_on[people]),
        "exit_code": blank_where(pick(EXIT_CODES, np.maximum(code, 0)), code == NO_EXIT),
    }
