"""What became of those who finished grade 12: the detail file that a postsecondary search returns about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from ingestion.sample_district.arrays import OPEN_END, Flags, Ints, choose, day, random_stream
from ingestion.sample_district.columns import blank_where, compact_dates, constant, joined, pick
from ingestion.sample_district.enrollment import EARLY_EXIT, Roster
from ingestion.sample_district.groups import FINAL_YEAR
from ingestion.sample_district.identifiers import Identifiers
from ingestion.sample_district.names import FAMILY_NAMES, GIVEN_NAMES
from ingestion.sample_district.population import LAST_GRADE, Persons

COLLEGES = (
    ("009901-00", "Sample State University", "IL", "4-year", "Public"),
    ("009902-00", "Lakeshore University", "IL", "4-year", "Private"),
    ("009903-00", "Prairie Institute of Technology", "IA", "4-year", "Private"),
    ("009904-00", "Northern Plains University", "WI", "4-year", "Public"),
    ("009911-00", "Sample County Community College", "IL", "2-year", "Public"),
    ("009912-00", "Riverbend Technical College", "IL", "2-year", "Public"),
    ("009913-00", "Millrace Junior College", "WI", "2-year", "Private"),
)
"""Invented colleges: code, name, state, level, control. The first four are four-year."""
FOUR_YEAR_COLLEGES = 4
NO_COLLEGE = -1
STATUSES = ("F", "Q", "H", "L")
"""Full time, three quarters, half time, less than half."""
CLASS_LEVELS = ("F", "S", "J", "R")
SEARCHED_ON = day(FINAL_YEAR, 4, 20)


@dataclass(frozen=True)
class PostsecondaryRecords:
    """One entry per line of the file: a term, a degree, or a person of whom nothing was found.

    college is a position in COLLEGES or NO_COLLEGE; term is the position of a term since grade 12 (even ones in
    autumn), -1 in the lines of degrees and of those not found; begin, end and graduated_on are days or OPEN_END.
    """

    people: Ints
    class_year: Ints
    college: Ints
    term: Ints
    begin: Ints
    end: Ints
    status: Ints
    graduated_on: Ints

    def __len__(self) -> int:
        return len(self.people)

    @property
    def is_found(self) -> Flags:
        """Tell which lines report something."""
        found: Flags = self.college != NO_COLLEGE
        return found

    @property
    def is_degree(self) -> Flags:
        """Tell which lines report a degree."""
        degrees: Flags = self.graduated_on != OPEN_END
        return degrees


def finishers(rosters: Sequence[Roster]) -> tuple[Ints, Ints]:
    """Return who finished grade 12 before the last year (positions in Persons), and the school year of each."""
    people, years = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    for roster, following in pairwise(rosters):
        stayed = (roster.grades == LAST_GRADE) & (roster.patterns != EARLY_EXIT)
        finished = np.setdiff1d(roster.people[stayed], following.people)
        people.append(finished)
        years.append(np.full(len(finished), roster.school_year, dtype=np.int64))
    return np.concatenate(people), np.concatenate(years)


def draw_postsecondary(persons: Persons, rosters: Sequence[Roster], seed: int) -> PostsecondaryRecords:
    """Draw college terms up to the day of the search; need and achievement decide who goes, where and for how long."""
    rng = random_stream(seed, "postsecondary")
    people, class_year = finishers(rosters)
    count = len(people)
    ability, is_poor = persons.ability[people], persons.poverty[people] > 0.5
    goes = rng.random(count) < 1 / (1 + np.exp(-(0.7 + 0.8 * ability - 0.9 * is_poor)))
    four_year = ability + rng.normal(0, 0.8, count) > np.where(is_poor, 0.4, 0.0)
    college = np.where(
        four_year,
        choose(rng, [0.5, 0.15, 0.1, 0.25], count),
        FOUR_YEAR_COLLEGES + choose(rng, [0.6, 0.3, 0.1], count),
    )
    full_time = rng.random(count) < np.where(four_year, 0.9, 0.55)
    begins_late = np.where(rng.random(count) < 0.12, 2, 0)
    terms = 2 * len(rosters)
    persists = np.logical_and.accumulate(rng.random((count, terms)) < np.where(four_year, 0.94, 0.85)[:, None], axis=1)
    part_time = choose(rng, [0.25, 0.45, 0.3], count) + 1
    earns_certificate = ~four_year & (rng.random(count) < 0.2)

    begin, end = _term_dates(class_year, terms)
    place = np.arange(terms) - begins_late[:, None]
    attends = goes[:, None] & (place >= 0) & (begin <= SEARCHED_ON)
    # Whoever goes at all begins the first term; later terms take persistence.
    attends &= np.where(place == 0, True, np.take_along_axis(persists, np.maximum(place, 0), axis=1))
    person, term = np.nonzero(attends)
    second = begins_late + 1
    reached = np.flatnonzero(earns_certificate & (second < terms))
    certified = reached[attends[reached, second[reached]] & (end[reached, second[reached]] < SEARCHED_ON)]
    missing = np.flatnonzero(~attends.any(axis=1))
    lines = np.r_[person, certified, missing]
    open_ends = np.full(len(certified) + len(missing), OPEN_END, dtype=np.int64)
    drawn = PostsecondaryRecords(
        people=people[lines],
        class_year=class_year[lines],
        college=np.r_[college[person], college[certified], np.full(len(missing), NO_COLLEGE)],
        term=np.r_[term, np.full(len(certified) + len(missing), -1)],
        begin=np.r_[begin[person, term], open_ends],
        end=np.r_[end[person, term], open_ends],
        status=np.where(full_time, 0, part_time)[lines],
        graduated_on=np.r_[
            np.full(len(person), OPEN_END), end[certified, second[certified]] + 1, np.full(len(missing), OPEN_END)
        ],
    )
    order = np.lexsort((drawn.begin, drawn.people))
    return PostsecondaryRecords(**{name: values[order] for name, values in vars(drawn).items()})


def detail_file(records: PostsecondaryRecords, persons: Persons, ids: Identifiers) -> Mapping[str, pa.Array]:
    """The columns of the detail file, with dates as 20250825."""
    count = len(records)
    found, degree = records.is_found, records.is_degree
    colleges = np.maximum(records.college, 0)
    without_term = records.term < 0

    def of_college(attribute: int) -> pa.Array:
        return blank_where(pick([college[attribute] for college in COLLEGES], colleges), ~found)

    level = np.minimum(np.maximum(records.term, 0) // 2, len(CLASS_LEVELS) - 1)
    return {
        "Your Unique Identifier": joined(pick(ids.numbers, records.people), "_"),
        "First Name": pick(GIVEN_NAMES, persons.given_name[records.people]),
        "Last Name": pick(FAMILY_NAMES, persons.family_name[records.people]),
        "Record Found Y/N": pick(("N", "Y"), found.astype(np.int64)),
        "Search Date": compact_dates(np.full(count, SEARCHED_ON)),
        "College Code/Branch": of_college(0),
        "College Name": of_college(1),
        "College State": of_college(2),
        "2-year / 4-year": of_college(3),
        "Public / Private": of_college(4),
        "Enrollment Begin": compact_dates(records.begin),
        "Enrollment End": compact_dates(records.end),
        "Enrollment Status": blank_where(pick(STATUSES, records.status), without_term),
        "Class Level": blank_where(pick(CLASS_LEVELS, level), without_term),
        "Graduated?": blank_where(pick(("N", "Y"), degree.astype(np.int64)), ~found),
        "Graduation Date": compact_dates(records.graduated_on),
        "Degree Title": blank_where(constant("CERTIFICATE", count), ~degree),
    }


def _term_dates(class_year: Ints, terms: int) -> tuple[Ints, Ints]:
    """First and last days of each person's terms since grade 12, autumn and spring in turn: two n x terms grids."""
    if not len(class_year):
        return np.zeros((0, terms), dtype=np.int64), np.zeros((0, terms), dtype=np.int64)
    first_year = int(class_year.min())
    years = range(first_year, int(class_year.max()) + terms // 2 + 1)
    begins = np.array([(day(year, 8, 24), day(year + 1, 1, 12)) for year in years])
    ends = np.array([(day(year, 12, 14), day(year + 1, 5, 9)) for year in years])
    year = class_year[:, None] - first_year + np.arange(terms) // 2
    half = np.broadcast_to(np.arange(terms) % 2, year.shape)
    return begins[year, half], ends[year, half]
