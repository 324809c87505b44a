"""What the platform must find in comings and goings, counted from the clean spells."""

from __future__ import annotations

import numpy as np

from ingestion.sample_district.arrays import Flags, Ints, day
from ingestion.sample_district.calendars import Calendar
from ingestion.sample_district.enrollment import Spells

LONGEST_GAP = 10


def is_stable_year(spells: Spells, calendar: Calendar) -> Flags:
    """Tell for each person (by position in Persons) whether the year was stable."""
    october = day(spells.school_year - 1, 10, 1)
    size = int(spells.people.max()) + 1
    # Days since 1970 stay far below a million, so each person's days form a block of their own.
    covered_to = np.maximum.accumulate(spells.people * 1_000_000 + spells.end) - spells.people * 1_000_000
    same_person = spells.people[1:] == spells.people[:-1]
    gap = np.where(same_person, spells.entry[1:] - covered_to[:-1], 0)
    broken = spells.people[1:][(gap > LONGEST_GAP) & (spells.entry[1:] > october)]
    on_census = spells.people[(spells.entry <= october) & (spells.end > october)]
    last_spell = np.r_[~same_person, True]
    year_end = calendar.last_days[spells.schools] + 1
    stays = spells.people[last_spell & (year_end - covered_to <= LONGEST_GAP)]
    stable = np.zeros(size, dtype=bool)
    stable[np.intersect1d(on_census, stays)] = True
    stable[broken] = False
    return stable


def moves_of(spells: Spells, group: Ints, year_ends: Ints, count: int) -> tuple[Ints, Ints]:
    """Moves in and out of each group of spells, from 1 October to the last school day, `year_ends` of each spell."""
    order = np.lexsort((spells.entry, group))
    own, entry, end, year_end = group[order], spells.entry[order], spells.end[order], year_ends[order] + 1
    october = day(spells.school_year - 1, 10, 1)
    covered_to = np.maximum.accumulate(own * 1_000_000 + end) - own * 1_000_000
    same = own[1:] == own[:-1]
    is_break = same & (entry[1:] - covered_to[:-1] > LONGEST_GAP)
    comes = np.r_[True, ~same | is_break] & (entry > october)
    for_good = np.r_[~same, True] & (year_end - covered_to > LONGEST_GAP)
    leaves = (np.r_[is_break, False] | for_good) & (covered_to > october)
    return _count(own[comes], count), _count(own[leaves], count)


def _count(groups: Ints, count: int) -> Ints:
    return np.bincount(groups, minlength=count).astype(np.int64)
