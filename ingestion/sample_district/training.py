"""Professional learning: which courses staff took, finished and passed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.sample_district.arrays import Flags, Ints, choose, day, random_stream
from ingestion.sample_district.staff import Staff

OFFERINGS = (
    ("DATA101", "Reading Your School's Data", 2.0),
    ("DATA201", "From Gap to Question", 3.0),
    ("ATT110", "Attendance Teams in Practice", 2.5),
    ("EL120", "Language Support in Every Lesson", 6.0),
    ("RJ130", "Restorative Conversations", 4.0),
    ("SPED140", "Co-teaching for Inclusion", 5.0),
)


@dataclass(frozen=True)
class TrainingRecords:
    """One entry per member of staff and offering taken in a year; score is 0-100, -1 when not finished."""

    school_year: Ints
    staff: Ints
    offering: Ints
    enrolled_on: Ints
    completed_on: Ints
    is_completed: Flags
    score: Ints

    def __len__(self) -> int:
        return len(self.staff)


def draw_training(staff: Staff, school_years: tuple[int, ...], seed: int) -> TrainingRecords:
    """Draw about two courses a year for each member of staff, three in four of them finished."""
    parts = []
    for school_year in school_years:
        rng = random_stream(seed, "training", school_year)
        taken = rng.random((len(staff), len(OFFERINGS))) < 0.35
        taken &= staff.active_in(school_year)[:, None]
        person, offering = np.nonzero(taken)
        count = len(person)
        enrolled = day(school_year - 1, 8, 20) + rng.integers(0, 200, count)
        finished = choose(rng, [0.25, 0.75], count) == 1
        parts.append(
            (
                np.full(count, school_year),
                person,
                offering,
                enrolled,
                enrolled + rng.integers(1, 75, count),
                finished,
                np.where(finished, np.clip(np.rint(rng.normal(84, 9, count)), 40, 100), -1).astype(np.int64),
            )
        )
    return TrainingRecords(*(np.concatenate(column) for column in zip(*parts, strict=True)))
