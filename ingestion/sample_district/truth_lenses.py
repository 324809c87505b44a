"""What the platform must find in the lenses beyond the roster: statuses in detail, history, schools and programmes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.sample_district import statuses as status
from ingestion.sample_district.arrays import Flags, Ints, day
from ingestion.sample_district.assessments import NO_SCORE, SUBJECTS, VALID, Results
from ingestion.sample_district.discipline import DisciplineActions
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.groups import YearGroups
from ingestion.sample_district.population import GENDERS, RACE_FLAGS, RACE_GROUPS, Persons
from ingestion.sample_district.programs import PROGRAMS, Participation
from ingestion.sample_district.schools import REGIONS, Schools

BANDS = ("satisfactory", "at_risk", "moderate_chronic", "severe_chronic", "unknown")
BAND_UNKNOWN = BANDS.index("unknown")
ANSWERS = ("no", "yes", "unknown")
NOT_ENROLLED = "not_enrolled"
MONITORED_YEARS = 4
MEDIUM_SESSIONS, HIGH_SESSIONS = 10, 30

Lens = tuple[Ints, tuple[str, ...]]
"""The position of each row's member, and the members' names."""
Groups = dict[str, Flags]
"""For each group whether each row is in it; a row may be in several."""


@dataclass(frozen=True)
class History:
    """What the year before left behind, by position in Persons.

    is_known: whether there is a year before; band: position in BANDS; levels: performance levels, persons x subjects,
    or 0 without a valid result.
    """

    is_known: bool
    was_enrolled: Flags
    band: Ints
    incidents: Ints
    levels: Ints

    @classmethod
    def nothing(cls, person_count: int) -> History:
        """Before the first year."""
        return cls(
            is_known=False,
            was_enrolled=np.zeros(person_count, dtype=bool),
            band=np.full(person_count, BAND_UNKNOWN, dtype=np.int64),
            incidents=np.zeros(person_count, dtype=np.int64),
            levels=np.zeros((person_count, len(SUBJECTS)), dtype=np.int64),
        )

    def after(self, spells: Spells, people: Ints, band: Ints, actions: DisciplineActions, results: Results) -> History:
        """What stands behind the next year; `band` is that of each of `people`, who are all of the year."""
        following = History.nothing(len(self.band))
        following.was_enrolled[people] = True
        following.band[people] = band
        incidents = np.unique(np.stack([spells.people[actions.spell], actions.incident]), axis=1)
        np.add.at(following.incidents, incidents[0], 1)
        valid = np.flatnonzero((results.status == VALID) & (results.score != NO_SCORE))
        following.levels[results.people[valid], results.subject[valid]] = results.level[valid]
        return History(True, following.was_enrolled, following.band, following.incidents, following.levels)


def bands(absent_quarters: Ints, membership_days: Ints) -> Ints:
    """Attendance band: a day has four quarters, so a share of 5 % absent is a fifth as many quarters as days."""
    absent = absent_quarters * 5
    return np.select(
        [membership_days == 0, absent < membership_days, absent < 2 * membership_days, absent < 4 * membership_days],
        [BAND_UNKNOWN, 0, 1, 2],
        3,
    )


def lenses_of_persons(
    persons: Persons, statuses: status.Statuses, groups: YearGroups, history: History
) -> dict[str, Lens]:
    """The lenses that are the student's own, for each person."""

    def ever(flags: Flags, kind: int) -> Lens:
        return status_lens(statuses, groups.school_year, flags, kind)

    return {
        "race_ethnicity": (persons.race, RACE_GROUPS),
        "gender": (persons.sex, GENDERS),
        "english_learner": ever(groups.english_learner, status.EL),
        "disability": ever(groups.disability, status.IEP),
        "economic_disadvantage": ever(groups.economic_disadvantage, status.MEAL),
        "homeless": ever(groups.homeless, status.HOMELESS),
        **detailed_statuses(statuses, groups.school_year, len(persons)),
        **past(history),
    }


def status_lens(statuses: status.Statuses, school_year: int, flags: Flags, kind: int) -> Lens:
    """Yes and no from flags; unknown in a year of which the feed says nothing."""
    known = statuses.any_record_in(school_year, kind)
    return np.where(known, flags.astype(np.int64), ANSWERS.index("unknown")), ANSWERS


def detailed_statuses(statuses: status.Statuses, school_year: int, person_count: int) -> dict[str, Lens]:
    """The lenses that say more of a status than yes and no, for each person; and those of few students."""
    lenses = {
        name: status_lens(statuses, school_year, statuses.ever_in(school_year, person_count, kind, (code,)), kind)
        for name, kind, code in (
            ("foster_care", status.FOSTER, status.CODE_FOSTER),
            ("migrant", status.MIGRANT, status.CODE_MIGRANT),
            ("military_family", status.MILITARY, status.CODE_MILITARY),
            ("gifted", status.GIFTED, status.CODE_GIFTED),
        )
    }
    lenses["el_status"] = _el_status(statuses, school_year, person_count)
    plan = statuses.latest_in(school_year, person_count, status.IEP)
    has_plan = plan >= 0
    accommodated = statuses.latest_in(school_year, person_count, status.SECTION_504) >= 0
    told = statuses.any_record_in(school_year, status.SECTION_504)
    members = ("none", "idea", "section_504", "unknown")
    lenses["disability_status"] = (
        np.select([has_plan, accommodated, np.full(person_count, told)], [1, 2, 0], 3),
        members,
    )
    categories = ("none", "not_stated", *(category for category, _ in status.DISABILITIES.values()))
    order = np.searchsorted(np.array(status.CODES_DISABILITY), statuses.codes)
    lenses["disability_category"] = (np.where(has_plan, order[plan] + 1, 0), categories)
    meals = statuses.ever_in(school_year, person_count, status.MEAL, (status.FREE, status.REDUCED))
    lenses["economic_basis"] = (meals.astype(np.int64), ("not_disadvantaged", "meal_application"))
    return lenses


def _el_status(statuses: status.Statuses, school_year: int, person_count: int) -> Lens:
    current = statuses.ever_in(school_year, person_count, status.EL, (status.CODE_EL,))
    latest = statuses.latest_in(school_year, person_count, status.EL)
    # One day before the record begins, the student was still a learner: July to June of that day is the last year.
    last_year = np.searchsorted(
        np.array([day(year, 7, 1) for year in range(1990, school_year + 1)]), statuses.begin - 1, side="right"
    )
    years_since = school_year - (1990 + last_year[latest])
    return np.select([current, latest < 0, years_since <= MONITORED_YEARS], [0, 1, 2], 3), (
        "current",
        "never",
        "former_monitored",
        "former_later",
    )


def past(history: History) -> dict[str, Lens]:
    """The lenses of the year before, for each person."""
    newcomer = history.is_known & ~history.was_enrolled
    unknown = np.full(len(newcomer), not history.is_known)
    lenses: dict[str, Lens] = {
        "prior_attendance_band": (np.where(newcomer, len(BANDS), history.band), (*BANDS, NOT_ENROLLED)),
        "discipline_history": (
            np.select(
                [unknown, newcomer, history.incidents >= 4, history.incidents >= 2], [5, 4, 3, 2], history.incidents
            ),
            ("none", "one", "few", "many", NOT_ENROLLED, "unknown"),
        ),
    }
    names = ("no_prior", *(f"level_{level}" for level in range(1, 5)), "unknown")
    for subject, name in enumerate(SUBJECTS):
        lenses[f"prior_performance_{name.lower()}"] = (np.where(unknown, 5, history.levels[:, subject]), names)
    return lenses


def mobility(moves_in: Ints, moves_out: Ints, left_before_census: Flags) -> Lens:
    """How a year in membership went, for each row."""
    moves = moves_in + moves_out
    return np.select([moves >= 2, moves_in == 1, (moves == 1) | left_before_census], [3, 1, 2], 0), (
        "full_year",
        "entered_late",
        "left",
        "two_or_more_moves",
    )


def school_groups(schools: Schools, latest_school: Ints) -> dict[str, Lens]:
    """Region and feeder pattern of the school of each row."""
    return {
        "region": (schools.regions[latest_school], REGIONS),
        "feeder": (schools.feeders[latest_school], schools.names),
    }


def overlapping_groups(persons: Persons, spells: Spells, taken: Participation) -> dict[str, Groups]:
    """The lenses of which a student may be in several groups, for each person."""
    races: Groups = {RACE_GROUPS[group]: persons.race_flags[:, place] for place, group in enumerate(RACE_FLAGS)}
    races |= {"hispanic": persons.is_hispanic, "middle_eastern": persons.is_middle_eastern}
    races["unknown"] = ~np.any(list(races.values()), axis=0)
    sessions = np.zeros((len(PROGRAMS), len(persons)), dtype=np.int64)
    np.add.at(sessions, (taken.program, spells.people[taken.spell]), taken.sessions)
    takes_part = np.zeros(sessions.shape, dtype=bool)
    takes_part[taken.program, spells.people[taken.spell]] = True
    programs: Groups = {code: takes_part[place] for place, (code, _) in enumerate(PROGRAMS)}
    dosages: Groups = {}
    for place, (code, _) in enumerate(PROGRAMS):
        own = sessions[place]
        for name, within in (
            ("low", own < MEDIUM_SESSIONS),
            ("medium", (own >= MEDIUM_SESSIONS) & (own < HIGH_SESSIONS)),
            ("high", own >= HIGH_SESSIONS),
        ):
            dosages[f"{code}:{name}"] = takes_part[place] & within
    in_none: Flags = ~np.any(takes_part, axis=0)
    return {
        "race_spd15": races,
        "program": {**programs, "none": in_none},
        "program_dosage": {**dosages, "none": in_none},
    }
