"""The state's growth file: percentiles among students of a like score the year before, and which is adequate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingestion.sample_district.arrays import Flags, Floats, Ints
from ingestion.sample_district.assessments import NO_SCORE, SUBJECTS, VALID, Results, level_cuts
from ingestion.sample_district.columns import blank_where, constant, pick, whole
from ingestion.sample_district.identifiers import Identifiers
from ingestion.sample_district.population import GRADE_CODES
from ingestion.sample_district.schools import DISTRICT_NUMBER

NO_PERCENTILE = 0
NORM_SLOPE, NORM_LEVEL, NORM_SPREAD = 0.74, 0.0, 48.0
"""The state's norm, in points from Met: whoever was d away is expected at slope * d + level, and those of one d lie
normally around it. The scores of the sample district lie near the norm, so that its percentiles spread evenly."""
YEARS_TO_CATCH_UP = 3
LAST_GRADE_WITH_TARGET = 7
"""The state sends no adequate percentile with the last of the tests that follow one another: it looks ahead to none."""


@dataclass(frozen=True)
class Growth:
    """One year's file, one entry per student and subject with a valid score; nothing in a year without earlier scores.

    schools: of the test; subject: position in SUBJECTS; grade: tested grade; sgp: the student's percentile, agp: the
    adequate one, both 1-99 or NO_PERCENTILE; prior_level: 1-4, or 0 without a score of the year before.
    """

    school_year: int
    people: Ints
    schools: Ints
    subject: Ints
    grade: Ints
    sgp: Ints
    agp: Ints
    prior_level: Ints

    def __len__(self) -> int:
        return len(self.people)


def growth_of(results: Results, before: Results | None, person_count: int) -> Growth:
    """Compare each valid score with the student's own of the year before; `before` is None for the first year."""
    valid = np.flatnonzero(_is_valid(results)) if before is not None else np.zeros(0, dtype=np.int64)
    people, subject = results.people[valid], results.subject[valid]
    distance_before, level_before = _standing(before, person_count)
    prior_distance, prior_level = distance_before[people, subject], level_before[people, subject]
    has_prior = prior_level > 0
    distance = _distance(results)[valid]
    expected = NORM_SLOPE * prior_distance + NORM_LEVEL
    # Below Met: an equal part of the way each year. At Met or above: what stays there.
    needed = np.where(prior_distance < 0, prior_distance * (1 - 1 / YEARS_TO_CATCH_UP), 0.0)
    has_target = has_prior & (results.grade[valid] <= LAST_GRADE_WITH_TARGET)
    return Growth(
        school_year=results.school_year,
        people=people,
        schools=results.schools[valid],
        subject=subject,
        grade=results.grade[valid],
        sgp=np.where(has_prior, _percentiles(distance - expected), NO_PERCENTILE),
        agp=np.where(has_target, _percentiles(needed - expected), NO_PERCENTILE),
        prior_level=prior_level,
    )


def growth_file(growth: Growth, ids: Identifiers) -> Mapping[str, pa.Array]:
    """The columns of the file, in the state's student id."""
    count = len(growth)
    return {
        "admin_year": constant(str(growth.school_year), count),
        "ssid": pick(ids.state, growth.people),
        "district_code": constant(DISTRICT_NUMBER, count),
        "school_code": pick(ids.school_numbers, growth.schools),
        "subject": pick(SUBJECTS, growth.subject),
        "grade": pick(GRADE_CODES, growth.grade + 1),
        "sgp": blank_where(whole(growth.sgp), growth.sgp == NO_PERCENTILE),
        "agp": blank_where(whole(growth.agp), growth.agp == NO_PERCENTILE),
        "prior_performance_level": blank_where(whole(growth.prior_level), growth.prior_level == 0),
    }


def _is_valid(results: Results) -> Flags:
    valid: Flags = (results.status == VALID) & (results.score != NO_SCORE)
    return valid


def _distance(results: Results) -> Floats:
    """Points above the Met cut of the tested grade."""
    return (results.score - level_cuts(results.subject, results.grade)[:, 1]).astype(np.float64)


def _standing(results: Results | None, person_count: int) -> tuple[Floats, Ints]:
    """Distance from Met and level of each person in each subject, 0 without a valid score."""
    distance = np.zeros((person_count, len(SUBJECTS)))
    level = np.zeros((person_count, len(SUBJECTS)), dtype=np.int64)
    if results is not None:
        valid = np.flatnonzero(_is_valid(results))
        place = results.people[valid], results.subject[valid]
        distance[place], level[place] = _distance(results)[valid], results.level[valid]
    return distance, level


def _percentiles(points: Floats) -> Ints:
    """The percentile, 1 to 99, of so many points above what is expected."""
    share = np.array([0.5 * (1 + math.erf(z)) for z in points / (NORM_SPREAD * math.sqrt(2))])
    percentiles: Ints = np.clip(np.floor(100 * share), 1, 99).astype(np.int64)
    return percentiles
