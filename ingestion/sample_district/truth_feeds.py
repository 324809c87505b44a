"""What the platform must find in the feeds beside the roster: plain counts, taken from the clean arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ingestion.sample_district.arrays import Ints
from ingestion.sample_district.postsecondary import PostsecondaryRecords
from ingestion.sample_district.programs import Participation
from ingestion.sample_district.staff import Staff
from ingestion.sample_district.survey import SurveyAnswers
from ingestion.sample_district.training import OFFERINGS, TrainingRecords

FAVOURABLE = 4
"""Answers from here up are favourable."""


@dataclass(frozen=True)
class ExpectedCount:
    """One count: `school_year` is None where the feed has no year of its own."""

    feed: str
    measure: str
    school_year: int | None
    value: float


def participation_counts(taken: Participation, people: Ints) -> list[ExpectedCount]:
    """Participations, participants, sessions and calendar days of a year; `people` is the person of each spell."""
    return _counts(
        "program_participations",
        taken.school_year,
        participations=len(taken),
        students=len(np.unique(people[taken.spell])),
        sessions=int(taken.sessions.sum()),
        days=int((taken.end - taken.begin + 1).sum()),
    )


def survey_counts(answers: SurveyAnswers) -> list[ExpectedCount]:
    """Responses, answers and favourable answers of a year."""
    return _counts(
        "survey_responses",
        answers.school_year,
        responses=len(answers),
        answers=int((answers.answers > 0).sum()),
        favourable_answers=int((answers.answers >= FAVOURABLE).sum()),
    )


def staff_counts(staff: Staff, school_years: Sequence[int]) -> list[ExpectedCount]:
    """Staff of all years, then those employed in each year and their full-time equivalents."""
    counts = _counts("staff_members", None, staff=len(staff))
    for school_year in school_years:
        active = staff.active_in(school_year)
        fte = float(np.where(staff.part_time[active], 0.5, 1.0).sum())
        counts += _counts("staff_assignments", school_year, assignments=int(active.sum()), fte=fte)
    return counts


def training_counts(records: TrainingRecords) -> list[ExpectedCount]:
    """Records, completed ones and their hours, by the school year of enrolment."""
    hours = np.array([hours for _, _, hours in OFFERINGS])[records.offering]
    counts: list[ExpectedCount] = []
    for school_year in np.unique(records.school_year).tolist():
        mine = records.school_year == school_year
        done = mine & records.is_completed
        counts += _counts(
            "training_records",
            school_year,
            records=int(mine.sum()),
            completed=int(done.sum()),
            hours_completed=float(hours[done].sum()),
        )
    return counts


def postsecondary_counts(records: PostsecondaryRecords) -> list[ExpectedCount]:
    """Former students searched for and found, their terms and degrees."""
    return _counts(
        "postsecondary_enrollments",
        None,
        students=len(np.unique(records.people)),
        students_found=len(np.unique(records.people[records.is_found])),
        terms=int((records.term >= 0).sum()),
        degrees=int(records.is_degree.sum()),
    )


def plan_counts(goals: int, measures: int, targets: int, reviews: int) -> list[ExpectedCount]:
    """Rows of the plan."""
    return _counts("plan", None, goals=goals, measures=measures, targets=targets, reviews=reviews)


def _counts(feed: str, school_year: int | None, **measures: float) -> list[ExpectedCount]:
    return [ExpectedCount(feed, measure, school_year, value) for measure, value in measures.items()]
