"""When feeds are expected: read from the district file, and kept beside what landed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from pydantic import ValidationError

from ingestion.district import District, read_district
from ingestion.errors import DistrictFileError
from ingestion.expectations import Expectation
from ingestion.landing import land, note_what_is_expected, prepare_warehouse

EVERY_DAY = {"every": "school_day", "by": "06:30", "grace_days": 2, "per_school": True, "entities": ["attendance"]}
YEARLY = {"every": "year", "date": "10-15", "grace_days": 5}
COLUMNS = "entity, every, due_on, due_at, grace_days, is_per_school, noted_at"
NIGHT = datetime(2026, 3, 12, 11, 30, tzinfo=UTC)
LOCAL = datetime(2026, 3, 12, 6, 30)  # noqa: DTZ001 (the district's own clock)


def district(folder: Path, expected: Any, **deliveries: Any) -> District:
    path = folder / "district.yml"
    source = {"root": "sis", "expected": expected, **({"deliveries": deliveries} if deliveries else {})}
    path.write_text(yaml.safe_dump({"district": {"id": "d", "name": "D"}, "sources": {"sis_files": source}}))
    return read_district(path)


@pytest.fixture
def warehouse(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    prepare_warehouse(tmp_path / "w.duckdb")
    return duckdb.connect(str(tmp_path / "w.duckdb"))


def noted(warehouse: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return warehouse.execute(f"select {COLUMNS} from raw._expectations order by entity").fetchall()


def test_one_expectation_is_of_all_entities_and_one_that_names_some_goes_first(
    tmp_path: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    parsed = district(tmp_path, [YEARLY, EVERY_DAY])
    note_what_is_expected(warehouse, parsed, "sis_files", ("attendance", "marks"), NIGHT)
    assert noted(warehouse) == [
        ("attendance", "school_day", None, "06:30", 2, True, LOCAL),
        ("marks", "year", "10-15", "06:00", 5, False, LOCAL),
    ]


def test_what_is_delivered_and_not_expected_is_noted_too(tmp_path: Path, warehouse: duckdb.DuckDBPyConnection) -> None:
    """The moment of landing is told by it."""
    note_what_is_expected(warehouse, district(tmp_path, EVERY_DAY), "sis_files", ("marks",), NIGHT)
    assert noted(warehouse) == [("marks", None, None, None, None, False, LOCAL)]


def test_what_is_no_longer_delivered_is_no_longer_expected(
    tmp_path: Path, warehouse: duckdb.DuckDBPyConnection
) -> None:
    note_what_is_expected(warehouse, district(tmp_path, YEARLY), "sis_files", ("attendance", "marks"), NIGHT)
    only_marks = district(tmp_path, YEARLY, marks=[{"files": ["marks.csv"]}])
    note_what_is_expected(warehouse, only_marks, "sis_files", ("attendance",), NIGHT)
    assert [row[0] for row in noted(warehouse)] == ["marks"]
    note_what_is_expected(warehouse, only_marks.model_copy(update={"sources": {}}), "sis_files", ("marks",), NIGHT)
    assert noted(warehouse) == []


def test_landing_notes_it(tmp_path: Path) -> None:
    (tmp_path / "sis").mkdir()
    (tmp_path / "sis" / "taken.csv").write_text("school_id,section_id,attendance_date,is_taken\n1,h1,2026-03-11,true\n")
    parsed = district(tmp_path, {**EVERY_DAY, "entities": []}, attendance_taken=[{"files": ["taken.csv"]}])
    land("sis_files", parsed, tmp_path / "w.duckdb", tmp_path / "dlt")
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        assert [row[:2] for row in noted(connection)] == [("attendance_taken", "school_day")]


def test_an_entity_that_the_system_does_not_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DistrictFileError, match="sis_files expects attendence, which it does not have"):
        district(tmp_path, {**EVERY_DAY, "entities": ["attendence"]})


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": "fortnight"},
        {"every": "week", "by": "6 am"},
        {"every": "week", "by": "24:00"},
        {"every": "week", "date": "10-15"},
        {"every": "year"},
        {"every": "year", "date": "15 October"},
        {"every": "year", "date": "02-29"},
        {"every": "week", "grace_days": -1},
        {"every": "week", "until": "06:00"},
    ],
    ids=str,
)
def test_what_is_not_a_time_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Expectation.model_validate(wrong)
