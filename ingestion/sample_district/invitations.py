"""Whom the climate survey was sent to: how many students, families and members of staff of each school."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingestion.sample_district.arrays import Ints, day
from ingestion.sample_district.columns import constant, pick, whole
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.identifiers import Identifiers
from ingestion.sample_district.schools import Schools
from ingestion.sample_district.staff import Staff
from ingestion.sample_district.survey import FIRST_SURVEYED_GRADE, RESPONDENTS


@dataclass(frozen=True)
class Invitations:
    """People invited in one year, schools x RESPONDENTS."""

    school_year: int
    invited: Ints


def count_invitations(schools: Schools, spells: Spells, staff: Staff) -> Invitations:
    """Invite the students from grade 3, a family for each student, and the staff, of 10 February."""
    february = day(spells.school_year, 2, 10)
    present = (spells.entry <= february) & (spells.end > february)
    surveyed = present & (spells.grades >= FIRST_SURVEYED_GRADE)
    at_work = staff.active_in(spells.school_year)
    counts = [
        np.bincount(places, minlength=len(schools))
        for places in (spells.schools[surveyed], spells.schools[present], staff.schools[at_work])
    ]
    return Invitations(spells.school_year, np.stack(counts, axis=1).astype(np.int64))


def invitation_file(invitations: Invitations, ids: Identifiers) -> Mapping[str, pa.Array]:
    """The columns of the survey's list of invitations."""
    school, respondent = np.nonzero(invitations.invited)
    return {
        "school_year": constant(str(invitations.school_year), len(school)),
        "school_id": pick(ids.school_numbers, school),
        "respondent_type": pick(RESPONDENTS, respondent),
        "invited": whole(invitations.invited[school, respondent]),
    }
