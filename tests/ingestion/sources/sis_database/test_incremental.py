"""Reading only what changed gives the same table as reading everything, whatever the database went through."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ingestion.sources.sis_database.conftest import SisDatabase

TABLE = """create table students (
    student_id integer primary key, student_number varchar(10), first_name varchar(20), is_deleted boolean,
    updated_at timestamp)"""
CONTENT = "select columns(c -> not starts_with(c, '_')) from raw.sis_database__students order by all"
LANDED = """
    select sum(landed_rows) from (
        select * from raw._deliveries
        qualify row_number() over (partition by source_file order by loaded_at desc) = 1)
"""

change = st.tuples(
    st.integers(1, 8),
    st.text("abc", max_size=3),
    st.booleans(),
    # Minutes between a change and its commit: up to the lookback of a day.
    st.integers(0, 24 * 60 - 1),
)
"""Insert or update a student: number, name, whether deleted, and how late it is committed."""


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rounds=st.lists(st.lists(change, max_size=5), min_size=2, max_size=4), chunk_rows=st.integers(1, 4))
def test_incremental_equals_full_after_any_changes(
    rounds: list[list[tuple[int, str, bool, int]]], chunk_rows: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = SisDatabase(
            Path(folder),
            f"sqlite:///{folder}/sis.sqlite",
            {"drivername": "sqlite", "database": "sis.sqlite", "lookback_hours": 24, "chunk_rows": chunk_rows},
            {"students": [{"cursor": "updated_at"}]},
        )
        database.execute(TABLE)
        for day, changes in enumerate(rounds, start=1):
            database.execute(
                *[
                    f"insert or replace into students values ({number}, '{number:04}', '{name}', {deleted}, "
                    f"datetime('2026-01-01', '+{day} days', '-{late} minutes'))"
                    for number, name, deleted, late in changes
                ]
            )
            database.land()
        if not any(rounds):
            return
        database.land("whole")
        assert database.rows(CONTENT) == database.rows(CONTENT, "whole")
        assert database.rows(LANDED) == database.rows("select count(*) from raw.sis_database__students")
