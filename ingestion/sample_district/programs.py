"""Programmes and supports that students take part in during a school year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.sample_district.arrays import Floats, Ints, day, random_stream
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.groups import YearGroups
from ingestion.sample_district.population import Persons

PROGRAMS = (
    ("READ-T2", "Small-Group Reading"),
    ("MATH-TUT", "High-Dosage Mathematics Tutoring"),
    ("AFTER", "After-School Program"),
    ("ATT-MENTOR", "Attendance Mentor"),
    ("ELD", "English Language Development"),
    ("BRIDGE9", "Grade 9 Bridge"),
)


@dataclass(frozen=True)
class Participation:
    """One entry per student and programme: spell (position in Spells), programme, days (inclusive) and sessions."""

    school_year: int
    spell: Ints
    program: Ints
    begin: Ints
    end: Ints
    sessions: Ints

    def __len__(self) -> int:
        return len(self.spell)


def draw_programs(
    persons: Persons, spells: Spells, groups: YearGroups, absence_share: Floats, seed: int
) -> Participation:
    """Place students in programmes by need, so that participants differ from others before a programme begins."""
    rng = random_stream(seed, "programs", spells.school_year)
    people, grades = spells.people, spells.grades
    ability = persons.ability[people]
    chances = np.stack(
        [
            np.where((grades >= 1) & (grades <= 5) & (ability < -0.4), 0.45, 0.0),
            np.where((grades >= 4) & (grades <= 9) & (ability < -0.3), 0.25, 0.0),
            np.where(grades <= 8, 0.08 + 0.08 * groups.economic_disadvantage[people], 0.0),
            np.where(absence_share[people] > 0.12, 0.3, 0.005),
            np.where(groups.english_learner[people], 0.85, 0.0),
            np.where((grades == 9) & (ability < 0.2), 0.2, 0.0),
        ],
        axis=1,
    )
    # Only the later of two spells counts, and only when it leaves time to take part.
    last_of_person = np.r_[people[1:] != people[:-1], True] & (spells.end - spells.entry > 60)
    spell, program = np.nonzero((rng.random(chances.shape) < chances) & last_of_person[:, None])
    begin = np.maximum(spells.entry[spell], day(spells.school_year - 1, 9, 10)) + rng.integers(0, 30, len(spell))
    end = np.minimum(begin + rng.integers(30, 260, len(spell)), spells.end[spell] - 1)
    sessions = np.maximum(1, ((end - begin) / 7 * rng.uniform(0.7, 2.4, len(spell))).astype(np.int64))
    return Participation(spells.school_year, spell, program, begin, end, sessions)
