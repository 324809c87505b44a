"""Dirty records as real systems send them: planted as extra lines, so that the clean truth stays exact.

Each kind names the rule that must notice it. Kinds marked natural also stand in clean deliveries.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from ingestion.sample_district import layouts
from ingestion.sample_district.arrays import random_stream
from ingestion.sample_district.csv_file import CsvFile, PlantedLine
from ingestion.sample_district.identifiers import Identifiers
from ingestion.sample_district.schools import HIGH

Row = dict[str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of dirty record.

    rule_id: the rule that must notice it.
    make:    turns a copy of a clean row into the dirty one; None where another module plants it.
    key:     the column by which the truth file names the record without naming a person.
    """

    rule_id: str
    make: Callable[[Row, int, Identifiers], Row] | None = None
    key: str = ""


def _with(**changes: str) -> Callable[[Row, int, Identifiers], Row]:
    return lambda row, turn, ids: {**row, **changes}


def _elsewhere(column: str) -> Callable[[Row, int, Identifiers], Row]:
    """Move a record to a school of another level, where the student cannot be in membership."""

    def make(row: Row, turn: int, ids: Identifiers) -> Row:
        numbers = ids.school_numbers.to_pylist()
        is_high = ids.school_levels[numbers.index(row[column])] == HIGH
        # Schools are listed elementary first and high schools last.
        return {**row, column: numbers[0] if is_high else numbers[-1]}

    return make


def _saturday(row: Row, turn: int, ids: Identifiers) -> Row:
    on = np.datetime64(row["attendance_date"])
    weekday = (int(on.astype(int)) + 3) % 7
    return {**row, "attendance_date": str(on + np.timedelta64(5 - weekday, "D"))}


def _ends_before_it_begins(begin: str, end: str) -> Callable[[Row, int, Identifiers], Row]:
    return lambda row, turn, ids: {**row, end: str(np.datetime64(row[begin]) - np.timedelta64(5, "D"))}


def _other_level(row: Row, turn: int, ids: Identifiers) -> Row:
    return {**row, "performance_level": "4" if row["performance_level"] in ("1", "2") else "1"}


def _unchanged(row: Row, turn: int, ids: Identifiers) -> Row:
    return row


KINDS: dict[str, dict[str, Kind]] = {
    layouts.CLASSES: {"class_without_grade": Kind("EN-07", _with(grades=""), "sourcedId")},
    layouts.ENROLLMENTS: {
        "enrollment_exit_before_entry": Kind("EN-01", _ends_before_it_begins("beginDate", "endDate"), "sourcedId"),
        "enrollment_unknown_user": Kind(
            "EN-19", lambda row, turn, ids: {**row, "userSourcedId": ids.one("nobody", turn)}, "sourcedId"
        ),
        "enrollment_unknown_class": Kind(
            "EN-20", lambda row, turn, ids: {**row, "classSourcedId": ids.one("no class", turn)}, "sourcedId"
        ),
        "enrollment_duplicate_id": Kind("EN-21", _unchanged, "sourcedId"),
        "enrollment_date_unparseable": Kind("EN-22", _with(beginDate="first day"), "sourcedId"),
    },
    layouts.CALENDAR: {
        "calendar_duplicate_day": Kind("CA-01", _unchanged, "calendar_date"),
        "calendar_day_type_unmapped": Kind("CA-02", _with(day_type="half_moon"), "calendar_date"),
    },
    layouts.ATTENDANCE: {
        "attendance_outside_enrollment": Kind("AT-01", _elsewhere("school_id"), "attendance_id"),
        "attendance_on_non_school_day": Kind("AT-02", _saturday, "attendance_id"),
        "attendance_duplicate": Kind("AT-05", _unchanged, "attendance_id"),
        "attendance_code_unmapped": Kind("AT-11", _with(attendance_code="ZZZ"), "attendance_id"),
        "attendance_date_unparseable": Kind("AT-13", _with(attendance_date="31.31.2026"), "attendance_id"),
        "attendance_day_fraction_invalid": Kind("AT-14", _with(day_fraction="1.75"), "attendance_id"),
    },
    layouts.STATUSES: {
        "status_end_before_begin": Kind("PR-10", _ends_before_it_begins("begin_date", "end_date"), "status_id"),
        "el_without_begin_date": Kind("PR-01", _with(status_type="EL", status_code="EL", begin_date=""), "status_id"),
        "status_type_unknown": Kind("PR-11", _with(status_type="SNOW", status_code="BIRD"), "status_id"),
        "status_unknown_student": Kind(
            "PR-12", lambda row, turn, ids: {**row, "student_id": ids.stranger_number(turn)}, "status_id"
        ),
    },
    layouts.DISCIPLINE: {
        "discipline_date_in_future": Kind("DI-01", _with(incident_date="2051-01-17"), "action_id"),
        "suspension_without_duration": Kind("DI-04", _with(action_code="OSS", duration_days=""), "action_id"),
        "discipline_student_not_enrolled": Kind("DI-03", _elsewhere("school_id"), "action_id"),
        "discipline_action_unmapped": Kind("DI-10", _with(action_code="ZZZ"), "action_id"),
    },
    layouts.STATE_ASSESSMENT: {
        "score_out_of_scale": Kind("AS-01", _with(scale_score="9999"), "record_id"),
        "level_inconsistent_with_score": Kind("AS-02", _other_level, "record_id"),
        "duplicate_score": Kind("AS-03", _unchanged, "record_id"),
        "assessment_unmatched_student": Kind(
            "AS-07", lambda row, turn, ids: {**row, "ssid": ids.stranger_state_id(turn)}, "record_id"
        ),
    },
    layouts.GROWTH: {
        "growth_percentile_out_of_range": Kind("GW-01", _with(sgp="0"), "subject"),
        "adequate_percentile_out_of_range": Kind("GW-02", _with(agp="120"), "subject"),
        "growth_without_student": Kind("GW-03", _with(ssid=""), "subject"),
        "growth_year_unreadable": Kind("GW-04", _with(admin_year="spring"), "subject"),
        "growth_duplicate": Kind("GW-06", _unchanged, "subject"),
        "growth_unknown_student": Kind(
            "GW-07", lambda row, turn, ids: {**row, "ssid": ids.stranger_state_id(turn)}, "subject"
        ),
    },
    layouts.ATTENDANCE_TAKEN: {
        "attendance_taken_unreadable": Kind("AT-19", _with(is_taken="perhaps"), "attendance_date"),
    },
    layouts.TABLE_TOTALS: {
        "control_total_of_unknown_table": Kind("LD-10", _with(entity="no_such_table"), "entity"),
    },
    layouts.ENROLLMENT_COUNTS: {
        "enrollment_count_unreadable": Kind("EN-28", _with(students="about twenty"), "school_id"),
    },
    layouts.ASSESSMENT_SUMMARIES: {
        "assessment_summary_impossible": Kind("AS-19", _with(proficient="9999"), "school_id"),
    },
    layouts.USERS: {
        "user_missing_identifier": Kind("ID-01"),
        "user_duplicate_identifier": Kind("ID-02"),
        "user_missing_state_id": Kind("ID-03"),
        "state_id_malformed": Kind("ID-04"),
        "possible_duplicate_person": Kind("ID-05"),
    },
    layouts.DEMOGRAPHICS: {
        "birth_date_invalid": Kind("ID-06"),
        "age_outside_grade": Kind("ID-07"),
        "race_missing": Kind("ID-10"),
        "sex_not_in_code_set": Kind("ID-11"),
        "demographics_unknown_user": Kind("ID-14"),
    },
}
NATURAL = {"enrollment_overlap_primary": "EN-02", "tested_grade_mismatch": "AS-04"}
UNREADABLE = {"unreadable_line": "LD-05"}

RULE_OF_KIND: dict[str, str] = {
    **{name: kind.rule_id for kinds in KINDS.values() for name, kind in kinds.items()},
    **NATURAL,
    **UNREADABLE,
}

_OWN_KEYS = {"sourcedId": "dirty", "attendance_id": "AX", "status_id": "SX", "action_id": "DX", "record_id": "RX"}
_KEEPS_ITS_KEY = frozenset({"enrollment_duplicate_id"})
_NEEDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "class_without_grade": ("classType", ("homeroom",)),
    "score_out_of_scale": ("test_status", ("VALID",)),
    "level_inconsistent_with_score": ("test_status", ("VALID",)),
    "duplicate_score": ("test_status", ("VALID",)),
    "assessment_unmatched_student": ("test_status", ("VALID",)),
    "enrollment_exit_before_entry": ("role", ("student",)),
}


class Planter:
    """Plants dirty lines at a rate, at least one of each kind."""

    def __init__(self, ids: Identifiers, rate: float, seed: int) -> None:
        self._ids = ids
        self._rate = rate
        self._rng = random_stream(seed, "dirt")
        self._turn = 0

    def lines(self, file: CsvFile, layout: str, columns: Mapping[str, pa.Array]) -> list[PlantedLine]:
        """Dirty copies of a block's rows, each some way after the row that it was copied from."""
        if self._rate == 0:
            return []
        kinds = KINDS[layout]
        table = pa.table(dict(columns))
        planted = []
        for name, kind in kinds.items():
            if kind.make is None:
                continue
            candidates = self._candidates(name, table)
            count = min(len(candidates), max(1, round(self._rate * table.num_rows / len(kinds))))
            for position in self._rng.choice(candidates, count, replace=False):
                self._turn += 1
                row = {column: value or "" for column, value in table.slice(int(position), 1).to_pylist()[0].items()}
                row = {column: value.strip('"') for column, value in row.items()}
                if kind.key in _OWN_KEYS and name not in _KEEPS_ITS_KEY:
                    prefix = _OWN_KEYS[kind.key]
                    row[kind.key] = (
                        self._ids.one(prefix, self._turn) if kind.key == "sourcedId" else f"{prefix}{self._turn}"
                    )
                row = kind.make(row, self._turn, self._ids)
                after = int(min(position + self._rng.integers(0, 50), table.num_rows - 1))
                planted.append(PlantedLine(after, file.line(row), name, row.get(kind.key, "")))
        return planted

    def unreadable(self, file: CsvFile, columns: Mapping[str, pa.Array]) -> list[PlantedLine]:
        """A line with more values than the header has columns."""
        if self._rate == 0:
            return []
        count = len(next(iter(columns.values())))
        row = {column: values[count // 2].as_py() for column, values in columns.items()}
        return [PlantedLine(count // 2, file.line(row) + ",,note, with a comma", "unreadable_line", "")]

    def people(
        self,
        users: CsvFile,
        demographics: CsvFile,
        user_columns: Mapping[str, pa.Array],
        demographic_columns: Mapping[str, pa.Array],
    ) -> tuple[list[PlantedLine], list[PlantedLine]]:
        """Extra users and demographics: people who are enrolled nowhere and so change no figure."""
        in_users: list[PlantedLine] = []
        in_demographics: list[PlantedLine] = []
        if self._rate == 0:
            return in_users, in_demographics
        user_table, demographic_table = pa.table(dict(user_columns)), pa.table(dict(demographic_columns))
        last = user_table.num_rows - 1
        kinds = [*KINDS[layouts.USERS], *KINDS[layouts.DEMOGRAPHICS]]
        count = max(1, round(self._rate * user_table.num_rows / len(kinds)))
        for name in kinds:
            for position in self._rng.choice(last, count, replace=False):
                self._turn += 1
                user = {c: v or "" for c, v in user_table.slice(int(position), 1).to_pylist()[0].items()}
                person = {c: v or "" for c, v in demographic_table.slice(int(position), 1).to_pylist()[0].items()}
                twin = dict(user)
                key = self._ids.one("extra user", self._turn)
                user |= {
                    "sourcedId": key,
                    "identifier": self._ids.extra_number(self._turn),
                    "userIds": f"{{StateID:{self._ids.extra_state_id(self._turn)}}}",
                    "givenName": f"{user['givenName']}-{self._turn}",
                    "username": "",
                    "email": "",
                }
                person |= {"sourcedId": key}
                after = int(min(position + self._rng.integers(0, 50), last))
                dirty_user, dirty_person = _spoil(name, user, person, twin, self._turn, self._ids)
                if dirty_user is not None:
                    is_dirty = name in KINDS[layouts.USERS]
                    in_users.append(PlantedLine(after, users.line(dirty_user), name if is_dirty else None, key))
                if dirty_person is not None:
                    is_dirty = name in KINDS[layouts.DEMOGRAPHICS]
                    in_demographics.append(
                        PlantedLine(
                            after,
                            demographics.line(dirty_person),
                            name if is_dirty else None,
                            dirty_person["sourcedId"],
                        )
                    )
        return in_users, in_demographics

    def _candidates(self, name: str, table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        if name not in _NEEDS:
            return np.arange(table.num_rows, dtype=np.int64)
        column, allowed = _NEEDS[name]
        values = np.array(table.column(column).to_pylist(), dtype=object)
        return np.flatnonzero(np.isin(values.astype(str), allowed)).astype(np.int64)


def _spoil(name: str, user: Row, person: Row, twin: Row, turn: int, ids: Identifiers) -> tuple[Row | None, Row | None]:
    """The user and demographics lines of one planted person; None for a line that is not written."""
    match name:
        case "user_missing_identifier":
            return {**user, "identifier": ""}, None
        case "user_duplicate_identifier":
            return {**user, "identifier": twin["identifier"]}, None
        case "user_missing_state_id":
            return {**user, "userIds": ""}, person
        case "state_id_malformed":
            return {**user, "userIds": f"{{StateID:{str(turn % 9 + 1) * 10}}}"}, person
        case "possible_duplicate_person":
            return {**user, "givenName": twin["givenName"], "familyName": twin["familyName"]}, person
        case "birth_date_invalid":
            return user, {**person, "birthDate": "2013-45-12"}
        case "age_outside_grade":
            return {**user, "grades": "05"}, {**person, "birthDate": "1988-03-14"}
        case "race_missing":
            flags = {column: "false" for column, value in person.items() if value in ("true", "false")}
            return user, {**person, **flags}
        case "sex_not_in_code_set":
            return user, {**person, "sex": "Q"}
        case _:
            return None, {**person, "sourcedId": ids.one("nobody", turn)}


# --- Fatal defects for trying out the gates -------------------------------------------------------------------

_DEFECTS: dict[str, tuple[str, str]] = {
    "attendance_code_unmapped": ("sis", "attendance_*.csv"),
    "score_out_of_scale": ("assessment", "state_assessment_*.csv"),
    "enrollment_exit_before_entry": ("oneroster", "enrollments.csv"),
    "empty_file": ("oneroster", "users.csv"),
    "renamed_column": ("sis", "attendance_*.csv"),
}


def plant_defect(target: Path, kind: str, share: float) -> int:
    """Spoil a delivered file, keeping its original bytes aside for `heal_defect`.

    Args:
        target: the folder that `generate_sample_district` wrote.
        kind: one of attendance_code_unmapped, score_out_of_scale, enrollment_exit_before_entry, empty_file,
            renamed_column; in yearly files the latest year is spoilt.
        share: share of rows to spoil, 0 to 1, where rows are spoilt.

    Returns:
        How many rows were spoilt or removed; 0 for a renamed column.

    Raises:
        ValueError: the file is spoilt already; a second defect would lose the original.
    """
    path = _defective_file(target, kind)
    kept = _kept_copy(target, path)
    if kept.exists():
        raise ValueError(f"{path.name} carries a planted defect already; heal that one first.")
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, kept)
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    columns = header.split(",")
    if kind == "empty_file":
        path.write_text(header + "\n", encoding="utf-8")
        return len(rows)
    if kind == "renamed_column":
        path.write_text("\n".join([header.replace("attendance_date", "date_of_attendance"), *rows]) + "\n")
        return 0
    changes = {
        "attendance_code_unmapped": ("attendance_code", "QQQ"),
        "score_out_of_scale": ("scale_score", "9999"),
        "enrollment_exit_before_entry": ("endDate", "2000-01-01"),
    }
    column, value = changes[kind]
    place = columns.index(column)
    chosen = random_stream(0, kind).random(len(rows)) < share
    spoilt = 0
    for position in np.flatnonzero(chosen):
        fields = rows[position].split(",")
        if len(fields) == len(columns) and fields[place]:
            fields[place] = value
            rows[position] = ",".join(fields)
            spoilt += 1
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return spoilt


def heal_defect(target: Path, kind: str) -> None:
    """Put back the bytes that `plant_defect` replaced."""
    path = _defective_file(target, kind)
    shutil.move(_kept_copy(target, path), path)


def _defective_file(target: Path, kind: str) -> Path:
    folder, pattern = _DEFECTS[kind]
    return max((target / folder).glob(pattern))


def _kept_copy(target: Path, path: Path) -> Path:
    """Beside the delivered folders, so that no source reads it."""
    return target / ".kept" / path.name
