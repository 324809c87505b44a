"""A state's growth file lands under its own headers, and a district without one lands nothing."""

from pathlib import Path

import duckdb
import pytest

from ingestion.district import read_district
from ingestion.landing import land

DISTRICT = """\
district: {id: d, name: D}
sources:
  growth_files:
    root: growth
    deliveries:
      percentiles:
        - files: [growth_*.csv]
          columns: {growth_percentile: SGP Math and ELA, adequate_percentile: Target, prior_proficient: Was Proficient}
"""
HEADER = "ssid,admin_year,school_code,subject,grade,SGP Math and ELA,Target,prior_performance_level,Was Proficient\n"
COLUMNS = (
    "state_student_id, student_id, school_year, school_id, subject, tested_grade, growth_percentile, "
    "adequate_percentile, prior_performance_level, prior_proficient"
)


def landed(folder: Path, **files: str) -> list[tuple[object, ...]]:
    (folder / "growth").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "growth" / f"{name}.csv").write_text(text)
    (folder / "district.yml").write_text(DISTRICT)
    land("growth_files", read_district(folder / "district.yml"), folder / "w.duckdb", folder / "dlt")
    with duckdb.connect(str(folder / "w.duckdb"), read_only=True) as connection:
        return connection.execute(f"select {COLUMNS} from raw.growth_files__percentiles order by all").fetchall()


def test_values_land_as_delivered_under_the_states_own_headers(tmp_path: Path) -> None:
    assert landed(
        tmp_path, growth_2026=HEADER + "901,2026,9,ELA,04,35,> 99,Level 2,N\n902,2025-2026,9,MATH,4,,,,\n"
    ) == [
        ("901", None, "2026", "9", "ELA", "04", "35", "> 99", "Level 2", "N"),
        ("902", None, "2025-2026", "9", "MATH", "4", None, None, None, None),
    ]


def test_a_years_file_replaces_that_year_and_leaves_the_others(tmp_path: Path) -> None:
    landed(tmp_path, growth_2025=HEADER + "901,2025,9,ELA,03,50,,,\n", growth_2026=HEADER + "901,2026,9,ELA,04,1,,,\n")
    rows = landed(tmp_path, growth_2026=HEADER + "901,2026,9,ELA,04,99,,,\n")
    assert [(row[2], row[6]) for row in rows] == [("2025", "50"), ("2026", "99")]


def test_a_district_without_a_growth_file_has_an_empty_table(tmp_path: Path) -> None:
    assert landed(tmp_path) == []


def test_a_file_without_percentiles_is_refused_by_the_name_of_the_column(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="growth_percentile"):
        landed(tmp_path, growth_2026="ssid,admin_year,subject\n901,2026,ELA\n")
