"""Landing out of a database against DuckDB taking the same table from the same driver."""

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi
import adbc_driver_sqlite.dbapi
import duckdb
import yaml

from ingestion.district import read_district
from ingestion.landing import land
from tests.bench.measure import Comparison, compare
from tests.ingestion.sources.sis_database.postgres_server import PostgresServer, missing

ROWS = 1_000_000

AS_TEXT = "values as text"
"""End of the name of the baseline that stores what landing stores; the promise is about this one."""

_TABLE = """
    create table enrollments (
        enrollment_id integer primary key, student_id integer, school_id integer, school_year integer,
        grade_level text, entry_date date, exit_date date, is_deleted boolean, updated_at timestamp)
"""
_COLUMNS = (
    "enrollment_id", "student_id", "school_id", "school_year", "grade_level", "entry_date", "exit_date", "is_deleted",
    "updated_at",
)  # fmt: skip


def database_landing(folder: Path, rows: int = ROWS) -> list[Comparison]:
    """First landing of a whole table, with everything that landing adds: out of SQLite, and out of PostgreSQL where a
    server can be started.

    Each against two baselines, both DuckDB's `create table` from the driver's Arrow reader: of the table's values as
    text, which is what lands, and of `select *`, which keeps numbers and dates in a fraction of the space.
    """
    lines = _sqlite(Path(tempfile.mkdtemp(dir=folder)), rows)
    if missing() is None:
        lines += _postgresql(Path(tempfile.mkdtemp(dir=folder)), rows)
    return lines


def _sqlite(work: Path, rows: int) -> list[Comparison]:
    path = work / "sis.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(_TABLE)
        database.execute(
            f"""
            insert into enrollments
            with recursive numbers (i) as (select 0 union all select i + 1 from numbers where i < {rows - 1})
            select i, i / 3, i % 40, 2026, printf('%02d', 1 + i % 12), date('2025-08-18', (i % 200) || ' days'),
                null, 0, datetime('2025-08-18', i || ' seconds')
            from numbers
            """
        )
    connection = {"drivername": "sqlite", "database": "sis.sqlite"}
    return _compared(work, rows, "SQLite", connection, lambda: adbc_driver_sqlite.dbapi.connect(f"file:{path}?mode=ro"))


def _postgresql(work: Path, rows: int) -> list[Comparison]:
    secret = work / "password"
    with PostgresServer() as server:
        secret.write_text(server.password)
        with server.connect() as database:
            database.execute(_TABLE)
            database.execute(
                f"""
                insert into enrollments
                select i, i / 3, i % 40, 2026, lpad((1 + i % 12)::text, 2, '0'), date '2025-08-18' + (i % 200),
                    null, false, timestamp '2025-08-18' + make_interval(secs => i)
                from generate_series(0, {rows - 1}) as numbers (i)
                """
            )
            database.execute("vacuum analyze enrollments")
        connection = {
            "drivername": "postgresql", "host": "127.0.0.1", "port": server.port, "database": "postgres",
            "username": "tester", "password": {"file": str(secret)},
        }  # fmt: skip
        uri = server.url("postgres").replace("+psycopg", "")
        return _compared(work, rows, "PostgreSQL", connection, lambda: adbc_driver_postgresql.dbapi.connect(uri))


def _compared(
    work: Path, rows: int, kind: str, connection: dict[str, Any], connect: Callable[[], Any]
) -> list[Comparison]:
    district_file = work / "district.yml"
    source = {"connection": connection, "deliveries": {"enrollments": [{}]}}
    district_file.write_text(
        yaml.safe_dump({"district": {"id": "bench", "name": "Bench"}, "sources": {"sis_database": source}})
    )
    district = read_district(district_file)

    def ours() -> None:
        with tempfile.TemporaryDirectory(dir=work) as target:
            land("sis_database", district, Path(target) / "land.duckdb", Path(target) / "dlt")

    def baseline(columns: str) -> None:
        with (
            tempfile.TemporaryDirectory(dir=work) as target,
            connect() as database,
            database.cursor() as cursor,
            duckdb.connect(str(Path(target) / "copy.duckdb")) as copy,
        ):
            cursor.execute(f"select {columns} from enrollments")
            copy.register("reader", cursor.fetch_record_batch())
            copy.execute("create table enrollments as from reader")

    as_text = ", ".join(f"cast({column} as text) as {column}" for column in _COLUMNS)
    what = f"land {rows:,} rows out of a {kind} table"
    how = "DuckDB create table from the driver's Arrow reader"
    return [
        compare(what, ours, f"{how}, {AS_TEXT}", lambda: baseline(as_text), pairs=3),
        compare(what, ours, f"{how}, select *", lambda: baseline("*"), pairs=3),
    ]
