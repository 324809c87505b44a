"""A month of attendance is built anew when anything changed that it is made from, and only then."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.dbt.conftest import BuiltDistrict, ParsedProject, run_dbt
from tests.dbt.raw_district import random_district

BUILD = ["build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
# The tables between the changed rows and the year's counts; what lies before them are views.
TABLES = [
    *("int_enrollments_dated", "fct_enrollment_spell", "dim_school_calendar", "int_attendance_records_valued"),
    *("int_attendance_feeds_dated", "int_attendance_months_fingerprinted", "int_attendance_days_recorded"),
    *("int_attendance_days_shadowed", "fct_attendance_day", "int_attendance_months_counted"),
    *("int_tardiness_delivered", "fct_attendance_student_school_year", "fct_attendance_student_district_year"),
]
YEARLY = ["fct_attendance_student_school_year", "fct_attendance_student_district_year"]


@pytest.fixture(scope="module")
def built(build: Callable[..., BuiltDistrict]) -> BuiltDistrict:
    return build(random_district(seed=20261126, students=60), BUILD)


class Changed:
    """A copy of the built district whose raw rows may be changed."""

    def __init__(self, built: BuiltDistrict, project: ParsedProject, folder: Path) -> None:
        self._project, self._folder = project, folder
        self.warehouse = folder / "district.duckdb"
        shutil.copy(built.warehouse_file, self.warehouse)

    def raw(self, statement: str) -> None:
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute(statement)

    def build(self, *options: str) -> None:
        result = run_dbt(
            ["run", "--select", *TABLES, *options], self.warehouse, self._folder / "target", self._project.manifest
        )
        assert result.success, result.exception

    def table(self, name: str) -> pd.DataFrame:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.sql(f"select * from marts.{name} order by all").df()

    def built_months(self) -> dict[str, str]:
        """Month -> fingerprint of what its rows were made from."""
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            rows = connection.execute(
                "select distinct attendance_month::varchar, inputs_fingerprint from marts.fct_attendance_day"
            ).fetchall()
        assert len(dict(rows)) == len(rows)
        return dict(rows)


@pytest.fixture
def district(built: BuiltDistrict, parsed_project: ParsedProject, tmp_path: Path) -> Iterator[Changed]:
    yield Changed(built, parsed_project, tmp_path)


def test_a_second_build_of_the_same_rows_builds_no_month(district: Changed) -> None:
    before = district.table("fct_attendance_day")
    district.raw("alter table marts.fct_attendance_day add column kept boolean default true")
    district.build()
    after = district.table("fct_attendance_day")
    assert after["kept"].all()
    pd.testing.assert_frame_equal(before, after.drop(columns="kept"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            "update raw.sis_files__attendance set attendance_code = 'EXC' where _row_id in"
            " (select _row_id from raw.sis_files__attendance where attendance_code = 'UNX' order by all limit 3)",
            id="a corrected code",
        ),
        pytest.param(
            "delete from raw.sis_files__attendance where _row_id ="
            " (select min(_row_id) from raw.sis_files__attendance where attendance_date like '11/%/2025')",
            id="a record taken back",
        ),
        pytest.param(
            "insert into raw.sis_files__attendance by name select * replace (_row_id || '-twin' as _row_id) from"
            " (select * from raw.sis_files__attendance where day_fraction = '0.25' order by all limit 1)",
            id="a record that came twice",
        ),
        pytest.param(
            "update raw.oneroster__enrollments set end_date = '2025-11-14' where _row_id = (select max(_row_id)"
            " from raw.oneroster__enrollments where begin_date between '2025-08-01' and '2025-10-01')",
            id="an exit",
        ),
        pytest.param(
            "update raw.sis_files__calendar set day_type = 'holiday' where calendar_date ="
            " (select min(calendar_date) from raw.sis_files__calendar where calendar_date > '2025-10-01')",
            id="a day off",
        ),
        pytest.param("delete from raw.sis_files__attendance where attendance_date like '10/%/2025'", id="a month gone"),
        pytest.param("delete from raw.sis_files__attendance", id="no attendance at all"),
    ],
)
def test_after_a_change_the_days_are_those_of_a_whole_build(district: Changed, change: str) -> None:
    before = district.built_months()
    district.raw(change)
    district.build()
    months = district.built_months()
    partly = {name: district.table(name) for name in ["fct_attendance_day", *YEARLY]}
    district.build("--full-refresh")
    for name, rows in partly.items():
        pd.testing.assert_frame_equal(rows, district.table(name))
    assert months != before
    assert months == district.built_months()


def test_a_new_day_builds_its_month_only(district: Changed) -> None:
    latest = district.table("fct_attendance_day")["attendance_on"].max()
    district.raw(
        "update raw.sis_files__attendance set attendance_code = 'OSS', "
        f"attendance_date = '{latest.month}/{latest.day}/{latest.year}' where _row_id = (select max(_row_id)"
        f" from raw.sis_files__attendance where attendance_date like '{latest.month}/%/{latest.year}')"
    )
    before = district.built_months()
    district.build()
    after = district.built_months()
    assert {month for month in after if after[month] != before.get(month)} == {f"{latest:%Y-%m}-01"}
