"""Control totals as a district sends them, landed as they are."""

import hashlib
import re
from pathlib import Path

import duckdb
import pytest

from ingestion.district import ConfiguredSource, Delivery, District, DistrictIdentity
from ingestion.landing import land
from ingestion.mapping import SOURCES_DIR
from ingestion.sample_district.control import key_checksum

PAGE = (SOURCES_DIR / "control_files" / "README.md").read_text()


def district(folder: Path, **deliveries: tuple[Delivery, ...]) -> District:
    return District(
        district=DistrictIdentity(id="d", name="D"),
        sources={"control_files": ConfiguredSource(root=folder, deliveries=deliveries)},
    )


def examples() -> dict[str, str]:
    """The files that the page shows, by entity."""
    return dict(re.findall(r"## `(\w+)`\n\n```\n(.*?)```", PAGE, re.DOTALL))


def test_the_files_on_the_page_land_as_they_are(tmp_path: Path) -> None:
    for entity, content in examples().items():
        (tmp_path / f"{entity}.csv").write_text(content)
    land("control_files", district(tmp_path), tmp_path / "w.duckdb", tmp_path / "dlt")
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        totals = connection.execute(
            "select system, entity, file_name, row_count, key_column from raw.control_files__table_totals "
            "order by _source_row"
        ).fetchall()
        counts = connection.execute(
            "select counted_on, school_id, grade_level, students from raw.control_files__enrollment_counts"
        ).fetchall()
        (tested,) = connection.execute(
            "select school_id, tested, proficient, percent_proficient from raw.control_files__assessment_summaries"
        ).fetchall()
        drift = connection.execute("select column_name, kind from raw._schema_drift").fetchall()
    assert [total[:3] for total in totals] == [
        ("sis_files", "attendance", "attendance_2026.csv"),
        ("oneroster", "enrollments", "enrollments.csv"),
        ("sis_database", "students", None),
    ]
    assert counts == [("2025-10-01", "101", "03", "62")]
    assert tested == ("101", "60", "31", None)
    assert drift == []


def test_each_file_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "enrollment_counts_2026.csv").write_text(examples()["enrollment_counts"])
    log = land("control_files", district(tmp_path), tmp_path / "w.duckdb", tmp_path / "dlt")
    assert [record.entity for record in log.files] == ["enrollment_counts"]


def test_a_state_file_with_other_headers_is_mapped(tmp_path: Path) -> None:
    (tmp_path / "fall.csv").write_text("Campus,Gr,Membership\n0101,3,62\n")
    state = Delivery(
        files=("fall.csv",),
        columns={"school_id": "Campus", "grade_level": "Gr", "students": "Membership"},
        constants={"counted_by": "state", "counted_on": "2025-10-31"},
    )
    land("control_files", district(tmp_path, enrollment_counts=(state,)), tmp_path / "w.duckdb", tmp_path / "dlt")
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        rows = connection.execute(
            "select counted_by, counted_on, school_id, grade_level, students from raw.control_files__enrollment_counts"
        ).fetchall()
    assert rows == [("state", "2025-10-31", "0101", "3", "62")]


@pytest.fixture(scope="module")
def example_keys() -> list[str]:
    """The keys of the page's example."""
    return ["a1", " a2 ", ""]


def test_the_checksum_is_the_one_that_the_page_tells(example_keys: list[str]) -> None:
    (told,) = re.findall(r"= ([\d,]+)\. It does not depend", PAGE)
    assert key_checksum(example_keys) == int(told.replace(",", ""))


def test_the_pages_sql_and_python_give_the_same(example_keys: list[str]) -> None:
    commands = dict(re.findall(r"^\| (\w+) \| `(.*?)` \|$", PAGE, re.MULTILINE))
    in_python = eval(commands["Python"], {"hashlib": hashlib, "keys": example_keys})
    with duckdb.connect() as connection:
        connection.execute("create table t as select unnest(?) as k", [example_keys])
        found = connection.execute(commands["DuckDB"].replace("\\|", "|")).fetchone()
    assert found == (in_python,) == (key_checksum(example_keys),)
