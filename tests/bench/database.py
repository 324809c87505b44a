"""Landing out of a database against DuckDB reading the same rows from the file that they came from."""

import sqlite3
import tempfile
from pathlib import Path

import duckdb
import yaml

from ingestion.district import read_district
from ingestion.landing import land
from tests.bench.measure import Comparison, compare

ROWS = 300_000


def database_landing(folder: Path, rows: int = ROWS) -> list[Comparison]:
    """A table of enrolments out of SQLite, whole, with everything that landing adds; one line of the report."""
    work = Path(tempfile.mkdtemp(dir=folder))
    csv = work / "enrollments.csv"
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                select i as enrollment_id, i // 3 as student_id, i % 40 as school_id, 2026 as school_year,
                    lpad((1 + i % 12)::varchar, 2, '0') as grade_level,
                    date '2025-08-18' + (i % 200)::integer as entry_date, null as exit_date, false as is_deleted,
                    timestamp '2025-08-18' + to_seconds(i) as updated_at
                from range({rows}) as numbers(i)
            ) to '{csv}' (header)
            """
        )
        filled = connection.execute(f"from read_csv('{csv}', all_varchar = true)")
        with sqlite3.connect(work / "sis.sqlite") as database:
            database.execute(
                "create table enrollments (enrollment_id integer primary key, student_id integer, school_id integer, "
                "school_year integer, grade_level text, entry_date date, exit_date date, is_deleted boolean, "
                "updated_at timestamp)"
            )
            while batch := filled.fetchmany(50_000):
                database.executemany("insert into enrollments values (?, ?, ?, ?, ?, ?, ?, ?, ?)", batch)
        database.close()
    district_file = work / "district.yml"
    source = {"connection": {"drivername": "sqlite", "database": "sis.sqlite"}, "deliveries": {"enrollments": [{}]}}
    district_file.write_text(
        yaml.safe_dump({"district": {"id": "bench", "name": "Bench"}, "sources": {"sis_database": source}})
    )
    district = read_district(district_file)

    def copy() -> None:
        with duckdb.connect(str(work / "copy.duckdb")) as connection:
            connection.execute(f"create or replace table enrollments as from read_csv('{csv}', all_varchar = true)")

    return [
        compare(
            f"land {rows:,} rows out of a SQLite table",
            lambda: land("sis_database", district, work / "land.duckdb", work / "dlt"),
            "DuckDB create table from read_csv of the same rows",
            copy,
            pairs=3,
        )
    ]
