"""What the platform must find about graduation cohorts: who of those who entered grade 9 together has a diploma."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ingestion.sample_district import statuses as status
from ingestion.sample_district.arrays import Flags, Ints, day
from ingestion.sample_district.cohorts import EMIGRATED, GRADUATED, TRANSFERRED, CohortRecords
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.groups import groups_of_year
from ingestion.sample_district.population import GENDERS, RACE_GROUPS, Persons
from ingestion.sample_district.schools import Schools
from ingestion.sample_district.truth import Expected
from ingestion.sample_district.truth_rates import rates_by_member

LENGTHS = {"acgr_4yr": 4, "acgr_5yr": 5}
ANSWERS = ("no", "yes", "unknown")
STATUS_LENSES = {
    "english_learner": status.EL,
    "disability": status.IEP,
    "economic_disadvantage": status.MEAL,
    "homeless": status.HOMELESS,
}


def expected_cohorts(
    schools: Schools,
    persons: Persons,
    statuses: status.Statuses,
    cohorts: CohortRecords,
    spells_of_years: Sequence[Spells],
) -> list[Expected]:
    """Count each year's cohorts at both scopes, in total and for each member of each dimension."""
    figures: list[Expected] = []
    for spells in spells_of_years:
        year = spells.school_year
        by_summer = cohorts.exit_on < day(year, 9, 1)
        graduated = by_summer & (cohorts.exit_code == GRADUATED)
        removed = by_summer & np.isin(cohorts.exit_code, (TRANSFERRED, EMIGRATED))
        if not (graduated & (cohorts.exit_on >= day(year - 1, 9, 1))).any():
            continue
        lenses = _lenses(persons, statuses, [one for one in spells_of_years if one.school_year <= year])
        for metric, length in LENGTHS.items():
            members = cohorts.is_listed & (cohorts.entered == year - length + 1) & ~removed
            upper, lower = (members & graduated).astype(np.float64), members.astype(np.float64)
            nowhere = np.zeros(len(persons), dtype=np.int64)
            figures += rates_by_member(metric, year, "district", None, nowhere, (None,), upper, lower)
            figures += rates_by_member(metric, year, "school", "school", cohorts.school, schools.numbers, upper, lower)
            for dimension, (positions, names) in lenses.items():
                figures += rates_by_member(metric, year, "district", dimension, positions, names, upper, lower)
    return figures


def _lenses(
    persons: Persons, statuses: status.Statuses, spells_of_years: Sequence[Spells]
) -> dict[str, tuple[Ints, tuple[str, ...]]]:
    """Groups ever belonged to in the years of enrolment so far."""
    lenses: dict[str, tuple[Ints, tuple[str, ...]]] = {
        "race_ethnicity": (persons.race, RACE_GROUPS),
        "gender": (persons.sex, GENDERS),
    }
    for dimension, kind in STATUS_LENSES.items():
        ever = np.zeros(len(persons), dtype=bool)
        known = np.zeros(len(persons), dtype=bool)
        open_question = np.zeros(len(persons), dtype=bool)
        for spells in spells_of_years:
            here: Flags = np.zeros(len(persons), dtype=bool)
            here[spells.people] = True
            known |= here
            groups = groups_of_year(statuses, spells.school_year, len(persons))
            ever |= here & getattr(groups, dimension)
            if not statuses.any_record_in(spells.school_year, kind):
                open_question |= here
        lenses[dimension] = (np.where(ever, 1, np.where(known & ~open_question, 0, 2)).astype(np.int64), ANSWERS)
    return lenses
