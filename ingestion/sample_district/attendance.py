"""Daily attendance of one school year: the exceptions (absences, suspensions, tardies) that a school sends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingestion.sample_district.arrays import Flags, Floats, Ints, choose, day, random_stream
from ingestion.sample_district.calendars import Calendar, weekday_of
from ingestion.sample_district.discipline import ISS as ACTION_ISS
from ingestion.sample_district.discipline import OSS as ACTION_OSS
from ingestion.sample_district.discipline import DisciplineActions
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.groups import (
    ABSENCE_EFFECTS,
    FINAL_YEAR,
    YearGroups,
    grade_effect,
    total_effect,
)
from ingestion.sample_district.population import Persons
from ingestion.sample_district.schools import Schools

CODES = ("EXC", "UNX", "OSS", "ISS", "TDY")
EXC, UNX, OSS, ISS, TDY = range(5)
PRESENT = -1
FRACTIONS = ("0.25", "0.5", "1", "")
"""Parts of a day missed as they are written; an empty field means the whole day (or none, for those present)."""
QUARTER, HALF, FULL, NOT_WRITTEN = range(4)
FRACTION_VALUES = np.array([0.25, 0.5, 1.0, 1.0])

BASE_RATE = 0.0290
"""Daily absence of a student without any of the planted effects, in the final year."""
YEARLY_LEVEL = 0.005
"""Log of absence added for each year before the final one: attendance has been recovering."""
PERSON_SPREAD = 0.62
YEAR_SPREAD = 0.30
ILLNESS_LASTS = 0.24
"""Chance that an absence goes on for another day."""
HIGHEST_RATE = 0.75
SPELLS_PER_CHUNK = 20_000

#                          PK    KG    1     2     3     4      5      6     7     8     9     10    11    12
GRADE_EFFECTS = np.array([0.40, 0.25, 0.0, -0.08, -0.12, -0.12, -0.08, 0.0, 0.06, 0.12, 0.26, 0.20, 0.24, 0.42])
WEEKDAY_EFFECTS = np.array([1.16, 0.93, 0.90, 0.93, 1.14, 1.0, 1.0])


@dataclass(frozen=True)
class AttendanceEvents:
    """The year's exceptions, ordered by day; one entry per record.

    spell: position in Spells; on: the day; code, fraction: positions in CODES and FRACTIONS.
    """

    school_year: int
    spell: Ints
    on: Ints
    code: Ints
    fraction: Ints

    def __len__(self) -> int:
        return len(self.spell)


def draw_attendance(
    schools: Schools,
    calendar: Calendar,
    persons: Persons,
    spells: Spells,
    groups: YearGroups,
    actions: DisciplineActions,
    seed: int,
) -> AttendanceEvents:
    """Draw a year of attendance, a chunk of spells x school days at a time."""
    rng = random_stream(seed, "attendance", spells.school_year)
    rates = _daily_rates(schools, persons, spells, groups, seed)
    tardy_rates = np.clip(0.018 * np.exp(0.5 * persons.absence[spells.people]), 0, 0.25)
    unexcused = np.clip(0.34 + 0.13 * groups.economic_disadvantage + 0.10 * persons.conduct, 0.05, 0.9)[spells.people]
    day_weights = _day_weights(calendar, seed)
    pieces = []
    for start in range(0, len(spells), SPELLS_PER_CHUNK):
        rows = np.arange(start, min(start + SPELLS_PER_CHUNK, len(spells)))
        codes = _draw_codes(calendar, spells, rows, rates, tardy_rates, day_weights, rng)
        _mark_suspensions(codes, spells, rows, calendar, actions)
        row, column = np.nonzero(codes != PRESENT)
        code = codes[row, column].astype(np.int64)
        spell = rows[row]
        excused = (code == UNX) & (rng.random(len(code)) >= unexcused[spell])
        on = calendar.school_days[spells.schools[spell], column]
        # The school that did not record the exit sees an unexcused absence.
        excused &= on < spells.stops_attending[spell]
        code[excused] = EXC
        part = choose(rng, [0.04, 0.09, 0.87], len(code))
        part[on >= spells.stops_attending[spell]] = FULL
        part[code >= OSS] = NOT_WRITTEN
        pieces.append((spell, on, code, part))
    spell, on, code, part = (np.concatenate(column) for column in zip(*pieces, strict=True))
    order = np.argsort(on, kind="stable")
    return AttendanceEvents(spells.school_year, spell[order], on[order], code[order], part[order])


def _daily_rates(schools: Schools, persons: Persons, spells: Spells, groups: YearGroups, seed: int) -> Floats:
    rng = random_stream(seed, "absence of the year", spells.school_year)
    person_log = (
        total_effect(ABSENCE_EFFECTS, persons, groups)
        + PERSON_SPREAD * persons.absence
        + YEAR_SPREAD * rng.normal(0, 1, len(persons))
    )
    level = np.log(BASE_RATE) + YEARLY_LEVEL * (FINAL_YEAR - spells.school_year)
    own = grade_effect(spells.grades, GRADE_EFFECTS) + schools.absence[spells.schools]
    rates: Floats = np.clip(np.exp(level + person_log[spells.people] + own), 0, HIGHEST_RATE)
    return rates


def _day_weights(calendar: Calendar, seed: int) -> npt.NDArray[np.float32]:
    """Return the schools x D grid of how much likelier than usual an absence is on each school day."""
    rng = random_stream(seed, "days", calendar.school_year)
    days = calendar.school_days
    winter = day(calendar.school_year, 1, 25)
    season = 0.86 + 0.30 * np.exp(-(((days - winter) / 45.0) ** 2))
    last_weeks = 1 + 0.25 * (days > day(calendar.school_year, 5, 22))
    noise = np.exp(rng.normal(0, 0.07, 366))[days - calendar.first_of_july]
    return (WEEKDAY_EFFECTS[weekday_of(days)] * season * last_weeks * noise).astype(np.float32)


def _draw_codes(
    calendar: Calendar,
    spells: Spells,
    rows: Ints,
    rates: Floats,
    tardy_rates: Floats,
    day_weights: npt.NDArray[np.float32],
    rng: np.random.Generator,
) -> npt.NDArray[np.int8]:
    """Return a grid of attendance codes, spells of the chunk x school days; PRESENT also outside membership."""
    school = spells.schools[rows]
    columns = np.arange(calendar.school_days.shape[1])
    first = calendar.index_on_or_after(school, spells.entry[rows])
    gone = calendar.index_on_or_after(school, spells.stops_attending[rows])
    stop = calendar.index_on_or_after(school, spells.end[rows])
    attends: Flags = (columns >= first[:, None]) & (columns < gone[:, None])
    still_listed: Flags = (columns >= gone[:, None]) & (columns < stop[:, None])

    chance = rates[rows].astype(np.float32)[:, None] * day_weights[school]
    draw = rng.random(chance.shape, dtype=np.float32)
    absent = draw < chance
    row, column = np.nonzero(absent[:, :-1])
    goes_on = rng.random(len(row)) < ILLNESS_LASTS
    absent[row[goes_on], column[goes_on] + 1] = True
    tardy = ~absent & (draw > 1 - tardy_rates[rows].astype(np.float32)[:, None])
    codes = np.full(chance.shape, PRESENT, dtype=np.int8)
    codes[absent & attends] = UNX
    codes[tardy & attends] = TDY
    codes[still_listed & (draw < 0.85)] = UNX
    return codes


def _mark_suspensions(
    codes: npt.NDArray[np.int8], spells: Spells, rows: Ints, calendar: Calendar, actions: DisciplineActions
) -> None:
    """Write each suspension's days into the grid: the school days from its first day on, while enrolled."""
    low, high = (rows[0], rows[-1]) if len(rows) else (0, -1)
    for action, code in ((ACTION_ISS, ISS), (ACTION_OSS, OSS)):
        chosen = np.flatnonzero((actions.action == action) & (actions.spell >= low) & (actions.spell <= high))
        spell = actions.spell[chosen]
        stop = calendar.index_on_or_after(spells.schools[spell], spells.stops_attending[spell])
        for offset in range(1, int(actions.duration[chosen].max(initial=0)) + 1):
            column = actions.day_index[chosen] + offset
            serves = (offset <= actions.duration[chosen]) & (column < stop)
            codes[spell[serves] - low, column[serves]] = code
