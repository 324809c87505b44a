"""School calendars: which weekdays of a school year are school days, at each school."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingestion.sample_district.arrays import Flags, Ints, day, random_stream
from ingestion.sample_district.schools import HIGH, Schools

DAY_TYPES = ("instructional", "make_up", "holiday", "teacher_only", "weather")
INSTRUCTIONAL, MAKE_UP, HOLIDAY, TEACHER_ONLY, WEATHER = range(5)
NOT_LISTED = -1
MONDAY = 0
DAYS_PER_YEAR = 366


@dataclass(frozen=True)
class Calendar:
    """One school year of every school.

    school_year:   the year of its spring.
    first_of_july: day number of the 1 July on which the grids begin.
    day_types:     schools x 366 grid of positions in DAY_TYPES, -1 where the calendar file has no row.
    is_school_day: schools x 366 grid.
    school_days:   schools x D grid of day numbers, in order; shorter calendars end with `day_counts`' padding
                   (the last day again).
    day_counts:    school days of each school.
    """

    school_year: int
    first_of_july: int
    day_types: Ints
    is_school_day: Flags
    school_days: Ints
    day_counts: Ints

    @property
    def last_days(self) -> Ints:
        """Last school day of each school."""
        return self.school_days[np.arange(len(self.day_counts)), self.day_counts - 1]

    def index_on_or_after(self, schools: Ints, days: Ints) -> Ints:
        """Return the index of each school's first school day on or after a day (the count of days if none)."""
        passed = np.cumsum(self.is_school_day, axis=1)
        offset = np.asarray(days) - self.first_of_july
        before = np.where(offset <= 0, 0, passed[schools, np.clip(offset - 1, 0, DAYS_PER_YEAR - 1)])
        return np.asarray(before, dtype=np.int64)

    def day_at(self, schools: Ints, indexes: Ints) -> Ints:
        """Return the day number of each school's school day with that index."""
        return self.school_days[schools, np.clip(indexes, 0, self.day_counts[schools] - 1)]


def weekday_of(days: Ints) -> Ints:
    """Return 0 for Monday to 6 for Sunday; 1970-01-01 was a Thursday."""
    return (np.asarray(days) + 3) % 7


def build_calendar(schools: Schools, school_year: int, seed: int) -> Calendar:
    """Draw up the calendars of one school year: about 178 school days between mid-August and early June."""
    rng = random_stream(seed, "calendar", school_year)
    autumn = school_year - 1
    july = day(autumn, 7, 1)
    days = july + np.arange(DAYS_PER_YEAR)
    weekday = weekday_of(days)
    opening = _on_or_after(day(autumn, 8, 12), MONDAY)
    closing = _on_or_after(day(school_year, 5, 30), MONDAY) + 3
    listed = (weekday < 5) & (days >= opening) & (days <= closing)

    district = np.full(DAYS_PER_YEAR, NOT_LISTED, dtype=np.int64)
    district[listed] = INSTRUCTIONAL
    holidays, teacher_days, weather_days = _days_off(autumn, school_year, opening, rng)
    for kind, dates in ((HOLIDAY, holidays), (TEACHER_ONLY, teacher_days), (WEATHER, weather_days)):
        offset = np.array(dates) - july
        district[offset[listed[offset]]] = kind

    grid = np.tile(district, (len(schools), 1))
    for position in range(len(schools)):
        _vary(grid[position], schools.levels[position] == HIGH, rng)
    is_school_day = (grid == INSTRUCTIONAL) | (grid == MAKE_UP)
    counts = is_school_day.sum(axis=1)
    school_days = np.empty((len(schools), counts.max()), dtype=np.int64)
    for position in range(len(schools)):
        own = days[is_school_day[position]]
        school_days[position] = np.r_[own, np.full(counts.max() - len(own), own[-1])]
    return Calendar(school_year, july, grid, is_school_day, school_days, counts.astype(np.int64))


def _days_off(
    autumn: int, spring: int, opening: int, rng: np.random.Generator
) -> tuple[list[int], list[int], list[int]]:
    thanksgiving = _nth_weekday(autumn, 11, 3, 4)
    winter = _on_or_after(day(autumn, 12, 20), MONDAY)
    spring_break = _on_or_after(day(spring, 3, 28), MONDAY)
    presidents = _nth_weekday(spring, 2, MONDAY, 3)
    fall_break = _nth_weekday(autumn, 10, MONDAY, 2)
    holidays = [
        _nth_weekday(autumn, 9, MONDAY, 1),
        *range(fall_break, fall_break + 2),
        day(autumn, 11, 11),
        *range(thanksgiving - 1, thanksgiving + 2),
        *range(winter, winter + 12),
        _nth_weekday(spring, 1, MONDAY, 3),
        *range(presidents, presidents + 2),
        *range(spring_break, spring_break + 5),
        _nth_weekday(spring, 5, MONDAY, 4),
    ]
    teacher_days = [opening, opening + 1, fall_break + 2, winter + 14, _nth_weekday(spring, 3, 4, 2)]
    storms = rng.choice(np.arange(day(spring, 1, 12), day(spring, 2, 10)), 2, replace=False)
    return holidays, teacher_days, [int(storm) for storm in storms]


def _vary(row: Ints, is_high_school: bool, rng: np.random.Generator) -> None:
    """Give one school its small differences: a day of its own for staff, a closed day, days made up in June."""
    instructional = np.flatnonzero(row == INSTRUCTIONAL)
    # Training and closed days stay in the middle of the year, so that first and last days differ for one reason only.
    row[rng.choice(instructional[20:60])] = TEACHER_ONLY
    if rng.random() < 0.4:
        row[rng.choice(instructional[85:120])] = WEATHER
    if is_high_school:
        row[instructional[0]] = TEACHER_ONLY
    finals = instructional[-4:]
    row[finals[-2:]] = MAKE_UP
    if rng.random() < 0.3:
        row[finals[-1]] = TEACHER_ONLY


def _on_or_after(first: int, weekday: int) -> int:
    return first + int(weekday - weekday_of(np.array([first]))[0]) % 7


def _nth_weekday(year: int, month: int, weekday: int, nth: int) -> int:
    return _on_or_after(day(year, month, 1), weekday) + 7 * (nth - 1)
