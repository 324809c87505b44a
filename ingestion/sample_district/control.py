"""What the district's systems count of their own data: control totals, sent beside it.

They count what is true. Lines that were planted as dirty count where the source has them too: among the lines of a
file always, among a vendor's results where only the roster does not know the student, and among students never.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pyarrow as pa

from ingestion.sample_district import layouts
from ingestion.sample_district.arrays import Ints, day
from ingestion.sample_district.assessments import TEST_STATUSES, VALID
from ingestion.sample_district.columns import constant, iso_dates, pick, whole
from ingestion.sample_district.csv_file import CsvFile
from ingestion.sample_district.enrollment import Spells
from ingestion.sample_district.identifiers import Identifiers
from ingestion.sample_district.population import GRADE_CODES
from ingestion.sample_district.practice import EXPORTED_ON

COUNTED_TABLES: dict[str, tuple[str, str, str, str]] = {
    layouts.ORGS: ("oneroster", "orgs", "sourcedId", "sourced_id"),
    layouts.USERS: ("oneroster", "users", "sourcedId", "sourced_id"),
    layouts.CLASSES: ("oneroster", "classes", "", ""),
    layouts.ENROLLMENTS: ("oneroster", "enrollments", "sourcedId", "sourced_id"),
    layouts.CALENDAR: ("sis_files", "calendar", "", ""),
    layouts.ATTENDANCE: ("sis_files", "attendance", "", ""),
    layouts.STATUSES: ("sis_files", "statuses", "", ""),
    layouts.DISCIPLINE: ("sis_files", "discipline", "action_id", "action_id"),
    layouts.GRADES: ("sis_files", "marks", "", ""),
    layouts.STATE_ASSESSMENT: ("assessment_files", "results", "record_id", "result_id"),
}
"""Files that are counted: their system and entity, the header of the key that is summed up, and its raw column."""

_LOWEST_PROFICIENT_LEVEL = 3
_A_RESULT_ALL_THE_SAME = "assessment_unmatched_student"
"""The one kind of dirty result that the vendor has, too; others were spoilt on their way."""


def key_checksum(keys: Iterable[str]) -> int:
    """Sum of the first 8 hexadecimal digits of the MD5 of each key; empty keys add nothing."""
    trimmed = (key.strip(" ") for key in keys)
    return sum(int(hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()[:8], 16) for key in trimmed if key)


def table_totals(root: Path, files: Sequence[CsvFile]) -> Mapping[str, pa.Array]:
    """Lines and key checksums of the delivered files, which must be closed."""
    rows: list[tuple[str, ...]] = []
    for file in files:
        layout = next((name for name in COUNTED_TABLES if fnmatchcase(file.name, name.format(year="*"))), None)
        if layout is not None:
            system, entity, header, column = COUNTED_TABLES[layout]
            checksum = str(key_checksum(row[header] for row in _lines(root, file.name))) if header else ""
            rows.append((system, entity, Path(file.name).name, str(file.rows), column, checksum))
    names = ("system", "entity", "file_name", "row_count", "key_column", "key_checksum")
    return {
        **_columns(names, rows),
        "extracted_on": constant(str(np.datetime64(EXPORTED_ON, "D")), len(rows)),
    }


def enrollment_counts(years: Sequence[Spells], ids: Identifiers) -> Mapping[str, pa.Array]:
    """Students in primary enrolment on 1 October of each year, by school and grade; spells are in order of entry."""
    counted: list[Ints] = []
    for spells in years:
        census = day(spells.school_year - 1, 10, 1)
        held = np.flatnonzero((spells.entry <= census) & (spells.end > census))
        # Of several spells of one person the last one began last.
        is_last = np.r_[spells.people[held][1:] != spells.people[held][:-1], np.ones(min(len(held), 1), dtype=bool)]
        primary = held[is_last]
        groups, students = np.unique(
            np.stack([spells.schools[primary], spells.grades[primary]], axis=1), axis=0, return_counts=True
        )
        counted.append(np.column_stack([np.full(len(groups), census), groups, students]))
    on, schools, grades, students = np.concatenate(counted).T
    return {
        "counted_by": constant("sis", len(on)),
        "counted_on": iso_dates(on),
        "school_id": pick(ids.school_numbers, schools),
        "grade_level": pick(GRADE_CODES, grades + 1),
        "students": whole(students),
    }


def assessment_summaries(root: Path, files: Sequence[CsvFile]) -> Mapping[str, pa.Array]:
    """Tested and proficient students of the state's files, which must be closed, by year, subject, school and grade."""
    tested: Counter[tuple[str, ...]] = Counter()
    proficient: Counter[tuple[str, ...]] = Counter()
    for file in files:
        if not fnmatchcase(file.name, layouts.STATE_ASSESSMENT.format(year="*")):
            continue
        spoilt = {one.line for one in file.dirty if not one.natural and one.kind != _A_RESULT_ALL_THE_SAME}
        for line, row in enumerate(_lines(root, file.name), start=2):
            if line not in spoilt and row["test_status"] == TEST_STATUSES[VALID] and row["scale_score"]:
                group = (row["admin_year"], row["subject"], row["school_code"], row["tested_grade"])
                tested[group] += 1
                proficient[group] += int(row["performance_level"]) >= _LOWEST_PROFICIENT_LEVEL
    rows = [(*group, str(tested[group]), str(proficient[group])) for group in sorted(tested)]
    names = ("school_year", "subject", "school_id", "tested_grade", "tested", "proficient")
    return {"instrument": constant("STATE", len(rows)), **_columns(names, rows)}


def _lines(root: Path, name: str) -> Iterable[dict[str, str]]:
    with (root / name).open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Mapping[str, pa.Array]:
    return {name: pa.array([row[place] for row in rows], pa.string()) for place, name in enumerate(names)}
