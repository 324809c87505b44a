"""Of which homerooms the SIS says that attendance was taken, on the last school days of the final year."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from ingestion.sample_district.arrays import random_stream
from ingestion.sample_district.calendars import Calendar
from ingestion.sample_district.columns import iso_dates, pick, true_false
from ingestion.sample_district.enrollment import Homerooms
from ingestion.sample_district.identifiers import Identifiers

LAST_SCHOOL_DAYS = 40
"""The SIS keeps it for the current marking period."""
FORGETFUL_FROM = 10
"""Homerooms of a school in which one of them forgets on a day; a tenth is still complete enough."""
FORGOTTEN_DAYS = 0.1


def attendance_taken_file(
    calendar: Calendar, homerooms: Homerooms, ids: Identifiers, seed: int
) -> Mapping[str, pa.Array]:
    """One row per homeroom and school day, day after day."""
    rng = random_stream(seed, "attendance taken", calendar.school_year)
    days = np.arange(LAST_SCHOOL_DAYS)
    index = calendar.day_counts[homerooms.schools][None, :] - LAST_SCHOOL_DAYS + days[:, None]
    rooms = np.broadcast_to(np.arange(len(homerooms.schools)), index.shape).ravel()
    schools = homerooms.schools[rooms]
    per_school = np.bincount(homerooms.schools, minlength=len(calendar.day_counts))
    # At most one homeroom of a school and day.
    forgets = np.zeros(index.shape, dtype=bool)
    for school in np.flatnonzero(per_school >= FORGETFUL_FROM):
        own = np.flatnonzero(homerooms.schools == school)
        forgetful = rng.random(LAST_SCHOOL_DAYS) < FORGOTTEN_DAYS
        forgets[np.flatnonzero(forgetful), rng.choice(own, int(forgetful.sum()))] = True
    return {
        "school_id": pick(ids.school_numbers, schools),
        "section_id": ids.homerooms(calendar.school_year, rooms),
        "attendance_date": iso_dates(calendar.day_at(schools, index.ravel())),
        "is_taken": true_false(~forgets.ravel()),
    }
