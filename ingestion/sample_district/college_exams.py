"""Advanced Placement exams: who takes one in May, and the scores that the College Board reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingestion.sample_district.arrays import Ints, day, random_stream
from ingestion.sample_district.columns import constant, joined, pick, whole
from ingestion.sample_district.courses import POSITION, SectionSeats
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.identifiers import Identifiers
from ingestion.sample_district.population import Persons

EXAMS = {"APCA": "66", "APUSH": "07"}
"""AP courses and the College Board's codes of their exams."""
TAKES_EXAM = 0.85


@dataclass(frozen=True)
class ExamScores:
    """Exams of one year, one entry per student and exam; exam is a position in EXAMS, score runs from 1 to 5."""

    school_year: int
    people: Ints
    exam: Ints
    score: Ints

    def __len__(self) -> int:
        return len(self.people)


def draw_exam_scores(persons: Persons, spells: Spells, seats: SectionSeats, seed: int) -> ExamScores:
    """Draw the scores of most of those who sit in an AP course in May."""
    rng = random_stream(seed, "ap exams", spells.school_year)
    may = day(spells.school_year, 5, 8)
    present = (spells.entry <= may) & (spells.end > may)
    courses = seats.sections.courses[seats.section]
    takers = [
        np.unique(spells.people[seats.spell[(courses == POSITION[code]) & present[seats.spell]]]) for code in EXAMS
    ]
    people = np.concatenate(takers)
    exam = np.repeat(np.arange(len(EXAMS)), [len(of_exam) for of_exam in takers])
    takes = rng.random(len(people)) < TAKES_EXAM
    score = np.clip(np.rint(2.7 + 0.9 * persons.ability[people] + rng.normal(0, 0.8, len(people))), 1, 5)
    return ExamScores(spells.school_year, people[takes], exam[takes], score[takes].astype(np.int64))


def exam_file(scores: ExamScores, ids: Identifiers) -> Mapping[str, pa.Array]:
    """The columns of the College Board's data file, with one exam in each row."""
    count = len(scores)
    return {
        "AP Number / AP ID": joined(f"AP{scores.school_year}", whole(np.arange(1, count + 1))),
        "Student Identifier": pick(ids.numbers, scores.people),
        "Admin Year 01": constant(f"{scores.school_year % 100:02d}", count),
        "Exam Code 01": pick(list(EXAMS.values()), scores.exam),
        "Exam Grade 01": whole(scores.score),
    }
