"""What a database can do wrong: one sentence with table, place and remedy, never the password; nothing half-landed."""

import socket
from pathlib import Path

import pytest

from ingestion.errors import DistrictFileError, IngestionError, SecretError
from ingestion.sources.sis_database.connection import open_database, place_of, read_connection
from ingestion.sources.sis_database.errors import DatabaseReadError
from tests.ingestion.sources.sis_database.conftest import SisDatabase, causes, refused

SCHOOLS = "create table schools (school_id integer primary key, school_number text, school_name text)"
STUDENTS = "create table students (student_id integer primary key, student_number text)"


def test_a_missing_table_is_named_and_nothing_of_the_system_lands(database: SisDatabase) -> None:
    database.execute(SCHOOLS, "insert into schools values (1, '0101', 'A')")
    database.deliveries = {"schools": [{}], "students": [{}]}
    said = refused(database.land, DatabaseReadError)
    assert "there is no table or view students at" in said
    assert "as `table` under `deliveries`" in said
    assert database.rows("select count(*) from raw.sis_database__schools") == [(0,)]
    assert database.rows("select count(*) from raw._deliveries") == [(0,)]


def test_an_optional_table_of_the_standard_layout_may_be_missing(database: SisDatabase) -> None:
    database.execute(SCHOOLS, "insert into schools values (1, '0101', 'A')")
    database.deliveries = {"schools": [{}], "staff_members": [{}]}
    assert [record.entity for record in database.land().files] == ["schools"]
    database.deliveries = {"staff_members": [{"table": "employees"}]}
    assert "no table or view employees" in refused(database.land, DatabaseReadError)


def test_missing_columns_are_named_with_those_that_exist(database: SisDatabase) -> None:
    database.execute("create table students (id integer, student_number text)")
    database.deliveries = {"students": [{"columns": {"first_name": "vorname"}, "cursor": "changed"}]}
    said = refused(database.land, DatabaseReadError)
    assert "lacks student_id (student_id), first_name (vorname), the cursor (changed)" in said
    assert "Its columns are: id, student_number" in said


def test_a_table_with_a_cursor_needs_a_key_that_is_unique(database: SisDatabase) -> None:
    database.execute(
        "create table students (student_id integer, student_number text, updated_at timestamp)",
        "insert into students values (1, 'secret-1', '2026-01-01 00:00:00'), (1, 'secret-2', '2026-01-01 00:00:00')",
    )
    database.deliveries = {"students": [{"cursor": "updated_at"}]}
    said = refused(database.land, DatabaseReadError)
    assert "have the same student_id" in said
    assert "secret" not in said


def test_a_cursor_must_grow_in_a_way_that_can_be_told(database: SisDatabase) -> None:
    database.execute(STUDENTS, "insert into students values (1, 'abc')")
    database.deliveries = {"students": [{"cursor": "student_number"}]}
    database.land()
    said = refused(database.land, DatabaseReadError)
    assert "neither whole numbers, dates nor timestamps" in said
    assert "abc" not in said


@pytest.mark.parametrize("delivery", [{"cursor": "student_id"}, {}], ids=["with a cursor", "without"])
def test_a_table_that_became_empty_keeps_what_it_brought(database: SisDatabase, delivery: dict[str, str]) -> None:
    database.connection |= {"full_refresh_days": 0}
    database.execute(STUDENTS, "insert into students values (1, '0001')")
    database.deliveries = {"students": [delivery]}
    database.land()
    database.execute("delete from students")
    assert "has no row any more" in refused(database.land, DatabaseReadError)
    assert database.rows("select student_number from raw.sis_database__students") == [("0001",)]


def test_a_failed_read_moves_no_cursor(database: SisDatabase) -> None:
    database.connection |= {"lookback_ids": 0}
    database.execute(STUDENTS, SCHOOLS, "insert into students values (1, '0001')")
    database.deliveries = {"schools": [{}], "students": [{"cursor": "student_id"}]}
    database.land()
    database.execute("insert into students values (2, '0002')")
    database.deliveries["staff_members"] = [{"table": "employees"}]
    refused(database.land, DatabaseReadError)
    database.execute("insert into students values (3, '0003')")
    del database.deliveries["staff_members"]
    database.land()
    assert database.rows("select student_number from raw.sis_database__students order by 1") == [
        ("0001",),
        ("0002",),
        ("0003",),
    ]


def test_a_refused_password_is_not_repeated(postgres_database: SisDatabase) -> None:
    secret = postgres_database.folder / "password"
    secret.write_text("wrong-but-private")
    postgres_database.deliveries = {"students": [{}]}
    with pytest.raises(Exception) as raised:
        postgres_database.land()
    chain = causes(raised.value)
    (said,) = {str(cause) for cause in chain if isinstance(cause, DatabaseReadError)}
    assert "the user or password was refused" in said
    assert f"table students at 127.0.0.1:{postgres_database.connection['port']}" in said
    assert not any("wrong-but-private" in str(cause) for cause in chain)


def test_an_unknown_database_and_a_table_without_rights_are_told_apart(postgres_database: SisDatabase) -> None:
    postgres_database.execute(
        STUDENTS,
        "do $$ begin if not exists (select from pg_roles where rolname = 'reader') then "
        "create role reader login password 'reader-password'; end if; end $$",
    )
    postgres_database.deliveries = {"students": [{}]}
    (postgres_database.folder / "password").write_text("reader-password")
    postgres_database.connection |= {"username": "reader"}
    assert "Grant the user SELECT" in refused(postgres_database.land, DatabaseReadError)
    postgres_database.connection |= {"database": "nowhere"}
    assert "there is no such database" in refused(postgres_database.land, DatabaseReadError)


def test_a_host_that_is_down(postgres_database: SisDatabase) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        postgres_database.connection |= {"port": closed.getsockname()[1]}
        postgres_database.deliveries = {"students": [{}]}
        assert "the server was not reached" in refused(postgres_database.land, DatabaseReadError)


def test_a_statement_that_takes_too_long_ends(postgres_database: SisDatabase) -> None:
    postgres_database.execute(
        STUDENTS,
        "create view slow as select student_id, student_number, pg_sleep(30) is null as is_deleted from students",
        "insert into students values (1, '0001')",
    )
    postgres_database.connection |= {"statement_timeout_seconds": 1}
    postgres_database.deliveries = {"students": [{"table": "slow"}]}
    assert "longer than statement_timeout_seconds" in refused(postgres_database.land, DatabaseReadError)


def test_nothing_can_be_written_through_our_connection(postgres_database: SisDatabase) -> None:
    postgres_database.execute(
        STUDENTS,
        "create function spoil() returns integer language sql as 'insert into students values (9, null) returning 1'",
        "create view spoilt as select student_id, student_number, spoil() as state_student_id from students",
        "insert into students values (1, '0001')",
    )
    postgres_database.deliveries = {"students": [{"table": "spoilt"}]}
    assert "refused the query (25006)" in refused(postgres_database.land, DatabaseReadError)


def test_a_url_stands_in_a_secret_and_never_in_a_message(
    postgres_database: SisDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres_database.execute(STUDENTS, "insert into students values (1, '0001')")
    postgres_database.deliveries = {"students": [{}]}
    monkeypatch.setenv("SIS_URL", postgres_database.url.replace("+psycopg", ""))
    postgres_database.connection = {"url": {"env": "SIS_URL"}}
    assert [record.file_rows for record in postgres_database.land().files] == [1]
    monkeypatch.setenv("SIS_URL", "no url, but private")
    said = refused(postgres_database.land, DistrictFileError)
    assert "is not one" in said
    assert "private" not in said
    monkeypatch.setenv("SIS_URL", "oracle+nothing://u:private@host/db")
    said = refused(postgres_database.land, DistrictFileError)
    assert "no driver for 'oracle+nothing'" in said
    assert "private" not in said
    monkeypatch.delenv("SIS_URL")
    assert "SIS_URL" in refused(postgres_database.land, SecretError)


def test_a_sqlite_file_that_is_missing_or_none(sqlite_database: SisDatabase) -> None:
    sqlite_database.deliveries = {"students": [{}]}
    assert "there is no SQLite file" in refused(sqlite_database.land, DatabaseReadError)
    file = sqlite_database.folder / "sis.sqlite"
    assert not file.exists()
    file.write_text("<html>not a database, but long enough to be taken for one</html>" * 50)
    assert "is not a SQLite database" in refused(sqlite_database.land, DatabaseReadError)


def test_text_that_is_not_utf8_is_not_quoted(sqlite_database: SisDatabase) -> None:
    sqlite_database.execute(STUDENTS, "insert into students values (1, cast(x'4dfc6e6f7a' as text))")
    sqlite_database.deliveries = {"students": [{}]}
    said = refused(sqlite_database.land, DatabaseReadError)
    assert "is not UTF-8" in said
    assert "noz" not in said


@pytest.mark.parametrize(
    ("connection", "expected"),
    [
        ({}, "give either url"),
        ({"url": {"env": "A"}, "drivername": "sqlite"}, "give either url"),
        ({"drivername": "sqlite", "password": "private"}, "password"),
        ({"drivername": "sqlite", "chunk_rows": 0}, "chunk_rows"),
        ({"drivername": "sqlite", "cursers": {}}, "cursers"),
        ({"drivername": "sqlite", "cursors": {"pupils": "x"}}, "cursors names pupils"),
    ],
)
def test_a_wrong_connection_says_where_and_repeats_no_value(connection: dict[str, object], expected: str) -> None:
    with pytest.raises(IngestionError, match=expected) as raised:
        read_connection(connection, frozenset({"students"}))
    assert "private" not in str(raised.value)


def test_a_place_has_no_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIS_URL", "postgres://someone:private@db.example:5433/sis")
    with open_database(read_connection({"url": {"env": "SIS_URL"}}, frozenset()), tmp_path) as engine:
        assert place_of(engine.url) == "db.example:5433/sis"
        assert engine.url.drivername == "postgresql+psycopg"
