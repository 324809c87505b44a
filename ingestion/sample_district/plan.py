"""The strategic plan: goals, the measures that judge them, yearly targets, and the calendar of stocktakes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingestion.sample_district.arrays import day
from ingestion.sample_district.columns import iso_dates
from ingestion.sample_district.schools import REGIONS, Schools
from ingestion.sample_district.truth import Expected

YEARS_AHEAD = 2
"""Years for which the plan goes on after the last year of the sample."""
REVIEW_MONTHS = (9, 10, 11, 12, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Goal:
    """A goal and the office that answers for it."""

    goal_id: str
    title: str
    description: str
    owner_role: str


@dataclass(frozen=True)
class Measure:
    """A metric, for all students (dimension and member empty) or a group, and the yearly change aimed for.

    yearly_change: in the metric's own unit, per cent or points; below zero where lower is better.
    """

    measure_id: str
    goal_id: str
    title: str
    metric: str
    yearly_change: float
    dimension: str = ""
    member: str = ""


GOALS = (
    Goal(
        "G1",
        "Every student at school every day",
        "Fewer students miss a tenth of the year and most of all where it happens most.",
        "Director of Student Services",
    ),
    Goal(
        "G2",
        "Every reader and mathematician on grade level",
        "More students meet the standard and those furthest below it gain the most.",
        "Chief Academic Officer",
    ),
    Goal(
        "G3",
        "Schools where everyone belongs",
        "Suspension becomes the exception and students stay at their school through the year.",
        "Chief of Schools",
    ),
)
MEASURES = (
    Measure("M1", "G1", "Chronic absence", "chronic_absence_rate", -1.5),
    Measure(
        "M2",
        "G1",
        "Chronic absence of students in poverty",
        "chronic_absence_rate",
        -2.5,
        "economic_disadvantage",
        "yes",
    ),
    Measure("M3", "G1", "Attendance", "attendance_rate", 0.4),
    Measure("M4", "G2", "Meeting the standard in ELA", "proficiency_rate_ela", 2.0),
    Measure("M5", "G2", "Meeting the standard in mathematics", "proficiency_rate_math", 2.0),
    Measure(
        "M6",
        "G2",
        "Distance from standard of English learners",
        "distance_from_standard_ela",
        4.0,
        "english_learner",
        "yes",
    ),
    Measure("M7", "G3", "Out-of-school suspension", "oss_rate", -0.5),
    Measure("M8", "G3", "Out-of-school suspension of Black students", "oss_rate", -0.9, "race_ethnicity", "black"),
    Measure("M9", "G3", "Stability", "stability_rate", 0.5),
)
IN_PERCENT = 100
CHAIR = "Superintendent"

Columns = Mapping[str, pa.Array]


def plan_goals(school_years: Sequence[int]) -> Columns:
    """The goals; the plan begins with the first year of the sample."""
    count = len(GOALS)
    return {
        "goal_id": _text([goal.goal_id for goal in GOALS]),
        "title": _text([goal.title for goal in GOALS]),
        "description": _text([goal.description for goal in GOALS]),
        "owner_role": _text([goal.owner_role for goal in GOALS]),
        "begin_year": _text([str(school_years[0])] * count),
        "end_year": _text([str(school_years[-1] + YEARS_AHEAD)] * count),
    }


def plan_measures(school_years: Sequence[int], expected: Sequence[Expected]) -> Columns:
    """The measures, with the district's true figure of the first year as baseline."""
    baselines = [_baseline(measure, school_years[0], expected) for measure in MEASURES]
    owners = {goal.goal_id: goal.owner_role for goal in GOALS}
    return {
        "measure_id": _text([measure.measure_id for measure in MEASURES]),
        "goal_id": _text([measure.goal_id for measure in MEASURES]),
        "title": _text([measure.title for measure in MEASURES]),
        "metric": _text([measure.metric for measure in MEASURES]),
        "dimension": _text([measure.dimension for measure in MEASURES]),
        "member": _text([measure.member for measure in MEASURES]),
        "owner_role": _text([owners[measure.goal_id] for measure in MEASURES]),
        "baseline_year": _text([str(school_years[0])] * len(MEASURES)),
        "baseline_value": _text(["" if baseline is None else f"{baseline:.1f}" for baseline in baselines]),
    }


def plan_targets(school_years: Sequence[int], expected: Sequence[Expected]) -> Columns:
    """A target for each measure and year after the first; none where the first year has no figure."""
    rows = []
    for measure in MEASURES:
        baseline = _baseline(measure, school_years[0], expected)
        for ahead in range(1, len(school_years) + YEARS_AHEAD):
            if baseline is not None:
                value = baseline + ahead * measure.yearly_change
                is_rate = not measure.metric.startswith("distance")
                rows.append(
                    (measure.measure_id, school_years[0] + ahead, min(max(value, 0), 100) if is_rate else value)
                )
    return {
        "measure_id": _text([measure_id for measure_id, _, _ in rows]),
        "school_year": _text([str(year) for _, year, _ in rows]),
        "target_value": _text([f"{value:.1f}" for _, _, value in rows]),
    }


def plan_schools(schools: Schools) -> Columns:
    """How the district groups its schools."""
    return {
        "school_id": _text(list(schools.numbers)),
        "region": _text([REGIONS[region] for region in schools.regions]),
        "feeder": _text([schools.names[school] for school in schools.feeders]),
    }


def plan_reviews(school_years: Sequence[int]) -> Columns:
    """A stocktake on the second Tuesday of each month from September to June, one goal at a time."""
    rows = []
    for school_year in (*school_years, school_years[-1] + 1):
        for turn, month in enumerate(REVIEW_MONTHS):
            year = school_year - 1 if month >= 7 else school_year
            first = day(year, month, 1)
            # 1970-01-01 was a Thursday, so day 5 was a Tuesday.
            rows.append((school_year, month, GOALS[turn % len(GOALS)], first + (5 - first) % 7 + 7))
    return {
        "review_id": _text([f"R{year}-{month:02d}" for year, month, _, _ in rows]),
        "goal_id": _text([goal.goal_id for _, _, goal, _ in rows]),
        "meeting_date": iso_dates(np.array([on for _, _, _, on in rows], dtype=np.int64)),
        "title": _text([f"Stocktake: {goal.title}" for _, _, goal, _ in rows]),
        "chair_role": _text([CHAIR] * len(rows)),
    }


def _baseline(measure: Measure, school_year: int, expected: Sequence[Expected]) -> float | None:
    """The district's figure of a year in the unit in which it is shown; None where nobody is counted."""
    sought = (measure.metric, school_year, "district", measure.dimension or None, measure.member or None)
    for figure in expected:
        if (figure.metric, figure.school_year, figure.scope, figure.dimension, figure.member) == sought:
            unit = 1 if measure.metric.startswith("distance") else IN_PERCENT
            return figure.value * unit
    return None


def _text(values: list[str]) -> pa.Array:
    return pa.array(values, pa.string())
