"""Disciplinary incidents and actions of one school year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.sample_district.arrays import Ints, choose, random_stream
from ingestion.sample_district.calendars import Calendar
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.groups import CONDUCT_EFFECTS, YearGroups, grade_effect, total_effect
from ingestion.sample_district.population import Persons
from ingestion.sample_district.schools import Schools

ACTIONS = ("OSS", "ISS", "EXP", "DET")
OSS, ISS, EXP, DET = range(4)
BEHAVIORS = ("DISRUPTION", "DEFIANCE", "FIGHTING", "HARASSMENT", "SUBSTANCE", "THEFT", "TRUANCY", "WEAPON")

INCIDENT_RATES = np.array([0.01, 0.04, 0.06, 0.07, 0.08, 0.10, 0.13, 0.32, 0.38, 0.36, 0.32, 0.24, 0.18, 0.13])
"""Incidents per student and year from PK to grade 12, before effects."""


@dataclass(frozen=True)
class DisciplineActions:
    """Actions of one year, ordered by day; one entry per action.

    spell: position in Spells; incident: number of the incident within the year (an incident can have two actions);
    day_index: index of the incident's day in its school's school days; duration: whole days, 0 where none applies.
    """

    school_year: int
    incident: Ints
    spell: Ints
    day_index: Ints
    incident_on: Ints
    begins_on: Ints
    behavior: Ints
    action: Ints
    duration: Ints

    def __len__(self) -> int:
        return len(self.spell)


def draw_discipline(
    schools: Schools, calendar: Calendar, persons: Persons, spells: Spells, groups: YearGroups, seed: int
) -> DisciplineActions:
    """Draw the year's incidents; suspensions begin on the school day after the incident."""
    rng = random_stream(seed, "discipline", spells.school_year)
    first = calendar.index_on_or_after(spells.schools, spells.entry)
    stop = calendar.index_on_or_after(spells.schools, spells.stops_attending)
    log_rate = total_effect(CONDUCT_EFFECTS, persons, groups) + 0.7 * persons.conduct
    rate = 0.55 * grade_effect(spells.grades, INCIDENT_RATES) * np.exp(log_rate[spells.people])
    rate *= np.exp(schools.conduct[spells.schools]) * np.maximum(stop - first, 0) / calendar.day_counts[spells.schools]
    spell = np.repeat(np.arange(len(spells)), rng.poisson(rate))
    count = len(spell)
    day_index = first[spell] + np.floor(rng.random(count) * (stop - first)[spell]).astype(np.int64)
    young = spells.grades[spell] <= 3
    action = np.where(young, choose(rng, [0.12, 0.23, 0, 0.65], count), choose(rng, [0.30, 0.30, 0.004, 0.396], count))
    # A second, lighter action answers one incident in twelve.
    doubled = np.flatnonzero((rng.random(count) < 0.08) & (action != DET))
    incident = np.r_[np.arange(count), doubled]
    spell, day_index = np.r_[spell, spell[doubled]], np.r_[day_index, day_index[doubled]]
    action = np.r_[action, np.full(len(doubled), DET)]
    behavior = choose(rng, [0.33, 0.2, 0.17, 0.1, 0.07, 0.05, 0.07, 0.01], count)[incident]
    days = np.select(
        [action == OSS, action == ISS, action == EXP],
        [np.minimum(rng.geometric(0.45, len(action)), 10), np.minimum(rng.geometric(0.6, len(action)), 3), 90],
        0,
    )
    school = spells.schools[spell]
    incident_on = calendar.day_at(school, day_index)
    begins_on = np.where(np.isin(action, (OSS, ISS)), calendar.day_at(school, day_index + 1), incident_on)
    order = np.lexsort((spell, incident, incident_on))
    return DisciplineActions(
        school_year=spells.school_year,
        incident=incident[order],
        spell=spell[order],
        day_index=day_index[order],
        incident_on=incident_on[order],
        begins_on=begins_on[order],
        behavior=behavior[order],
        action=action[order].astype(np.int64),
        duration=days[order].astype(np.int64),
    )
