"""Who attends which school from when to when: yearly rosters and the spells within each year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.sample_district.arrays import Flags, Ints, choose, day, random_stream
from ingestion.sample_district.calendars import Calendar
from ingestion.sample_district.population import GRADE_SIZES, GRADES, LAST_GRADE, PRE_KINDERGARTEN, Persons
from ingestion.sample_district.schools import Schools

HOMEROOM_SIZE = 24

FULL_YEAR, SLOW_START, LATE_ENTRY, EARLY_EXIT, TRANSFER, LEFT_AND_RETURNED, DUAL_RECORD = range(7)
PATTERN_NAMES = (
    "full_year",
    "slow_start",
    "late_entry",
    "early_exit",
    "transfer",
    "left_and_returned",
    "dual_record",
)
PATTERN_WEIGHTS = np.array([0.868, 0.02, 0.035, 0.03, 0.03, 0.009, 0.008])
"""A student with an ordinary home; insecure housing triples everything but the full year."""

MEMBERSHIP_DECISION_DAYS = 15
"""Exits stay this many calendar days away from the year's end and re-entries from ten days of absence, so that the
stability measure's ten-day tolerance never hangs on how a gap's two ends are counted."""


@dataclass(frozen=True)
class Roster:
    """Students of one year: positions in Persons, grade (-1 PK, 0 KG, 1-12), first school, pattern of the year."""

    school_year: int
    people: Ints
    grades: Ints
    schools: Ints
    patterns: Ints


@dataclass(frozen=True)
class Spells:
    """School spells of one year, ordered by person and entry; one entry per spell.

    entry is the first day, end the day after the last (as OneRoster's endDate). homeroom is the class's position
    in `homerooms`. stops_attending is the day from which the student in fact attends elsewhere (= end, except where
    the old school forgot to record an exit).
    """

    school_year: int
    people: Ints
    schools: Ints
    grades: Ints
    entry: Ints
    end: Ints
    stops_attending: Ints
    homeroom: Ints
    homerooms: Homerooms

    def __len__(self) -> int:
        return len(self.people)


@dataclass(frozen=True)
class Homerooms:
    """Homeroom classes of one year: school, grade and section number (from 1) of each."""

    schools: Ints
    grades: Ints
    sections: Ints


def first_grades(count: int, seed: int) -> Ints:
    """Draw the grades of the first year's students."""
    grades = GRADES[choose(random_stream(seed, "grades"), GRADE_SIZES, count)]
    # Small districts too have someone in every grade band, so that every school has students.
    anchors = np.array([PRE_KINDERGARTEN, 3, 7, 10, 11])[: len(grades)]
    grades[: len(anchors)] = anchors
    return grades


def draw_roster(schools: Schools, persons: Persons, people: Ints, grades: Ints, school_year: int, seed: int) -> Roster:
    """Assign each student of a year a school and a pattern of attendance through the year."""
    rng = random_stream(seed, "patterns", school_year)
    own = persons.school_for(people, grades)
    weights = np.tile(PATTERN_WEIGHTS, (len(people), 1))
    pressure = np.where(persons.is_unstable[people], 3.0, np.where(persons.poverty[people] > 0.5, 1.15, 0.8))
    weights[:, SLOW_START:] *= pressure[:, None]
    steps = np.cumsum(weights, axis=1)
    patterns = (rng.random(len(people))[:, None] * steps[:, -1:] > steps).sum(axis=1)
    movable = _can_move(schools, grades)
    stuck = ~movable & np.isin(patterns, (TRANSFER, DUAL_RECORD))
    patterns[stuck] = LATE_ENTRY
    for pattern in (TRANSFER, DUAL_RECORD):
        if movable.any() and not (patterns == pattern).any():
            candidates = np.flatnonzero(movable & (patterns == FULL_YEAR))
            patterns[candidates[: 1 + len(people) // 500]] = pattern
    return Roster(school_year, people, grades, own, patterns.astype(np.int64))


def stay_or_leave(roster: Roster, target: int, seed: int) -> tuple[Ints, Ints, Ints]:
    """Move a roster to the next year.

    Returns the people who stay, their next grades, and the grades of the newcomers that bring the district back
    to `target` students with the usual grade sizes.
    """
    rng = random_stream(seed, "summer", roster.school_year)
    retained = rng.random(len(roster.people)) < np.where(roster.grades == 9, 0.04, 0.012)
    leaves = (
        (roster.patterns == EARLY_EXIT)
        | (rng.random(len(roster.people)) < 0.045)
        | ((roster.grades == LAST_GRADE) & ~retained)
    )
    grades = np.where(retained, roster.grades, roster.grades + 1)[~leaves]
    people = roster.people[~leaves]
    wanted = GRADE_SIZES / GRADE_SIZES.sum() * target
    present = np.bincount(grades + 1, minlength=len(GRADES))
    shortage = np.clip(wanted - present, 0.2, None)
    newcomers = max(0, target - len(people))
    return people, grades, GRADES[choose(rng, shortage, newcomers)]


def draw_spells(schools: Schools, calendar: Calendar, roster: Roster, seed: int) -> Spells:
    """Turn the year's patterns into dated spells, one or two a student, with a homeroom each."""
    rng = random_stream(seed, "spells", roster.school_year)
    first_school, pattern = roster.schools, roster.patterns
    count = len(first_school)
    day_counts = calendar.day_counts[first_school]
    october = calendar.index_on_or_after(first_school, np.full(count, day(roster.school_year - 1, 10, 15)))

    entry = calendar.school_days[first_school, 0].copy()
    slow = pattern == SLOW_START
    entry[slow] = calendar.day_at(first_school, rng.integers(2, 13, count))[slow]
    late = pattern == LATE_ENTRY
    entry[late] = calendar.day_at(first_school, _between(rng, october, day_counts - 25))[late]

    end = calendar.last_days[first_school] + 1
    last_index = _between(rng, np.full(count, 12), day_counts - MEMBERSHIP_DECISION_DAYS)
    exits = pattern == EARLY_EXIT
    end[exits] = calendar.day_at(first_school, last_index)[exits] + 1
    stops = end.copy()

    second = np.isin(pattern, (TRANSFER, LEFT_AND_RETURNED, DUAL_RECORD))
    movers = np.flatnonzero(second)
    second_school = first_school.copy()
    moving = np.isin(pattern, (TRANSFER, DUAL_RECORD))
    second_school[moving] = _other_school(schools, first_school, roster.grades, rng)[moving]
    leave_day, entry_day, old_end = _second_spells(
        calendar, pattern[movers], first_school[movers], second_school[movers], october[movers], rng
    )
    end[movers] = old_end
    stops[movers] = np.minimum(leave_day + 1, old_end)

    people = np.r_[roster.people, roster.people[movers]]
    spell_schools = np.r_[first_school, second_school[movers]]
    grades = np.r_[roster.grades, roster.grades[movers]]
    entries = np.r_[entry, entry_day]
    ends = np.r_[end, calendar.last_days[second_school[movers]] + 1]
    stops = np.r_[stops, ends[count:]]
    order = np.lexsort((entries, people))
    homeroom, homerooms = _homerooms(spell_schools[order], grades[order], rng)
    return Spells(
        school_year=roster.school_year,
        people=people[order],
        schools=spell_schools[order],
        grades=grades[order],
        entry=entries[order],
        end=ends[order],
        stops_attending=stops[order],
        homeroom=homeroom,
        homerooms=homerooms,
    )


def _between(rng: np.random.Generator, low: Ints, high: Ints) -> Ints:
    drawn: Ints = low + np.floor(rng.random(len(low)) * np.maximum(high - low, 1)).astype(np.int64)
    return drawn


def _can_move(schools: Schools, grades: Ints) -> Flags:
    """Tell whether another school can take the student: of the level, or the next level's at its lower edge."""
    sizes = np.bincount(schools.levels, minlength=3)
    level = np.where(grades <= 5, 0, np.where(grades <= 8, 1, 2))
    movable: Flags = (sizes[level] > 1) | (grades == 5) | (grades == 8)
    return movable


def _other_school(schools: Schools, current: Ints, grades: Ints, rng: np.random.Generator) -> Ints:
    level = np.where(grades <= 5, 0, np.where(grades <= 8, 1, 2))
    sizes = np.bincount(schools.levels, minlength=3)
    level = np.where(sizes[level] > 1, level, np.minimum(level + 1, 2))
    first = np.r_[0, np.cumsum(sizes)][level]
    place = np.floor(rng.random(len(current)) * np.maximum(sizes[level] - 1, 1)).astype(np.int64)
    same_level = schools.levels[current] == level
    skip = same_level & (place >= current - first)
    return np.where(same_level & (sizes[level] == 1), current, first + place + skip)


def _second_spells(
    calendar: Calendar, pattern: Ints, old: Ints, new: Ints, october: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Return the last day at the old school, the entry day at the new one and the old spell's (exclusive) end."""
    count = len(pattern)
    takes_long = (pattern == LEFT_AND_RETURNED) | ((pattern == TRANSFER) & (rng.random(count) < 0.15))
    leave_index = _between(rng, october, calendar.day_counts[old] - np.where(takes_long, 70, 30))
    leave_day = calendar.day_at(old, leave_index)
    pause = np.where(rng.random(count) < 0.5, 0, rng.integers(1, 4, count))
    long_pause = rng.integers(9, 46, count)
    pause = np.where(takes_long, long_pause, pause)
    pause = np.where(pattern == DUAL_RECORD, 0, pause)
    back_on = calendar.day_at(old, leave_index + 1 + pause)
    entry_day = calendar.day_at(new, calendar.index_on_or_after(new, back_on))
    # A short pause that runs into a holiday is recorded as no gap at all, as offices do.
    short = ~takes_long
    no_gap = short & ((pause == 0) | (entry_day - leave_day > 8))
    end = np.where(no_gap, entry_day, leave_day + 1)

    dual = pattern == DUAL_RECORD
    forgotten = rng.integers(3, 11, count)
    april = day(calendar.school_year, 4, 15)
    # The two records never both cover the day on which the state counts who should be tested.
    clash = dual & (entry_day <= april) & (entry_day + forgotten > april)
    earlier = calendar.index_on_or_after(new, entry_day) - 15
    entry_day = np.where(clash, calendar.day_at(new, earlier), entry_day)
    leave_day = np.where(clash, entry_day - 1, leave_day)
    return leave_day, entry_day, np.where(dual, entry_day + forgotten, end)


def _homerooms(schools: Ints, grades: Ints, rng: np.random.Generator) -> tuple[Ints, Homerooms]:
    """Split each school's grade into homerooms of about two dozen, at random."""
    room_keys = schools * 100 + grades + 1
    keys, group, sizes = np.unique(room_keys, return_inverse=True, return_counts=True)
    sections = np.maximum(1, np.rint(sizes / HOMEROOM_SIZE)).astype(np.int64)
    first = np.r_[0, np.cumsum(sizes)[:-1]]
    order = np.lexsort((rng.random(len(schools)), group))
    place = np.empty(len(schools), dtype=np.int64)
    place[order] = np.arange(len(schools)) - first[group[order]]
    homeroom = np.r_[0, np.cumsum(sections)[:-1]][group] + place % sections[group]
    owner = np.repeat(np.arange(len(keys)), sections)
    number = np.arange(len(owner)) - np.r_[0, np.cumsum(sections)[:-1]][owner] + 1
    return homeroom, Homerooms(keys[owner] // 100, keys[owner] % 100 - 1, number)
