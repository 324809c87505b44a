"""Effective-dated student statuses, from English learner and IEP to military family and gifted."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ingestion.sample_district.arrays import OPEN_END, Flags, Ints, choose, day, random_stream
from ingestion.sample_district.enrollment import Roster
from ingestion.sample_district.population import Persons

TYPES = ("EL", "IEP", "504", "MEAL", "HOMELESS", "FOSTER", "MIGRANT", "MILITARY", "GIFTED")
EL, IEP, SECTION_504, MEAL, HOMELESS, FOSTER, MIGRANT, MILITARY, GIFTED = range(9)
DISABILITIES = {
    "SLD": ("specific_learning_disability", 0.34),
    "SLI": ("speech_or_language_impairment", 0.19),
    "OHI": ("other_health_impairment", 0.16),
    "AUT": ("autism", 0.13),
    "ED": ("emotional_disturbance", 0.05),
    "ID": ("intellectual_disability", 0.06),
    "MD": ("multiple_disabilities", 0.02),
    "HI": ("hearing_impairment", 0.01),
    "OI": ("orthopedic_impairment", 0.01),
    "VI": ("visual_impairment", 0.01),
}
"""Code, category and share of each primary disability; the rest of the programs state none."""
CODES = (
    "EL",
    "RFEP",
    "IEP",
    "504",
    "FREE",
    "REDUCED",
    "PAID",
    "DOUBLED_UP",
    "SHELTER",
    "HOTEL",
    "UNSHELTERED",
    "FOSTER",
    "MIGRANT",
    "MILITARY",
    "GIFTED",
    *DISABILITIES,
)
(CODE_EL, CODE_RFEP, CODE_IEP, CODE_504, FREE, REDUCED, PAID, DOUBLED_UP, SHELTER, HOTEL, UNSHELTERED) = range(11)
CODE_FOSTER, CODE_MIGRANT, CODE_MILITARY, CODE_GIFTED = 11, 12, 13, 14
CODES_DISABILITY = (CODE_IEP, *range(CODES.index("SLD"), len(CODES)))
"""An IEP without a category first, then those of DISABILITIES in their order."""

#                    AI    Asian Black Hisp. PI    Two+  White Unknown
EL_SHARE = np.array([0.05, 0.34, 0.06, 0.42, 0.25, 0.04, 0.05, 0.08])


@dataclass(frozen=True)
class Statuses:
    """Status intervals, both ends inclusive; `end` is OPEN_END while open. `types`/`codes` are positions."""

    people: Ints
    types: Ints
    codes: Ints
    begin: Ints
    end: Ints

    def __len__(self) -> int:
        return len(self.people)

    def ever_in(self, school_year: int, person_count: int, kind: int, codes: tuple[int, ...]) -> Flags:
        """Tell for each person whether an interval with one of the codes touches the school year (July to June)."""
        first, last = day(school_year - 1, 7, 1), day(school_year, 6, 30)
        touches = (self.types == kind) & np.isin(self.codes, codes) & (self.begin <= last) & (self.end >= first)
        result = np.zeros(person_count, dtype=bool)
        result[self.people[touches]] = True
        return result

    def latest_in(self, school_year: int, person_count: int, kind: int) -> Ints:
        """Position of each person's interval of one type that touches the school year and begins last; -1 for none."""
        first, last = day(school_year - 1, 7, 1), day(school_year, 6, 30)
        touching = np.flatnonzero((self.types == kind) & (self.begin <= last) & (self.end >= first))
        touching = touching[np.argsort(self.begin[touching], kind="stable")]
        result = np.full(person_count, -1, dtype=np.int64)
        result[self.people[touching]] = touching
        return result

    def any_record_in(self, school_year: int, kind: int) -> bool:
        """Tell whether the feed says anything of this type about the school year."""
        first, last = day(school_year - 1, 7, 1), day(school_year, 6, 30)
        return bool(((self.types == kind) & (self.begin <= last) & (self.end >= first)).any())


class _Intervals:
    """Collects intervals column by column."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, ...]] = []

    def add(self, people: Ints, kind: int, codes: Ints | int, begin: Ints | int, end: Ints | int) -> None:
        count = len(people)
        columns = (people, kind, codes, begin, end)
        self._parts.append(tuple(np.broadcast_to(column, (count,)).astype(np.int64) for column in columns))

    def statuses(self) -> Statuses:
        columns = [np.concatenate(column) for column in zip(*self._parts, strict=True)]
        order = np.lexsort((columns[3], columns[1], columns[0]))
        return Statuses(*(column[order] for column in columns))


def draw_statuses(persons: Persons, rosters: list[Roster], seed: int) -> Statuses:
    """Draw every status interval of everyone in the rosters."""
    intervals = _Intervals()
    last_grade = _last_seen(persons, rosters)
    _english_learners(intervals, persons, last_grade, rosters[-1].school_year, random_stream(seed, "el"))
    _disabilities(intervals, persons, last_grade, _categories(len(persons), seed), random_stream(seed, "iep"))
    for roster in rosters:
        _meals(intervals, persons, roster, random_stream(seed, "meals", roster.school_year))
        _housing(intervals, persons, roster, random_stream(seed, "housing", roster.school_year))
    return intervals.statuses()


def draw_designations(persons: Persons, seed: int) -> Statuses:
    """Draw who has a parent in the armed forces and who is identified as gifted, which both last."""
    intervals = _Intervals()
    count = len(persons)
    people = np.arange(count)
    rng = random_stream(seed, "military")
    in_service = rng.random(count) < 0.04
    since = _day_of(persons.first_year - 1, 8, 1) + np.where(rng.random(count) < 0.8, 0, rng.integers(1, 300, count))
    intervals.add(people[in_service], MILITARY, CODE_MILITARY, since[in_service], OPEN_END)
    rng = random_stream(seed, "gifted")
    identified = (rng.random(count) < np.where(persons.ability > 1.0, 0.42, 0.01)) & (persons.first_grade >= 0)
    since = _day_of(persons.first_year - 1, 10, 1) + rng.integers(0, 400, count)
    intervals.add(people[identified], GIFTED, CODE_GIFTED, since[identified], OPEN_END)
    return intervals.statuses()


def all_statuses(*parts: Statuses) -> Statuses:
    """Put statuses after one another."""
    return Statuses(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Statuses)}
    )


def _last_seen(persons: Persons, rosters: list[Roster]) -> Ints:
    last = np.zeros(len(persons), dtype=np.int64)
    for roster in rosters:
        last[roster.people] = roster.school_year
    return last


def _english_learners(
    intervals: _Intervals, persons: Persons, last_year: Ints, final_year: int, rng: np.random.Generator
) -> None:
    count = len(persons)
    grade = persons.first_grade
    by_grade = np.select([grade <= 2, grade <= 5, grade <= 8], [1.0, 0.75, 0.48], 0.33)
    draws = rng.random(count)
    learner = draws < EL_SHARE[persons.race] * by_grade
    former = ~learner & (draws < EL_SHARE[persons.race] * (by_grade + 0.25 * (grade > 2)))
    years_before = np.minimum(np.clip(grade, 0, None), rng.integers(0, 6, count))
    begin = _day_of(persons.first_year - 1 - years_before, 8, 20)
    # Each year from grade 3 on, about one in eight is reclassified, at some time between November and May.
    wait = rng.geometric(0.125, count) - 1 + np.clip(3 - grade, 0, None)
    year = persons.first_year + wait
    reclassified_on = _day_of(year - 1, 11, 1) + rng.integers(0, 200, count)
    reclassified = learner & (year <= last_year)
    people = np.arange(count)
    intervals.add(people[learner & ~reclassified], EL, CODE_EL, begin[learner & ~reclassified], OPEN_END)
    moved = people[reclassified]
    intervals.add(moved, EL, CODE_EL, begin[moved], reclassified_on[moved] - 1)
    intervals.add(moved, EL, CODE_RFEP, reclassified_on[moved], OPEN_END)
    earlier = people[former]
    reclassified_before = _day_of(persons.first_year[earlier] - 2, 11, 1) + rng.integers(0, 200, len(earlier))
    started = reclassified_before - 365 * rng.integers(1, 4, len(earlier))
    intervals.add(earlier, EL, CODE_EL, started, reclassified_before - 1)
    intervals.add(earlier, EL, CODE_RFEP, reclassified_before, OPEN_END)


def _categories(count: int, seed: int) -> Ints:
    """The code under which each person's plan would stand."""
    shares = [share for _, share in DISABILITIES.values()]
    chosen = choose(random_stream(seed, "disability categories"), [1 - sum(shares), *shares], count)
    return np.array(CODES_DISABILITY)[chosen]


def _disabilities(
    intervals: _Intervals, persons: Persons, last_year: Ints, categories: Ints, rng: np.random.Generator
) -> None:
    count = len(persons)
    people = np.arange(count)
    share = np.where(persons.sex == 1, 0.17, 0.095) * np.where(persons.poverty > 0.5, 1.15, 0.85)
    grade = persons.first_grade
    share = share * np.select([grade <= 0, grade <= 2], [0.5, 0.8], 1.1)
    draws = rng.random(count)
    from_start = draws < share
    # Others are identified while they are here, at the rate of about 2 % a year.
    identified_year = persons.first_year + rng.geometric(0.02, count) - 1
    later = ~from_start & (identified_year <= last_year)
    begin = np.where(
        from_start,
        _day_of(persons.first_year - 1, 9, 1) - rng.integers(20, 900, count),
        _day_of(identified_year - 1, 9, 15) + rng.integers(0, 230, count),
    )
    exit_year = persons.first_year + rng.geometric(0.05, count) - 1
    exits = from_start & (exit_year <= last_year)
    exit_day = _day_of(exit_year - 1, 10, 1) + rng.integers(0, 240, count)
    has_plan = from_start | later
    ends = np.where(exits, exit_day, OPEN_END)
    intervals.add(people[has_plan], IEP, categories[has_plan], begin[has_plan], ends[has_plan])
    accommodation = people[~has_plan & (rng.random(count) < 0.035)]
    started = _day_of(persons.first_year[accommodation] - 1, 9, 5) + rng.integers(-400, 200, len(accommodation))
    intervals.add(accommodation, SECTION_504, CODE_504, started, OPEN_END)


def _meals(intervals: _Intervals, persons: Persons, roster: Roster, rng: np.random.Generator) -> None:
    people = roster.people
    count = len(people)
    draws = rng.random(count)
    qualifies = draws < persons.poverty[people]
    code = np.where(qualifies, np.where(rng.random(count) < 0.82, FREE, REDUCED), PAID)
    begin = np.full(count, day(roster.school_year - 1, 8, 1))
    end = np.full(count, day(roster.school_year, 6, 30))
    # A few families never hand in the form; a few change category during the year.
    sent = rng.random(count) >= 0.01
    changes = sent & (rng.random(count) < 0.025)
    change_day = day(roster.school_year - 1, 10, 1) + rng.integers(0, 200, count)
    intervals.add(people[sent & ~changes], MEAL, code[sent & ~changes], begin[sent & ~changes], end[sent & ~changes])
    intervals.add(people[changes], MEAL, code[changes], begin[changes], change_day[changes] - 1)
    new_code = np.where(code == PAID, FREE, np.where(code == FREE, REDUCED, PAID))
    intervals.add(people[changes], MEAL, new_code[changes], change_day[changes], end[changes])


def _housing(intervals: _Intervals, persons: Persons, roster: Roster, rng: np.random.Generator) -> None:
    people = roster.people
    count = len(people)
    homeless = rng.random(count) < np.where(persons.is_unstable[people], 0.55, 0.003)
    homeless[: 1 if count and not homeless.any() else 0] = True
    last = day(roster.school_year, 6, 30)
    first_days = day(roster.school_year - 1, 8, 15)
    begin = first_days + np.where(rng.random(count) < 0.5, 0, rng.integers(1, 240, count))
    ends_early = rng.random(count) < 0.3
    end = np.where(ends_early, np.minimum(begin + rng.integers(20, 120, count), last), last)
    night = np.array([DOUBLED_UP, SHELTER, HOTEL, UNSHELTERED])[choose(rng, [0.70, 0.12, 0.13, 0.05], count)]
    intervals.add(people[homeless], HOMELESS, night[homeless], begin[homeless], end[homeless])
    for kind, code, rate in ((FOSTER, CODE_FOSTER, 0.006), (MIGRANT, CODE_MIGRANT, 0.008)):
        chosen = rng.random(count) < rate
        intervals.add(people[chosen], kind, code, begin[chosen], last)


def _day_of(years: Ints, month: int, day_of_month: int) -> Ints:
    """Return the day number of one date in each of many years."""
    low = int(years.min(initial=2000))
    table = np.array([day(year, month, day_of_month) for year in range(low, int(years.max(initial=2000)) + 1)])
    return table[years - low]
