"""The ids under which each system knows people, schools and classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingestion.sample_district.arrays import Ints
from ingestion.sample_district.columns import guids, joined, whole
from ingestion.sample_district.population import state_ids, student_numbers
from ingestion.sample_district.schools import Schools

_STRANGERS = 300_000
"""Offset of ids that belong to nobody: far beyond the people of any year."""


@dataclass(frozen=True)
class Identifiers:
    """Id columns, in the order of Persons and Schools.

    students: OneRoster user ids; numbers: local student numbers; state: state student ids.
    schools: OneRoster org ids; school_numbers: local school numbers; school_levels: as in Schools.
    """

    seed: int
    person_count: int
    students: pa.Array
    numbers: pa.Array
    state: pa.Array
    schools: pa.Array
    school_numbers: pa.Array
    school_levels: Ints
    district: str

    def homerooms(self, school_year: int, positions: Ints) -> pa.Array:
        """Return the class ids of a year's homerooms."""
        return guids(self.seed, "homeroom", school_year * 1_000_000 + positions)

    def sections(self, school_year: int, positions: Ints) -> pa.Array:
        """Return the class ids of a year's course sections."""
        return guids(self.seed, "section", school_year * 1_000_000 + positions)

    def one(self, kind: str, number: int) -> str:
        """Return a single id of some kind, for records outside the ordinary tables."""
        return str(guids(self.seed, kind, np.array([number], dtype=np.int64))[0].as_py())

    def extra_number(self, turn: int) -> str:
        """Return a local student number that no student of the roster has."""
        return str(student_numbers(np.array([self.person_count + turn]))[0])

    def extra_state_id(self, turn: int) -> str:
        """Return a state id that no student of the roster has."""
        return str(state_ids(np.array([self.person_count + turn]))[0])

    def stranger_number(self, turn: int) -> str:
        """Return a local student number that appears in no users file."""
        return self.extra_number(_STRANGERS + turn)

    def stranger_state_id(self, turn: int) -> str:
        """Return a state id that appears in no users file."""
        return self.extra_state_id(_STRANGERS + turn)


def build_identifiers(schools: Schools, person_count: int, seed: int) -> Identifiers:
    """Make the id columns of everyone and every school."""
    people = np.arange(person_count, dtype=np.int64)
    places = np.arange(len(schools), dtype=np.int64)
    return Identifiers(
        seed=seed,
        person_count=person_count,
        students=guids(seed, "student", people),
        numbers=whole(student_numbers(people)),
        state=whole(state_ids(people)),
        schools=guids(seed, "school", places),
        school_numbers=pa.array(list(schools.numbers), pa.string()),
        school_levels=schools.levels,
        district=str(guids(seed, "district", np.zeros(1, dtype=np.int64))[0].as_py()),
    )


def staff_ids(positions: Ints) -> pa.Array:
    """Return the local staff ids, which also stand in the users file."""
    return joined("E", whole(10_001 + positions))
