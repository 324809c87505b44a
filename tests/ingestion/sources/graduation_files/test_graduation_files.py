"""A graduation cohort list lands by its own headers, and the next one takes its place."""

from pathlib import Path

import duckdb
import pytest

from ingestion.district import read_district
from ingestion.landing import land

DISTRICT = """\
district: {id: d, name: D}
sources:
  graduation_files:
    root: graduation
    deliveries:
      cohorts:
        - files: [graduation_cohort*.csv]
          columns: {grade9_school_year: Cohort Entry, exit_code: Leave Reason}
"""
HEADER = "student_id,Cohort Entry,school_id,exit_date,Leave Reason\n"


def landed(folder: Path, text: str, name: str = "graduation_cohorts.csv") -> list[tuple[object, ...]]:
    (folder / "graduation").mkdir(exist_ok=True)
    (folder / "graduation" / name).write_text(text)
    (folder / "district.yml").write_text(DISTRICT)
    land("graduation_files", read_district(folder / "district.yml"), folder / "w.duckdb", folder / "dlt")
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select student_id, grade9_school_year, school_id, exit_date, exit_code "
            "from raw.graduation_files__cohorts order by all"
        ).fetchall()


def test_values_land_as_delivered_under_the_districts_own_headers(tmp_path: Path) -> None:
    assert landed(tmp_path, HEADER + "1001,2022-2023,9,6/5/2026,Grad\n1002,2024,,,\n") == [
        ("1001", "2022-2023", "9", "6/5/2026", "Grad"),
        ("1002", "2024", None, None, None),
    ]


def test_the_next_list_replaces_the_one_of_its_name(tmp_path: Path) -> None:
    landed(tmp_path, HEADER + "1001,2023,9,,\n1002,2023,9,,\n")
    assert landed(tmp_path, HEADER + "1002,2023,9,2026-06-05,GRAD\n") == [("1002", "2023", "9", "2026-06-05", "GRAD")]


def test_a_list_without_its_exits_is_refused_by_the_name_of_the_column(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="exit_date"):
        landed(tmp_path, "student_id,Cohort Entry,school_id,Leave Reason\n1001,2023,9,\n")
