"""What the platform must find about English learners and students with disabilities."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ingestion.sample_district import statuses as status
from ingestion.sample_district.arrays import Flags, Ints, day
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.language_tests import LanguageResults
from ingestion.sample_district.truth_courses import Earlier

SPECIAL_POPULATION_METRICS: dict[str, tuple[str, str | None]] = {
    "el_progress_rate": ("is_el_progressing", "is_el_progress_tested"),
    "el_reclassification_rate": ("is_reclassified", "is_el_on_census"),
    "ltel_rate": ("is_ltel", "is_el_on_census"),
    "sped_identification_rate": ("has_iep_on_census", "is_enrolled_on_census"),
    "section_504_rate": ("has_section_504_on_census", "is_enrolled_on_census"),
}
PROFICIENT_TENTHS = 45
LONG_TERM_YEARS = 6
EVERYWHERE = -1


def special_population_measures(
    statuses: status.Statuses,
    spells: Spells,
    tested: LanguageResults,
    earlier: Earlier,
    latest: Ints,
    places: Ints,
    counted: Mapping[str, Ints],
) -> dict[str, Ints]:
    """Measures of each row of a scope's table; arguments as in `college_measures`."""
    year, size = spells.school_year, len(earlier.language)
    person, place = spells.people[latest], places[latest]
    october, june = day(year - 1, 10, 1), day(year, 6, 30)
    on_census = counted["is_enrolled_on_census"] > 0

    level, tested_at = np.zeros(size, dtype=np.int64), np.full(size, EVERYWHERE, dtype=np.int64)
    level[tested.people], tested_at[tested.people] = tested.level, tested.schools
    both = (level[person] > 0) & (earlier.language[person] > 0)
    both &= (place == EVERYWHERE) | (place == tested_at[person])
    before, now = earlier.language[person], level[person]
    progressing = (now // 10 > before // 10) | ((before >= PROFICIENT_TENTHS) & (now >= PROFICIENT_TENTHS))

    def anyone(chosen: Flags) -> Flags:
        found = np.zeros(size, dtype=bool)
        found[statuses.people[chosen]] = True
        return found[person]

    def on_day(kind: int, codes: tuple[int, ...], at: int) -> Flags:
        holds: Flags = (statuses.types == kind) & np.isin(statuses.codes, codes)
        return holds & (statuses.begin <= at) & (statuses.end >= at)

    reclassified = (statuses.types == status.EL) & (statuses.codes == status.CODE_RFEP)
    learner = on_census & anyone(on_day(status.EL, (status.CODE_EL,), october))
    first_time = ~anyone(reclassified & (statuses.begin <= october))
    this_year = anyone(reclassified & (statuses.begin > october) & (statuses.begin <= june))
    first_day = np.full(size, 2**31, dtype=np.int64)
    learning = (statuses.types == status.EL) & (statuses.codes == status.CODE_EL)
    np.minimum.at(first_day, statuses.people[learning], statuses.begin[learning])
    long_ago = day(year - 1 - LONG_TERM_YEARS, 10, 1)
    iep = anyone(on_day(status.IEP, status.CODES_DISABILITY, october))
    section_504 = anyone(on_day(status.SECTION_504, (status.CODE_504,), october))
    flags = {
        "is_el_progress_tested": both,
        "is_el_progressing": both & progressing,
        "is_el_on_census": learner,
        "is_reclassified": learner & first_time & this_year,
        "is_ltel": learner & (first_day[person] <= long_ago),
        "has_iep_on_census": on_census & iep,
        "has_section_504_on_census": on_census & section_504 & ~iep,
    }
    return {name: flag.astype(np.int64) for name, flag in flags.items()}
