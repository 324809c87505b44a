"""Budgeted positions and how much of each is filled on the census day, as position control counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingestion.sample_district.arrays import Floats, Ints, random_stream
from ingestion.sample_district.columns import decimal, joined, pick, whole
from ingestion.sample_district.identifiers import Identifiers
from ingestion.sample_district.schools import Schools
from ingestion.sample_district.staff import POSITIONS, TEACHER, Staff

VACANCY = 0.03
"""Share of teachers' positions that nobody holds, at a school without poverty; it grows to three times as much."""


@dataclass(frozen=True)
class Positions:
    """One entry per position and school year; position is one of staff.POSITIONS, shares are of full time."""

    school_year: Ints
    schools: Ints
    position: Ints
    budgeted: Floats
    filled: Floats

    def __len__(self) -> int:
        return len(self.schools)


def draw_positions(schools: Schools, staff: Staff, school_years: Sequence[int], seed: int) -> Positions:
    """Count a position for each member of staff of a year, and add those that are vacant or half filled."""
    parts = []
    for year in school_years:
        rng = random_stream(seed, "positions", year)
        active = np.flatnonzero(staff.active_in(year))
        teachers = np.bincount(staff.schools[active[staff.position[active] == TEACHER]], minlength=len(schools))
        vacant = rng.binomial(teachers, VACANCY * (1 + 2 * schools.poverty))
        empty_at = np.repeat(np.arange(len(schools)), vacant)
        share = np.where(staff.part_time[active], 0.5, 1.0)
        parts.append(
            (
                np.full(len(active) + len(empty_at), year, dtype=np.int64),
                np.r_[staff.schools[active], empty_at],
                np.r_[staff.position[active], np.full(len(empty_at), TEACHER)],
                np.r_[share, np.ones(len(empty_at))],
                np.r_[share, np.where(rng.random(len(empty_at)) < 0.25, 0.5, 0.0)],
            )
        )
    return Positions(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def position_file(positions: Positions, ids: Identifiers) -> Mapping[str, pa.Array]:
    """The columns of the position control file."""
    return {
        "position_id": joined("B", whole(np.arange(1, len(positions) + 1))),
        "school_id": pick(ids.school_numbers, positions.schools),
        "school_year": whole(positions.school_year),
        "job_title": pick(POSITIONS, positions.position),
        "budgeted_fte": decimal(positions.budgeted, 1),
        "filled_fte": decimal(positions.filled, 1),
    }
